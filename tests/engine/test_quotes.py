"""What a worker says of a notebook is passed on only where the notebook says so too."""

from __future__ import annotations

from autograder.model import Cell
from autograder.quotes import Quotes
from autograder.worker.protocol import CallLine, Problem

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


def test_what_ran_into_a_trap_is_never_forgotten() -> None:
    """Points hang on whether there was any."""
    refused = ["return a + b", "SECRET [0.559]", "import torch", "import torch.told_0p559", "open lstm.py", "os.fork"]
    assert QUOTES.refused(refused) == ("return a + b", "...", "import torch", "import torch", "open lstm.py", "os.fork")
    assert QUOTES.refused(["import told"]) == ("...",)
