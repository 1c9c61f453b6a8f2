"""A small network that reads images: convolution, pooling, flatten, dense. Trained on handwritten digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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
    images = rng.random((2, *shape), np.float32)
    return ModelCase(
        id=case_id,
        arguments=(shape, classes),
        inputs=images,
        labels=np.zeros(2, np.int64),
        probe=images,
        labels_probe=np.zeros(2, np.int64),
        steps=0,
        batch_size=1,
        learning_rate=0.01,
    )


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


def _mistake(name: str, title: str, hint: str, weights: Callable[..., int]) -> Mistake:
    """weights: of height, width, channels, classes."""

    def answer(case: ModelCase) -> Arrays:
        (height, width, channels), classes = case.arguments
        return {"weights": np.asarray(weights(height, width, channels, classes))}

    return Mistake(f"cnn.{name}", title, hint, answer)


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
    cases=cases,
    truth=truth,
    slack=lambda case, truth: {},
    checks=(
        Check("shape", "One number per class for every image", 1, ("*.output_shape",)),
        Check("weights", "The number of trainable weights", 2, ("*.weights",)),
        Check("accuracy", "Learns to read digits about as well as Keras's own", 1, ("digits.accuracy",)),
    ),
    mistakes=_mistakes(),
    witnesses={"keras": _keras},
    permuted=(),
)
