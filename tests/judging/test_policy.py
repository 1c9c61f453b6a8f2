"""Statuses and points, from answers as a worker would send them."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np
import pytest

from autograder.answering.protocol import Answer, CallLine, Items, Problem, Reached, decode_array, encode_array
from autograder.judging import policy
from autograder.language import find
from autograder.model import CellRun, Observation, Sheet
from autograder.sheets import release, seeds


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return release.public_sheet("forget_gate")


def observed(sheet: Sheet, change: float = 0.0, **more: object) -> Observation:
    answers = {
        case.id: Answer(value=encode_array(decode_array(case.expected[0][0].value) + change)) for case in sheet.cases
    }
    return Observation(sheet.exercise, answers, **more)  # type: ignore[arg-type]


def with_problem(sheet: Sheet, problem: Problem, **more: object) -> Observation:
    return Observation(sheet.exercise, {case.id: Answer(problem=problem) for case in sheet.cases}, **more)  # type: ignore[arg-type]


def test_right(sheet: Sheet) -> None:
    verdict = policy.judge(sheet, observed(sheet), "cell")
    assert (verdict.status, verdict.points) == ("passed", sheet.points)


def test_wrong(sheet: Sheet) -> None:
    verdict = policy.judge(sheet, observed(sheet, 0.1), "cell")
    assert (verdict.status, verdict.points) == ("failed", 0)
    assert verdict.checks[0].parts


@pytest.mark.parametrize(
    ("problem", "more", "status"),
    [
        (Problem("not_implemented", "NotImplementedError"), {"unchanged": True}, "not_attempted"),
        (Problem("not_implemented", "NotImplementedError"), {}, "not_attempted"),
        (Problem("not_implemented", raised_in="input_gate"), {}, "blocked"),
        (Problem("missing", "NameError"), {"unchanged": True}, "not_attempted"),
        (Problem("missing", "NameError"), {}, "failed"),
        (Problem("exception", "ValueError", "bad"), {}, "error"),
        (Problem("forbidden", "ForbiddenError", "keras.layers.LSTM"), {}, "forbidden"),
    ],
)
def test_statuses_of_problems(sheet: Sheet, problem: Problem, more: dict[str, object], status: str) -> None:
    verdict = policy.judge(sheet, with_problem(sheet, problem, **more), "cell")
    assert (verdict.status, verdict.points) == (status, 0)
    assert verdict.message


@pytest.mark.parametrize("ended", ["timed_out", "out_of_memory", "died", "skipped"])
def test_statuses_of_endings(sheet: Sheet, ended: str) -> None:
    status = {"died": "error", "skipped": "blocked"}.get(ended, ended)
    assert policy.judge(sheet, Observation(sheet.exercise, {}, ended=ended), "cell").status == status


def test_a_near_name_is_suggested(sheet: Sheet) -> None:
    problem = Problem("missing", "NameError")
    verdict = policy.judge(sheet, with_problem(sheet, problem, names=("np", "forgetgate")), "cell")
    assert "`forgetgate`" in str(verdict.message)


def test_the_exception_of_the_defining_cell_is_the_root_cause(sheet: Sheet) -> None:
    run = CellRun("forget_gate", "done", problem=Problem("exception", "SyntaxError", "invalid syntax"))
    verdict = policy.judge(sheet, with_problem(sheet, Problem("missing"), solution_runs=(run,)), "cell")
    assert verdict.status == "error"
    assert "SyntaxError" in str(verdict.message)


def test_points_come_from_secret_cases_and_words_from_public_ones(sheet: Sheet) -> None:
    secret = dataclasses.replace(sheet, seed=seeds.commitment(b"0" * 32, "1"))
    verdict = policy.judge(secret, observed(sheet, 0.1), "cell", public=(sheet, observed(sheet)))
    assert verdict.points == 0
    assert verdict.checks[0].parts == ()
    assert "other" in str(verdict.message)


def test_without_public_answers_nothing_of_a_secret_case_is_shown(sheet: Sheet) -> None:
    secret = dataclasses.replace(sheet, seed=seeds.commitment(b"0" * 32, "1"))
    problem = Problem("exception", "ValueError", "secret 0.12345", "traceback with secret 0.12345")
    for observation in (observed(sheet, 0.1), with_problem(sheet, problem)):
        verdict = policy.judge(secret, observation, "cell")
        assert "0.12345" not in repr(verdict)
        assert verdict.checks[0].parts == ()
        assert verdict.case == ""


@pytest.mark.parametrize(("type_name", "told"), [("ValueError", "ValueError"), ("Secret_0p559", "Exception")])
def test_a_type_made_while_asked_is_not_named(sheet: Sheet, type_name: str, told: str) -> None:
    secret = dataclasses.replace(sheet, seed=seeds.commitment(b"0" * 32, "1"))
    observation = with_problem(sheet, Problem("exception", type_name))
    verdict = policy.judge(secret, observation, "cell", public=(sheet, observed(sheet)))
    assert f"stopped with {told} for other inputs" in str(verdict.message)
    assert "0p559" not in repr(policy.judge(secret, observation, "cell"))


def test_a_helper_that_is_not_written_tells_nothing_of_a_secret_case(sheet: Sheet) -> None:
    """What a NotImplementedError says was said on secret inputs."""
    secret = dataclasses.replace(sheet, seed=seeds.commitment(b"0" * 32, "1"))
    problem = Problem(
        "not_implemented", "NotImplementedError", "0.12345", "0.12345", raised_in="helper", shapes=(("x", "0.12345"),)
    )
    verdict = policy.judge(secret, with_problem(sheet, problem), "cell")
    assert verdict.status == "blocked"
    assert "0.12345" not in repr(verdict)


def test_waiting_checks_say_for_what() -> None:
    sheet = release.public_sheet("lstm_cell")
    zeros = {
        case.id: Answer(value=encode_array(np.zeros(decode_array(case.expected[0][0].value).shape)))
        for case in sheet.cases
    }
    verdict = policy.judge(sheet, Observation(sheet.exercise, zeros), "cell")
    waiting = [check for check in verdict.checks if check.outcome == "waiting"]
    assert waiting
    assert all("right" in str(check.message) for check in waiting)
    assert verdict.points == 0


@pytest.mark.parametrize(
    ("opened", "beside_decoys", "status"),
    [(0.0, 0.1, "forbidden"), (0.0, 0.0, "failed"), (0.1, 0.1, "failed"), (0.1, 0.0, "failed")],
)
def test_what_is_right_in_the_open_world_alone_rests_on_a_built_in(
    sheet: Sheet, opened: float, beside_decoys: float, status: str
) -> None:
    wrong = policy.judge(sheet, observed(sheet, 0.1), "cell")
    reached = (Reached("x = LSTM(4)", "keras.layers.LSTM", "step"),)
    verdict = policy.delegated(wrong, sheet, observed(sheet, opened), observed(sheet, beside_decoys), reached)
    assert (verdict.status, verdict.points) == (status, 0)
    assert ("x = LSTM(4)" in str(verdict.message)) == (status == "forbidden")
    for case in sheet.cases:
        assert policy.case_right(case, observed(sheet).answers[case.id], sheet)
        assert not policy.case_right(case, observed(sheet, 0.1).answers[case.id], sheet)


def test_who_left_the_definition_to_a_comparison_is_not_accused(sheet: Sheet) -> None:
    missing = with_problem(sheet, Problem("missing", "NameError"))
    wrong = policy.judge(sheet, missing, "cell")
    reached = (Reached("if close(LSTM(4)):", "keras.layers.LSTM", ""),)
    verdict = policy.delegated(wrong, sheet, observed(sheet), missing, reached)
    assert (verdict.status, verdict.points, verdict.problem) == ("failed", 0, None)
    assert "depends here on a comparison with `keras.layers.LSTM`" in str(verdict.message)
    assert "if close(LSTM(4)):" in str(verdict.message)


def test_an_answer_that_changes_its_arguments_is_told_so(sheet: Sheet) -> None:
    right = observed(sheet)
    first = next(iter(right.answers))
    changed = msgspec.structs.replace(right.answers[first], inputs_changed=(0,))
    verdict = policy.judge(sheet, dataclasses.replace(right, answers={**right.answers, first: changed}), "cell")
    assert (verdict.status, verdict.points) == ("passed", sheet.points)
    assert "work on a copy" in str(verdict.notes[0])
    assert policy.judge(sheet, right, "cell").notes == ()


def test_who_ran_out_of_time_is_not_accused(sheet: Sheet) -> None:
    wrong = policy.judge(sheet, observed(sheet, 0.1), "cell")
    late = dataclasses.replace(observed(sheet, 0.1), ended="timed_out")
    assert policy.delegated(wrong, sheet, observed(sheet), late, ()) == wrong


def test_what_is_forbidden_is_said_in_the_language_of_the_reader(sheet: Sheet) -> None:
    problem = Problem("forbidden", "ForbiddenError", "`keras.layers.LSTM` is what this exercise asks you to write.")
    message = policy.judge(sheet, with_problem(sheet, problem), "cell").message
    assert "yourself (`keras.layers.LSTM`)." in str(message)
    assert "asks" not in find("zh_CN").say(message)


def test_the_shapes_of_a_secret_case_are_not_shown(sheet: Sheet) -> None:
    secret = dataclasses.replace(sheet, seed=seeds.commitment(b"0" * 32, "1"))
    shapes = (("x_t", "(97, 89)"),)
    problem = Problem(
        "exception", "ValueError", "shapes (97, 89)", shapes=shapes, callers=(CallLine("f(x_t)", "call", shapes),)
    )
    for public in (None, (sheet, observed(sheet)), (sheet, observed(sheet, 0.1))):
        verdict = policy.judge(secret, with_problem(secret, problem), "cell", public=public)
        assert "97, 89" not in repr(verdict)
        assert verdict.sizes == {}


def test_the_sizes_of_the_public_case_that_stopped_are_told(sheet: Sheet) -> None:
    verdict = policy.judge(sheet, with_problem(sheet, Problem("exception", "ValueError", "bad")), "cell")
    assert verdict.sizes == {"batch": 8, "features": 3, "units": 2, "features+units": 5}


def test_right_values_in_wrong_places_are_told_in_place_of_a_pattern() -> None:
    sheet = release.public_sheet("rnn_unroll")
    answers = {}
    for case in sheet.cases:
        outputs, final = (decode_array(part.value) for part in case.expected[0])
        answers[case.id] = Answer(value=Items((encode_array(outputs[:, ::-1]), encode_array(final))))
    message = str(policy.judge(sheet, Observation(sheet.exercise, answers), "cell").message)
    assert message.endswith("in reverse order along time.")


def test_a_wrong_index_is_named_in_the_language_of_the_reader() -> None:
    sheet = release.public_sheet("conv1d")
    got = decode_array(sheet.cases[0].expected[0][0].value).copy()
    got[..., 1] += 1
    answers = {case.id: Answer(value=encode_array(got)) for case in sheet.cases[:1]}
    message = policy.judge(sheet, Observation(sheet.exercise, answers), "cell").message
    assert str(message).endswith("Only filter 1 is wrong.")
    assert "filter" not in find("zh_CN").say(message)
