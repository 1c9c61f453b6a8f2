"""What is told of an exception: the student's own lines, what was computed there, and the shapes of what it read."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np
import pytest

from autograder.answering.failures import describe
from autograder.answering.protocol import CallLine, Problem

HELPER = """
def step(x_t, h_prev, W, U):
    return np.tanh(x_t @ W + h_prev @ U)

def unroll(x, h, W, U):
    for t in range(x.shape[1]):
        h = step(x[t], h, W, U)
    return h
"""


def failed(source: str, call: str) -> Problem:
    """What is told of a call that fails, from a cell with this source."""
    name = f"<ipython-input-{abs(hash(source))}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(source, name, "exec"), namespace)
    try:
        eval(call, namespace)
    except Exception as error:
        return describe(error, namespace)
    raise AssertionError("the call was to fail")


def test_the_callers_line_shows_where_an_odd_size_came_from() -> None:
    call = "unroll(np.ones((4, 3, 5)), np.ones((4, 6)), np.ones((5, 6)), np.ones((6, 6)))"
    problem = failed(HELPER, call)
    assert (problem.raised_in, problem.line) == ("step", "return np.tanh(x_t @ W + h_prev @ U)")
    assert problem.piece == "x_t @ W + h_prev @ U"
    assert dict(problem.shapes) == {"x_t": "(3, 5)", "W": "(5, 6)", "h_prev": "(4, 6)", "U": "(6, 6)"}
    (caller,) = problem.callers
    assert caller == CallLine("h = step(x[t], h, W, U)", "unroll", caller.shapes)
    assert dict(caller.shapes)["x[t]"] == "(3, 5)"
    assert dict(caller.shapes)["x"] == "(4, 3, 5)"


def test_the_piece_of_a_long_line_comes_first() -> None:
    problem = failed("def f(a, b, c, d):\n    return a @ b + c @ d\n", "f(*[np.ones((2, 2))] * 3, np.ones((3, 3)))")
    assert problem.piece == "c @ d"
    assert [name for name, _ in problem.shapes] == ["c", "d", "a", "b"]


def test_a_piece_may_run_over_several_lines() -> None:
    problem = failed("def f(a):\n    return np.dot(\n        a,\n        a,\n    )\n", "f(np.ones((2, 3)))")
    assert problem.piece == "np.dot( a, a, )"


@pytest.mark.parametrize(
    ("expression", "shape"),
    [("a[0]", "(3,)"), ("a[:, 1:]", "(2, 2)"), ("a[:, k + 1 - 2 * 1]", "(2,)"), ("a[..., None]", "(2, 3, 1)")],
)
def test_parts_of_arrays_have_shapes(expression: str, shape: str) -> None:
    problem = failed(f"def f(a, k):\n    return {expression} @ np.ones((7, 7))\n", "f(np.ones((2, 3)), 2)")
    assert shape in dict(problem.shapes).values()


def test_nothing_of_the_students_is_called_again() -> None:
    source = """
class Odd:
    shape = (1,)
    seen = []
    def __getitem__(self, key):
        self.seen.append(key)
        return self

def f(odd):
    return odd[0] + np.ones(2) @ np.ones(3)
"""
    problem = failed(source + "ODD = Odd()\n", "f(ODD)")
    assert dict(problem.shapes) == {"odd": "(1,)"}
    assert "odd[0]" not in dict(problem.shapes)


def test_a_function_that_calls_itself_and_the_cell_are_no_callers() -> None:
    problem = failed("def f(n):\n    return f(n - 1) if n else 1 / 0\n", "f(5)")
    assert problem.callers == ()


def test_half_a_statement_has_no_shapes_and_breaks_nothing() -> None:
    problem = failed("def f(a):\n    x = (a +\n         1 / 0)\n    return x\n", "f(np.ones(2))")
    assert problem.type == "ZeroDivisionError"
    assert problem.piece == "1 / 0"
