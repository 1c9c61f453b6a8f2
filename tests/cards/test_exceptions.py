"""Exceptions in plain words, from messages that the libraries really write."""

from __future__ import annotations

import pytest
from support.raising import raised

from autograder.answering.protocol import Problem
from autograder.cards.exceptions import explain


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("np.ones((2, 3)) @ np.ones((4, 5))", "have 3 and 4 entries"),
        ("np.dot(np.ones((2, 3)), np.ones((4, 5)))", "shapes (2, 3) and (4, 5)"),
        ("np.ones((2, 3)) + np.ones((2, 4))", "met shapes (2, 3) and (2, 4)"),
        ("sigmoid(1)", "nothing called `sigmoid`"),
        ("class Cell: pass\nCell().kernel", "`kernel` was asked of a `Cell`"),
        ("None.shape", "asked of `None`"),
        ("None[0]", "end in a `return`"),
        ("a, b = 1, 2, 3", "names 2 things"),
        ("def f():\n    x = x + 1\nf()", "`x` is read before"),
        ("def call(x, states): pass\ncall(1)", "`call` was called without 'states'"),
        ("def call(x): pass\ncall(1, 2)", "takes 1 arguments and was called with 2"),
        ("def call(x): pass\ncall(1, mask=2)", "called with `mask=`"),
        ("np.ones(3)[5]", "Index 5 was asked of an axis with 3 entries"),
        ("[][1]", "larger than the last"),
        ("import no_such_module", "module `no_such_module`"),
        ("1 / 0", "divided by zero"),
        ("np.ones(2) or 1", "asked by `is None`"),
        ("x = (", "cannot read this line"),
        ("x = 1\u00a0+ 2", "no-break space (U+00A0)"),
        ("x = 1 \u2013 2", "en dash (U+2013)"),
        ("print(\u201chello\u201d)", "left double quotation mark (U+201C)"),
        ("def f(x):\n    return\u200b x", "zero width space (U+200B)"),
    ],
)
def test_messages_of_python_and_numpy(code: str, words: str) -> None:
    assert words in str(explain(raised(code)))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Matrix size-incompatible: In[0]: [2,3], In[1]: [4,20] [Op:MatMul]", "shapes (2, 3) and (4, 20)"),
        ("Incompatible shapes: [2,4] vs. [2,5] [Op:Mul]", "met shapes (2, 4) and (2, 5)"),
        ("input #1(zero-based) was expected to be a float tensor but is a double tensor", "float and double"),
        ("'tensorflow.python.framework.ops.EagerTensor' object has no attribute 'append'", "asked of a `EagerTensor`"),
        ("'EagerTensor' object does not support item assignment", "entry by entry"),
        ("`LSTM` goes on from 2 states (h, c); it was given 1.", "One array was handed to `LSTM` as its state"),
        ("`LSTM` goes on from 2 states (h, c); it was given 3.", "3 arrays were handed to `LSTM` as its states"),
        ("No module named 'tensorflow'", "does not run on `tensorflow`"),
        ("A KerasTensor is symbolic: it's a placeholder for a shape and a dtype.", "no numbers yet"),
    ],
)  # fmt: skip
def test_messages_of_tensorflow_and_keras(message: str, words: str) -> None:
    assert words in str(explain(Problem("exception", "Error", message)))


def test_an_open_batch_size() -> None:
    """A layer that counts on the batch size, in the model of which it is not known."""
    import keras

    class Layer(keras.layers.Layer):
        def call(self, x):
            return keras.ops.zeros((x.shape[0], 3)) + x

    with pytest.raises(TypeError) as raised_here:
        Layer()(keras.Input((3,)))
    said = str(explain(Problem("exception", "TypeError", str(raised_here.value))))
    assert "`ops.shape(x)[0]`" in said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("for t in tf.range(x.shape[1]):\n    total = t\n", "`range(x.shape[1])`"),
        ("if tf.reduce_sum(x) > 0:\n    total = 1\n", "`ops.where` chooses"),
    ],
)
def test_tensors_that_have_no_numbers_yet(body: str, words: str) -> None:
    """In a function that AutoGraph does not read, as the `call` of a layer is none."""
    import tensorflow as tf

    given = {"tf": tf, "x": tf.ones((2, 3))}
    compiled = compile(body, "answer", "exec")
    exec(compiled, dict(given))  # as long as there are numbers, all is well
    with pytest.raises(Exception, match="symbolic") as raised_here:
        tf.function(lambda x: exec(compiled, {**given, "x": x}), autograph=False)(given["x"])
    problem = Problem("exception", type(raised_here.value).__name__, str(raised_here.value))
    assert words in str(explain(problem))


@pytest.mark.parametrize(
    ("source", "magic"), [("%bigquery_load x", "%bigquery_load"), ("%%shell_of_mine\nls", "%%shell_of_mine")]
)
def test_a_magic_that_exists_elsewhere(source: str, magic: str, capsys: pytest.CaptureFixture[str]) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    ran = InteractiveShell.instance().run_cell(source)
    error = ran.error_in_exec or ran.error_before_exec
    assert error is not None
    said = str(explain(Problem("exception", type(error).__name__, str(error))))
    assert f"`{magic}` is a command of IPython that is not known here" in said
    capsys.readouterr()


def test_says_nothing_where_it_is_not_sure() -> None:
    assert explain(Problem("exception", "ValueError", "something of the student's own")) == ""
