"""What the exercises on pooling share: cases, truth, tolerance, and wrong poolings.

All numbers of an image under `same` padding are negative: zeros at the border would otherwise hide behind the
maximum.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from autograder.families import convolution, draw
from autograder.families.convolution import Amounts, Pair, WrongPadding, gradient_slack, same_amounts
from autograder.families.recurrent import with_cotangents
from autograder.model import Arrays, LayerCase, Mistake
from reference import equations as eq

POOLING_BUILTINS = (
    "keras.layers.MaxPooling1D",
    "keras.layers.MaxPooling2D",
    "keras.layers.MaxPooling3D",
    "keras.layers.AveragePooling1D",
    "keras.layers.AveragePooling2D",
    "keras.layers.AveragePooling3D",
    "keras.ops.max_pool",
    "keras.ops.average_pool",
    "tensorflow.nn.max_pool",
    "tensorflow.nn.max_pool2d",
    "tensorflow.nn.avg_pool",
    "tensorflow.nn.avg_pool2d",
    "tensorflow.nn.pool",
    "tensorflow.nn.max_pool1d",
    "tensorflow.nn.max_pool3d",
    "tensorflow.nn.max_pool_with_argmax",
    "tensorflow.nn.avg_pool1d",
    "tensorflow.nn.avg_pool3d",
    "tensorflow.raw_ops.MaxPool",
    "tensorflow.raw_ops.MaxPoolV2",
    "tensorflow.raw_ops.AvgPool",
    "scipy.ndimage.maximum_filter",
    "scipy.ndimage.minimum_filter",
    "skimage.measure.block_reduce",
    *convolution.CONVOLUTION_BUILTINS,
)
"""Built-ins that would answer an exercise on pooling in the student's place (a mean is a convolution too)."""

GLOBAL_POOLING_BUILTINS = (
    "keras.layers.GlobalAveragePooling2D",
    "keras.layers.GlobalMaxPooling2D",
    "keras.layers.AdaptiveAveragePooling2D",
    "keras.layers.AdaptiveMaxPooling2D",
    *POOLING_BUILTINS,
)

Kind: TypeAlias = Literal["max", "average"]
Reduce: TypeAlias = Callable[[np.ndarray], np.ndarray]
"""One number per channel from windows (batch, rows, columns, channels) that are NaN where there is border."""

# ------------------------------------------------------------------------------------------------------ cases


def case(
    case_id: str,
    rng: np.random.Generator,
    pool_size: Pair,
    *,
    heights: Sequence[int],
    widths: Sequence[int],
    config: dict[str, Any] | None = None,
    gradients: Kind | None = None,
) -> LayerCase:
    """A batch of images through a pooling layer. Under `same` all numbers are below zero.

    gradients: of which kind of pooling they are asked for.
    """
    height, width = convolution.image_size(rng, heights, widths)
    size = convolution.other_sizes(rng, ("batch", "channels"), (height, width))
    config = {"pool_size": pool_size} | (config or {})
    inputs = draw.inputs(rng, size["batch"], height, width, size["channels"])
    if config.get("padding") == "same":
        inputs = -np.abs(inputs) - inputs.dtype.type(0.2)
    made = LayerCase(
        id=case_id,
        config=config,
        weights={},
        inputs=inputs,
        axes={"inputs": "batch height width channels"},
        returns={"output": "batch new_height new_width channels"},
    )
    if gradients is None:
        return made
    return convolution.asking_gradients(made, rng, truth(gradients)(made)["output"].shape)


def global_case(case_id: str, rng: np.random.Generator, mode: Kind) -> LayerCase:
    """A batch of images of which one number per channel is left."""
    size = draw.distinct_sizes(rng, ("batch", "height", "width", "channels"), 3, 8)
    inputs = draw.inputs(rng, *size.values())
    made = LayerCase(
        id=case_id,
        config={"mode": mode},
        weights={},
        inputs=inputs,
        axes={"inputs": "batch height width channels"},
        returns={"output": "batch channels"},
    )
    return with_cotangents(made, rng, size)


# ------------------------------------------------------------------------------------------------------ truth


def truth(kind: Kind) -> Callable[[LayerCase], Arrays]:
    """The output of a case under this kind of pooling, and the gradient where it has cotangents."""
    forward = eq.max_pool2d if kind == "max" else eq.average_pool2d
    backward = eq.max_pool2d_backward if kind == "max" else eq.average_pool2d_backward

    def answer(case: LayerCase) -> Arrays:
        trace = forward(case.inputs, **case.config)
        parts = {"output": trace.output}
        if case.cotangents is not None:
            parts["grad.inputs"] = backward(trace, case.cotangents["output"])
        return parts

    return answer


def global_truth(case: LayerCase) -> Arrays:
    """One number per channel, and the gradient where the case has cotangents."""
    if case.config["mode"] == "max":
        trace, backward = eq.global_max_pool2d(case.inputs), eq.global_max_pool_backward
    else:
        trace, backward = eq.global_average_pool2d(case.inputs), eq.global_average_pool_backward
    parts = {"output": trace.output}
    if case.cotangents is not None:
        parts["grad.inputs"] = backward(trace, case.cotangents["output"])
    return parts


def slack(case: LayerCase, truth: Arrays) -> dict[str, float]:
    """`eps (1 + 0.1 sqrt(K)) max|x|` for the output, K the cells of a window; `eps (4 + sqrt(K)/2) S` for the
    gradient: a cell can lie in no more windows than a window has cells."""
    cells = int(np.prod(case.config.get("pool_size", case.inputs.shape[1:3])))
    eps = float(np.finfo(case.dtype).eps)
    largest = float(np.max(np.abs(case.inputs)))
    terms = {"output": float(eps * (1 + 0.1 * np.sqrt(cells)) * largest)}
    return terms | gradient_slack(eps, truth, {"grad.inputs": cells})


# --------------------------------------------------------------------------------------------- wrong poolings


def _strides(case: LayerCase) -> Pair:
    return tuple(case.config.get("strides") or case.config["pool_size"])


def _amounts(case: LayerCase) -> Amounts:
    if case.config.get("padding", "valid") == "valid":
        return (0, 0), (0, 0)
    return same_amounts(case.inputs.shape[1:3], case.config["pool_size"], _strides(case))


def _largest(windows: np.ndarray) -> np.ndarray:
    return np.nanmax(windows, axis=(1, 2))


def _mean(windows: np.ndarray) -> np.ndarray:
    return np.nanmean(windows, axis=(1, 2))


REDUCE: dict[Kind, Reduce] = {"max": _largest, "average": _mean}


def pooled(
    case: LayerCase,
    reduce: Reduce,
    *,
    pool_size: Pair | None = None,
    strides: Pair | None = None,
    amounts: Amounts | None = None,
    partial_windows: bool = False,
) -> np.ndarray:
    """The output of a case with one thing changed.

    partial_windows: windows that stick out at the end count too, with the cells that they hold.
    """
    size = pool_size or case.config["pool_size"]
    strides = strides or _strides(case)
    x = convolution.with_border(case.inputs, _amounts(case) if amounts is None else amounts, np.nan)
    if partial_windows:
        rests = [-(length - k) % s for length, k, s in zip(x.shape[1:3], size, strides, strict=True)]
        x = convolution.with_border(x, ((0, rests[0]), (0, rests[1])), np.nan)
    rows = range(0, x.shape[1] - size[0] + 1, strides[0])
    columns = range(0, x.shape[2] - size[1] + 1, strides[1])
    windows = [[x[:, i : i + size[0], j : j + size[1]] for j in columns] for i in rows]
    return np.stack([np.stack([reduce(window) for window in row], axis=1) for row in windows], axis=1)


def _swapped(pair: Pair) -> Pair:
    return pair[1], pair[0]


def _padded_by(wrong: WrongPadding, reduce: Reduce) -> Callable[[LayerCase], np.ndarray]:
    def output(case: LayerCase) -> np.ndarray:
        if case.config.get("padding", "valid") == "valid":
            return pooled(case, reduce)
        amounts = wrong.amounts(case.inputs.shape[1:3], case.config["pool_size"], _strides(case))
        return pooled(case, reduce, amounts=amounts)

    return output


def _windows_at_output_index(case: LayerCase, reduce: Reduce) -> np.ndarray:
    _, height, width, _ = pooled(case, reduce).shape
    return pooled(case, reduce, strides=(1, 1))[:, :height, :width]


def _mistake(name: str, title: str, hint: str, output: Callable[[LayerCase], np.ndarray]) -> Mistake:
    return Mistake(f"pool.{name}", title, hint, lambda case: {"output": output(case)})


def mistakes(kind: Kind) -> tuple[Mistake, ...]:
    """What goes wrong in max or average pooling."""
    reduce = REDUCE[kind]

    def reduced(name: str, title: str, hint: str, other: Reduce) -> Mistake:
        return _mistake(name, title, hint, lambda case: pooled(case, other))

    def changed(name: str, title: str, hint: str, change: Callable[[LayerCase], dict[str, Any]]) -> Mistake:
        return _mistake(name, title, hint, lambda case: pooled(case, reduce, **change(case)))

    def after(name: str, title: str, hint: str, change: Callable[[np.ndarray], np.ndarray]) -> Mistake:
        return _mistake(name, title, hint, lambda case: change(pooled(case, reduce)))

    own = (
        (
            reduced(
                "max_pool_padded_with_zero",
                "The border of `same` is filled with zeros, and the zeros take part",
                "Pool a picture of all -5. What should come out, and what do you get at the border?",
                lambda windows: np.nan_to_num(windows, nan=0.0).max(axis=(1, 2)),
            ),
            reduced(
                "mean_taken",
                "The mean of each window is taken",
                "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
                _mean,
            ),
            reduced(
                "minimum_taken",
                "The smallest number of each window is taken",
                "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
                lambda windows: np.nanmin(windows, axis=(1, 2)),
            ),
            reduced(
                "largest_size_taken",
                "The sign is lost: the largest absolute value is taken",
                "Pool a window with the numbers -3, -2, 1, 0. What should come out?",
                lambda windows: np.nanmax(np.abs(windows), axis=(1, 2)),
            ),
        )
        if kind == "max"
        else (
            reduced(
                "average_counts_padding",
                "The border of `same` counts as cells that hold zero",
                "Pool a picture of all ones. What should the corner be, and what do you get there?",
                lambda windows: np.nan_to_num(windows, nan=0.0).mean(axis=(1, 2)),
            ),
            reduced(
                "maximum_taken",
                "The largest number of each window is taken",
                "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
                _largest,
            ),
            reduced(
                "sum_taken",
                "The numbers of each window are added up and not divided",
                "Pool a picture of all ones. What should come out?",
                lambda windows: np.nansum(windows, axis=(1, 2)),
            ),
            reduced(
                "median_taken",
                "The median of each window is taken",
                "Pool a window with the numbers 0, 0, 0, 4. What should come out?",
                lambda windows: np.nanmedian(windows, axis=(1, 2)),
            ),
        )
    )
    channels: Callable[[np.ndarray], np.ndarray] = (
        (lambda y: y.max(axis=-1)) if kind == "max" else (lambda y: y.mean(axis=-1))
    )
    return (
        *own,
        after(
            "channels_pooled_too", "The channels are pooled away too",
            "How many channels go in, and how many should come out?", channels,
        ),
        after(
            "first_image_only", "Every image of the batch is answered with the first one's result",
            "Hand in two different images. Are the two results different?",
            lambda y: np.repeat(y[:1], len(y), axis=0),
        ),
        after(
            "output_transposed", "Rows and columns of the output are exchanged",
            "Your image is higher than wide. What about your output?", lambda y: y.swapaxes(1, 2),
        ),
        after(
            "last_window_missing", "The last row and the last column of windows are missing",
            "At which positions do windows start for width 7, window 2, stride 2?", lambda y: y[:, :-1, :-1],
        ),
        changed(
            "pool_size_exchanged", "Height and width of the window are exchanged",
            "Which entry of pool_size belongs to the rows? Which axis of the image are the rows?",
            lambda case: {"pool_size": _swapped(case.config["pool_size"]), "strides": _strides(case),
                          "amounts": _amounts(case)},
        ),
        changed(
            "stride_default_one", "Without strides the window moves by one cell",
            "How far should a window of 2 move if nothing else is said: how many of them fit on 8 cells "
            "side by side?",
            lambda case: {} if case.config.get("strides") else {"strides": (1, 1)},
        ),
        changed(
            "strides_ignored", "The strides given are ignored; the window moves by its own size",
            "Windows may overlap. Which argument says how far apart they start, and where do you use it?",
            lambda case: {"strides": tuple(case.config["pool_size"])},
        ),
        changed(
            "strides_exchanged", "The strides down and across are exchanged",
            "Which entry of strides belongs to the rows? Try (2, 1) on a square image: which side shrinks?",
            lambda case: {"strides": _swapped(_strides(case))},
        ),
        _mistake(
            "stride_not_used_in_window",
            "The stride gives the output its size, but the windows still move by one cell",
            "For output row 2 with stride 2, on which input row does the window start? Print it.",
            lambda case: _windows_at_output_index(case, reduce),
        ),
        changed(
            "partial_windows_kept", "Windows that stick out at the end are kept under `valid`",
            "At which positions do windows start for width 7, window 2, stride 2? Does the last one fit?",
            lambda case: {"partial_windows": case.config.get("padding", "valid") == "valid"},
        ),
        *(
            _mistake(wrong.id, wrong.title, wrong.hint, _padded_by(wrong, reduce))
            for wrong in convolution.WRONG_PADDINGS
        ),
    )  # fmt: skip


# -------------------------------------------------------------------------------------- wrong global poolings


def _of_modes(average: Callable[[np.ndarray], Any], largest: Callable[[np.ndarray], Any]) -> Callable[[LayerCase], Any]:
    def output(case: LayerCase) -> Any:
        case = dataclasses.replace(case, cotangents=None)
        return average(case.inputs) if case.config["mode"] == "average" else largest(case.inputs)

    return output


def _both(name: str, title: str, hint: str, **settings: Any) -> Mistake:
    """The same change to both modes: mean or maximum over other axes."""
    return _mistake(name, title, hint, _of_modes(lambda x: x.mean(**settings), lambda x: x.max(**settings)))


def _right_mean(x: np.ndarray) -> Any:
    return x.mean(axis=(1, 2))


def _right_max(x: np.ndarray) -> Any:
    return x.max(axis=(1, 2))


def global_mistakes() -> tuple[Mistake, ...]:
    """What goes wrong in global pooling."""
    return (
        _both(
            "global_channels_too", "Everything but the batch is pooled, channels too",
            "How many numbers should be left of one image with 8 channels?", axis=(1, 2, 3),
        ),
        _both(
            "global_channels_first", "The last two axes are pooled, as if channels came first",
            "Which axis of (batch, height, width, channels) should be left beside the batch?", axis=(2, 3),
        ),
        _both(
            "global_batch_too", "The images of the batch are pooled together",
            "Hand in two different images. How many rows should the result have?", axis=(0, 1, 2),
        ),
        _both(
            "global_height_only", "Only the height is pooled",
            "How many numbers should be left of one image with 8 channels?", axis=1,
        ),
        _both(
            "global_width_only", "Only the width is pooled",
            "How many numbers should be left of one image with 8 channels?", axis=2,
        ),
        _both(
            "global_axes_kept", "The pooled axes are kept with size 1",
            "How many axes should the result have?", axis=(1, 2), keepdims=True,
        ),
        _mistake(
            "global_modes_exchanged", "The two modes are exchanged",
            "Which of the two modes should change when a number that is not the largest changes?",
            _of_modes(_right_max, _right_mean),
        ),
        _mistake(
            "global_always_average", "The mean is taken whatever the mode",
            "Does anything in your call look at the mode?", _of_modes(_right_mean, _right_mean),
        ),
        _mistake(
            "global_always_max", "The maximum is taken whatever the mode",
            "Does anything in your call look at the mode?", _of_modes(_right_max, _right_max),
        ),
        _mistake(
            "global_sum", "The numbers are added up and not divided",
            "Pool an image of all ones. What should its mean be?",
            _of_modes(lambda x: x.sum(axis=(1, 2)), _right_max),
        ),
        _mistake(
            "global_divided_by_height", "The sum is divided by the height alone",
            "Pool an image of all ones. What should its mean be?",
            _of_modes(lambda x: x.sum(axis=(1, 2)) / x.dtype.type(x.shape[1]), _right_max),
        ),
        _mistake(
            "global_mean_of_row_maxima", "The maximum of each row is taken, then the mean of those",
            "Put one large number into an image. Should the result of the mode max be that number?",
            _of_modes(_right_mean, lambda x: x.max(axis=2).mean(axis=1)),
        ),
        _mistake(
            "global_largest_size", "The sign is lost: the largest absolute value is taken",
            "What is the largest number of an image of all -5?",
            _of_modes(_right_mean, lambda x: np.abs(x).max(axis=(1, 2))),
        ),
    )  # fmt: skip
