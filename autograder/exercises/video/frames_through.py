"""A convolution of every frame of a video: frames become images for a while, and frames again."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from autograder.exercises.kit import convolution, draw, hints
from autograder.exercises.kit.parts import trained
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import with_cotangents
from autograder.model import Arrays, Check, Exercise, LayerCase
from reference import equations as eq

RETURNS = {"output": "batch time new_height new_width filters"}


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    strides = {"strides": (2, 3)}
    # Who forgets the strides loses their points, and no others.
    config = _case("config", rng, (10, 8), config={"strides": (1, 1)}, route="from_config")
    return (
        _case("frames", rng, (8, 10), videos=(2, 3)),  # of two frames, the last first are also each one late
        _case("strided", rng, (10, 8), config=strides, videos=(3, 2)),
        # Small: beside a stand-in gradients are found by moving every number.
        _gradients_case("gradients", rng),
        dataclasses.replace(config, config_back=dict(config.config)),
        _case("symbolic", rng, (10, 8), route="symbolic"),
    )


def _gradients_case(name: str, rng: np.random.Generator) -> LayerCase:
    case = _case(name, rng, (6, 7), channels=1, filters=8)
    sizes = dict(zip(RETURNS["output"].split(), RECIPE.truth(case)["output"].shape, strict=True))
    return with_cotangents(case, rng, sizes)


def _case(
    name: str,
    rng: np.random.Generator,
    image: tuple[int, int],
    *,
    videos: tuple[int, int] | None = None,
    channels: int = 7,
    filters: int = 6,
    config: dict[str, Any] | None = None,
    **changes: Any,
) -> LayerCase:
    """Two videos of three frames, or three of two; no size is another's. videos: how many, and of how many frames."""
    batch, time = videos or map(int, rng.permutation([2, 3]))
    kernel_size = (4, 5)
    case = LayerCase(
        id=name,
        config={"filters": filters, "kernel_size": kernel_size} | (config or {}),
        weights={
            "kernel": draw.weight(rng, *kernel_size, channels, filters),
            "bias": draw.bias(rng, filters),
        },
        inputs=draw.inputs(rng, batch, time, *image, channels),
        axes={**convolution.AXES_2D, "inputs": "batch time height width channels"},
        returns=RETURNS,
    )
    return dataclasses.replace(case, **changes)


# -------------------------------------------------------------------------------------------- the layer, line by line


def _merged(video: np.ndarray) -> np.ndarray:
    """(batch * time, height, width, channels), all frames of the first video first."""
    return video.reshape(-1, *video.shape[2:])


def _split(maps: np.ndarray, batch: int, time: int) -> np.ndarray:
    return maps.reshape(batch, time, *maps.shape[1:])


def _strides(case: LayerCase) -> tuple[int, int]:
    down, across = case.config.get("strides", (1, 1))
    return down, across


def _made(use: Lines, case: LayerCase) -> Arrays:
    batch, time = case.inputs.shape[:2]
    strides = use["strides"](_strides(case))
    images = use["images"](case.inputs)
    maps = eq.conv2d(images, case.weights["kernel"], case.weights["bias"], strides, use["padding"]()).output
    return {"output": use["handed"](use["after"](use["split"](maps, batch, time)))}


RECIPE = Recipe(
    _made,
    {
        # video (batch, time, height, width, channels) -> (batch * time, height, width, channels)
        "images": _merged,
        "strides": lambda strides: strides,
        "padding": lambda: "valid",
        # maps (batch * time, new_height, new_width, filters) -> (batch, time, new_height, new_width, filters)
        "split": _split,
        "after": lambda y: y,
        "handed": lambda y: y,
    },
    prefix="frames.",
)


def _truth(case: LayerCase) -> Arrays:
    parts = RECIPE.truth(case)
    if case.cotangents is not None:
        trace = eq.conv2d(_merged(case.inputs), case.weights["kernel"], case.weights["bias"], _strides(case))
        gradients = eq.conv2d_backward(trace, _merged(case.cotangents["output"]))
        assert gradients.bias is not None
        grads = {"grad.kernel": gradients.kernel, "grad.bias": gradients.bias}
        parts = {**parts, "grad.inputs": gradients.x.reshape(case.inputs.shape), **grads}
    return parts


def _slack(case: LayerCase, truth: Arrays) -> dict[str, float]:
    """That of the convolution of all frames as images."""
    return convolution.slack(dataclasses.replace(case, inputs=_merged(case.inputs)), truth)


# --------------------------------------------------------------------------------------------------- what goes wrong


def _time_first(video: np.ndarray) -> np.ndarray:
    return _merged(video.swapaxes(0, 1))


def _read_time_first(maps: np.ndarray, batch: int, time: int) -> np.ndarray:
    return _split(maps, time, batch).swapaxes(0, 1)


def _sides_exchanged(maps: np.ndarray, batch: int, time: int) -> np.ndarray:
    _, height, width, filters = maps.shape
    return maps.reshape(batch, time, width, height, filters)


def _filters_before_places(maps: np.ndarray, batch: int, time: int) -> np.ndarray:
    _, height, width, filters = maps.shape
    return maps.reshape(batch, time, filters, height, width)


def _repeated(place: int) -> Any:
    return lambda y: np.repeat(y[:, [place]], y.shape[1], axis=1)


_ORDER = "Number the frames of two videos of three frames: 0 to 5. Which numbers are frames of the second video?"
_WHICH = "Change the last frame of a video. Which frames of the output should change, and which ones of yours do?"
_SHAPE = "Which five axes does the result have, and which of them do you hand out?"

MISTAKES = (
    RECIPE.wrong(
        "merged_time_first", "Frames become images with all first frames first, and are split as if video by video",
        _ORDER, images=_time_first,
    ),
    RECIPE.wrong(
        "split_time_first", "Frames become images video by video, and are split as if all first frames came first",
        _ORDER, split=_read_time_first,
    ),
    RECIPE.wrong(
        "split_as_time_batch", "The images are split into time and batch, in this order",
        "How many videos went in, how many frames has each, and which of the two is the first axis of your result?",
        split=lambda maps, batch, time: _split(maps, time, batch),
    ),
    RECIPE.wrong(
        "stacked_on_the_first_axis", "Time and batch have changed places in the result",
        "Your result has one entry per frame. Which axis should have that length?", handed=lambda y: y.swapaxes(0, 1),
    ),
    RECIPE.wrong(
        "not_split", "The frames stay images: time does not come back",
        "How does the next layer know which of your images belong to one video?", handed=_merged,
    ),
    RECIPE.wrong(
        "flattened", "The maps of a frame are put into one row",
        _SHAPE, handed=lambda y: y.reshape(*y.shape[:2], -1),
    ),
    RECIPE.wrong("first_frame_for_all", "Every frame has the maps of the first one", _WHICH, after=_repeated(0)),
    RECIPE.wrong("last_frame_for_all", "Every frame has the maps of the last one", _WHICH, after=_repeated(-1)),
    RECIPE.wrong("first_frame_only", "Only the first frame is answered", _SHAPE, handed=lambda y: y[:, 0]),
    RECIPE.wrong("last_frame_only", "Only the last frame is answered", _SHAPE, handed=lambda y: y[:, -1]),
    RECIPE.wrong("mean_of_frames", "The mean over the frames is handed out", _SHAPE, handed=lambda y: y.mean(axis=1)),
    RECIPE.wrong("sum_of_frames", "The frames are added up", _SHAPE, handed=lambda y: y.sum(axis=1)),
    RECIPE.wrong(
        "frames_added_up", "Each frame holds the sum of all frames up to it",
        "Let all frames be alike. Should the second frame of the output differ from the first?",
        after=lambda y: np.cumsum(y, axis=1),
    ),
    RECIPE.wrong(
        "frames_reversed", "The frames come out from the last to the first",
        _WHICH, after=lambda y: y[:, ::-1],
    ),
    RECIPE.wrong(
        "one_frame_late", "Each frame has the maps of the one before it",
        _WHICH, after=lambda y: np.roll(y, 1, axis=1),
    ),
    RECIPE.wrong(
        "first_video_for_all", "Every video has the maps of the first one",
        "Hand in two different videos. Are the two results different?",
        after=lambda y: np.repeat(y[:1], len(y), axis=0),
    ),
    RECIPE.wrong(
        "sides_exchanged", "The maps are split with height and width exchanged",
        "Which shape has the output of your convolution, and which one do you split it into?", split=_sides_exchanged,
    ),
    RECIPE.wrong(
        "filters_before_places", "The maps are split as if filters came before height and width",
        "Which shape has the output of your convolution, and which one do you split it into?",
        split=_filters_before_places,
    ),
    RECIPE.wrong(
        "negatives_cut", "Negative results are set to 0",
        "Which activation was asked for in this layer?", after=lambda y: np.maximum(y, 0),
    ),
    RECIPE.wrong(
        "strides_ignored", "The strides do not reach the convolution",
        "What does your layer do with `strides`? Follow it from the constructor to the convolution.",
        strides=lambda strides: (1, 1),
    ),
    RECIPE.wrong(
        "strides_exchanged", "The strides down and across have changed places",
        "Which of the two strides moves the window down?", strides=lambda strides: strides[::-1],
    ),
    RECIPE.wrong(
        "same_padding", "The convolution adds a border",
        "How large is a map of yours, and at how many places does the window fit into a frame?",
        padding=lambda: "same",
    ),
)  # fmt: skip


def _keras() -> Any:
    import keras

    class FramesThrough(keras.layers.TimeDistributed):
        def __init__(self, filters: int, kernel_size: Any, strides: Any = (1, 1), **named: Any) -> None:
            super().__init__(keras.layers.Conv2D(filters, kernel_size, strides), **named)
            self.given = {"filters": filters, "kernel_size": tuple(kernel_size), "strides": tuple(strides)}

        def get_config(self) -> dict[str, Any]:
            return {"name": self.name, "dtype": "float32", **self.given}

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            return cls(**config)

    return FramesThrough


EXERCISE = Exercise(
    id="frames_through",
    assignment="video",
    title="A convolution of every frame",
    entry_point="FramesThrough",
    signature="FramesThrough(filters, kernel_size, strides=(1, 1))(video)",
    points=10,
    hint=(
        "A convolution takes a stack of images and does not ask what they belong to. How many images are there, and in "
        "which order do they stand?"
    ),
    hints={
        "strides": "Where does your layer keep the strides, and who reads them?",
        "gradients": hints.GRADIENTS,
        "config": hints.CONFIG,
        "symbolic": hints.OPEN_BATCH,
    },
    cases=cases,
    truth=_truth,
    slack=_slack,
    checks=(
        Check("frames", "Every frame of every video, at its place", 5, ("frames.*",)),
        Check("strides", "With strides", 2, ("strided.*",), ("frames",)),
        Check("gradients", "Gradients reach the video, the kernel and the bias", 1, ("gradients.grad.*",), ("frames",)),
        Check("config", "get_config makes the same layer again", 1, ("config.*",), ("frames",)),
        Check("symbolic", "Works in a model of unknown batch size", 1, ("symbolic.*",), ("frames",)),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    made_of=RECIPE.answer,
    built_on=((trained("Conv2D", "keras.layers.Conv2D", "cnn"),),),
    forbidden=("time_distribution",),
    permuted=("channels", "filters"),
)
