"""A whole submission: order of events, replays, names that come late."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.model import Cell, Sheet, SheetCase, Submission
from autograder.session import Asking, run_submission
from autograder.worker.protocol import CallFunction

from .questions import LIMITS

FAST = replace(LIMITS, cell_seconds=0.6, question_seconds=0.6, grace_seconds=0.3)
STUBBORN = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"


def sheet(name: str, *arguments: int, forbidden: tuple[str, ...] = ()) -> Sheet:
    cases = tuple(
        SheetCase(f"case{argument}", CallFunction(name, (argument,)), ("output",), ())
        for argument in arguments or (1, 2)
    )
    return Sheet(name, "a", name, name, f"{name}(x)", 1.0, "", "public", cases, (), forbidden=forbidden)


def submission(*cells: Cell) -> Submission:
    return Submission("s", "a", "a.ipynb", "", cells)


def solution(identity: str, source: str, **more) -> Cell:
    return Cell(identity, "solution", source, 0, **more)


def grade(name: str) -> Cell:
    return Cell(f"grade_{name}", "grade", "raise RuntimeError('never run')", 0, exercise=name)


def values(observation) -> list:
    return [answer.value for answer in observation.answers.values()]


def test_questions_are_asked_where_their_cell_stands(zygote):
    cells = (
        solution("f", "def f(x): return x + 1\nprint('hi')"), grade("f"),
        solution("f2", "def f(x): return x + 100"), solution("g", "def g(x): return f(x)"), grade("g"),
    )  # fmt: skip
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f"), "grade_g": sheet("g")}), FAST)
    assert values(result.observations["grade_f"]) == [2, 3]
    assert values(result.observations["grade_g"]) == [101, 102]
    assert [run.ended for run in result.runs] == ["done"] * 3
    assert result.runs[0].outputs[0]["text"] == "hi\n"
    assert [run.cell_id for run in result.observations["grade_g"].solution_runs] == ["f2", "g"]
    assert result.sandbox == "full"
    assert result.seconds["session"] > 0


def test_a_name_that_comes_late_is_asked_at_the_end(zygote):
    cells = (grade("f"), grade("g"), solution("x", "def f(x): return x\ndef G(x): return x"))
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f"), "grade_g": sheet("g")}), FAST)
    late, never = result.observations["grade_f"], result.observations["grade_g"]
    assert (late.asked_at, values(late)) == ("end", [1, 2])
    assert (never.asked_at, never.names) == ("cell", ("f", "G"))
    assert {answer.problem.kind for answer in never.answers.values()} == {"missing"}


def test_an_endless_cell_costs_only_itself(zygote):
    cells = (
        solution("f", "def f(x): return x"), grade("f"), solution("loop", STUBBORN),
        solution("g", "def g(x): return f(x)"), grade("g"),
    )  # fmt: skip
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f"), "grade_g": sheet("g")}), FAST)
    assert values(result.observations["grade_f"]) == values(result.observations["grade_g"]) == [1, 2]
    assert [run.ended for run in result.runs] == ["done", "timed_out", "done"]


def test_an_interruptible_loop_needs_no_replay(zygote):
    cells = (
        solution("a", "count = 1"),
        solution("loop", "while True: pass"),
        solution("f", "def f(x): return count"),
    )
    result = run_submission(zygote, submission(*cells, grade("f")), Asking({"grade_f": sheet("f")}), FAST)
    assert values(result.observations["grade_f"]) == [1, 1]
    assert result.runs[1].ended == "timed_out"


@pytest.mark.parametrize(
    ("source", "ended"),
    [
        ("def f(x):\n    import os; os._exit(0)", "died"),
        ("def f(x):\n    " + STUBBORN.replace("\n", "\n    "), "timed_out"),
        ("def f(x):\n    while x > 1: pass\n    return 7", "timed_out"),
        ("def f(x):\n    import mmap\n    m = mmap.mmap(-1, 2**32)\n    for i in range(0, 2**32, 4096): m[i] = 1", "out_of_memory"),
    ],
)  # fmt: skip
def test_a_deadly_answer_costs_only_its_exercise(zygote, source, ended):
    cells = (solution("f", source), grade("f"), solution("g", "def g(x): return x"), grade("g"))
    limits = replace(FAST, question_seconds=6) if ended == "out_of_memory" else FAST
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f"), "grade_g": sheet("g")}), limits)
    assert result.observations["grade_f"].ended == ended
    assert values(result.observations["grade_g"]) == [1, 2]
    if "x > 1" in source:
        assert values(result.observations["grade_f"]) == [7]


def test_after_two_replays_the_rest_is_not_asked(zygote):
    deadly = [solution(str(number), "import os; os._exit(1)") for number in range(4)]
    cells = (*deadly, solution("f", "def f(x): return x"), grade("f"))
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f")}), FAST)
    assert result.observations["grade_f"].ended == "skipped"
    assert [run.ended for run in result.runs] == ["died", "died", "died", "skipped", "skipped"]


def test_time_for_the_whole_submission_is_bounded(zygote):
    cells = (solution("f", "import time; time.sleep(9)"), grade("f"))
    limits = replace(LIMITS, submission_seconds=0.7)
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f")}), limits)
    assert result.runs[0].ended == "timed_out"
    assert result.observations["grade_f"].ended == "skipped"


def test_demo_cells_run_only_when_needed(zygote):
    cells = (
        Cell("unused", "locked", "shown = 1 / 0", 0, demo=True),
        Cell("used", "locked", "import numpy as np\nhelper = 5", 0, demo=True),
        solution("f", "def f(x):\n    shown = x\n    return helper + shown"), grade("f"),
    )  # fmt: skip
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f")}), FAST)
    assert [run.ended for run in result.runs] == ["skipped", "done", "done"]
    assert values(result.observations["grade_f"]) == [6, 7]


def test_follow_up_is_asked_of_a_worker_that_saw_no_other_question(zygote):
    cells = (solution("f", "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)"), grade("f"))
    asked = []

    def follow_up(cell_id, observation):
        asked.append((cell_id, len(observation.answers)))
        return sheet("f", 5)

    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f")}, follow_up), FAST)
    assert asked == [("grade_f", 2)]
    assert values(result.follow_ups["grade_f"]) == [1]


def test_what_a_later_cell_says_holds_no_question(zygote):
    cells = (
        solution("f", "seen = []\nprint('before')\ndef f(x):\n    seen.append(x)\n    return x"), grade("f"),
        solution("later", "print('seen:', seen)"), solution("raises", "raise ValueError(str(seen))"),
    )  # fmt: skip
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f", 4711)}), LIMITS)
    assert values(result.observations["grade_f"]) == [4711]
    runs = {run.cell_id: run for run in result.runs}
    assert runs["f"].outputs[0]["text"] == "before\n"
    assert runs["later"].outputs[0]["text"] == "seen: []\n"
    assert runs["raises"].problem.message == "[]"
    assert "4711" not in str(result.runs)


def test_unchanged_cells_and_what_came_to_a_decoy(zygote):
    layer = "import keras\nlayer = keras.layers.SimpleRNN(1)\nlayer.build((None, 1, 1))"
    cells = (
        solution("f", "def f(x): raise NotImplementedError", unchanged=True), grade("f"),
        solution("g", f"{layer}\ndef g(x):\n    return float(layer(keras.ops.ones((1, 3, 1)))[0, 0])"), grade("g"),
    )  # fmt: skip
    sheets = {"grade_f": sheet("f"), "grade_g": sheet("g", forbidden=("recurrence",))}
    asking = Asking(sheets, lambda cell_id, observation: sheets[cell_id] if cell_id == "grade_g" else None)
    result = run_submission(zygote, submission(*cells), asking, LIMITS)
    assert result.observations["grade_f"].unchanged
    assert not result.observations["grade_g"].unchanged
    line = "return float(layer(keras.ops.ones((1, 3, 1)))[0, 0])"
    assert {(reached.line, reached.function) for reached in result.reached["grade_g"]} == {(line, "g")}
    assert values(result.in_decoys["grade_g"]) == values(result.observations["grade_g"])
    assert values(result.follow_ups["grade_g"]) != values(result.in_decoys["grade_g"])
    assert {answer.problem.kind for answer in result.observations["grade_f"].answers.values()} == {"not_implemented"}


def test_a_comparison_that_fails_beside_decoys_costs_nothing(zygote):
    compared = """
import numpy as np, keras
layer = keras.layers.SimpleRNN(1, kernel_initializer="ones", recurrent_initializer="ones")
theirs = float(layer(keras.ops.ones((1, 2, 1)))[0, 0])
own = float(np.tanh(1 + np.tanh(1)))
assert abs(own - theirs) < 1e-5
np.testing.assert_allclose(own, theirs, rtol=1e-5)
if abs(own - theirs) > 1e-5:
    raise SystemError("they differ")
def f(x): return x + 1
print(f"{theirs:.4f}")
"""
    sheets = {"grade_f": sheet("f", forbidden=("recurrence",))}
    result = run_submission(zygote, submission(solution("f", compared), grade("f")), Asking(sheets), LIMITS)
    assert values(result.observations["grade_f"]) == [2, 3]
    (run,) = result.runs
    assert run.problem is None
    assert run.outputs[0]["text"] == "0.9427\n"


def test_what_is_made_up_while_asked_is_not_quoted(zygote):
    """A function, a line and a name can be called after a secret input."""
    source = """
import linecache
def f(x):
    name = f"told_{x}"
    globals()["g" + name] = x
    linecache.cache[name] = (9, None, [f"{name}()"], name)
    exec(compile(f"def {name}(): raise NotImplementedError", name, "exec"), globals())
    globals()[name]()
"""
    cells = (solution("f", source), grade("f"), grade("gtold"))
    sheets = {"grade_f": sheet("f"), "grade_gtold": sheet("gtold")}
    result = run_submission(zygote, submission(*cells), Asking(sheets), FAST)
    for answer in result.observations["grade_f"].answers.values():
        assert answer.problem is not None
        assert answer.problem.kind == "not_implemented"
        assert "told_" not in answer.problem.line + answer.problem.raised_in + answer.problem.piece
    assert set(result.observations["grade_gtold"].names) == {"f", "linecache"}


def test_the_lines_that_led_to_an_exception_come_through(zygote):
    """What was computed, and from where it was called, is for the card."""
    source = "def helper(a):\n    return a + [1]\n\ndef f(x):\n    return helper(x)"
    cells = (solution("f", source), grade("f"))
    (answer,) = run_submission(
        zygote, submission(*cells), Asking({"grade_f": sheet("f", 1)}), FAST
    ).observations["grade_f"].answers.values()  # fmt: skip
    problem = answer.problem
    assert (problem.line, problem.piece) == ("return a + [1]", "a + [1]")
    assert [(call.line, call.function) for call in problem.callers] == [("return helper(x)", "f")]
