"""One row of numbers for every frame: what a recurrent layer can read."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.convolution import copy_slack
from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("first", rng), _case("second", rng)


def _case(name: str, rng: np.random.Generator) -> FunctionCase:
    size = draw.distinct_sizes(rng, ("batch", "time", "height", "width", "filters"), 2, 6)
    return FunctionCase(
        id=name,
        arguments={"maps": draw.inputs(rng, *size.values())},
        axes={"maps": " ".join(size)},
        returns={"features": "batch time features"},
    )


def _rows(maps: np.ndarray) -> np.ndarray:
    return maps.reshape(*maps.shape[:2], -1)


def _mistake(name: str, title: str, hint: str, answer: Any) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"features": answer(case.arguments["maps"])}

    return Mistake(f"frame_features.{name}", title, hint, wrong)


def _in_the_order_of(*axes: int) -> Any:
    """The axes in another order, and then the shape that is asked for."""
    return lambda maps: np.transpose(maps, axes).reshape(*maps.shape[:2], -1)


_AXES = "Which axes should be left in the end, and which length has each of them?"
_ONE = "How many rows should there be for one video? What is lost if there is only one?"
_FRAME = "Change one pixel of one frame. How many rows of the result should change? Does that hold for yours?"
_ALL = "How many numbers has a frame before, and how many has it in your result?"

MISTAKES = (
    _mistake(
        "time_flattened", "Time is flattened too: a single row for each video",
        _ONE, lambda maps: maps.reshape(len(maps), -1),
    ),
    _mistake(
        "batch_merged", "Batch and time are one axis: a row for each frame, of all videos",
        "How does the next layer know which of your rows belong to one video?",
        lambda maps: _rows(maps).reshape(-1, maps[0, 0].size),
    ),
    _mistake(
        "filters_kept", "Time, height and width are one axis, and the filters stay",
        _AXES, lambda maps: maps.reshape(len(maps), -1, maps.shape[-1]),
    ),
    _mistake(
        "places_and_filters", "Only height and width are made one axis",
        _AXES, lambda maps: maps.reshape(*maps.shape[:2], -1, maps.shape[-1]),
    ),
    _mistake(
        "rows_kept", "Only width and filters are made one axis", _AXES, lambda maps: maps.reshape(*maps.shape[:3], -1),
    ),
    _mistake(
        "time_and_batch_exchanged", "Time and batch have changed places",
        "Which of the first two axes counts the videos, in what you are given and in what you return?",
        lambda maps: _rows(maps).swapaxes(0, 1),
    ),
    _mistake(
        "reshaped_to_time_first", "The array is cut into time and batch, in this order",
        "Which of the first two axes counts the videos, in what you are given and in what you return?",
        lambda maps: maps.reshape(maps.shape[1], maps.shape[0], -1),
    ),
    _mistake(
        "frames_mixed", "Frames of different videos are mixed: the first two axes are exchanged before the reshape",
        _FRAME, _in_the_order_of(1, 0, 2, 3, 4),
    ),
    _mistake(
        "time_into_the_row", "Time is moved behind the other axes before the reshape", _FRAME,
        _in_the_order_of(0, 2, 3, 4, 1),
    ),
    _mistake(
        "time_behind_the_places", "Time is moved behind height and width before the reshape", _FRAME,
        _in_the_order_of(0, 2, 3, 1, 4),
    ),
    _mistake(
        "filters_first", "The filters are put before height and width",
        "In which order do the numbers of one frame lie in the array? Does a reshape alone change it?",
        _in_the_order_of(0, 1, 4, 2, 3),
    ),
    _mistake(
        "width_before_height", "Height and width are exchanged before they are flattened",
        "In which order do the numbers of one frame lie in the array? Does a reshape alone change it?",
        _in_the_order_of(0, 1, 3, 2, 4),
    ),
    _mistake(
        "time_last", "Time is the last axis of the result",
        "A recurrent layer reads (batch, time, features). Which axis of yours would it walk along?",
        lambda maps: _rows(maps).swapaxes(1, 2),
    ),
    _mistake(
        "cut_into_features_and_time", "The array is cut into features and time, in this order",
        "A recurrent layer reads (batch, time, features). Which axis of yours would it walk along?",
        lambda maps: maps.reshape(len(maps), -1, maps.shape[1]),
    ),
    _mistake("mean_over_places", "Each filter is averaged over the frame", _ALL, lambda maps: maps.mean(axis=(2, 3))),
    _mistake("max_over_places", "The largest value of each filter is taken", _ALL, lambda maps: maps.max(axis=(2, 3))),
    _mistake("filters_added_up", "The filters are added up", _ALL, lambda maps: _rows(maps.sum(axis=-1)[..., None])),
    _mistake(
        "first_filter", "Only the first filter is kept", _ALL, lambda maps: _rows(maps[..., :1]),
    ),
    _mistake("first_frame", "Only the first frame is kept", _ONE, lambda maps: _rows(maps)[:, 0]),
    _mistake("last_frame", "Only the last frame is kept", _ONE, lambda maps: _rows(maps)[:, -1]),
    _mistake("mean_over_frames", "The frames are averaged", _ONE, lambda maps: _rows(maps).mean(axis=1)),
)  # fmt: skip


def _keras() -> Any:
    import keras

    return keras.layers.TimeDistributed(keras.layers.Flatten())


EXERCISE = Exercise(
    id="frame_features",
    assignment="video",
    title="One row of numbers for every frame",
    entry_point="frame_features",
    signature="frame_features(maps) -> features",
    points=3,
    hint="Which of the five axes become one, and which two must stay as they are?",
    cases=cases,
    truth=function_truth(_rows),
    slack=copy_slack,
    checks=(Check("values", "All numbers of a frame in its row", 3, ("*.features",)),),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    permuted=(),
)
