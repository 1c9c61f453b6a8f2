"""The worst mutants beside good submissions, in one class, through the real command."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from mutants import worst

from autograder.commands import grade as grading
from autograder.course.completed import completed_records
from autograder.course.folder import open_course
from autograder.model import Record

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
GOOD = ("perfect", "last_output_only", "state_never_advanced", "star_for_product")
PERFECT = ROOT / "tests/class/submitted/perfect/rnn/rnn.ipynb"
NO_TEXT = os.fsdecode(b"no\xfftext")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The course, and the exit code."""
    root = tmp_path_factory.mktemp("mutants") / "course"
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name / "rnn", root / name / "rnn")
    shutil.copy(ROOT / "nbgrader_config.py", root)

    def folder(student: str) -> Path:
        made = root / "submitted" / student / "rnn"
        made.mkdir(parents=True)
        return made

    for student in GOOD:
        shutil.copytree(ROOT / "tests/class/submitted" / student / "rnn", root / "submitted" / student / "rnn")
    for name, data in worst(json.loads(PERFECT.read_text("utf-8"))).items():
        (folder(f"mutant_{name}") / "rnn.ipynb").write_bytes(data)
    os.mkfifo(folder("fifo") / "rnn.ipynb")
    (folder("folder") / "rnn.ipynb").mkdir()
    (folder("zeros") / "rnn.ipynb").symlink_to("/dev/zero")
    folder("nothing")
    shutil.copy(PERFECT, folder("Ünïcode 张三") / "rnn.ipynb")
    shutil.copy(PERFECT, folder(NO_TEXT) / "rnn.ipynb")
    beside = folder("beside")
    shutil.copy(PERFECT, beside)
    os.mkfifo(beside / "pipe")
    (beside / "rnn.py").write_text("raise SystemExit")
    with (beside / "bomb.zip").open("wb") as file:
        file.truncate(2**31)
    return root, grading.grade(root, ("rnn",), cell_seconds=20.0)


@pytest.fixture(scope="module")
def records(graded: tuple[Path, int]) -> dict[str, Record]:
    return {record.student: record for record in completed_records(open_course(graded[0]))}


def test_everybody_is_graded(graded: tuple[Path, int], records: dict[str, Record]) -> None:
    """But for a folder whose name is no text, which the gradebook cannot hold: that is said, by the exit code too."""
    root, code = graded
    assert set(records) == {path.name for path in (root / "submitted").iterdir()} - {NO_TEXT}
    assert code == 1
    assert {record.status for record in records.values()} == {"graded", "unreadable"}
    index = (root / "reports/index.html").read_text("utf-8")
    for student in records:
        assert (root / "autograded" / student / "rnn" / "rnn.ipynb").is_file()
        assert (root / "feedback" / student / "rnn" / "rnn.html").is_file()
    assert "mutant_deep_list" in index


@pytest.mark.parametrize("student", GOOD)
def test_good_submissions_keep_their_grade(records: dict[str, Record], student: str) -> None:
    expected = json.loads((ROOT / f"tests/class/expected/{student}.rnn.json").read_text("utf-8"))
    assert (records[student].status, records[student].points) == (expected["status"], expected["points"])


@pytest.mark.parametrize("student", ["beside", "Ünïcode 张三", "mutant_bom", "mutant_utf16", "mutant_no_metadata",
                                     "mutant_one_cell_id", "mutant_points_huge", "mutant_version_99"])  # fmt: skip
def test_what_does_not_change_the_answers_costs_nothing(records: dict[str, Record], student: str) -> None:
    assert records[student].points == records["perfect"].points


def test_what_holds_no_answer_earns_nothing(records: dict[str, Record]) -> None:
    for student, record in records.items():
        if record.status == "unreadable" or student in ("fifo", "folder", "zeros", "nothing", "mutant_no_cell_at_all"):
            assert record.points == 0, student


def test_again_everything_is_kept(graded: tuple[Path, int], records: dict[str, Record]) -> None:
    root, _ = graded
    assert grading.grade(root, ("rnn",), cell_seconds=20.0) == 1
    again = {record.student: record for record in completed_records(open_course(root))}
    assert {who: record.started for who, record in again.items()} == {
        who: record.started for who, record in records.items()
    }
