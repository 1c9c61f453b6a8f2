"""A small network that reads images: convolution, pooling, flatten, dense. Trained on handwritten digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.models import untrained
from autograder.language import Said, words
from autograder.model import Arrays, Check, Exercise, Mistake, ModelCase

FILTERS = 32
IMAGES, PROBES = 768, 400
"""Digits to learn from, and others to be asked about."""


def cases(rng: np.random.Generator) -> tuple[ModelCase, ...]:
    return (
        _shape_case("mnist_size", rng, (28, 28, 1), 10),
        _digits_case("digits", rng),
    )


def _shape_case(case_id: str, rng: np.random.Generator, shape: tuple[int, int, int], classes: int) -> ModelCase:
    """Nothing is learned: only the shape of the output and the number of weights are looked at."""
    return untrained(case_id, (shape, classes), rng.random((2, *shape), np.float32))


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


def truth(case: ModelCase) -> Arrays:
    """The shape of the predictions and the number of weights, counted by hand."""
    (height, width, channels), classes = case.arguments
    features = FILTERS * (height // 2) * (width // 2)
    weights = (3 * 3 * channels + 1) * FILTERS + (features + 1) * classes
    return {"output_shape": np.asarray((len(case.probe), classes)), "weights": np.asarray(weights)}


def _mistake(name: str, title: Said, hint: str, weights: Callable[..., int]) -> Mistake:
    """weights: of height, width, channels, classes."""

    def answer(case: ModelCase) -> Arrays:
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

    def answer(case: ModelCase) -> Arrays:
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
        "accuracy": "What is the last layer to hand out, and over which axis do these numbers belong together?",
    },
    cases=cases,
    truth=truth,
    slack=lambda case, truth: {},
    checks=(
        Check("shape", "One number per class for every image", 1, ("*.output_shape",)),
        Check("weights", "The number of trainable weights", 2, ("*.weights",)),
        Check(
            "accuracy",
            "Learns to read digits about as well as Keras's own",
            1,
            ("digits.probabilities", "digits.accuracy"),
        ),
    ),
    mistakes=_mistakes(),
    witnesses={"keras": _keras},
    permuted=(),
)
