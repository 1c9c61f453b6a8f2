"""Which of several wrong exercises comes first."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from autograder.judging import roots
from autograder.model import CheckResult, Diagnosis, PartResult, Status, Verdict


def verdict(name: str, status: Status = "failed", *parts: tuple[str, Any]) -> Verdict:
    found = tuple(PartResult(part, rung) for part, rung in parts)
    checks = (CheckResult("values", "Values", "failed", 0.0, 2.0, "differs", found),) if parts else ()
    return Verdict(name, name, name, f"{name}_check", status, 0.0, 2.0, "It differs.", checks=checks)


@pytest.mark.parametrize(
    ("status", "parts", "wrong"),
    [
        ("failed", [("first.output", "value")], True),
        ("partial", [("first.output", "shape")], True),
        ("partial", [("first.output", "config")], False),
        ("partial", [("first.grad.kernel", "value")], False),
        ("partial", [("first.grad.kernel", "value"), ("second.output", "value")], True),
        ("error", [], True),
        ("timed_out", [], True),
        ("passed", [], False),
        ("not_attempted", [], False),
        ("forbidden", [], False),
        ("grader_fault", [], False),
    ],
)
def test_gives_wrong(status: Status, parts: list[tuple[str, str]], wrong: bool) -> None:
    assert roots.gives_wrong(verdict("f", status, *parts)) is wrong


def with_later(name: str, rung: str) -> Verdict:
    """The first check passed, a later one did not."""
    given = verdict(name, "partial", ("states.output", rung))
    return dataclasses.replace(given, checks=(CheckResult("first", "First", "passed", 2.0, 2.0), *given.checks))


@pytest.mark.parametrize(("rung", "doubtful"), [("value", True), ("exception", False), ("config", False)])
def test_a_later_check_makes_doubtful(rung: str, doubtful: bool) -> None:
    """A layer that lacks an argument which nobody uses is not to blame."""
    given = with_later("Loop", rung)
    assert not roots.gives_wrong(given)
    assert roots.may_give_wrong(given) is doubtful


def test_a_doubt_takes_no_diagnosis_away() -> None:
    given = dataclasses.replace(verdict("Stack"), diagnosis=Diagnosis("a.b", "Title", "Hint"))
    said = roots.doubting(given, {"Loop"})
    assert said.diagnosis is given.diagnosis
    assert str(said.message) == "It differs. `Stack` uses `Loop`, which has not passed all of its own checks."
    assert roots.doubting(given, ()) is given


def test_first_of_a_chain() -> None:
    wrong = {"step": (), "Cell": ("step",), "Loop": ("step",), "other": ()}
    assert roots.roots_of({"Cell", "numpy"}, wrong) == ("step",)
    assert roots.roots_of({"Cell", "Loop", "other"}, wrong) == ("step", "other")
    assert roots.roots_of({"numpy"}, wrong) == ()


def test_says_what_to_repair() -> None:
    said = roots.resting(verdict("Loop"), ("Cell",))
    assert str(said.message) == "`Loop` uses `Cell`, which is not right yet. Repair that first."
    assert (said.points, said.status, said.roots) == (0.0, "failed", ("Cell",))
    assert "which are not right yet" in str(roots.resting(verdict("Loop"), ("Cell", "step")).message)
    untouched = verdict("Loop")
    assert roots.resting(untouched, ()) is untouched


SOURCE = """
scale = 2.0

def step(x):
    return x * scale

def helper(x):
    return step(x)

def loop(x):
    return [helper(item) for item in x]

class Layer:
    def __init__(self):
        self.step = None

    @property
    def once(self):
        return loop

    @staticmethod
    def call(x):
        return (lambda item: step(item))(x)

    def named(self):
        return self.helper
"""


def written() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "notebook"}
    exec(SOURCE, namespace)
    return namespace


def test_used_in_a_function() -> None:
    names = written()
    assert set(roots.used_in(names["loop"])) == {"helper", "step", "scale"}
    assert set(roots.used_in(names["loop"], {"helper"})) == {"helper"}
    assert roots.used_in(names["step"]) == {"scale": 2.0}


def test_used_in_a_class() -> None:
    """An attribute is no name of the notebook, even if it is called like one."""
    names = written()
    assert set(roots.used_in(names["Layer"], {"loop", "step"})) == {"loop", "step"}
    assert roots.used_in(42) == {}
    assert roots.used_in(print) == {}


def test_in_the_order_of_a_notebook() -> None:
    from autograder.model import Cell, Submission

    sources = {
        "step": "def step(x): return x",
        "Cell": "class Cell:\n def call(self, x): return step(x)",
        "alone": "def alone(x): return 'step'",
        "Stack": "class Stack:\n def call(self, x): return Cell()(x)",
    }
    cells = [
        cell
        for name, source in sources.items()
        for cell in (Cell(name, "solution", source, 0), Cell(f"{name}_check", "grade", "", 1, exercise=name))
    ]
    submission = Submission("ada", "a", "a", "", tuple(cells))
    given = [verdict(name, "failed", ("first.output", "value")) for name in sources]
    found = roots.with_roots(submission, given)
    assert [str(one.message).partition(",")[0] for one in found] == [
        "It differs.", "`Cell` uses `step`", "It differs.", "`Stack` uses `step`",
    ]  # fmt: skip
    right = [dataclasses.replace(one, status="passed", checks=()) for one in given[:1]]
    found = roots.with_roots(submission, [*right, *given[1:]])
    assert [str(one.message).partition(",")[0] for one in found][1::2] == ["It differs.", "`Stack` uses `Cell`"]
