"""What a worker says of a notebook is passed on only where the notebook says so too."""

from __future__ import annotations

import keras
import msgspec
import numpy as np
import pytest
import tensorflow as tf

from autograder.answering.protocol import Answer, Array, CallLine, Items, Other, Problem, Reached, WeightInfo
from autograder.cards.exceptions import explain
from autograder.judging.quotes import Quotes
from autograder.model import Cell

SOURCE = "class Net:\n    def call(self, x):\n        return helper(x @ self.kernel,\n                      x)\n"
QUOTES = Quotes([Cell("a", "solution", SOURCE, 0), Cell("b", "student", "def helper(a, b):\n    return a + b\n", 1)])


def test_what_stands_in_the_notebook_is_kept() -> None:
    problem = Problem(
        "exception", "ValueError", "no", line="return a + b", raised_in="Net.call.<locals>.helper", piece="a + b",
        shapes=(("self.kernel", "(2, 3)"), ("a", "(1,)")),
        callers=(CallLine("return helper(x @ self.kernel,", "Net.call", (("x", "(4,)"),)),),
    )  # fmt: skip
    assert QUOTES.problem(problem) == problem
    assert QUOTES.problem(Problem("exception", piece="helper(x @ self.kernel, x)")).piece
    assert QUOTES.problem(None) is None
    assert QUOTES.names(["helper", "Net", "told_0p559"]) == ("helper", "Net")


def test_what_was_made_up_is_left_out() -> None:
    secret = "told_0p559"
    told = Problem(
        "exception", "ValueError", "no", line=f"x = {secret!r}", raised_in=f"Net.{secret}", piece=secret,
        shapes=((secret, "(2, 3)"),), callers=(CallLine(secret, "call"), CallLine("return a + b", secret)),
    )  # fmt: skip
    kept = QUOTES.problem(told)
    assert secret not in repr(kept)
    assert kept == Problem("exception", "ValueError", "no", callers=(CallLine("return a + b", ""),))


def test_a_line_that_came_to_a_decoy_is_quoted_where_it_is_one() -> None:
    lines = [
        Reached("return a + b", "keras.layers.Net", "helper"),
        Reached("told", "told_0p559"),
        Reached("a + b", "x"),
    ]
    assert QUOTES.reached(lines) == (Reached("return a + b", "keras.layers.Net", "helper"),)
    assert QUOTES.reached([Reached("return a + b", "keras.layers.Told")]) == (Reached("return a + b", ""),)


def of_few_words(problem: Problem | None, quotes: Quotes = QUOTES) -> Problem | None:
    return quotes.of_few_words(Answer(problem=problem)).problem


def test_of_words_that_could_say_much_few_stay() -> None:
    short = Problem("exception", "ValueError", "operands could not be broadcast together with shapes (2,3) (4,)")
    assert of_few_words(short) == msgspec.structs.replace(short, traceback=f"ValueError: {short.message}")
    for told in ("0.55912345", "the inputs were told_0p559", "shape " * 100):
        kept = of_few_words(Problem("exception", "ValueError", told, traceback=f"ValueError: {told}"))
        assert kept is not None
        assert (kept.type, kept.message, kept.traceback) == ("ValueError", "", "")
    assert of_few_words(None) is None


def test_no_other_word_of_an_answer_says_much() -> None:
    secret = "told_0p559"
    told = Answer(
        value=Items((Other(secret), Array("float32", (1,), b"abcd"), 3, secret, Items((Other("KerasTensor"),)))),
        gradients={secret: Other(secret), "inputs": None}, config={secret: 1, "units": secret},
        weights=(WeightInfo(f"net/{secret}", (2,), "float32", held=secret), WeightInfo("net/kernel", (2,), "float32")),
        problem=Problem("exception", secret, "division by zero", traceback=f"{secret}: division by zero"),
    )  # fmt: skip
    kept = QUOTES.of_few_words(told)
    assert secret not in repr(kept)
    assert isinstance(told.value, Items)
    assert isinstance(kept.value, Items)
    assert kept.value.items[1:3] == told.value.items[1:3]
    assert kept.value.items[4] == told.value.items[4]
    assert kept.config["units"] == "…"
    assert kept.problem is not None
    assert (kept.problem.type, kept.problem.message) == ("Exception", "division by zero")


LAYER = """
class Own(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(4, 4), name="w")
    def call(self, x, states=None):
        return {body}
Own()({given})
"""
RAISING = [
    "np.ones((2, 3)) @ np.ones((4, 5))", "np.ones((2, 3)) + np.ones((2, 4))", "np.ones((2, 3)).reshape(4, 4)",
    "np.dot(np.ones((2, 3)), np.ones((4, 5)))", "np.einsum('ij,jk->ik', np.ones((2, 3)), np.ones((2, 3)))",
    "np.concatenate([np.ones((2, 3)), np.ones((3, 3, 1))])", "np.stack([np.ones(3), np.ones(4)])", "np.ones(3)[5]",
    "np.ones((2, 3))[0, 0, 0]", "np.ones((2, 3)).transpose(0, 2, 1)", "np.split(np.ones((2, 3)), 4, axis=1)",
    "np.zeros(3)[1.5]", "np.ones(2) or 1", "float(np.ones((2, 3)))", "a, b = 1, 2, 3", "a, b, c = np.ones((2, 3))",
    "[1] + (1,)", "'a' + 1", "None.shape", "x = None\nx[0]", "[][3]", "{}['key']", "sigmoid(1)", "1 / 0", "range(1.5)",
    "import no_such_module", "def call(x, states): pass\ncall(1)",
    "def call(x): pass\ncall(1, 2)",
    "def call(x): pass\ncall(1, mask=2)", "def f():\n    x = x + 1\nf()", "def f(): f()\nf()", "(1, 2)[0] = 1",
    "tf.ones((2, 3)) @ tf.ones((2, 3))", "tf.ones((2, 3)) + tf.ones((4,))", "tf.reshape(tf.ones((2, 3)), (4, 4))",
    "tf.concat([tf.ones((2, 3)), tf.ones((3, 1))], axis=0)", "tf.stack([tf.ones(3), tf.ones(4)])", "tf.ones(3)[5]",
    "tf.split(tf.ones((2, 3)), 4, axis=1)", "tf.ones(2) @ 'a'", "tf.ones(2) + tf.constant(1)", "tf.ones(2).append(1)",
    "x = tf.ones(2)\nx[0] = 1", "keras.layers.Dense()", "keras.layers.Dense(4)(np.ones((2,)))",
    "keras.layers.Dense(4, units_of=3)", "keras.layers.Dense(4).kernel",
    "class A(keras.layers.Layer):\n    def __init__(self):\n        self.w = keras.layers.ReLU()\nA()(tf.ones((1, 2)))",
    *(
        LAYER.format(body=body, given=given)
        for body in ("x @ self.w", "self.kernel", "[h for h in x][9]", "np.tanh(x)", "states[0]", "x + tf.constant(1)")
        for given in ("np.ones((2, 3), 'f')", "keras.Input((3,))")
        if "tanh" not in body or "Input" in given
    ),
]  # fmt: skip


@pytest.mark.parametrize("code", RAISING)
def test_what_libraries_say_stays_as_far_as_it_helps(code: str) -> None:
    """The explanation in plain words is the oracle: it is that of the whole message."""
    whole = None
    keras.backend.clear_session()  # as before each question: names of layers begin to be counted anew
    try:
        exec(code, {"np": np, "keras": keras, "tf": tf})
    except Exception as error:
        whole = Problem("exception", type(error).__name__, str(error))
    assert whole is not None
    kept = of_few_words(whole, Quotes([Cell("a", "solution", code, 0)]))
    assert kept is not None
    assert kept.message
    assert str(explain(kept)) == str(explain(whole))
    for noise in ("function_node", "Exception encountered", "Arguments received", "\x1b", "automatically infer"):
        assert noise not in kept.message


def test_the_sentences_before_one_that_says_much_stay() -> None:
    kept = of_few_words(Problem("exception", "ValueError", "division by zero. The inputs were told_0p559. zero"))
    assert kept is not None
    assert kept.message == "division by zero."
    assert kept.traceback == "ValueError: division by zero."
    for hidden in (
        "{{function_node told_0p559}} division by zero [Op:told_0p559] name: told_0p559",
        "Exception encountered when calling told_0p559.call().\n\n\x1b[1mdivision by zero\x1b[0m\n\n"
        "Arguments received by told_0p559.call():\n  told_0p559",
    ):
        kept = of_few_words(Problem("exception", "ValueError", hidden))
        assert kept is not None
        assert kept.message == "division by zero"
