"""A network that says whether a lesion is anywhere: two convolutions, and the largest answer of every filter."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.gates import softmax
from autograder.exercises.kit.models import relu, slack, untrained
from autograder.exercises.kit.parts import trained
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.language import Said, words
from autograder.model import Arrays, Check, Exercise, LayerCase, Mistake, ModelCase
from reference import equations as eq
from reference.data import faces, retina

SIZE = 12
"""Rows and columns of a patch: a convolution that is written as a loop may be used, too."""
PATCHES = 2000
LEARNED = 1500
"""Patches to learn from; the others are asked about."""
CONTRAST = 0.1
"""What patches are divided by; lesions are about as much darker than what lies around them."""


STEPS = 32
"""Values are rounded to so many parts of 1: a sheet holds all patches, and packs such ones four times as small."""


def cases(rng: np.random.Generator) -> tuple[ModelCase | LayerCase, ...]:
    return _places_case("places", rng), _values_case("values", rng), _patches_case("patches", rng)


def _places_case(name: str, rng: np.random.Generator) -> ModelCase:
    """Nothing is learned. The same spot lies elsewhere on grey, by odd and by even distances, and
    so far from the edges that every window with a piece of it is there without a border."""
    height, width, channels = 16, 17, 2
    spots = rng.standard_normal((2, 3, 3, channels))
    places = [(6, 6), (7, 6), (6, 8), (7, 7)]
    probe = np.zeros((len(spots) * len(places), height, width, channels), np.float32)
    for row, (top, left) in enumerate(places * len(spots)):
        probe[row, top : top + 3, left : left + 3] = 4 * spots[row // len(places)]
    pairs = [(first, first + more) for first in (0, len(places)) for more in range(1, len(places))]
    return untrained(name, ((height, width, channels), 7), probe, alike=tuple(pairs))


def _values_case(name: str, rng: np.random.Generator) -> LayerCase:
    """All weights are given. The last two biases lie where what they are added to is now above and now below them: else
    the largest answer of a filter would hardly ever be negative, and nobody could see what a ReLU does to it."""
    channels, filters = (int(size) for size in rng.permutation([4, 6]))
    given = draw.inputs(rng, 9, 11, 10, channels)
    weights = {
        "1/kernel": draw.weight(rng, 5, 5, channels, filters), "1/bias": draw.bias(rng, filters),
        "2/kernel": draw.weight(rng, 3, 3, filters, 2 * filters), "2/bias": np.zeros(2 * filters, draw.DTYPE),
        "3/kernel": 3 * draw.weight(rng, 2 * filters, 2), "3/bias": np.zeros(2, draw.DTYPE),
    }  # fmt: skip
    case = LayerCase(
        id=name,
        config={"input_shape": given.shape[1:], "filters": filters},
        weights=weights,
        inputs=given,
        axes={
            "inputs": "batch height width channels",
            "1/kernel": "5 5 channels filters", "1/bias": "filters",
            "2/kernel": "3 3 filters 2*filters", "2/bias": "2*filters",
            "3/kernel": "2*filters 2", "3/bias": "2",
        },
        returns={"output": "batch classes"},
    )  # fmt: skip
    largest = _largest(case)
    weights["2/bias"] = -(
        largest.mean(axis=0) + np.linspace(-4, 3, 2 * filters, dtype=draw.DTYPE) * largest.std(axis=0)
    )
    weights["3/bias"] = -(relu(_largest(case)) @ weights["3/kernel"]).mean(axis=0)
    return case


def _largest(case: LayerCase) -> np.ndarray:
    """Of every filter of the second convolution, (batch, filters)."""
    return _through(case, RIGHT | {"second": lambda maps: maps})


@functools.cache
def _patches(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Small patches, their mean taken away, and which of them have a lesion."""
    images, labels, _ = retina.patches(np.random.default_rng(seed), PATCHES)
    images = faces.small(images, SIZE)
    centred = (images - images.mean(axis=(1, 2, 3), keepdims=True)) / CONTRAST
    return (np.round(centred * STEPS) / STEPS).astype(np.float32), labels


def _patches_case(name: str, rng: np.random.Generator) -> ModelCase:
    images, labels = _patches(int(rng.integers(2**31)))
    return ModelCase(
        id=name,
        arguments=((SIZE, SIZE, 1), 8),
        inputs=images[:LEARNED],
        labels=labels[:LEARNED],
        probe=images[LEARNED:],
        labels_probe=labels[LEARNED:],
        steps=100,
        batch_size=64,
        learning_rate=0.01,
        margin=0.04,
    )


def _convolution(size: int, channels: int, filters: int) -> int:
    return (size * size * channels + 1) * filters


def _weights(
    channels: int, filters: int, *, kernels: tuple[int, int] = (5, 3), second: int | None = None, classes: int = 2
) -> int:
    second = 2 * filters if second is None else second
    first_kernel, second_kernel = kernels
    return (
        _convolution(first_kernel, channels, filters)
        + _convolution(second_kernel, filters, second)
        + (second + 1) * classes
    )


# ------------------------------------------------------------------------------------------- the network, line by line


RIGHT: dict[str, Callable[..., Any]] = {
    "borders": lambda: ("valid", "valid"),
    "strides": lambda: (1, 1),
    "first": relu,
    # the sheets of the first convolution -> what the second one reads
    "between": lambda maps: maps,
    "second": relu,
    # the sheets of the second one -> a number for every filter
    "pooled": lambda maps: maps.max(axis=(1, 2)),
    "said": softmax,
}
"""The lines of a right answer."""


def _through(case: LayerCase, use: Lines) -> np.ndarray:
    """What reaches the dense layer, (batch, filters)."""
    w, (before, behind) = case.weights, use["borders"]()
    maps = eq.conv2d(case.inputs, w["1/kernel"], w["1/bias"], use["strides"](), before).output
    maps = eq.conv2d(use["between"](use["first"](maps)), w["2/kernel"], w["2/bias"], padding=behind).output
    pooled: np.ndarray = use["pooled"](use["second"](maps))
    return pooled


def _made(use: Lines, case: LayerCase | ModelCase) -> Arrays | None:
    if isinstance(case, ModelCase):
        return None
    return {"output": use["said"](_through(case, use) @ case.weights["3/kernel"] + case.weights["3/bias"])}


RECIPE = Recipe(_made, RIGHT, prefix="lesion.")


def truth(case: ModelCase | LayerCase) -> Arrays:
    """The shape of the predictions and the number of weights, counted by hand; predictions where weights are given."""
    if isinstance(case, LayerCase):
        return RECIPE.truth(case)
    (_, _, channels), filters = case.arguments
    return {"output_shape": np.asarray((len(case.probe), 2)), "weights": np.asarray(_weights(channels, filters))}


def _mistake(
    name: str,
    title: Said,
    hint: str,
    weights: Callable[[int, int, int, int], int],
    shape: Callable[[int, int, int], tuple[int, ...]] = lambda images, height, width: (images, 2),
) -> Mistake:
    """weights: from height, width, channels and filters. shape: of the predictions; of a model that is trained it is
    not told where it is wrong."""

    def answer(case: ModelCase | LayerCase) -> Arrays | None:
        if isinstance(case, LayerCase):
            return None  # its weights do not fit
        (height, width, channels), filters = case.arguments
        parts = {"weights": np.asarray(weights(height, width, channels, filters))}
        wrong = shape(len(case.probe), height, width)
        if not case.steps or wrong == (len(case.probe), 2):
            parts["output_shape"] = np.asarray(wrong)
        return parts

    return Mistake(f"lesion.{name}", title, hint, answer)


def _flattened(cells: Callable[[int, int], int]) -> Callable[[int, int, int, int], int]:
    """In place of the largest answers all of them reach the dense layer. cells: of one sheet, from height and width."""
    return lambda h, w, c, f: _weights(c, f) + (cells(h, w) - 1) * 2 * f * 2


_HEAD = "How many numbers leave your model for one patch, and what does each of them say?"
_PLACE = "How many numbers reach your dense layer for one filter? Does it still know *where* something was found?"
_SECOND = "How many sheets leave your second convolution, and how many does the plan ask for?"
_KERNEL = "How many weights has one filter of your convolutions? Which kernel sizes do they come from?"


_NEGATIVE = "What becomes of a negative answer of a filter, behind each of your convolutions and in the plan?"
_ONE = "Think of one dark spot in a large bright patch. Which number of a sheet tells of it?"
_SUM = "What do the two numbers of one patch add up to, and what does each of them lie between?"
_BORDER = "How large are the sheets behind each of your convolutions, and how large under the plan?"


def _pooled_by_two(maps: np.ndarray) -> np.ndarray:
    return eq.max_pool2d(maps).output


def _as_it_is(given: np.ndarray) -> np.ndarray:
    return given


WRONG_VALUES = (
    RECIPE.wrong("no_relu", "There is no ReLU behind the convolutions", _NEGATIVE, first=_as_it_is, second=_as_it_is),
    RECIPE.wrong("no_first_relu", "There is no ReLU behind the first convolution", _NEGATIVE, first=_as_it_is),
    RECIPE.wrong("no_second_relu", "There is no ReLU behind the second convolution", _NEGATIVE, second=_as_it_is),
    RECIPE.wrong("tanh", "A tanh stands in the place of the ReLUs", _NEGATIVE, first=np.tanh, second=np.tanh),
    RECIPE.wrong(
        "sigmoid", "A sigmoid stands in the place of the ReLUs", _NEGATIVE, first=eq.sigmoid, second=eq.sigmoid,
    ),
    RECIPE.wrong(
        "mean", "The mean of every filter is taken, and not its largest answer", _ONE,
        pooled=lambda maps: maps.mean(axis=(1, 2)),
    ),
    RECIPE.wrong("sum", "All answers of a filter are added up", _ONE, pooled=lambda maps: maps.sum(axis=(1, 2))),
    RECIPE.wrong(
        "first_place", "Of every filter the answer at the first place is taken", _ONE,
        pooled=lambda maps: maps[:, 0, 0],
    ),
    RECIPE.wrong(
        "pooled_between", "The sheets are pooled by 2×2 between the convolutions", _BORDER, between=_pooled_by_two,
    ),
    RECIPE.wrong("strides", "The first convolution has strides of 2", _BORDER, strides=lambda: (2, 2)),
    RECIPE.wrong("borders", "The convolutions add a border", _BORDER, borders=lambda: ("same", "same")),
    RECIPE.wrong("first_border", "The first convolution adds a border", _BORDER, borders=lambda: ("same", "valid")),
    RECIPE.wrong("second_border", "The second convolution adds a border", _BORDER, borders=lambda: ("valid", "same")),
    RECIPE.wrong("no_softmax", "The last layer has no softmax", _SUM, said=_as_it_is),
    RECIPE.wrong("sigmoids", "The last layer has a sigmoid in the place of its softmax", _SUM, said=eq.sigmoid),
    RECIPE.wrong(
        "softmax_over_batch", "The softmax runs over the patches of a batch", _SUM, said=lambda said: softmax(said.T).T,
    ),
    RECIPE.wrong("relu_at_the_end", "There is a ReLU before the softmax", _SUM, said=lambda said: softmax(relu(said))),
)  # fmt: skip


def _with_a_hidden_layer(width: int) -> Mistake:
    return _mistake(
        f"hidden_dense_{width}", words("There is another dense layer with {units} units", units=width),
        "How many dense layers does the plan have, and how many does the summary of your model show?",
        lambda h, w, c, f: _weights(c, f) + (2 * f + 1) * width + (width - 2 * f) * 2,
    )  # fmt: skip


MISTAKES = (
    _mistake(
        "flattened", "The sheets are flattened: every place has its own weights", _PLACE,
        _flattened(lambda h, w: (h - 6) * (w - 6)),
    ),
    _mistake(
        "flattened_with_border", "The sheets are flattened, and the convolutions add a border", _PLACE,
        _flattened(lambda h, w: h * w),
    ),
    _mistake(
        "flattened_and_pooled", "The sheets are pooled by 2×2 and flattened: every place has its own weights", _PLACE,
        _flattened(lambda h, w: ((h - 6) // 2) * ((w - 6) // 2)),
    ),
    _mistake(
        "flattened_and_pooled_with_border",
        "The sheets are pooled by 2×2 and flattened, and the convolutions add a border", _PLACE,
        _flattened(lambda h, w: (h // 2) * (w // 2)),
    ),
    _mistake(
        "not_pooled", "Every place is judged by itself, and nothing brings the judgements together", _HEAD,
        lambda h, w, c, f: _weights(c, f), lambda images, h, w: (images, h - 6, w - 6, 2),
    ),
    _mistake(
        "not_pooled_with_border", "Every place is judged by itself, and the convolutions add a border", _HEAD,
        lambda h, w, c, f: _weights(c, f), lambda images, h, w: (images, h, w, 2),
    ),
    _mistake(
        "as_many_filters", "The second convolution has as many filters as the first", _SECOND,
        lambda h, w, c, f: _weights(c, f, second=f),
    ),
    _mistake(
        "half_as_many_filters", "The second convolution has half as many filters as the first", _SECOND,
        lambda h, w, c, f: _weights(c, f, second=f // 2),
    ),
    _mistake(
        "four_times_as_many_filters", "The second convolution has four times as many filters as the first", _SECOND,
        lambda h, w, c, f: _weights(c, f, second=4 * f),
    ),
    _mistake("kernels_of_three", "Both kernels are 3×3", _KERNEL, lambda h, w, c, f: _weights(c, f, kernels=(3, 3))),
    _mistake("kernels_of_five", "Both kernels are 5×5", _KERNEL, lambda h, w, c, f: _weights(c, f, kernels=(5, 5))),
    _mistake(
        "kernels_exchanged", "The first kernel is 3×3 and the second 5×5", _KERNEL,
        lambda h, w, c, f: _weights(c, f, kernels=(3, 5)),
    ),
    _mistake(
        "one_convolution", "There is one convolution only",
        "How many convolutions does the plan have, and how many does the summary of your model show?",
        lambda h, w, c, f: _convolution(5, c, f) + (f + 1) * 2,
    ),
    _mistake(
        "three_convolutions", "There is a third convolution",
        "How many convolutions does the plan have, and how many does the summary of your model show?",
        lambda h, w, c, f: _weights(c, f) + _convolution(3, 2 * f, 2 * f),
    ),
    _mistake(
        "one_output", "The last layer has one unit", _HEAD,
        lambda h, w, c, f: _weights(c, f, classes=1), lambda images, h, w: (images, 1),
    ),
    _mistake(
        "three_outputs", "The last layer has three units", _HEAD,
        lambda h, w, c, f: _weights(c, f, classes=3), lambda images, h, w: (images, 3),
    ),
    _mistake(
        "convolutions_without_bias", "The convolutions have no bias",
        "How many weights has one filter of yours, and how many has one with a bias?",
        lambda h, w, c, f: _weights(c, f) - 3 * f,
    ),
    _mistake(
        "dense_without_bias", "The last layer has no bias",
        "How many weights lead to one class, and how many numbers does your last layer read?",
        lambda h, w, c, f: _weights(c, f) - 2,
    ),
    _mistake(
        "no_convolution", "There is no convolution: the dense layer reads the patch itself",
        "Which of your layers looks through a window?", lambda h, w, c, f: (h * w * c + 1) * 2,
    ),
    *(_with_a_hidden_layer(width) for width in (8, 16, 32)),
    *WRONG_VALUES,
)  # fmt: skip


def _keras() -> Any:
    import keras

    def lesion_finder(input_shape: tuple[int, int, int], filters: int) -> Any:
        layers = keras.layers
        return keras.Sequential(
            [
                keras.Input(input_shape),
                layers.Conv2D(filters, (5, 5)),
                layers.ReLU(),
                layers.Conv2D(2 * filters, (3, 3)),
                layers.ReLU(),
                layers.GlobalMaxPooling2D(),
                layers.Dense(2, activation="softmax"),
            ]
        )

    return lesion_finder


EXERCISE = Exercise(
    id="lesion_finder",
    assignment="vision",
    title="A network that finds lesions",
    entry_point="lesion_finder",
    signature="lesion_finder(input_shape, filters) -> keras.Model",
    points=5,
    hint="Write the shape behind every layer on paper, for two patches of 12×12.",
    hints={
        "weights": "Count layer by layer: how many numbers has one filter or one class, its bias included?",
        "places": "Which of your layers treats the places of a sheet unlike each other?",
        "values": "Which functions without weights does the plan have, and between which of its layers do they stand?",
        "accuracy": (
            "What does the last layer hand out, and over which axis do these numbers belong together? And which number "
            "of a sheet tells best that a small thing is somewhere on it?"
        ),
    },
    cases=cases,
    truth=truth,
    slack=slack,
    checks=(
        Check("shape", "Two numbers for every patch", 1, ("places.output_shape",)),
        Check("weights", "The number of trainable weights", 1, ("*.weights",)),
        Check("places", "The same spot gets the same answer, wherever it lies", 1, ("places.alike",), ("shape",)),
        Check("values", "With given weights, the probabilities of the plan", 1, ("values.*",), ("shape", "weights")),
        Check(
            "accuracy",
            "Learns to find lesions about as well as Keras's own",
            1,
            ("patches.probabilities", "patches.accuracy"),
        ),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    built_on=((trained("Conv2D", "keras.layers.Conv2D", "cnn"),),),
    permuted=(),
)
