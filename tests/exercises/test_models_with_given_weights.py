"""Models of which a plan is asked with given weights: right ones of any style pass, and each slip shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops
from support.solutions import answers_of

from autograder import exercises
from autograder.answering import answers
from autograder.judging import compare
from autograder.model import LayerCase, ModelCase
from autograder.sheets import oracle, release
from autograder.student import checking


class Finder(keras.Model):
    def __init__(self, filters: int) -> None:
        super().__init__()
        self.said = layers.Dense(2)
        self.second, self.first = layers.Conv2D(2 * filters, 3), layers.Conv2D(filters, 5)

    def call(self, x: Any) -> Any:
        sheets = ops.relu(self.second(ops.relu(self.first(x))))
        return ops.softmax(self.said(ops.max(sheets, axis=(1, 2))))


def lesions(input_shape: Any, filters: int) -> Any:
    return Finder(filters)


def lesions_with_other_names(shape: Any, n: int) -> Any:
    patch = keras.Input(shape)
    sheets = layers.Conv2D(2 * n, 3, activation="relu")(layers.Conv2D(n, 5, activation="relu")(patch))
    return keras.Model(patch, layers.Dense(2, activation="softmax")(layers.GlobalMaxPooling2D()(sheets)))


class GateByGate(layers.Layer):
    """An LSTM with four kernels."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units

    def build(self, shape: Any) -> None:
        self.parts = {
            gate: [
                self.add_weight(shape=size, name=f"{letter}_{gate}")
                for letter, size in zip(
                    "WUb", ((*shape[-1:], self.units), (self.units,) * 2, (self.units,)), strict=True
                )
            ]
            for gate in "ifco"
        }

    def call(self, x: Any) -> Any:
        h = c = ops.zeros((ops.shape(x)[0], self.units))
        for t in range(x.shape[1]):
            i, f, g, o = (x[:, t] @ W + h @ U + b for W, U, b in self.parts.values())
            c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            h = ops.sigmoid(o) * ops.tanh(c)
        return h


def video(shape: Any, filters: int, units: int) -> Any:
    return keras.Sequential(
        [
            layers.TimeDistributed(layers.Conv2D(filters, 3, 2)),
            layers.ReLU(),
            layers.Reshape((shape[0], -1)),
            GateByGate(units),
            layers.Dense(4),
            layers.Softmax(),
        ]
    )


class Reader(keras.Model):
    """Its ReLU comes behind the pooling: the largest of a window stays the largest."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.dense, self.flatten = layers.Dense(classes), layers.Flatten()
        self.pool, self.convolution = layers.MaxPooling2D(padding="same"), layers.Conv2D(32, 3, padding="same")

    def call(self, x: Any) -> Any:
        return ops.softmax(self.dense(self.flatten(ops.relu(self.pool(self.convolution(x))))))


def digits(input_shape: Any, classes: int) -> Any:
    return Reader(classes)


def digits_on_own_layers(relu: Callable[[Any], Any]) -> Callable[..., Any]:
    """A functional model on the layers of the notebook."""

    def simple_cnn(shape: Any, n: int) -> Any:
        own = answers_of("cnn")
        image = keras.Input(shape)
        sheets = own["MaxPooling2D"]((2, 2))(relu(own["Conv2D"](32, (3, 3), padding="same")(image)))
        return keras.Model(image, layers.Softmax()(layers.Dense(n)(layers.Flatten()(sheets))))

    return simple_cnn


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("lesion_finder", lesions),
        ("lesion_finder", lesions_with_other_names),
        ("simple_cnn", digits),
        ("simple_cnn", digits_on_own_layers(ops.relu)),
        ("simple_cnn", digits_on_own_layers(layers.Activation("relu"))),
        ("video_model", video),
    ],
)
def test_a_right_model_of_another_style_passes(name: str, make: Callable[..., Any]) -> None:
    sheet = release.public_sheet(name)
    (case,) = (case for case in sheet.cases if case.id == "values")
    answer = answers.answer(case.question, {sheet.entry_point: make})
    assert answer.problem is None
    assert [part.message for part in compare.compare_case(case, answer, show=True) if not part.right] == []


@pytest.mark.parametrize("name", ["lesion_finder", "simple_cnn", "video_model"])
def test_every_slip_shows_whatever_the_seed(name: str) -> None:
    exercise = exercises.load(name)
    slips = [mistake for mistake in exercise.mistakes if mistake.lines]
    assert len(slips) >= 12
    for seed in range(12):
        cases = exercise.cases(np.random.default_rng(seed))
        (case,) = (case for case in cases if isinstance(case, LayerCase))
        right = exercise.truth(oracle.map_arrays(case, lambda array: array.astype(np.float64)))["output"]
        for mistake in slips:
            ((_, wrong),) = oracle.wrong_parts(mistake, (case,)).items()
            assert wrong.shape == right.shape
            assert np.abs(wrong - right).max() > 1e-3, f"seed {seed}: {mistake.id}"
        assert all(not oracle.wrong_parts(mistake, (case,)) for mistake in exercise.mistakes if not mistake.lines)
        assert all(isinstance(other, ModelCase) for other in cases if other is not case)


FLIPPED = ("ops.tensordot(window, self.kernel, axes=3)", "ops.tensordot(window, self.kernel[::-1, ::-1], axes=3)")
ON_OWN_CONVOLUTION = """
def simple_cnn(input_shape, classes):
    return keras.Sequential([
        keras.Input(input_shape), Conv2D(32, (3, 3), padding="same"),{relu} keras.layers.MaxPooling2D(),
        keras.layers.Flatten(), keras.layers.Dense(classes, activation="softmax"),
    ])
"""
"""As source: layers are looked for where the network was written."""


@pytest.mark.parametrize(
    ("source", "points", "stood_in", "named"),
    [
        ("", 4, (), ""),
        (ON_OWN_CONVOLUTION.format(relu=" keras.layers.ReLU(),"), 4, ("Conv2D",), ""),
        (ON_OWN_CONVOLUTION.format(relu=""), 3, ("Conv2D",), "cnn.no_relu"),
    ],
    ids=["Keras's", "own", "own, and a slip of the network's"],
)
def test_a_wrong_convolution_of_the_notebook_costs_a_network_nothing(
    source: str, points: float, stood_in: tuple[str, ...], named: str
) -> None:
    names = answers_of("cnn", FLIPPED)
    exec(source, names)
    network, convolution = beside = tuple(map(release.public_sheet, ("simple_cnn", "conv2d")))
    assert checking.check_sheet(convolution, names["Conv2D"], beside).points < convolution.points
    verdict = checking.check_sheet(network, names["simple_cnn"], beside)
    assert (verdict.points, verdict.stood_in) == (points, stood_in)
    assert (verdict.diagnosis.mistake if verdict.diagnosis is not None else "") == named
