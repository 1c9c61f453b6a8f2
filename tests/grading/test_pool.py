"""Which secret cases a submission is asked: those that somebody knows are mostly not those that one is asked next."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.course_builder import TinyCourse, fake_result, identity, read, set_source, write_record

from autograder.commands import grade as grading
from autograder.course.completed import completed_record, write_completed_record
from autograder.course.draws import expect, expected_path, pool_size, present_epoch, read_epoch, write_epoch
from autograder.course.feedback_writer import FeedbackWriter
from autograder.course.gradebook import ClassGradebook
from autograder.grading import pipeline
from autograder.grading.pipeline import Grader, Options
from autograder.model import Record, Sheet
from autograder.sheets import release, seeds
from autograder.sheets.seeds import Draw

SECRET = bytes(range(32))
POINTS = {"double": 2.0, "square": 1.25, "total": 0.0}


class Idle:
    """Stands for the fork server."""

    def start(self) -> None:
        pass


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Draw]:
    """The draws whose sheets were asked for, in order; the sheets have nothing but their seed."""
    draws: list[Draw] = []

    def secret_sheets(course: Path, assignment: str, wanted: Any, grading_round: str, draw: Draw) -> dict[str, Sheet]:
        draws.append(draw)
        seed = seeds.commitment(seeds.read_secret(course), grading_round, draw)
        return {name: Sheet(name, assignment, name, name, "", 1.0, "", seed, (), ()) for name in wanted}

    monkeypatch.setattr(release, "secret_sheets", secret_sheets)
    monkeypatch.setattr(release, "public_sheets", lambda *_: {})
    return draws


def grader_of(tiny: TinyCourse, **options: Any) -> Grader:
    return Grader(tiny.course, "tiny", Options(**options), Idle(), None)  # type: ignore[arg-type]


def graded(tiny: TinyCourse, grader: Grader, student: str = "ada") -> Record:
    """Keep what grading would: the record with its draw, and the notebook in `autograded/`."""
    submission = read(tiny, student)
    draw, sheets = grader.sheets_for(student, submission.sha256)
    seed = next(iter(sheets.values())).seed
    record, runs, cards = fake_result(submission, POINTS, seed=seed)
    record = dataclasses.replace(record, epoch=draw.epoch, index=draw.index)
    write_record(tiny.course, record, submission, runs, cards)
    return record


def publish(tiny: TinyCourse, student: str = "ada") -> None:
    with contextlib.closing(FeedbackWriter(tiny.course, "tiny")) as writer:
        assert writer.write([student]) == {}


def changed(tiny: TinyCourse, student: str = "ada", comment: str = "again") -> None:
    notebook = tiny.solved()
    set_source(notebook, "double", f"def double(x):\n    return 2 * x  # {comment}\n")
    tiny.submit(student, notebook)


# ---------------------------------------------------------------------------------------------------------- seeds


def test_every_draw_has_its_own_cases_and_commitment() -> None:
    draws = [Draw(epoch, index) for epoch in range(3) for index in range(3)]
    shown = {seeds.commitment(SECRET, "1", draw) for draw in draws}
    cases = {seeds.secret_generator(SECRET, "1", "lstm", draw).standard_normal() for draw in draws}
    assert len(shown) == len(cases) == 9
    assert seeds.commitment(SECRET, "1") in shown


def test_others_and_other_files_mostly_get_other_cases() -> None:
    def draw(student: str, sha256: str, secret: bytes = SECRET, assignment: str = "rnn") -> Draw:
        return seeds.drawn_for(secret, assignment, student, sha256, epoch=2, pool=3)

    assert draw("ada", "a" * 64) == draw("ada", "a" * 64)
    for drawn in (
        [draw(f"student {n}", "a" * 64) for n in range(3000)],
        [draw("ada", f"{n:064x}") for n in range(3000)],
        [draw("ada", "a" * 64, n.to_bytes(32, "big")) for n in range(3000)],
        [draw("ada", "a" * 64, assignment=str(n)) for n in range(3000)],
    ):
        counts = Counter(drawn)
        assert set(counts) == {Draw(2, index) for index in range(3)}
        assert min(counts.values()) > 850
    assert draw("\udcff", "a").index in range(3)


def test_a_small_class_has_one_draw_and_no_class_more_than_the_course_wants() -> None:
    assert [seeds.pool_of(number, 3) for number in (0, 1, 39, 40, 79, 80, 500)] == [1, 1, 1, 2, 2, 3, 3]
    assert seeds.pool_of(500, 1) == 1


def test_the_epoch_is_noted_whole(tmp_path: Path) -> None:
    assert read_epoch(tmp_path, "rnn") == 0
    write_epoch(tmp_path, "rnn", 7)
    assert (read_epoch(tmp_path, "rnn"), read_epoch(tmp_path, "lstm")) == (7, 0)
    assert [path.name for path in (tmp_path / ".gatebook" / "epochs").iterdir()] == ["rnn"]
    (tmp_path / ".gatebook" / "epochs" / "rnn").write_text("seven")
    with pytest.raises(ValueError, match=r"rnn does not hold a number\. Delete it"):
        read_epoch(tmp_path, "rnn")


# -------------------------------------------------------------------------------------------------------- renewal


def test_what_feedback_told_of_is_never_asked_again(ready: TinyCourse, made: list[Draw]) -> None:
    """But of the very same file, so that a grade can be repeated."""
    ready.submit("ada", ready.solved())
    first = graded(ready, grader_of(ready))
    publish(ready)
    same = grader_of(ready)
    sha256 = read(ready).sha256
    assert same.sheets_for("ada", sha256)[0] == Draw(first.epoch, first.index)
    with ClassGradebook(ready.course, "tiny") as gradebook:
        assert gradebook.up_to_date(*identity(read(ready)), seed=same.seed_of) == first
    changed(ready)
    again = grader_of(ready)
    second = graded(ready, again)
    assert (first.epoch, second.epoch) == (0, 1)
    assert first.seed != second.seed
    assert again.sheets_for("bob", "0" * 64)[0].epoch == 1
    # The file of before is not the one that was graded last.
    assert again.sheets_for("ada", sha256)[0].epoch == 1


def test_without_feedback_nothing_is_renewed(ready: TinyCourse, made: list[Draw]) -> None:
    ready.submit("ada", ready.solved())
    graded(ready, grader_of(ready))
    changed(ready)
    assert graded(ready, grader_of(ready)).epoch == 0
    assert present_epoch(ready.course, "tiny") == 0
    assert not (ready.root / ".gatebook" / "epochs").exists()


def test_feedback_of_another_command_counts_and_what_was_noted_stays(ready: TinyCourse, made: list[Draw]) -> None:
    """`nbgrader generate_feedback` writes pages, and tells nobody."""
    ready.submit("ada", ready.solved())
    graded(ready, grader_of(ready))
    folder = ready.root / "feedback" / "ada" / "tiny"
    folder.mkdir(parents=True)
    (folder / "tiny.html").write_text("what was wrong")
    assert present_epoch(ready.course, "tiny") == 1
    (folder / "tiny.html").unlink()
    assert present_epoch(ready.course, "tiny") == 1


def test_a_lost_note_is_found_again_from_the_records(ready: TinyCourse, made: list[Draw]) -> None:
    ready.submit("ada", ready.solved())
    record = graded(ready, grader_of(ready))
    write_completed_record(ready.course, dataclasses.replace(record, epoch=4))
    assert present_epoch(ready.course, "tiny") == 4
    publish(ready)
    (ready.root / ".gatebook" / "epochs" / "tiny").unlink()
    assert present_epoch(ready.course, "tiny") == 5


def test_old_feedback_renews_once(ready: TinyCourse, made: list[Draw]) -> None:
    ready.submit("ada", ready.solved())
    graded(ready, grader_of(ready))
    publish(ready)
    for _ in range(3):
        assert present_epoch(ready.course, "tiny") == 1
    changed(ready)
    graded(ready, grader_of(ready))  # her pages are of before
    assert present_epoch(ready.course, "tiny") == 1


def test_a_process_that_goes_on_sees_that_feedback_was_published(ready: TinyCourse, made: list[Draw]) -> None:
    """The formgrader's."""
    ready.submit("ada", ready.solved())
    grader = grader_of(ready)
    graded(ready, grader)
    publish(ready)
    changed(ready)
    grader.look_for_feedback()
    assert graded(ready, grader).epoch == 1


# --------------------------------------------------------------------------------------------------------- making


def test_sheets_are_made_when_they_are_first_needed_and_once(ready: TinyCourse, made: list[Draw]) -> None:
    for number in range(80):
        (ready.root / "submitted" / f"s{number}" / "tiny").mkdir(parents=True)
        (ready.root / "submitted" / f"s{number}" / "tiny" / "tiny.ipynb").touch()
    assert pool_size(ready.course, "tiny", 3) == 3
    grader = grader_of(ready)
    assert made == []
    drawn = [grader.sheets_for(f"s{number}", "0" * 64)[0] for number in range(80)]
    assert set(drawn) == set(made) == {Draw(0, 0), Draw(0, 1), Draw(0, 2)}
    assert len(made) == 3
    alone = grader_of(ready, pool=1)
    assert {alone.sheets_for(f"s{number}", "0" * 64)[0] for number in range(9)} == {Draw()}


def test_what_went_wrong_is_said_before_anybody_is_graded_and_tried_again(
    ready: TinyCourse, made: list[Draw], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.submit("ada", ready.solved())
    grader = grader_of(ready)
    works = release.secret_sheets
    grader._secret_of.clear()

    def fails(*_: Any) -> Any:
        raise RuntimeError("no sheets")

    monkeypatch.setattr(release, "secret_sheets", fails)
    with pytest.raises(RuntimeError, match="no sheets"):
        list(grader.grade_class({"ada": ready.root / "submitted/ada/tiny/tiny.ipynb"}))
    monkeypatch.setattr(release, "secret_sheets", works)
    assert grader.sheets_for("ada", "0")[0] == Draw()


def test_only_what_will_be_asked_is_made_ahead(ready: TinyCourse, made: list[Draw]) -> None:
    course, options = ready.course, Options()
    assert grading._draws_ahead(course, "tiny", options) == ()
    ready.submit("ada", ready.solved())
    assert grading._draws_ahead(course, "tiny", options) == (Draw(),)
    graded(ready, grader_of(ready))
    publish(ready)
    assert grading._draws_ahead(course, "tiny", options) == ()
    changed(ready)
    later = time.time() + 10
    os.utime(ready.root / "submitted/ada/tiny/tiny.ipynb", (later, later))
    assert grading._draws_ahead(course, "tiny", options) == (Draw(1),)


def test_a_record_keeps_its_draw(ready: TinyCourse, made: list[Draw], monkeypatch: pytest.MonkeyPatch) -> None:
    ready.submit("ada", ready.solved())
    write_epoch(ready.root, "tiny", 3)
    grader = grader_of(ready)

    def fails(*_: Any) -> Any:
        raise RuntimeError("stop here")

    monkeypatch.setattr(pipeline, "run_submission", fails)
    record = grader.grade(ready.root / "submitted/ada/tiny/tiny.ipynb", "ada").record
    assert (record.status, record.epoch, record.index) == ("grader_fault", 3, 0)
    assert record.seed == grader.seed_of(record) == seeds.commitment(seeds.read_secret(ready.root), "1", Draw(3))
    write_completed_record(ready.course, record)
    assert completed_record(ready.course, "tiny", "ada") == record


# ------------------------------------------------------------------------------------------------------ broken off


def test_who_waited_when_a_run_was_broken_off_is_asked_what_he_would_have_been(
    ready: TinyCourse, made: list[Draw]
) -> None:
    for student in ("ada", "bob", "eve"):
        ready.submit(student, ready.solved())
    grader = grader_of(ready)
    grader.expect({student: read(ready, student).sha256 for student in ("ada", "bob", "eve")})
    graded(ready, grader, "ada")
    publish(ready, "ada")
    changed(ready, "eve")
    later = grader_of(ready)
    later.expect({student: read(ready, student).sha256 for student in ("bob", "eve")})
    assert (graded(ready, later, "bob").epoch, graded(ready, later, "eve").epoch) == (0, 1)


def test_one_who_is_graded_alone_does_not_make_the_others_forgotten(tmp_path: Path) -> None:
    first = {"ada": "a" * 64, "bob": "b" * 64}
    assert expect(tmp_path, "rnn", "rnn", first, 0) == {"ada": ("a" * 64, 0), "bob": ("b" * 64, 0)}
    assert expect(tmp_path, "rnn", "rnn", {"ada": "c" * 64}, 1)["ada"] == ("c" * 64, 1)
    assert expect(tmp_path, "rnn", "rnn", first, 2) == {"ada": ("a" * 64, 2), "bob": ("b" * 64, 0)}
    assert expect(tmp_path, "rnn", "other", first, 2)["bob"] == ("b" * 64, 2)


@pytest.mark.parametrize("damaged", [b"", b"{", b'{"ada": 3}', b"\xff", b'{"ada": ["x", "y"]}'])
def test_a_damaged_note_is_written_anew(tmp_path: Path, damaged: bytes) -> None:
    path = expected_path(tmp_path, "rnn", "rnn")
    expect(tmp_path, "rnn", "rnn", {"ada": "a"}, 0)
    path.write_bytes(damaged)
    assert expect(tmp_path, "rnn", "rnn", {"ada": "a"}, 3) == {"ada": ("a", 3)}
    assert expect(tmp_path, "rnn", "rnn", {"ada": "a"}, 4) == {"ada": ("a", 3)}
