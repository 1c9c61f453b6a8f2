"""The border of an image, as `same` asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.families import convolution as family
from autograder.families import draw
from autograder.families.convolution import Amounts, Pair
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    def case(
        case_id: str,
        window: Pair,
        strides: Pair,
        padding: str,
        value: float,
        heights: Sequence[int],
        widths: Sequence[int],
    ) -> FunctionCase:
        height, width = family.image_size(rng, heights, widths)
        size = family.other_sizes(rng, ("batch", "channels"), (height, width))
        return FunctionCase(
            id=case_id,
            arguments={
                "x": draw.inputs(rng, size["batch"], height, width, size["channels"]),
                "window": window,
                "strides": strides,
                "padding": padding,
                "value": value,
            },
            axes={"x": "batch height width channels"},
            returns={"padded": "batch padded_height padded_width channels"},
        )

    return (
        case("valid", (3, 2), (1, 1), "valid", 0.0, (7, 8), (7, 8, 9)),
        case("same", (3, 4), (1, 1), "same", 0.0, (7, 8), (7, 8, 9)),
        case("strided", (3, 4), (2, 1), "same", 0.0, (8, 10), (7, 9)),
        case("value", (2, 5), (1, 2), "same", -9.0, (7, 9), (8, 10)),
    )


def _amounts(case: FunctionCase) -> Amounts:
    x, window, strides, padding, _ = case.arguments.values()
    if padding == "valid":
        return (0, 0), (0, 0)
    return family.same_amounts(x.shape[1:3], window, strides)


def truth(case: FunctionCase) -> Arrays:
    return {"padded": eq.pad(case.arguments["x"], _amounts(case), case.arguments["value"])}


def _mistake(name: str, title: str, hint: str, padded: Callable[[FunctionCase], np.ndarray]) -> Mistake:
    return Mistake(f"conv.{name}", title, hint, lambda case: {"padded": padded(case)})


def _by(wrong: family.WrongPadding) -> Callable[[FunctionCase], np.ndarray]:
    def padded(case: FunctionCase) -> np.ndarray:
        x, window, strides, padding, value = case.arguments.values()
        amounts = _amounts(case) if padding == "valid" else wrong.amounts(x.shape[1:3], window, strides)
        return eq.pad(x, amounts, value)

    return padded


def _of_axes(first: int) -> Callable[[FunctionCase], np.ndarray]:
    """The two pairs given to the axes `first` and `first + 1`."""

    def padded(case: FunctionCase) -> np.ndarray:
        pairs = [(0, 0)] * 4
        pairs[first : first + 2] = _amounts(case)
        return _filled(case, pairs)

    return padded


def _all_axes(case: FunctionCase) -> np.ndarray:
    """The rows' pair given to all four axes."""
    return _filled(case, [_amounts(case)[0]] * 4)


def _filled(case: FunctionCase, pairs: Sequence[Pair]) -> np.ndarray:
    x, value = case.arguments["x"], case.arguments["value"]
    return np.pad(x, pairs, constant_values=x.dtype.type(value))


def _always(case: FunctionCase) -> np.ndarray:
    x, window, strides, _, value = case.arguments.values()
    return eq.pad(x, family.same_amounts(x.shape[1:3], window, strides), value)


def _edges_repeated(case: FunctionCase) -> np.ndarray:
    return np.pad(case.arguments["x"], [(0, 0), *_amounts(case), (0, 0)], mode="edge")


def _keras() -> Any:
    from keras import ops

    def pad(x: np.ndarray, window: Pair, strides: Pair, padding: str, value: float) -> Any:
        """Kernels that hold a single 1 show what each cell of a window reads, border included."""
        amounts = []
        for axis in (0, 1):
            length, size, stride = x.shape[1 + axis], window[axis], strides[axis]
            numbered = np.arange(1, length + 1, dtype=np.float32).reshape(1, length, 1)
            read = [
                np.asarray(ops.conv(numbered, np.eye(size, dtype=np.float32)[m].reshape(size, 1, 1), stride, padding))[
                    0, :, 0
                ]
                for m in range(size)
            ]
            amounts.append((sum(tap[0] == 0 for tap in read), sum(tap[-1] == 0 for tap in read)))
        return ops.pad(x, [(0, 0), *amounts, (0, 0)], constant_values=value)

    return pad


EXERCISE = Exercise(
    id="pad",
    assignment="cnn",
    title="The border that `same` adds",
    entry_point="pad",
    signature="pad(x, window, strides, padding, value=0.0) -> (batch, padded_height, padded_width, channels)",
    points=3,
    hint="Where does the last window end? What it lacks is the padding; halve it, and mind the odd cell.",
    cases=cases,
    truth=truth,
    slack=family.copy_slack,
    checks=(
        Check("same", "`same` with stride 1; `valid` adds nothing", 1, ("same.*", "valid.*")),
        Check("strided", "`same` with a stride", 1, ("strided.*",)),
        Check("value", "The border holds the value asked for", 1, ("value.*",)),
    ),
    mistakes=(
        *(_mistake(wrong.id, wrong.title, wrong.hint, _by(wrong)) for wrong in family.WRONG_PADDINGS),
        _mistake(
            "padding_wrong_axes", "The border is put around batch and height",
            "After padding, which two numbers of the shape may have changed? Which did?", _of_axes(0),
        ),
        _mistake(
            "padding_width_and_channels", "The border is put around width and channels",
            "After padding, which two numbers of the shape may have changed? Which did?", _of_axes(2),
        ),
        _mistake(
            "padding_all_axes", "All four axes get a border",
            "After padding, which two numbers of the shape may have changed? Which did?", _all_axes,
        ),
        _mistake(
            "valid_padded", "A border is added under `valid` too",
            "What does the word `valid` promise about the cells that a window reads?", _always,
        ),
        _mistake(
            "padding_value_ignored", "The border is always filled with zeros",
            "Which argument says what stands in the border, and where do you use it?",
            lambda case: eq.pad(case.arguments["x"], _amounts(case), 0.0),
        ),
        _mistake(
            "padding_edges_repeated", "The border repeats the edge of the image",
            "What stands in the border that you add? Print one corner.", _edges_repeated,
        ),
    ),
    witnesses={"keras": _keras},
    permuted=("channels",),
)  # fmt: skip
