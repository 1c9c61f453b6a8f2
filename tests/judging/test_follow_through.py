"""Points of what is right by itself: never fewer than before, and said where they come from."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from autograder.answering.protocol import Problem, StandIn
from autograder.judging import roots
from autograder.judging.follow_through import followed_through
from autograder.model import CheckResult, PartResult, Verdict

Outcome = Literal["passed", "failed", "waiting"]
CELL = (StandIn("Cell", "cell"),)
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "waiting")


def verdict(*outcomes: Outcome) -> Verdict:
    checks = tuple(
        CheckResult(f"c{k}", f"Check {k}", outcome, float(k + 1) * (outcome == "passed"), float(k + 1))
        for k, outcome in enumerate(outcomes)
    )
    possible = sum(check.max_points for check in checks)
    points = sum(check.points for check in checks)
    status = "passed" if checks and points == possible else "partial" if points else "failed"
    return Verdict("loop", "Loop", "Loop", "cell", status, points, possible or 3.0, "What is wrong.", checks=checks)


@given(
    st.lists(st.tuples(st.sampled_from(OUTCOMES), st.sampled_from(OUTCOMES)), min_size=1),
    st.sampled_from((0.25, 0.5, 1.0)),
)
def test_never_fewer_points(outcomes: list[tuple[Outcome, Outcome]], share: float) -> None:
    plain, apart = verdict(*(one for one, _ in outcomes)), verdict(*(other for _, other in outcomes))
    both = followed_through(plain, apart, CELL, share)
    assert plain.points <= both.points <= both.max_points
    assert both.points == plain.points + both.follow_through
    assert (both.status == "passed") == (both.points == both.max_points)
    assert both.stood_in or not both.follow_through
    for check, (one, other) in zip(both.checks, outcomes, strict=True):
        assert (check.outcome == "passed") == ("passed" in (one, other))
        assert check.by_stand_in == (one != "passed" and other == "passed")


def test_what_could_not_be_asked_is_left_as_it_is() -> None:
    plain = verdict("failed", "failed")
    assert followed_through(plain, verdict(), CELL) is plain


def test_says_what_the_points_are() -> None:
    whole = followed_through(verdict("failed", "waiting"), verdict("passed", "passed"), CELL)
    assert (whole.points, whole.follow_through, whole.status) == (3.0, 3.0, "passed")
    assert str(whole.notes[-1]).startswith("3 of these points are follow-through marks")
    half = followed_through(verdict("passed", "waiting"), verdict("passed", "passed"), CELL, 0.5)
    assert (half.points, half.follow_through, half.status) == (2.0, 1.0, "partial")
    assert str(half.notes[-1]).endswith("Your course gives 50% of the points for that.")


def test_what_a_stand_in_is_stands_beside_the_first_check_that_has_one() -> None:
    outcomes = verdict("passed", "failed", "waiting"), verdict("passed", "passed", "passed")
    said = [str(check.message) for check in followed_through(*outcomes, CELL).checks]
    assert said[0] == ""
    assert said[1:] == [
        "With a stand-in: something else that works took the place of `Cell`.", "With a stand-in.",
    ]  # fmt: skip


def test_it_is_owed_to_an_earlier_notebook_only_where_nothing_else_is_wrong() -> None:
    earlier, own = StandIn("Cell", "cell", assignment="lstm"), StandIn("Frames", "layer")
    for parts, owed in (((earlier,), ("lstm",)), ((earlier, own), ())):
        assert followed_through(verdict("failed"), verdict("passed"), parts).earlier == owed


def test_what_passes_with_a_stand_in_still_gives_wrong_values() -> None:
    """Whatever is built on it is built on something wrong."""
    whole = followed_through(verdict("failed", "waiting"), verdict("passed", "passed"), CELL)
    assert roots.gives_wrong(whole)
    assert not roots.gives_wrong(verdict("passed", "passed"))
    said = roots.resting(whole, ("step",))
    assert str(said.message) == (
        "`Loop` is right by itself. By way of `Cell` it uses `step`, which is not right yet: repair that, and all are "
        "green."
    )
    assert str(roots.resting(whole, ("Cell",)).message) == (
        "`Loop` is right by itself. It uses `Cell`, which is not right yet: repair that, and both are green."
    )
    wrong = followed_through(verdict("failed"), verdict("failed"), CELL)
    assert "By way of `Cell` it also uses `step`, which is not right yet" in str(
        roots.resting(wrong, ("step",)).message
    )
    own = roots.resting(followed_through(verdict("failed"), verdict("failed"), CELL), ("Cell",))
    assert str(own.message).startswith("What is wrong. It also uses `Cell`")


def test_what_stand_ins_lack_is_not_told_as_a_mistake() -> None:
    """They have no method of the part's own, and no argument beside those that were asked for."""
    stopped = verdict("failed", "failed")
    parts = tuple(replace(check, parts=(PartResult(f"{check.id}.x", "exception"),)) for check in stopped.checks)
    apart = replace(stopped, checks=parts, problem=Problem("exception", "AttributeError"))
    plain = verdict("failed", "waiting")
    assert followed_through(plain, apart, CELL) is plain


def test_nothing_is_left_of_the_run_with_stand_ins_where_all_is_right() -> None:
    plain = verdict("passed", "failed")
    apart = replace(verdict("failed", "passed"), problem=Problem("exception", "ValueError"), look_at="Look.")
    whole = followed_through(plain, apart, CELL)
    assert (whole.status, whole.points, whole.problem, whole.look_at) == ("passed", 3.0, None, "")
