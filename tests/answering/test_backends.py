"""What is asked of the framework below Keras; tests/backends asks the others."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from support.questions import array

from autograder import exercises
from autograder.answering import answers, backends
from autograder.answering.backends.weighted import weighted_sum
from autograder.answering.protocol import CallFunction, CallLayer
from autograder.sheets import oracle


def test_a_layer_on_a_backend_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    question = CallLayer("Dense", {"units": 3}, (), array(2, 4))
    problem = answers.answer(question, {"Dense": keras.layers.Dense}).problem
    assert problem is not None
    assert problem.type == "BackendError"
    assert "known are tensorflow, jax, torch" in problem.message


def test_sheets_are_made_on_tensorflow_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(oracle.GraderFault, match="Unset KERAS_BACKEND"):
        oracle.answer_sheet(exercises.load("lstm_cell"), np.random.default_rng(0), "public")


def test_a_function_that_takes_no_arrays_is_given_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """As PyTorch's tensors do not multiply NumPy's arrays."""

    def doubled(x: object) -> object:
        if isinstance(x, np.ndarray):
            raise TypeError("unsupported operand type(s) for *: 'numpy.ndarray' and 'Tensor'")
        return keras.ops.multiply(x, 2)

    question = CallFunction("doubled", (array(2, 3),))
    assert answers.answer(question, {"doubled": doubled}).problem is not None
    monkeypatch.setattr(
        "autograder.answering.backends.of_tensorflow.refuses_arrays", lambda error: "'Tensor'" in str(error)
    )
    assert list(backends.loaded())
    answer = answers.answer(question, {"doubled": doubled})
    assert answer.problem is None
    assert answer.inputs_changed == ()


def test_outputs_are_weighted_as_numbers_are() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(2, 3)), generator.normal(size=(4,))
    tensors = [keras.ops.convert_to_tensor(first), (keras.ops.convert_to_tensor(second), "more")]
    weights = [generator.normal(size=(2, 3)), generator.normal(size=(4,))]
    found = float(weighted_sum(tensors, weights))
    assert found == pytest.approx(np.sum(first * weights[0]) + np.sum(second * weights[1]))
    assert weighted_sum(tensors, [weights[1], weights[0]]) is None
    assert weighted_sum(tensors[:1], weights) is None
