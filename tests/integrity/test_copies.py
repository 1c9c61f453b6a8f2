"""Code that was taken from a library is pointed out to a person."""

from __future__ import annotations

import inspect

from autograder.integrity.copies import ENOUGH, copied, fingerprints
from autograder.model import Cell, Submission


def submission(*cells: Cell | str) -> Submission:
    made = [
        cell if isinstance(cell, Cell) else Cell(f"own-{number}", "student", cell, number)
        for number, cell in enumerate(cells)
    ]
    return Submission("s", "a", "a", "", (*made, Cell("test_f", "grade", "check('f', f)", 99, exercise="f")))


def test_copies_of_a_library_are_flagged() -> None:
    from keras.src.layers.pooling.base_pooling import BasePooling
    from keras.src.layers.rnn.simple_rnn import SimpleRNNCell

    for layer in (SimpleRNNCell, BasePooling):
        flags = copied(submission(inspect.getsource(layer)))
        assert "Keras" in flags[0]
    own = (
        "class Cell(keras.layers.Layer):\n    def call(self, x, states):\n"
        "        return ops.tanh(x @ self.kernel), states\n"
    )
    assert copied(submission(own * 3)) == ()
    assert len(fingerprints(own)) < ENOUGH


def test_a_given_cell_is_no_copy() -> None:
    from keras.src.layers.rnn.simple_rnn import SimpleRNNCell

    source = inspect.getsource(SimpleRNNCell)
    assert copied(submission(Cell("given", "locked", source, 0, unchanged=True), source)) == ()
