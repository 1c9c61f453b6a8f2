"""The arrays of a wrong part, arranged to be looked at: slices of two axes, each as yours, expected, difference.

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
_ROWS, _COLUMNS, _SLICES = 14, 12, 8

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

    down, across: what rows and columns are. row_labels, column_labels: their indices. block: columns that form one
    block of a fused axis, 0 when not fused. left_out: slices not shown. legend: what shades and dots mean.
    """

    down: str
    across: str
    row_labels: tuple[int, ...]
    column_labels: tuple[int, ...]
    block: int
    slices: tuple[Slice, ...]
    left_out: int
    cropped: bool
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
    where = f"{place(part.worst)}: " if part.worst else ""
    said = [f"yours {number(part.got, 4)}"] if part.got is not None else []
    if part.expected is not None:
        said.append(f"expected {number(part.expected, 4)}")
    if part.difference is not None and part.tolerance is not None:
        said.append(f"off by {number(part.difference)}, at most {number(part.tolerance, 2)} is allowed")
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


def shapes(part: PartResult) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]] | None:
    """Axis names, your sizes and the expected sizes, of equal length; None unless the shapes differ."""
    got, expected = part.got_shape, part.expected_shape
    if got is None or expected is None or got == expected:
        return None
    length = max(len(got), len(expected))
    names = [axis_word(axis) for axis in part.axes] if len(part.axes) == len(expected) else []
    names += [f"axis {position}" for position in range(len(names), length)]
    pad = ("none",)
    return (
        tuple(names[:length]),
        tuple(map(str, got)) + pad * (length - len(got)),
        tuple(map(str, expected)) + pad * (length - len(expected)),
    )


def arrange(part: PartResult) -> Evidence | None:
    """The part's arrays, arranged; None when there are none, or none that can be laid side by side."""
    got, expected = _numbers(part.got_values), _numbers(part.expected_values)
    if got is None and expected is None:
        return None
    if got is not None and expected is not None and got.shape != expected.shape:
        return None
    shape = got.shape if got is not None else expected.shape  # type: ignore[union-attr]
    if 0 in shape:
        return None
    axes = part.axes if len(part.axes) == len(shape) else tuple(f"axis {n}" for n in range(len(shape)))
    down, across = _choose(axes)
    spot = tuple(min(max(part.worst.get(axis, 0), 0), size - 1) for axis, size in zip(axes, shape, strict=True))
    if part.worst:
        worst: tuple[int, ...] | None = spot
    else:
        worst = None

    tolerance = part.tolerance if part.tolerance is not None else 0.0
    arrays = [("yours", got)] if got is not None else []
    if expected is not None:
        arrays.append(("expected", expected))
    difference = None
    if got is not None and expected is not None:
        with np.errstate(all="ignore"):
            difference = got - expected
        arrays.append(("difference", difference))
    value_scale = _scale([array for title, array in arrays if title != "difference" and array is not None])
    difference_scale = _scale([difference] if difference is not None else [])

    rows, row_crop = _window(shape[down], spot[down], _ROWS) if down is not None else (range(1), False)
    columns, column_crop = _window(shape[across], spot[across], _COLUMNS) if across is not None else (range(1), False)
    others = [axis for axis in range(len(shape)) if axis not in (down, across)]
    wanted = tuple(spot[axis] for axis in others)
    places = sorted(np.ndindex(*(shape[axis] for axis in others)), key=lambda p: p != wanted)

    slices = []
    for fixed in places[:_SLICES]:
        index: list[int | slice] = [slice(None)] * len(shape)
        for axis, at in zip(others, fixed, strict=True):
            index[axis] = at
        panels = []
        for title, array in arrays:
            assert array is not None
            scale = difference_scale if title == "difference" else value_scale
            marked = (
                (spot[down] if down is not None else 0, spot[across] if across is not None else 0)
                if worst is not None and fixed == wanted
                else None
            )
            panels.append(
                _panel(
                    title, _plane(array[tuple(index)], down, across), rows, columns, scale, marked,
                    tolerance if title == "difference" else None,
                )
            )  # fmt: skip
        wrong = 0
        if difference is not None:
            wrong = int(np.sum(~(np.abs(difference[tuple(index)]) <= tolerance)))
        title = ", ".join(f"{axis_word(axes[axis])} {at}" for axis, at in zip(others, fixed, strict=True))
        slices.append(Slice(title, tuple(panels), wrong, int(np.prod([shape[a] for a in (down, across) if a is not None]))))

    block = 0
    if across is not None:
        blocks, star, _ = axes[across].partition("*")
        block = shape[across] // int(blocks) if star and blocks.isdigit() and int(blocks) else 0
    return Evidence(
        down=axis_word(axes[down]) if down is not None else "",
        across=axis_word(axes[across]) if across is not None else "",
        row_labels=tuple(rows), column_labels=tuple(columns), block=block,
        slices=tuple(slices), left_out=max(len(places) - _SLICES, 0), cropped=row_crop or column_crop,
        legend=_legend(value_scale, difference is not None, tolerance),
    )  # fmt: skip


def _numbers(array: Array | None) -> np.ndarray | None:
    if array is None:
        return None
    try:
        values = decode_array(array)
    except ProtocolError:
        return None
    return None if values.dtype.kind not in "biuf" else values.astype(np.float64)


def _choose(axes: Sequence[str]) -> tuple[int | None, int | None]:
    """The axes to lay out in rows and in columns."""
    names = [axis.rpartition("*")[2] for axis in axes]
    for down, across in _DOWN_AND_ACROSS:
        if down in names and across in names:
            return names.index(down), names.index(across)
    if len(axes) >= 2:
        return len(axes) - 2, len(axes) - 1
    return None, (0 if axes else None)


def _window(size: int, spot: int, most: int) -> tuple[range, bool]:
    """Indices to show: all, or as many as fit, round the spot."""
    if size <= most:
        return range(size), False
    start = min(max(spot - most // 2, 0), size - most)
    return range(start, start + most), True


def _plane(array: np.ndarray, down: int | None, across: int | None) -> np.ndarray:
    if down is not None and across is not None and down > across:
        array = array.T
    return np.atleast_2d(array)


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
    tolerance: float | None,
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
