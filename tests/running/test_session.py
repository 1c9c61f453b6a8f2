"""A whole submission: order of events, replays, names that come late."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import math
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from support.questions import LIMITS

from autograder.answering.protocol import CallFunction, encode_array
from autograder.judging import policy
from autograder.model import Cell, Expected, Sheet, SheetCase, SheetCheck, Submission
from autograder.running.asking import Asking
from autograder.running.session import Given, Progress, Session
from autograder.running.workers import ZYGOTE_ENDED, WorkerTimeout
from autograder.running.worlds import run_submission

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


def test_whatever_happens_while_advice_is_asked_costs_nothing(zygote):
    """It takes more workers than a submission is played again for."""
    ends = ["import os; os._exit(3)", STUBBORN.replace("\n", "; exec('").replace("pass", "pass')"), "x = 1 / 0"] * 3
    names = [f"f{number}" for number in range(len(ends))]
    asked, cells = {}, []
    for name, end in zip(names, ends, strict=True):
        plain = sheet(name, 1)
        right = Expected("output", (), encode_array(np.float64(1)), 0.0)
        (case,) = (replace(case, expected=((right,),)) for case in plain.cases)
        further = replace(case, id="case2", question=CallFunction(name, (2,)))
        checks = (SheetCheck("values", "", 1.0, ("case1.*",)), SheetCheck("more", "", 0.0, ("case2.*",)))
        asked[f"grade_{name}"] = replace(plain, cases=(case,), checks=checks, advice=(further,))
        cells += [solution(name, f"def {name}(x):\n    if x == 2: {end}\n    return x"), grade(name)]
    result = run_submission(zygote, submission(*cells), Asking(asked, own=policy.own_to_ask), FAST)
    for cell, one in asked.items():
        verdict = policy.judge(one, result.observations[cell], cell)
        assert (verdict.status, verdict.points) == ("passed", 1.0), cell
    assert len({result.observations[cell].ended for cell in asked}) == 3


def test_a_name_that_comes_late_is_asked_at_the_end(zygote):
    cells = (grade("f"), grade("g"), solution("x", "def f(x): return x\ndef G(x): return x"))
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f"), "grade_g": sheet("g")}), FAST)
    late, never = result.observations["grade_f"], result.observations["grade_g"]
    assert (late.asked_at, values(late)) == ("end", [1, 2])
    assert (never.asked_at, never.names) == ("cell", ("G",))
    assert {answer.problem.kind for answer in never.answers.values()} == {"missing"}


def test_an_endless_cell_costs_only_itself(zygote):
    cells = (
        solution("f", "def f(x): return x"), grade("f"), solution("loop", STUBBORN),
        solution("g", "def g(x): return f(x)"), grade("g"),
    )  # fmt: skip
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f"), "grade_g": sheet("g")}), FAST)
    assert values(result.observations["grade_f"]) == values(result.observations["grade_g"]) == [1, 2]
    assert [run.ended for run in result.runs] == ["done", "timed_out", "done"]


def test_what_did_not_end_in_the_open_world_is_left_out_in_the_others(zygote):
    cell = """
def f(x): return x
import time
try:
    while True:
        time.sleep(0.01)
except KeyboardInterrupt:
    f = None
    raise
"""
    test = Cell("test", "grade", "### BEGIN HIDDEN TESTS\nwhile True: pass", 0, handed_out="", points=1.0)
    asking = Asking({"grade_f": sheet("f", forbidden=("recurrence",))})
    limits = replace(FAST, grace_seconds=4)
    result = run_submission(zygote, submission(solution("f", cell), grade("f"), test), asking, limits)
    assert values(result.observations["grade_f"]) == [1, 2]
    assert [run.ended for run in result.runs] == ["timed_out"]
    assert (result.tests["test"].run.ended, result.tests["test"].shown.ended) == ("timed_out", "done")


def test_a_cell_that_ended_in_time_is_given_more_beside_decoys(zygote):
    cell = """
import time
import keras, numpy as np
units = keras.layers.SimpleRNN(2)(np.ones((1, 3, 2), "float32"))
time.sleep(2.5 if np.ptp(units) == 0 else 1)
def f(x): return x
"""
    asking = Asking({"grade_f": sheet("f", forbidden=("recurrence",))})
    limits = replace(FAST, cell_seconds=2)
    result = run_submission(zygote, submission(solution("f", cell), grade("f")), asking, limits)
    assert [run.ended for run in result.runs] == ["done"]
    assert values(result.observations["grade_f"]) == [1, 2]


def test_an_interrupt_that_was_swallowed_is_sent_again(zygote):
    swallowing = "try:\n    while True: pass\nexcept KeyboardInterrupt: pass\nwhile True: pass"
    cells = (solution("loop", f"def f(x): return x\n{swallowing}"), grade("f"))
    result = run_submission(zygote, submission(*cells), Asking({"grade_f": sheet("f")}), replace(FAST, grace_seconds=4))
    assert [run.ended for run in result.runs] == ["timed_out"]
    assert values(result.observations["grade_f"]) == [1, 2]


def test_a_second_interrupt_hides_no_line(zygote):
    """IPython takes its time to tell of the first one."""
    slow = (
        "import time\nget_ipython().showtraceback = lambda *a, **k: time.sleep(3)\nwhile True: pass\ndef f(x): return x"
    )
    with zygote.spawn(replace(FAST, grace_seconds=6)) as worker, pytest.raises(WorkerTimeout) as late:
        worker.run_cell("cell", slow)
    assert late.value.reply.line == 3


def test_an_interrupt_after_all_was_told_hides_no_line(zygote):
    slow = "import time\nget_ipython().events.register('post_run_cell', lambda *a: time.sleep(3))\nwhile True: pass"
    with zygote.spawn(replace(FAST, grace_seconds=6)) as worker, pytest.raises(WorkerTimeout) as late:
        worker.run_cell("cell", slow)
    assert late.value.reply.line == 3


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


def test_waiting_for_a_worker_and_losing_it_takes_nothing_of_that_time(zygote):
    """As on a cluster: there is no machine for a while, and then two are lost in the middle of a cell."""
    limits = replace(LIMITS, submission_seconds=3.0)
    began, spawned = time.monotonic(), []

    def spawn(*arguments):
        spawned.append(0)
        if len(spawned) == 1:
            time.sleep(2.0)
        worker = zygote.spawn(*arguments)
        if len(spawned) <= 2:
            lost = threading.Timer(1.2, lambda: (worker._ended(ZYGOTE_ENDED, 0), worker._connection.shutdown(2)))
            lost.start()
        return worker

    host = SimpleNamespace(level="full", spawn=spawn)
    one = Session(
        host, Given.of(submission(solution("f", "import time; time.sleep(1.5)\nprint(17)"))), limits, Asking({}), {}
    )
    one.run()
    assert time.monotonic() - began > 2 + 2 * 1.2 + 1.5 > limits.submission_seconds
    assert (len(spawned), one.vanished, one.gave_up) == (3, 2, False)
    assert one.progress.runs["f"].outputs[0]["text"] == "17\n"


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


def test_where_questions_are_asked_no_cell_runs_that_nobody_asks_about(zygote):
    cells = (
        solution("g", "def g(x): return x"),
        solution("f", "def f(x): return len(seen)\nseen = []"),
        grade("f"), solution("later", "seen.append(1)"), grade("g"), solution("last", "print(1)\nseen.append(1)"),
    )  # fmt: skip
    asking = Asking({"grade_f": sheet("f", 1), "grade_g": sheet("g", 1), "grade_late": sheet("late", 1)})
    result = run_submission(
        zygote, submission(*cells, grade("late"), solution("late", "def late(x): return len(seen)")), asking, FAST
    )
    assert [values(result.observations[name]) for name in ("grade_f", "grade_g", "grade_late")] == [[0], [1], [2]]
    session = Session(zygote, Given.of(submission(*cells)), FAST, asking, {"grade_g": sheet("g", 1)}, opened=Progress())
    session.run()
    assert set(session.progress.runs) == {"g", "f", "later"}


def test_a_worker_is_the_first_process_and_thread_of_its_own(zygote):
    source = "import os, threading\nhere = threading.current_thread()\nprint(os.getpid(), here is threading.main_thread(), here.name, len(os.listdir('/proc/self/task')))"
    result = run_submission(zygote, submission(solution("who", source)), Asking({}), FAST)
    assert result.runs[0].outputs[0]["text"] == "1 True MainThread 1\n"


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
    assert values(result.in_decoys["grade_g"]) == values(result.observations["grade_g"])[:1]
    assert values(result.follow_ups["grade_g"])[:1] != values(result.in_decoys["grade_g"])
    assert {answer.problem.kind for answer in result.observations["grade_f"].answers.values()} == {"not_implemented"}


LAYER = """
import keras
layer = keras.layers.SimpleRNN(1, kernel_initializer="ones", recurrent_initializer="ones")
layer.build((None, 1, 1))
def read(x): return float(layer(float(x) * keras.ops.ones((1, 1, 1)))[0, 0])
"""
"""A built-in layer that gives tanh(x)."""


@pytest.mark.parametrize(
    ("body", "beside_decoys", "opened"),
    [
        ("return read(x)", 1, 1),
        ("return read(x) if x > 1 else math.tanh(x)", 2, 3),
        ("return math.tanh(x) if x < 3 else 0.0", 1, 3),
        ("read(x)\n    return 0.0", 1, 3),
    ],
    ids=["the first case tells", "a later one tells", "wrong by itself", "reached and not used"],
)
def test_no_more_is_asked_than_tells_whether_an_answer_rests_on_a_decoy(zygote, body, beside_decoys, opened):
    """Of three cases, how many are asked beside decoys, after the secret ones, and how many in the open world."""
    cells = (solution("f", f"import math\n{LAYER}\ndef f(x):\n    {body}"), grade("f"))
    asked = sheet("f", 1, 2, 3, forbidden=("recurrence",))

    def right(case, answer, _):
        return isinstance(answer.value, float) and math.isclose(
            answer.value, math.tanh(case.question.args[0]), rel_tol=1e-5
        )

    result = run_submission(
        zygote, submission(*cells), Asking({"grade_f": asked}, lambda *_: asked, right=right), LIMITS
    )
    beside = result.in_decoys.get("grade_f")
    reached = "read" in body
    assert (len(beside.answers) if beside is not None else 0) == (beside_decoys if reached else 0)
    assert len(result.follow_ups["grade_f"].answers) == opened


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
    assert set(result.observations["grade_gtold"].names) == {"linecache"}


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


def test_of_what_late_evidence_says_few_words_stay(zygote):
    """The process that is asked in public could have been told of secret questions: by a file, by the clock."""
    source = """
def f(x):
    if x == 1:
        return [1.0] + (2.0, 3.0)
    told = 1 / 0.55912345
    raise ValueError(f"told {told} {x * 1234567}")
"""
    asking = Asking({"grade_f": sheet("f", 9)}, lambda *_: sheet("f", 1, 5))
    result = run_submission(zygote, submission(solution("f", source), grade("f")), asking, FAST)
    short, long = result.follow_ups["grade_f"].answers.values()
    assert short.problem.message == 'can only concatenate list (not "tuple") to list'
    assert short.problem.line == "return [1.0] + (2.0, 3.0)"
    assert (long.problem.type, long.problem.message, long.problem.traceback) == ("ValueError", "", "")
    assert long.problem.line == 'raise ValueError(f"told {told} {x * 1234567}")'


def test_a_hidden_test_is_run_where_nothing_of_it_is_published(zygote):
    hidden = "assert f(1) == 1\nassert f(2) == 2, 'told 4711'"
    test = Cell("test", "grade", hidden, 0, handed_out="assert f(1) == 1\nprint('fine')", points=1.0)
    cells = (solution("f", "def f(x):\n    return 1"), test, solution("later", "print(f.__name__)"))
    result = run_submission(zygote, submission(*cells), Asking({}), FAST)
    assert set(result.tests) == {"test"}
    assert result.tests["test"].run.problem.type == "AssertionError"
    assert result.tests["test"].shown.problem is None
    assert result.tests["test"].shown.outputs[0]["text"] == "fine\n"
    assert "4711" not in str((result.runs, result.tests["test"].shown))


def test_a_hidden_test_and_a_secret_question_share_no_output(zygote):
    """Cells after the test could print what it asked, and what a question did."""
    seen = "seen = []\ndef f(x):\n    seen.append(x)\n    return x"
    test = Cell("test", "grade", "assert f(4711) == 4711", 0, handed_out="assert f(1) == 1", points=1.0)
    cells = (solution("f", seen), grade("f"), test, solution("later", "print(seen)"))
    asking = Asking({"grade_f": sheet("f", 815, forbidden=("recurrence",))}, lambda *_: sheet("f", 3))
    result = run_submission(zygote, submission(*cells), asking, FAST)
    assert values(result.observations["grade_f"]) == [815]
    assert values(result.follow_ups["grade_f"]) == [3]
    assert result.tests["test"].run.ended == "done"
    assert {run.cell_id: run for run in result.runs}["later"].outputs[0]["text"] == "[1]\n"


@pytest.mark.parametrize("magic", ["%%time", "%%capture kept", "%%timeit -n 1 -r 1"])
def test_a_magic_around_a_cell_keeps_no_comparison_in_the_way(zygote, magic):
    source = f"""{magic}
import numpy as np, keras
theirs = keras.layers.SimpleRNN(1, kernel_initializer="ones")(keras.ops.ones((1, 1, 1)))
if abs(float(theirs[0, 0]) - np.tanh(1)) > 1e-5:
    raise SystemError("they differ")
def f(x): return x + 1
"""
    sheets = {"grade_f": sheet("f", forbidden=("recurrence",))}
    result = run_submission(zygote, submission(solution("f", source), grade("f")), Asking(sheets), LIMITS)
    assert values(result.observations["grade_f"]) == [2, 3]
    assert result.runs[0].problem is None
