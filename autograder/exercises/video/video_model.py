"""A model that tells where something moves to: every frame through a convolution, an LSTM over the frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit import lstm as family
from autograder.exercises.kit.gates import softmax
from autograder.exercises.kit.models import relu, slack, untrained
from autograder.exercises.kit.parts import trained
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import in_every_group
from autograder.language import Said, words
from autograder.model import Arrays, Check, Exercise, LayerCase, Mistake, ModelCase
from reference import equations as eq
from reference.data import digits

CLASSES = len(digits.DIRECTIONS)
SIDE, STRIDE = 3, 2
"""Of the convolution."""
LEARNED, ASKED = 800, 250
"""Videos to learn from, and others to be asked about."""


def cases(rng: np.random.Generator) -> tuple[ModelCase | LayerCase, ...]:
    return (
        _shape_case("another_size", rng, (5, 9, 14, 3), 7, 11),
        _values_case("values", rng),
        _digits_case("digits", rng),
    )


def _shape_case(name: str, rng: np.random.Generator, shape: tuple[int, ...], filters: int, units: int) -> ModelCase:
    """Nothing is learned: only the shape of the output and the number of weights are looked at."""
    return untrained(name, (shape, filters, units), rng.random((2, *shape), np.float32))


def _digits_case(name: str, rng: np.random.Generator) -> ModelCase:
    videos, directions = digits.moving(rng, LEARNED + ASKED)
    return ModelCase(
        id=name,
        arguments=(videos.shape[1:], 4, 32),
        inputs=videos[:LEARNED],
        labels=directions[:LEARNED],
        probe=videos[LEARNED:],
        labels_probe=directions[LEARNED:],
        steps=150,
        batch_size=64,
        learning_rate=0.01,
        margin=0.05,
    )


def _values_case(name: str, rng: np.random.Generator) -> LayerCase:
    """All weights are given. The last bias lies where some of the numbers before the softmax are negative: else nobody
    could see what a ReLU does to them."""
    batch, filters, units = (int(size) for size in rng.permutation([5, 7, 8]))
    given = draw.inputs(rng, batch, 6, 9, 12, 2)
    weights = {
        "1/kernel": draw.weight(rng, SIDE, SIDE, given.shape[-1], filters), "1/bias": draw.bias(rng, filters),
        "2/kernel": draw.weight(rng, _features(9, 12, filters), 4 * units),
        "2/recurrent_kernel": 1.5 * draw.weight(rng, units, 4 * units), "2/bias": draw.bias(rng, 4 * units),
        "3/kernel": 6 * draw.weight(rng, units, CLASSES), "3/bias": np.zeros(CLASSES, draw.DTYPE),
    }  # fmt: skip
    case = LayerCase(
        id=name,
        config={"shape": given.shape[1:], "filters": filters, "units": units},
        weights=weights,
        inputs=given,
        axes={
            "inputs": "batch frames height width channels",  # a simpler question of one frame would not fit the shape
            "1/kernel": "3 3 channels filters", "1/bias": "filters",
            "3/kernel": "units 4", "3/bias": "4",
        } | {f"2/{weight}": named for weight, named in family.WEIGHT_AXES.items()},
        returns={"output": "batch classes"},
    )  # fmt: skip
    weights["3/bias"] = -_scores(case, RIGHT).mean(axis=0)
    return case


def _fit(length: int, side: int = SIDE, stride: int = STRIDE) -> int:
    return (length - side) // stride + 1


def _features(height: int, width: int, filters: int) -> int:
    return _fit(height) * _fit(width) * filters


def _convolution(channels: int, filters: int, side: int = SIDE) -> int:
    return (side * side * channels + 1) * filters


def _recurrent(features: int, units: int, gates: int = 4) -> int:
    return gates * ((features + units) * units + units)


def _dense(features: int, classes: int = CLASSES) -> int:
    return (features + 1) * classes


def _weights(time: int, height: int, width: int, channels: int, filters: int, units: int) -> int:
    features = _features(height, width, filters)
    return _convolution(channels, filters) + _recurrent(features, units) + _dense(units)


# ------------------------------------------------------------------------------------------- the network, line by line


RIGHT: dict[str, Callable[..., Any]] = {
    # a video (batch, frames, height, width, channels) -> what the convolution reads
    "read": lambda video: video,
    "activation": relu,
    # maps (batch, frames, height, width, filters) -> a row for every frame
    "rows": lambda maps: maps.reshape(*maps.shape[:2], -1),
    "run": eq.lstm,
    # the trace of the LSTM -> one state for every video
    "state": lambda trace: trace.last_hidden,
    "said": softmax,
}
"""The lines of a right answer."""


def _scores(case: LayerCase, use: Lines) -> np.ndarray:
    """What the dense layer gives before its softmax, (batch, classes)."""
    w, video = case.weights, use["read"](case.inputs)
    images = video.reshape(-1, *video.shape[2:])
    maps = eq.conv2d(images, w["1/kernel"], w["1/bias"], STRIDE).output
    maps = use["activation"](maps.reshape(*video.shape[:2], *maps.shape[1:]))
    trace = use["run"](use["rows"](maps), w["2/kernel"], w["2/recurrent_kernel"], w["2/bias"])
    scores: np.ndarray = use["state"](trace) @ w["3/kernel"] + w["3/bias"]
    return scores


def _made(use: Lines, case: LayerCase | ModelCase) -> Arrays | None:
    return None if isinstance(case, ModelCase) else {"output": use["said"](_scores(case, use))}


RECIPE = Recipe(_made, RIGHT, prefix="video.")


def truth(case: ModelCase | LayerCase) -> Arrays:
    """The shape of the predictions and the number of weights, counted by hand; predictions where weights are given."""
    if isinstance(case, LayerCase):
        return RECIPE.truth(case)
    (time, height, width, channels), filters, units = case.arguments
    return {
        "output_shape": np.asarray((len(case.probe), CLASSES)),
        "weights": np.asarray(_weights(time, height, width, channels, filters, units)),
    }


def _mistake(
    name: str,
    title: Said,
    hint: str,
    weights: Callable[..., int] = _weights,
    shape: Callable[[int, int], tuple[int, ...]] = lambda videos, time: (videos, CLASSES),
) -> Mistake:
    """weights: of time, height, width, channels, filters, units. shape: of the predictions, from videos and time; of
    the case that is trained only the weights are told where it is wrong."""

    def answer(case: ModelCase | LayerCase) -> Arrays | None:
        if isinstance(case, LayerCase):
            return None  # its weights do not fit
        of_video, filters, units = case.arguments
        wrong = shape(len(case.probe), of_video[0])
        parts = {"weights": np.asarray(weights(*of_video, filters, units))}
        if not case.steps or wrong == (len(case.probe), CLASSES):
            parts["output_shape"] = np.asarray(wrong)
        return parts

    return Mistake(f"video.{name}", title, hint, answer)


def _with(
    convolution: Callable[[int, int], int] = _convolution,
    features: Callable[[int, int, int, int], int] = lambda time, height, width, f: _features(height, width, f),
    recurrent: Callable[[int, int], int] = _recurrent,
    dense: Callable[[int], int] = _dense,
) -> Callable[..., int]:
    """The number of weights with one of the layers counted otherwise."""

    def weights(time: int, height: int, width: int, channels: int, filters: int, units: int) -> int:
        numbers = features(time, height, width, filters)
        return convolution(channels, filters) + recurrent(numbers, units) + dense(units)

    return weights


_READ = "How many numbers of one frame reach your LSTM? How many should there be, for frames of 12×12?"
_HEAD = "How many numbers leave your model for one video, and what does each of them say?"
_COUNT = "How many layers with weights does the plan have, and how many does the summary of your model show?"


def _as_it_is(given: np.ndarray) -> np.ndarray:
    return given


def _row_of(*axes: int) -> Callable[[np.ndarray], np.ndarray]:
    """The axes of the maps in another order, and then a row for every frame."""
    return lambda maps: np.transpose(maps, axes).reshape(*maps.shape[:2], -1)


def _frames_first(maps: np.ndarray) -> np.ndarray:
    """Frames of several videos in one: the array is cut as if all first frames stood first."""
    batch, frames = maps.shape[:2]
    return maps.reshape(frames, batch, -1).swapaxes(0, 1)


_NEGATIVE = "What becomes of a negative number of a map, in the plan and in your model?"
_LAST = "An LSTM has a state after every frame. Which of them has seen the whole video?"
_ROW = "In which order do the numbers of one frame lie in the maps? Does a reshape alone change it?"
_SUM = "What do the four numbers of one video add up to, and what does each of them lie between?"

WRONG_VALUES = (
    RECIPE.wrong("no_relu", "There is no ReLU behind the convolution", _NEGATIVE, activation=_as_it_is),
    RECIPE.wrong("tanh", "A tanh stands in the place of the ReLU", _NEGATIVE, activation=np.tanh),
    RECIPE.wrong("sigmoid", "A sigmoid stands in the place of the ReLU", _NEGATIVE, activation=eq.sigmoid),
    RECIPE.wrong(
        "first_state", "The state after the first frame is kept", _LAST, state=lambda trace: trace.hidden[:, 0],
    ),
    RECIPE.wrong(
        "mean_of_states", "The mean of the LSTM's states is kept, and not the last one", _LAST,
        state=lambda trace: trace.hidden.mean(axis=1),
    ),
    RECIPE.wrong(
        "largest_of_states", "Of every unit the largest number in all states is kept, and not the last one", _LAST,
        state=lambda trace: trace.hidden.max(axis=1),
    ),
    RECIPE.wrong(
        "sum_of_states", "The LSTM's states are added up", _LAST, state=lambda trace: trace.hidden.sum(axis=1),
    ),
    RECIPE.wrong(
        "memory", "The cell state c goes to the dense layer, and not the output h",
        "Which of the two states does an LSTM show, and which does it keep to itself?",
        state=lambda trace: trace.last_cell,
    ),
    RECIPE.wrong(
        "backwards", "The LSTM reads the frames from the last to the first",
        "Which frame does your LSTM meet first, and which one is freshest in its memory?",
        read=lambda video: video[:, ::-1],
    ),
    RECIPE.wrong(
        "frames_mixed", "Frames of different videos are mixed: the rows are cut as if all first frames came first",
        "Change one frame of one video. Whose answer changes?", rows=_frames_first,
    ),
    RECIPE.wrong("filters_first", "The rows hold one map after the other", _ROW, rows=_row_of(0, 1, 4, 2, 3)),
    RECIPE.wrong("width_first", "Height and width have changed places in the rows", _ROW, rows=_row_of(0, 1, 3, 2, 4)),
    RECIPE.wrong("no_softmax", "The last layer has no softmax", _SUM, said=_as_it_is),
    RECIPE.wrong("sigmoids", "The last layer has a sigmoid in the place of its softmax", _SUM, said=eq.sigmoid),
    RECIPE.wrong(
        "softmax_over_batch", "The softmax runs over the videos of a batch", _SUM, said=lambda said: softmax(said.T).T,
    ),
    RECIPE.wrong("relu_at_the_end", "There is a ReLU before the softmax", _SUM, said=lambda said: softmax(relu(said))),
)  # fmt: skip


def _with_a_hidden_layer(width: int) -> Mistake:
    return _mistake(
        f"hidden_dense_{width}", words("There is another dense layer with {units} units", units=width), _COUNT,
        _with(dense=lambda units: (units + 1) * width + _dense(width)),
    )  # fmt: skip


MISTAKES = (
    _mistake(
        "no_strides", "The convolution looks at every place: it has no strides", _READ,
        _with(features=lambda t, h, w, f: _fit(h, 3, 1) * _fit(w, 3, 1) * f),
    ),
    _mistake(
        "pooled", "The maps are pooled besides", _READ,
        _with(features=lambda t, h, w, f: _fit(h) // 2 * (_fit(w) // 2) * f),
    ),
    _mistake(
        "same_padding", "The convolution adds a border", _READ,
        _with(features=lambda t, h, w, f: -(-h // 2) * -(-w // 2) * f),
    ),
    _mistake(
        "one_number_per_filter", "Each filter is one number a frame: its maps are averaged, or the largest value taken",
        "Does what reaches your LSTM still say where the digit stands?", _with(features=lambda t, h, w, f: f),
    ),
    _mistake(
        "all_frames_at_once", "The frames are put into one row before the recurrent layer", _READ,
        _with(features=lambda t, h, w, f: t * _features(h, w, f)),
    ),
    _mistake(
        "kernel_of_five", "The kernel is 5×5", "How many weights has one filter of yours, for one channel?",
        _with(lambda c, f: _convolution(c, f, 5), lambda t, h, w, f: _fit(h, 5) * _fit(w, 5) * f),
    ),
    _mistake(
        "kernel_of_two", "The kernel is 2×2", "How many weights has one filter of yours, for one channel?",
        _with(lambda c, f: _convolution(c, f, 2), lambda t, h, w, f: _fit(h, 2) * _fit(w, 2) * f),
    ),
    _mistake(
        "no_convolution", "There is no convolution: the LSTM reads the pixels",
        "Which of your layers looks through a window?",
        lambda t, h, w, c, f, u: _recurrent(h * w * c, u) + _dense(u),
    ),
    _mistake(
        "no_recurrence", "There is no recurrent layer: the classifier reads all frames at once",
        "Which of your layers knows in which order the frames came?",
        lambda t, h, w, c, f, u: _convolution(c, f) + _dense(t * _features(h, w, f)),
    ),
    _mistake(
        "mean_of_frames", "There is no recurrent layer: the classifier reads the mean of the frames, or one of them",
        "Which of your layers knows in which order the frames came?",
        lambda t, h, w, c, f, u: _convolution(c, f) + _dense(_features(h, w, f)),
    ),
    _mistake(
        "simple_rnn", "The recurrent layer has the weights of a simple recurrent network",
        "How many gates has your recurrent layer, and how many weights has each?",
        _with(recurrent=lambda n, u: _recurrent(n, u, 1)),
    ),
    _mistake(
        "both_directions", "The video is read from both ends", _COUNT,
        _with(recurrent=lambda n, u: 2 * _recurrent(n, u), dense=lambda u: _dense(2 * u)),
    ),
    _mistake(
        "two_recurrent_layers", "There are two recurrent layers", _COUNT,
        _with(recurrent=lambda n, u: _recurrent(n, u) + _recurrent(u, u)),
    ),
    _mistake(
        "second_convolution", "There is a second convolution", _COUNT,
        _with(
            lambda c, f: _convolution(c, f) + _convolution(f, f), lambda t, h, w, f: _fit(_fit(h)) * _fit(_fit(w)) * f,
        ),
    ),
    _mistake(
        "filters_and_units_exchanged", "Filters and units have changed places",
        "How many maps does your convolution make of a frame, and how wide is the state of your LSTM?",
        lambda t, h, w, c, f, u: _weights(t, h, w, c, u, f),
    ),
    _mistake(
        "dense_without_bias", "The last layer has no bias",
        "How many weights lead to one direction, and how many numbers does your last layer read?",
        _with(dense=lambda u: u * CLASSES),
    ),
    _mistake(
        "one_output", "The last layer has one unit", _HEAD,
        _with(dense=lambda u: _dense(u, 1)), lambda videos, time: (videos, 1),
    ),
    _mistake(
        "ten_outputs", "The last layer has ten units, one for each digit",
        "What is asked about a video here: which digit it shows, or where that moves?",
        _with(dense=lambda u: _dense(u, 10)), lambda videos, time: (videos, 10),
    ),
    _mistake(
        "every_frame", "The classifier is asked at every frame and not for the video",
        "Which of its states does your LSTM hand on: all of them, or the one after the last frame?",
        shape=lambda videos, time: (videos, time, CLASSES),
    ),
    *(_with_a_hidden_layer(width) for width in (16, 32, 64)),
    *WRONG_VALUES,
)  # fmt: skip


def _keras() -> Any:
    import keras

    def video_model(shape: tuple[int, ...], filters: int, units: int) -> Any:
        every = keras.layers.TimeDistributed
        return keras.Sequential(
            [
                keras.Input(shape),
                every(keras.layers.Conv2D(filters, SIDE, STRIDE, activation="relu")),
                every(keras.layers.Flatten()),
                keras.layers.LSTM(units),
                keras.layers.Dense(CLASSES, activation="softmax"),
            ]
        )

    return video_model


EXERCISE = Exercise(
    id="video_model",
    assignment="video",
    title="A model that tells where a digit moves",
    entry_point="video_model",
    signature="video_model(shape, filters, units) -> keras.Model",
    points=4,
    hint="Write the shape behind every layer on paper, for two videos of six frames.",
    hints={
        "weights": "Count layer by layer: how many numbers has a filter, a frame, a gate, a direction?",
        "values": "What happens between the convolution and the rows, and which state does the dense layer read?",
        "accuracy": "What does the last layer hand out, and over which axis do these numbers belong together?",
    },
    cases=cases,
    truth=truth,
    slack=slack,
    checks=(
        Check("shape", "One number per direction for every video", 1, ("another_size.output_shape",)),
        Check("weights", "The number of trainable weights", 1, ("*.weights",)),
        Check("values", "With given weights, the probabilities of the plan", 1, ("values.*",), ("shape", "weights")),
        Check(
            "accuracy",
            "Learns to see directions about as well as Keras's own",
            1,
            ("digits.probabilities", "digits.accuracy"),
        ),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    layouts=in_every_group(family.LAYOUTS, only="2"),
    built_on=(
        (
            trained("FramesThrough", "keras.layers.TimeDistributed(keras.layers.Conv2D)"),
            trained("frame_features", "keras.layers.TimeDistributed(keras.layers.Flatten)()"),
            trained("Conv2D", "keras.layers.Conv2D", "cnn"),
            trained("LSTM", "keras.layers.LSTM", "lstm"),
        ),
    ),
    permuted=(),
)
