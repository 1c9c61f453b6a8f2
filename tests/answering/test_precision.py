"""Products of float32 in float32 while a question is answered, whatever the notebook chose."""

from __future__ import annotations

import json

import pytest
import tensorflow as tf

from autograder.answering import answers
from autograder.answering.precision import full_precision
from autograder.answering.protocol import CallFunction, encode_array

config = tf.config.experimental


@pytest.fixture(params=[True, False])
def chosen(request):
    """What the notebook chose: TensorFlow's own default is True."""
    before = config.tensor_float_32_execution_enabled()
    config.enable_tensor_float_32_execution(request.param)
    yield request.param
    config.enable_tensor_float_32_execution(before)


def test_while_a_question_is_answered_and_not_after_it(chosen):
    seen = []

    def asked(inputs):
        seen.append(config.tensor_float_32_execution_enabled())
        return inputs

    answer = answers.answer(CallFunction("asked", (encode_array([1.0]),)), {"asked": asked})
    assert answer.problem is None
    assert seen == [False]
    assert config.tensor_float_32_execution_enabled() is chosen


def test_also_where_something_is_raised(chosen):
    def stopped():
        with full_precision():
            assert not config.tensor_float_32_execution_enabled()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stopped()
    assert config.tensor_float_32_execution_enabled() is chosen


def test_a_cell_chooses_for_itself_alone(worker):
    """As in the notebook: the choice is that of the cells, and the next question is answered without."""
    source = """
import tensorflow as tf
config = tf.config.experimental
config.enable_tensor_float_32_execution(True)
seen = []
def asked(inputs):
    seen.append(config.tensor_float_32_execution_enabled())
    return inputs
"""
    assert worker.run_cell("cell", source).problem is None
    worker.ask([CallFunction("asked", (encode_array([1.0]),))])
    done = worker.run_cell("cell", "print(seen, config.tensor_float_32_execution_enabled())")
    assert json.loads(done.outputs)[0]["text"] == "[False] True\n"
