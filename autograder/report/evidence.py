"""The arrays of a wrong part, arranged to be looked at: slices of two axes as yours, expected, difference.

Only the arrangement: `card` turns it into HTML or text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.model import PartResult
from autograder.report.text import clean, count
from autograder.worker.protocol import Array, ProtocolError, decode_array

STEPS = 4
"""Shades on each side of zero."""
_ROWS, _COLUMNS, _SLICES = 14, 24, 8

_SINGULAR = {
    "batch": "batch item", "time": "timestep", "units": "unit", "features": "feature", "channels": "channel",
    "filters": "filter", "height": "row", "width": "column", "classes": "class",
}  # fmt: skip
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

    title: str
    rows: tuple[tuple[Entry, ...], ...]
    times: int = 0


@dataclass(frozen=True)
class Slice:
    """Two axes at fixed places of the others. `title` says where, `""` when there are only these two axes."""

    title: str
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

    down: str
    across: str
    row_labels: tuple[int, ...]
    column_labels: tuple[int, ...]
    block: int
    slices: tuple[Slice, ...]
    left_out: int
    cropped: bool
    compared: bool
    legend: str


def axis_word(axis: str) -> str:
    """An axis as a student says it: `units` -> `unit`, `batch` -> `batch item`."""
    name = axis.rpartition("*")[2]
    return clean(_SINGULAR.get(name, f"axis of {name}" if name.isdigit() else name))


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


def place(worst: dict[str, int]) -> str:
    """`batch item 1, timestep 3, unit 2`."""
    return ", ".join(f"{axis_word(axis)} {index}" for axis, index in worst.items())


def worst_sentence(part: PartResult) -> str:
    """Where the worst entry is and what stands there, `""` when that is not known."""
    if part.got is None and part.difference is None:
        return ""
    where = f"the worst is at {place(part.worst)}: " if part.worst else ""
    said = [f"yours {number(part.got, 4)}"] if part.got is not None else []
    if part.expected is not None:
        said.append(f"expected {number(part.expected, 4)}")
    if part.difference is not None and part.tolerance is not None:
        said.append(f"off by {number(part.difference)} (at most {number(part.tolerance, 2)} is allowed)")
    return where + ", ".join(said)


def where_sentence(part: PartResult) -> str:
    """How many entries are wrong and in which places all of them lie, `""` when that is not known."""
    if not part.entries or not part.wrong_entries:
        return ""
    if part.wrong_entries == part.entries:
        return "the only entry is wrong" if part.entries == 1 else f"all {part.entries} entries are wrong"
    amount = f"{part.wrong_entries} of {part.entries} entries are wrong"
    places = "; ".join(_indices(axis, indices) for axis, indices in part.wrong_where.items() if indices)
    return f"{amount}, all of them in {places}" if places else amount


def _indices(axis: str, indices: Sequence[int]) -> str:
    word = axis_word(axis)
    if len(indices) == 1:
        return f"{word} {indices[0]}"
    plural = word + ("es" if word.endswith("s") else "s")
    if len(indices) > 2 and list(indices) == list(range(indices[0], indices[-1] + 1)):
        return f"{plural} {indices[0]} to {indices[-1]}"
    shown = ", ".join(map(str, indices[:12])) + (", …" if len(indices) > 12 else "")
    return f"{plural} {shown}"


def sentences(part: PartResult) -> str:
    """`where_sentence` and `worst_sentence`, as sentences."""
    said = filter(None, (where_sentence(part), worst_sentence(part)))
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in said)


def bare_shapes(part: PartResult) -> str:
    """Two shapes of different length, in one sentence; `""` when they have as many axes, or are not known."""
    got, expected = part.got_shape, part.expected_shape
    if got is None or expected is None or len(got) == len(expected):
        return ""
    names = [axis_word(axis) for axis in part.axes]
    if len(names) != len(expected):
        names = [""] * len(expected)
    asked = ", ".join(f"{name} {size}".strip() for name, size in zip(names, expected, strict=True))
    ours = ", ".join(map(str, got))
    return f"Yours has {count(len(got), 'axis', 'axes')}: ({ours}). Expected {len(expected)}: ({asked})."


def shapes(part: PartResult) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] | None:
    """Axis names, your sizes and the expected sizes; None unless as many axes have different sizes."""
    got, expected = part.got_shape, part.expected_shape
    if got is None or expected is None or got == expected or len(got) != len(expected):
        return None
    axes = part.axes if len(part.axes) == len(expected) else tuple(f"axis {n}" for n in range(len(expected)))
    return tuple(map(axis_word, axes)), tuple(map(str, got)), tuple(map(str, expected))


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
    if compared:
        with np.errstate(all="ignore"):
            arrays["difference"] = arrays["yours"] - arrays["expected"]

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
            _panel(title, plane, rows, columns, scale, marked)
            if title != "difference"
            else _panel(title, plane, rows, columns, _scale([arrays[title]]), marked, tolerance)
            for title, plane in planes.items()
        ]
        wrong = int(np.sum(~(np.abs(planes["difference"]) <= tolerance))) if compared else 0
        title = ", ".join(f"{axis_word(axes[axis])} {n}" for axis, n in zip(others, at, strict=True))
        slices.append(Slice(title, tuple(panels), wrong, next(iter(planes.values())).size))
    return Evidence(
        down=axis_word(axes[down]) if down >= 0 else "",
        across=axis_word(axes[across]) if across >= 0 else "",
        row_labels=tuple(rows), column_labels=tuple(columns), block=_block(axes, shape, across),
        slices=tuple(slices), left_out=max(len(places) - _SLICES, 0), cropped=rows_cropped or columns_cropped,
        compared=compared, legend=_legend(scale, compared, tolerance),
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
    names = [axis.rpartition("*")[2] for axis in axes]
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


def _panel(
    title: str,
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


def _legend(scale: float, compared: bool, tolerance: float) -> str:
    said = [f"blue below zero, orange above; strongest at ±{number(scale, 2)}"] if scale else []
    if compared:
        said.append(f"a dot: equal within {number(tolerance, 2)}" if tolerance else "a dot: equal")
    return "; ".join(said)


def slice_note(piece: Slice) -> str:
    """`3 of 20 entries wrong`, or that all are right."""
    if not piece.wrong:
        return "all right"
    return f"{piece.wrong} of {count(piece.entries, 'entry', 'entries')} wrong"
