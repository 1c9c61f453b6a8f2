"""A small network that reads images: convolution, pooling, flatten, dense. Trained on handwritten digits."""

from __future__ import annotations

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

FILTERS = 32
IMAGES, PROBES = 768, 400
"""Digits to learn from, and others to be asked about."""


def cases(rng: np.random.Generator) -> tuple[ModelCase | LayerCase, ...]:
    return (
        _shape_case("mnist_size", rng, (28, 28, 1), 10),
        _values_case("values", rng),
        _digits_case("digits", rng),
    )


def _shape_case(case_id: str, rng: np.random.Generator, shape: tuple[int, int, int], classes: int) -> ModelCase:
    """Nothing is learned: only the shape of the output and the number of weights are looked at."""
    return untrained(case_id, (shape, classes), rng.random((2, *shape), np.float32))


def _values_case(name: str, rng: np.random.Generator) -> LayerCase:
    """All weights are given. The biases lie where what they are added to is now above and now below them: else the
    largest answer of a window would hardly ever be negative, and nobody could see what a ReLU does to it.

    Height and width are even, so that it makes no difference whether a pooling has a border.
    """
    (height, width), (channels, classes) = (10, 8), (int(size) for size in rng.permutation([2, 6]))
    given = draw.inputs(rng, 7, height, width, channels)
    weights = {
        "1/kernel": draw.weight(rng, 3, 3, channels, FILTERS), "1/bias": np.zeros(FILTERS, draw.DTYPE),
        "2/kernel": 2 * draw.weight(rng, _features(height, width), classes), "2/bias": np.zeros(classes, draw.DTYPE),
    }  # fmt: skip
    case = LayerCase(
        id=name,
        config={"input_shape": given.shape[1:], "classes": classes},
        weights=weights,
        inputs=given,
        axes={
            "inputs": "batch height width channels",
            "1/kernel": "3 3 channels filters", "1/bias": "filters",
            "2/kernel": "features classes", "2/bias": "classes",
        },
        returns={"output": "batch classes"},
    )  # fmt: skip
    largest = _sheets(case, RIGHT | {"bent": lambda sheets: sheets})
    middle, spread = largest.mean(axis=(0, 1, 2)), largest.std(axis=(0, 1, 2))
    weights["1/bias"] = -(middle + np.linspace(-3, 2, FILTERS, dtype=draw.DTYPE) * spread)
    weights["2/bias"] = -(_flat(_sheets(case, RIGHT)) @ weights["2/kernel"]).mean(axis=0)
    return case


def _digits_case(case_id: str, rng: np.random.Generator) -> ModelCase:
    from sklearn.datasets import load_digits

    digits = load_digits()
    chosen = rng.permutation(len(digits.images))
    images = (digits.images[chosen, :, :, None] / 16).astype(np.float32)  # (batch, height, width, channels)
    labels = digits.target[chosen].astype(np.int64)
    return ModelCase(
        id=case_id,
        arguments=((8, 8, 1), 10),
        inputs=images[:IMAGES],
        labels=labels[:IMAGES],
        probe=images[IMAGES : IMAGES + PROBES],
        labels_probe=labels[IMAGES : IMAGES + PROBES],
        steps=32,
        batch_size=64,
        learning_rate=0.01,
    )


# ------------------------------------------------------------------------------------------- the network, line by line


def _as_it_is(given: np.ndarray) -> np.ndarray:
    return given


def _pooled(sheets: np.ndarray) -> np.ndarray:
    return eq.max_pool2d(sheets).output


def _flat(sheets: np.ndarray) -> np.ndarray:
    return sheets.reshape(len(sheets), -1)


RIGHT: dict[str, Callable[..., Any]] = {
    # the images -> what the convolution reads
    "read": _as_it_is,
    "strides": lambda: 1,
    "dilation": lambda: 1,
    "bent": relu,
    "pooled": _pooled,
    "flat": _flat,
    "said": softmax,
}
"""The lines of a right answer."""


def _sheets(case: LayerCase, use: Lines) -> np.ndarray:
    """What reaches Flatten, (batch, height, width, filters)."""
    kernel, bias = case.weights["1/kernel"], case.weights["1/bias"]
    sheets = eq.conv2d(use["read"](case.inputs), kernel, bias, use["strides"](), "same", use["dilation"]()).output
    kept: np.ndarray = use["pooled"](use["bent"](sheets))
    return kept


def _made(use: Lines, case: LayerCase | ModelCase) -> Arrays | None:
    if isinstance(case, ModelCase):
        return None
    scores = use["flat"](_sheets(case, use)) @ case.weights["2/kernel"] + case.weights["2/bias"]
    return {"output": use["said"](scores)}


RECIPE = Recipe(_made, RIGHT, prefix="cnn.")


def truth(case: ModelCase | LayerCase) -> Arrays:
    """The shape of the predictions and the number of weights, counted by hand; predictions where weights are given."""
    if isinstance(case, LayerCase):
        return RECIPE.truth(case)
    (height, width, channels), classes = case.arguments
    features = FILTERS * (height // 2) * (width // 2)
    weights = (3 * 3 * channels + 1) * FILTERS + (features + 1) * classes
    return {"output_shape": np.asarray((len(case.probe), classes)), "weights": np.asarray(weights)}


def _mistake(name: str, title: Said, hint: str, weights: Callable[..., int]) -> Mistake:
    """weights: of height, width, channels, classes."""

    def answer(case: ModelCase | LayerCase) -> Arrays | None:
        if isinstance(case, LayerCase):
            return None  # its weights do not fit
        (height, width, channels), classes = case.arguments
        return {
            "output_shape": np.asarray((len(case.probe), classes)),
            "weights": np.asarray(weights(height, width, channels, classes)),
        }

    return Mistake(f"cnn.{name}", title, hint, answer)


def _of_shape(
    name: str, title: str, hint: str, shape: Callable[..., tuple[int, ...]], weights: Callable[..., int]
) -> Mistake:
    """Another shape of the predictions as well: from the number of images, height, width, classes. Of the case that is
    trained only the weights are told."""

    def answer(case: ModelCase | LayerCase) -> Arrays | None:
        if isinstance(case, LayerCase):
            return None  # its weights do not fit
        (height, width, channels), classes = case.arguments
        parts = {"weights": np.asarray(weights(height, width, channels, classes))}
        if not case.steps:
            parts["output_shape"] = np.asarray(shape(len(case.probe), height, width, classes))
        return parts

    return Mistake(f"cnn.{name}", title, hint, answer)


def _features(height: int, width: int) -> int:
    return FILTERS * (height // 2) * (width // 2)


def _convolution(channels: int, filters: int = FILTERS, kernel_size: int = 3) -> int:
    return (kernel_size * kernel_size * channels + 1) * filters


_NEGATIVE = "What becomes of a negative answer of a filter in your network, and in the plan?"
_WINDOW = "Four numbers stand in a window of your pooling: which one number leaves it? And which one under the plan?"
_STEPS = "By how many cells does each of your layers move its window, and which of them halves the sheets?"
_ORDER = "In which order does Flatten lay out height, width and filters, and in which does your network?"
_SUM = "What do the numbers of one image add up to, and what does each of them lie between?"


WRONG_VALUES = (
    RECIPE.wrong("no_relu", "There is no ReLU behind the convolution", _NEGATIVE, bent=_as_it_is),
    RECIPE.wrong("tanh", "A tanh stands in the place of the ReLU", _NEGATIVE, bent=np.tanh),
    RECIPE.wrong("sigmoid", "A sigmoid stands in the place of the ReLU", _NEGATIVE, bent=eq.sigmoid),
    RECIPE.wrong("absolute", "Negative answers lose their sign in the place of becoming 0", _NEGATIVE, bent=np.abs),
    RECIPE.wrong(
        "leaky_relu", "A leaky ReLU stands in the place of the ReLU", _NEGATIVE,
        bent=lambda sheets: np.maximum(sheets, 0.3 * sheets),
    ),
    RECIPE.wrong(
        "average", "The pooling takes the mean of its windows", _WINDOW,
        pooled=lambda sheets: eq.average_pool2d(sheets).output,
    ),
    RECIPE.wrong(
        "average_before_relu", "The pooling takes the mean of its windows, and the ReLU comes behind it", _WINDOW,
        bent=_as_it_is, pooled=lambda sheets: relu(eq.average_pool2d(sheets).output),
    ),
    RECIPE.wrong(
        "sum", "The pooling adds up its windows", _WINDOW, pooled=lambda sheets: 4 * eq.average_pool2d(sheets).output,
    ),
    RECIPE.wrong(
        "smallest", "The pooling takes the smallest number of its windows", _WINDOW,
        pooled=lambda sheets: -eq.max_pool2d(-sheets).output,
    ),
    RECIPE.wrong(
        "first_of_window", "Of every window the answer in its corner is kept", _WINDOW,
        pooled=lambda sheets: sheets[:, ::2, ::2],
    ),
    RECIPE.wrong(
        "overlapping", "The pooling takes windows of 3×3, with strides of 2 and a border",
        "How many numbers stand in one window of your pooling, and how many in one of the plan?",
        pooled=lambda sheets: eq.max_pool2d(sheets, 3, 2, "same").output,
    ),
    RECIPE.wrong(
        "strides_for_pooling", "The convolution has strides of 2, and nothing is pooled", _STEPS,
        strides=lambda: 2, pooled=_as_it_is,
    ),
    RECIPE.wrong(
        "strides_and_pooling", "The convolution has strides of 2, and the pooling strides of 1", _STEPS,
        strides=lambda: 2, pooled=lambda sheets: eq.max_pool2d(sheets, 2, 1, "same").output,
    ),
    RECIPE.wrong(
        "pooled_first", "The image is pooled before the convolution",
        "Which of your layers reads the image itself?", read=_pooled, pooled=_as_it_is,
    ),
    RECIPE.wrong(
        "rescaled", "The images are divided by 255 once more",
        "Which numbers reach your convolution for an image of numbers from 0 to 1?",
        read=lambda images: images / np.asarray(255, images.dtype),
    ),
    RECIPE.wrong(
        "dilated", "The convolution has a dilation of 2",
        "How many cells of the image lie between the ends of one row of your kernel?", dilation=lambda: 2,
    ),
    RECIPE.wrong(
        "filters_first", "The sheets are flattened with the filters first", _ORDER,
        flat=lambda sheets: _flat(sheets.transpose(0, 3, 1, 2)),
    ),
    RECIPE.wrong(
        "width_first", "Height and width are exchanged before the sheets are flattened", _ORDER,
        flat=lambda sheets: _flat(sheets.transpose(0, 2, 1, 3)),
    ),
    RECIPE.wrong("no_softmax", "The last layer has no softmax", _SUM, said=_as_it_is),
    RECIPE.wrong("log_softmax", "The last layer has a log-softmax", _SUM, said=lambda said: np.log(softmax(said))),
    RECIPE.wrong("sigmoids", "The last layer has a sigmoid in the place of its softmax", _SUM, said=eq.sigmoid),
    RECIPE.wrong(
        "softmax_twice", "The softmax is taken twice", _SUM, said=lambda said: softmax(softmax(said)),
    ),
    RECIPE.wrong(
        "softmax_over_batch", "The softmax runs over the images of a batch", _SUM, said=lambda said: softmax(said.T).T,
    ),
    RECIPE.wrong("relu_at_the_end", "There is a ReLU before the softmax", _SUM, said=lambda said: softmax(relu(said))),
)  # fmt: skip


def _mistakes() -> tuple[Mistake, ...]:
    return (
        _mistake(
            "two_poolings", "The image is pooled twice, as for 32·7·7 features",
            "How often is a side of 28 halved on its way to Flatten in the plan? And in yours?",
            lambda h, w, c, n: _convolution(c) + (FILTERS * (h // 4) * (w // 4) + 1) * n,
        ),
        _mistake(
            "no_pooling", "The image is not pooled",
            "How large are the sheets that reach Flatten in your network?",
            lambda h, w, c, n: _convolution(c) + (FILTERS * h * w + 1) * n,
        ),
        _mistake(
            "valid_convolution", "The convolution adds no border",
            "Which shape leaves your convolution for an image of 28×28? Which one does the plan ask for?",
            lambda h, w, c, n: _convolution(c) + (FILTERS * ((h - 2) // 2) * ((w - 2) // 2) + 1) * n,
        ),
        _mistake(
            "global_pooling", "The sheets are pooled away altogether before the dense layer",
            "How many numbers reach your dense layer? Does it still know where something was found?",
            lambda h, w, c, n: _convolution(c) + (FILTERS + 1) * n,
        ),
        _mistake(
            "sixteen_filters", "The convolution has 16 filters",
            "How many sheets leave your convolution?",
            lambda h, w, c, n: _convolution(c, 16) + (16 * (h // 2) * (w // 2) + 1) * n,
        ),
        _mistake(
            "sixty_four_filters", "The convolution has 64 filters",
            "How many sheets leave your convolution?",
            lambda h, w, c, n: _convolution(c, 64) + (64 * (h // 2) * (w // 2) + 1) * n,
        ),
        _mistake(
            "kernel_of_five", "The convolution's kernel is 5×5",
            "How many weights has one filter of yours? Which kernel size does that come from?",
            lambda h, w, c, n: _convolution(c, kernel_size=5) + (FILTERS * (h // 2) * (w // 2) + 1) * n,
        ),
        _mistake(
            "second_convolution", "There is a second convolution with 32 filters",
            "How many convolutions does the plan have, and how many does the summary of your model show?",
            lambda h, w, c, n: _convolution(c) + _convolution(FILTERS) + (FILTERS * (h // 2) * (w // 2) + 1) * n,
        ),
        _mistake(
            "no_convolution", "There is no convolution: the dense layer reads the image itself",
            "Which of your layers looks through a window?",
            lambda h, w, c, n: (h * w * c + 1) * n,
        ),
        _mistake(
            "eight_filters", "The convolution has 8 filters",
            "How many sheets leave your convolution?",
            lambda h, w, c, n: _convolution(c, 8) + (8 * (h // 2) * (w // 2) + 1) * n,
        ),
        _mistake(
            "pooling_of_three", "The pooling takes windows of 3×3",
            "How many windows of your pooling fit side by side on a row of 28? How many does the plan ask for?",
            lambda h, w, c, n: _convolution(c) + (FILTERS * (h // 3) * (w // 3) + 1) * n,
        ),
        _mistake(
            "convolution_without_bias", "The convolution has no bias",
            "How many weights has one filter of yours, and how many has one with a kernel of 3×3?",
            lambda h, w, c, n: _convolution(c) - FILTERS + (_features(h, w) + 1) * n,
        ),
        _mistake(
            "dense_without_bias", "The dense layer has no bias",
            "How many weights lead to one class in your dense layer, and how many numbers does it read?",
            lambda h, w, c, n: _convolution(c) + _features(h, w) * n,
        ),
        *(
            _mistake(
                f"hidden_dense_{hidden}", words("There is another dense layer with {units} units", units=hidden),
                "How many dense layers does the plan have, and how many does the summary of your model show?",
                lambda h, w, c, n, hidden=hidden: _convolution(c) + (_features(h, w) + 1) * hidden + (hidden + 1) * n,
            )
            for hidden in (32, 64, 128)
        ),
        _of_shape(
            "flatten_missing", "Flatten is missing: the dense layer works at every place of the sheets",
            "Which shape do your predictions have? How many numbers should there be for one image?",
            lambda images, h, w, n: (images, h // 2, w // 2, n), lambda h, w, c, n: _convolution(c) + (FILTERS + 1) * n,
        ),
        _of_shape(
            "one_output", "The last layer has one unit instead of one per class",
            "Which shape do your predictions have? How many numbers should there be for one image?",
            lambda images, h, w, n: (images, 1), lambda h, w, c, n: _convolution(c) + _features(h, w) + 1,
        ),
        _of_shape(
            "one_class_too_many", "The last layer has one unit more than there are classes",
            "Which shape do your predictions have? How many classes were asked for?",
            lambda images, h, w, n: (images, n + 1),
            lambda h, w, c, n: _convolution(c) + (_features(h, w) + 1) * (n + 1),
        ),
        *WRONG_VALUES,
    )  # fmt: skip


def _keras() -> Any:
    import keras

    def simple_cnn(input_shape: tuple[int, int, int], classes: int) -> Any:
        return keras.Sequential(
            [
                keras.Input(input_shape),
                keras.layers.Conv2D(FILTERS, 3, padding="same", activation="relu"),
                keras.layers.MaxPooling2D(2),
                keras.layers.Flatten(),
                keras.layers.Dense(classes, activation="softmax"),
            ]
        )

    return simple_cnn


EXERCISE = Exercise(
    id="simple_cnn",
    assignment="cnn",
    title="A network that reads digits",
    entry_point="simple_cnn",
    signature="simple_cnn(input_shape, classes) -> keras.Model",
    points=4,
    hint="Write the shape behind every layer on paper. How many numbers does Flatten see?",
    hints={
        "weights": "Count layer by layer: how many numbers does one filter or one unit have, its bias included?",
        "values": "Which functions without weights does the plan have, and between which of its layers do they stand?",
        "accuracy": "What is the last layer to hand out, and over which axis do these numbers belong together?",
    },
    cases=cases,
    truth=truth,
    slack=slack,
    checks=(
        Check("shape", "One number per class for every image", 1, ("*.output_shape",)),
        Check("weights", "The number of trainable weights", 1, ("*.weights",)),
        Check("values", "With given weights, the probabilities of the plan", 1, ("values.*",), ("shape", "weights")),
        Check(
            "accuracy",
            "Learns to read digits about as well as Keras's own",
            1,
            ("digits.probabilities", "digits.accuracy"),
        ),
    ),
    mistakes=_mistakes(),
    witnesses={"keras": _keras},
    built_on=((trained("Conv2D", "keras.layers.Conv2D"), trained("MaxPooling2D", "keras.layers.MaxPooling2D")),),
    permuted=(),
)
