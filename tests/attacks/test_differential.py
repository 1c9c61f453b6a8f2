"""Built-ins that are handed in earn nothing, by whatever route; right answers of one's own earn everything, in whatever
style. At both levels, started by root and by an ordinary user."""

from __future__ import annotations

import itertools
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from as_user import USER

from benchmarks.diagnosis import corpus

from .build import HERE, MARK, Attack, exercises, expected
from .test_attacks import GradedClass, grade_class

ASSIGNMENTS = ("rnn", "lstm", "cnn")
NO_BUILT_IN = frozenset(["output_length", "pad", "simple_cnn"])
"""Arithmetic of sizes, borders of zeros, and what may use built-ins."""
BUILT_IN = re.compile(r'BUILT_IN\("([\w.]+)"\)')


def routes() -> dict[str, str]:
    text = (HERE / "delegates" / "routes.py").read_text("utf-8")
    _, *parts = re.split(r"^# %% (\w+)\n", text, flags=re.MULTILINE)
    return {name: source.strip() for name, source in zip(parts[::2], parts[1::2], strict=True)}


def delegates(assignment: str) -> dict[str, str]:
    """Exercise -> the text of a cell in which built-ins answer."""
    text = (HERE / "delegates" / f"{assignment}.py").read_text("utf-8")
    _, *parts = MARK.split(text)
    return dict(zip(parts[1::3], parts[2::3], strict=True))


def by_route(assignment: str, route: str, source: str) -> Attack:
    """A submission of which every answer is a built-in's."""
    form = r"\1" if route == "direct" else r'get("\1")'
    cells = {exercise: BUILT_IN.sub(form, cell) for exercise, cell in delegates(assignment).items()}
    edits = [("replace", exercise, cell.strip()) for exercise, cell in cells.items()]
    if source:
        edits.append(("before", next(iter(cells)), source))
    expect = dict.fromkeys(cells, ("forbidden", 0.0)) | {"*": ("passed", None)}
    return Attack("delegates", route, "", assignment, "solution", expect, tuple(edits))


def in_own_words() -> Iterator[Attack]:
    """Submissions of which every answer is a right one of the corpus, the first of each exercise, the second, ..."""
    right = [one for one in corpus.load() if one.right]
    for assignment in ASSIGNMENTS:
        wanted = exercises(assignment)
        styles = [[one for one in right if one.exercise == exercise] for exercise in wanted]
        for number, answers in enumerate(itertools.zip_longest(*styles)):
            edits = tuple(("replace", one.exercise, one.source) for one in answers if one is not None)
            expect = {"*": ("passed", None)}
            yield Attack("styles", str(number), "", assignment, "solution", expect, edits)


DELEGATES = [by_route(assignment, *route) for assignment in ASSIGNMENTS for route in routes().items()]
STYLES = list(in_own_words())
LEVELS = ("full", "restricted")
USERS = ("root", "user") if os.getuid() == 0 else ("user",)


@pytest.fixture(scope="module", params=itertools.product(LEVELS, USERS), ids=" as ".join)
def graded(request: pytest.FixtureRequest) -> Iterator[GradedClass]:
    level, user = request.param
    # Others may not enter pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="gatebook-differential-") as folder:
        as_another = USER if user == "user" and os.getuid() == 0 else None
        yield grade_class(level, Path(folder), (*DELEGATES, *STYLES), user=as_another)


def test_there_is_a_delegate_for_every_exercise_with_a_built_in() -> None:
    assert len(routes()) >= 12
    for assignment in ASSIGNMENTS:
        assert set(delegates(assignment)) | NO_BUILT_IN >= set(exercises(assignment))


def test_every_right_answer_of_the_corpus_is_handed_in() -> None:
    handed_in = {(exercise, source) for one in STYLES for _, exercise, source in one.edits}
    assert handed_in == {(one.exercise, one.source) for one in corpus.load() if one.right}
    assert len(handed_in) >= 95


@pytest.mark.parametrize("attack", [*DELEGATES, *STYLES], ids=lambda attack: f"{attack.assignment}/{attack.id}")
def test_earns(graded: GradedClass, attack: Attack) -> None:
    record = graded.record(attack.student, attack.assignment)
    got = {verdict.exercise: (verdict.status, verdict.points) for verdict in record.verdicts}
    assert {exercise: got[exercise] for exercise in expected(attack)} == expected(attack)
