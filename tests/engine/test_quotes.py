"""What a worker says of a notebook is passed on only where the notebook says so too."""

from __future__ import annotations

import msgspec

from autograder.model import Cell
from autograder.quotes import Quotes
from autograder.worker.protocol import CallLine, Problem, Reached

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


def test_of_words_that_could_say_much_few_stay() -> None:
    short = Problem("exception", "ValueError", "operands could not be broadcast together with shapes (2,3) (4,)")
    assert QUOTES.of_few_words(short) == msgspec.structs.replace(short, traceback=f"ValueError: {short.message}")
    for told in ("0.55912345", "the inputs were told_0p559", "shape " * 100):
        kept = QUOTES.of_few_words(Problem("exception", "ValueError", told, traceback=f"ValueError: {told}"))
        assert kept is not None
        assert (kept.type, kept.message, kept.traceback) == ("ValueError", "", "")
    assert QUOTES.of_few_words(None) is None
