"""The arrays of a wrong part, arranged to be looked at: slices of two axes as yours, expected, difference.

Only the arrangement: `card` turns it into HTML or text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.answering.protocol import Array, ProtocolError, decode_array
from autograder.judging.axis_words import axis_word, plain_axis
from autograder.language import NOTHING, Said, Text, words
from autograder.language import sentences as joined
from autograder.model import PartResult

STEPS = 4
"""Shades on each side of zero."""
_ROWS, _COLUMNS, _SLICES = 14, 24, 8

_UNNAMED = re.compile(r"axis (\d+)")
_DOWN_AND_ACROSS = (("height", "width"), ("time", "units"), ("time", "features"))


@dataclass(frozen=True)
class Entry:
    """One number. `shade` runs from -4 to 4; None where there is no number to shade."""

    text: str
    shade: int | None
    worst: bool = False
    equal: bool = False
    """A difference that the tolerance allows."""


@dataclass(frozen=True)
class Panel:
    """One small array; `times` is the power of ten that its digits are to be multiplied with."""

    title: Text
    rows: tuple[tuple[Entry, ...], ...]
    times: int = 0


@dataclass(frozen=True)
class Slice:
    """Two axes at fixed places of the others. `title` says where, nothing when there are only these two axes."""

    title: Said
    panels: tuple[Panel, ...]
    wrong: int
    entries: int


@dataclass(frozen=True)
class Evidence:
    """A part to look at; the slice with the worst entry comes first.

    down, across: what rows and columns are. row_labels, column_labels: their indices.
    block: how many columns form one block of a fused axis, 0 when not fused.
    left_out: slices not shown. cropped: rows or columns are left out. compared: there is a difference.
    legend: what shades and dots mean.
    """

    down: Said
    across: Said
    row_labels: tuple[int, ...]
    column_labels: tuple[int, ...]
    block: int
    slices: tuple[Slice, ...]
    left_out: int
    cropped: bool
    compared: bool
    legend: Said


def number(value: float | None, digits: int = 3) -> str:
    """A number with a few significant digits, with a true minus sign."""
    if value is None:
        return "nothing"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}g}"
    mantissa, e, power = text.partition("e")
    return (f"{mantissa}e{int(power)}" if e else text).replace("-", "−")


def place(worst: dict[str, int]) -> Text:
    """`batch item 1, timestep 3, unit 2`."""
    return words("{places}", places=tuple(_at(axis, index) for axis, index in worst.items()))


def _at(axis: str, index: int) -> Text:
    unnamed = _UNNAMED.fullmatch(axis)
    if unnamed:
        return words("index {index} of axis {axis}", index=index, axis=unnamed.group(1))
    return words("{axis} {index}", axis=axis_word(axis), index=index)


def worst_sentence(part: PartResult) -> Said:
    """Where the worst entry is and what stands there, `""` when that is not known."""
    if part.got is None and part.difference is None:
        return ""
    said = [words("yours {value}", value=number(part.got, 4))] if part.got is not None else []
    if part.expected is not None:
        said.append(words("expected {value}", value=number(part.expected, 4)))
    if part.difference is not None and part.tolerance is not None:
        said.append(
            words(
                "off by {difference} (at most {tolerance} is allowed)",
                difference=number(part.difference),
                tolerance=number(part.tolerance, 2),
            )
        )
    if part.worst:
        worst = {axis: part.worst[axis] for axis in part.axes if axis in part.worst}  # a stored record has sorted them
        return words("The worst is at {place}: {facts}.", place=place(worst or part.worst), facts=tuple(said))
    return words("In numbers: {facts}.", facts=tuple(said))


def where_sentence(part: PartResult) -> Said:
    """How many entries are wrong and in which places all of them lie, `""` when that is not known."""
    if not part.entries or not part.wrong_entries:
        return ""
    if part.wrong_entries == part.entries:
        return words("The only entry is wrong.", "All {n} entries are wrong.", n=part.entries)
    wrong, entries = part.wrong_entries, part.entries
    order = [axis for axis in part.axes if axis in part.wrong_where] or list(part.wrong_where)
    places = tuple(_indices(axis, part.wrong_where[axis]) for axis in order if part.wrong_where[axis])
    if not places:
        return words("{wrong} of {entries} entries are wrong.", wrong=wrong, entries=entries)
    return words(
        "{wrong} of {entries} entries are wrong, all of them in {places}.", wrong=wrong, entries=entries, places=places
    )


def _indices(axis: str, indices: Sequence[int]) -> Text:
    if len(indices) == 1:
        return _at(axis, indices[0])
    unnamed = _UNNAMED.fullmatch(axis)
    plural = words("indices") if unnamed else axis_word(axis, many=True)
    if len(indices) > 2 and list(indices) == list(range(indices[0], indices[-1] + 1)):
        said = words("{axes} {first} to {last}", axes=plural, first=indices[0], last=indices[-1])
    else:
        shown = (*map(str, indices[:12]), *(["…"] if len(indices) > 12 else []))
        said = words("{axes} {which}", axes=plural, which=shown)
    return words("{indices} of axis {axis}", indices=said, axis=unnamed.group(1)) if unnamed else said


def sentences(part: PartResult) -> Said:
    """`where_sentence` and `worst_sentence`."""
    return joined(where_sentence(part), worst_sentence(part))


def bare_shapes(part: PartResult) -> Said:
    """Two shapes of different length, in one sentence; `""` when they have as many axes, or are not known."""
    got, expected = part.got_shape, part.expected_shape
    if got is None or expected is None or len(got) == len(expected):
        return ""
    asked: tuple[str | Text, ...] = tuple(map(str, expected))
    if len(part.axes) == len(expected) and not any(map(_UNNAMED.fullmatch, part.axes)):
        asked = tuple(
            words("{axis} {index}", axis=axis_word(axis, many=True), index=size)
            for axis, size in zip(part.axes, expected, strict=True)
        )
    return words(
        "Yours has {n} axis: ({ours}). Expected {number}: ({asked}).",
        "Yours has {n} axes: ({ours}). Expected {number}: ({asked}).",
        n=len(got), ours=tuple(map(str, got)), number=len(expected), asked=asked,
    )  # fmt: skip


def shapes(part: PartResult) -> tuple[tuple[Said, ...], tuple[str, ...], tuple[str, ...]] | None:
    """Axis names, your sizes and the expected sizes; None unless as many axes have different sizes."""
    got, expected = part.got_shape, part.expected_shape
    if got is None or expected is None or got == expected or len(got) != len(expected):
        return None
    axes = part.axes if len(part.axes) == len(expected) else tuple(f"axis {n}" for n in range(len(expected)))
    return tuple(axis_word(axis, many=True) for axis in axes), tuple(map(str, got)), tuple(map(str, expected))


def arrange(part: PartResult, most_columns: int = _COLUMNS) -> Evidence | None:
    """The part's arrays, arranged; None when there are none, or none that can be laid side by side.

    most_columns: where an array is wider, only the columns round the worst entry are shown.
    """
    values = {"yours": _numbers(part.got_values), "expected": _numbers(part.expected_values)}
    arrays = {title: array for title, array in values.items() if array is not None}
    given = {array.shape for array in arrays.values()}
    if len(given) != 1:
        return None
    (shape,) = given
    if 0 in shape:
        return None
    scale = _scale(arrays.values())
    tolerance = part.tolerance or 0.0
    compared = len(arrays) == 2
    largest = scale
    if compared:
        with np.errstate(all="ignore"):
            arrays["difference"] = arrays["yours"] - arrays["expected"]
        largest = _scale([arrays["difference"]])

    axes = part.axes if len(part.axes) == len(shape) else tuple(f"axis {n}" for n in range(len(shape)))
    down, across = _choose(axes)
    worst = {n: min(max(part.worst.get(axis, 0), 0), shape[n] - 1) for n, axis in enumerate(axes)}
    rows, rows_cropped = _window(shape, worst, down, _ROWS)
    columns, columns_cropped = _window(shape, worst, across, most_columns)
    others = [axis for axis in range(len(shape)) if axis not in (down, across)]
    first = tuple(worst[axis] for axis in others)
    places = sorted(np.ndindex(*(shape[axis] for axis in others)), key=lambda at: at != first)

    slices = []
    for at in places[:_SLICES]:
        index = tuple(at[others.index(axis)] if axis in others else slice(None) for axis in range(len(shape)))
        planes = {title: _plane(array[index], down, across) for title, array in arrays.items()}
        marked = (worst.get(down, 0), worst.get(across, 0)) if part.worst and at == first else None
        panels = [
            _panel(_TITLES[title], plane, rows, columns, scale, marked)
            if title != "difference"
            else _panel(_TITLES[title], plane, rows, columns, largest, marked, tolerance)
            for title, plane in planes.items()
        ]
        wrong = int(np.sum(~(np.abs(planes["difference"]) <= tolerance))) if compared else 0
        where = tuple(_at(axes[axis], n) for axis, n in zip(others, at, strict=True))
        slices.append(
            Slice(
                words("{places}", places=where) if where else NOTHING,
                tuple(panels),
                wrong,
                next(iter(planes.values())).size,
            )
        )
    return Evidence(
        down=axis_word(axes[down]) if down >= 0 else "",
        across=axis_word(axes[across]) if across >= 0 else "",
        row_labels=tuple(rows), column_labels=tuple(columns), block=_block(axes, shape, across),
        slices=tuple(slices), left_out=max(len(places) - _SLICES, 0), cropped=rows_cropped or columns_cropped,
        compared=compared, legend=_legend(scale, largest, _has_dots(slices), tolerance),
    )  # fmt: skip


def _numbers(array: Array | None) -> np.ndarray | None:
    if array is None:
        return None
    try:
        values = decode_array(array)
    except ProtocolError:
        return None
    return None if values.dtype.kind not in "biuf" else values.astype(np.float64)


def _choose(axes: Sequence[str]) -> tuple[int, int]:
    """The axes to lay out in rows and in columns; -1 for none."""
    names = [plain_axis(axis) for axis in axes]
    for down, across in _DOWN_AND_ACROSS:
        if down in names and across in names:
            return names.index(down), names.index(across)
    return (len(axes) - 2 if len(axes) > 1 else -1), len(axes) - 1


def _window(shape: tuple[int, ...], worst: dict[int, int], axis: int, most: int) -> tuple[range, bool]:
    """Indices to show: all, or as many as fit, round the worst; and whether some are left out."""
    size = shape[axis] if axis >= 0 else 1
    if size <= most:
        return range(size), False
    start = min(max(worst[axis] - most // 2, 0), size - most)
    return range(start, start + most), True


def _block(axes: Sequence[str], shape: tuple[int, ...], axis: int) -> int:
    blocks, star, _ = axes[axis].partition("*") if axis >= 0 else ("", "", "")
    return shape[axis] // int(blocks) if star and blocks.isdigit() and int(blocks) else 0


def _plane(array: np.ndarray, down: int, across: int) -> np.ndarray:
    return np.atleast_2d(array.T if down > across else array)


def _scale(arrays: Iterable[np.ndarray]) -> float:
    """The largest finite size, which gets the strongest shade."""
    finite = [np.abs(array[np.isfinite(array)]) for array in arrays]
    return max((float(values.max()) for values in finite if values.size), default=0.0)


_TITLES = {"yours": words("yours"), "expected": words("expected"), "difference": words("difference")}


def _panel(
    title: Text,
    plane: np.ndarray,
    rows: range,
    columns: range,
    scale: float,
    worst: tuple[int, int] | None,
    tolerance: float | None = None,
) -> Panel:
    times = 0
    if scale and not 0.01 <= scale < 10_000:
        times = 3 * math.floor(math.log10(scale) / 3)
    largest = scale / 10.0**times
    decimals = 2 if largest < 10 else 1 if largest < 100 else 0
    if times == 0 and largest < 0.1:
        decimals = 3
    if tolerance is None and times == 0 and np.all(plane == np.round(plane)):
        decimals = 0

    def entry(row: int, column: int) -> Entry:
        value = float(plane[row, column])
        marked = worst == (row, column)
        if not math.isfinite(value):
            return Entry(number(value), None, marked)
        if tolerance is not None and abs(value) <= tolerance:
            return Entry("·", 0, marked, equal=True)
        text = f"{value / 10.0**times:.{decimals}f}"
        if float(text) == 0:
            text = text.lstrip("-")
        shade = math.copysign(math.ceil(abs(value) / scale * STEPS - 1e-9), value) if scale else 0
        return Entry(text.replace("-", "−"), int(shade), marked)

    return Panel(title, tuple(tuple(entry(row, column) for column in columns) for row in rows), times)


def _has_dots(slices: Sequence[Slice]) -> bool:
    entries = (entry for one in slices for panel in one.panels for row in panel.rows for entry in row)
    return any(entry.equal for entry in entries)


def _legend(scale: float, largest: float, dotted: bool, tolerance: float) -> Said:
    """What shades and dots mean. largest: of the differences, which have a scale of their own."""
    shades: Said = ""
    if scale and number(scale, 2) != number(largest, 2) and largest > tolerance:
        shades = words(
            "Blue below zero, orange above; strongest at ±{most}, in the difference at ±{largest}.",
            most=number(scale, 2), largest=number(largest, 2),
        )  # fmt: skip
    elif scale:
        shades = words("Blue below zero, orange above; strongest at ±{most}.", most=number(scale, 2))
    if not dotted:
        return shades
    dot = words("A dot: equal.")
    if tolerance:
        dot = words("A dot: equal within {tolerance}.", tolerance=number(tolerance, 2))
    return joined(shades, dot)


def slice_note(piece: Slice) -> Text:
    """`3 of 20 entries wrong`, or that all are right."""
    if not piece.wrong:
        return words("all right")
    return words("{wrong} of {n} entry wrong", "{wrong} of {n} entries wrong", wrong=piece.wrong, n=piece.entries)
