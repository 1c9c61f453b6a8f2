"""Grading what is built on an earlier notebook that is missing: all points, and no TensorFlow in this process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from autograder.course.completed import completed_record
from autograder.course.folder import open_course

ROOT = Path(__file__).parents[2]
GRADE = """
import sys
from pathlib import Path
from autograder.commands import grade
assert grade.grade(Path(sys.argv[1]), ("sentiment",), workers=1) == 0
print("imported:", sorted({"tensorflow", "keras"} & set(sys.modules)))
"""


def test_a_missing_earlier_notebook_costs_nothing_and_imports_nothing(tmp_path: Path) -> None:
    for folder in ("solutions", "assignments"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copytree(ROOT / "tests/class/more/only_this_one/sentiment", tmp_path / "submitted/ada/sentiment")
    done = subprocess.run(
        [sys.executable, "-c", GRADE, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "imported: []" in done.stdout
    record = completed_record(open_course(tmp_path), "sentiment", "ada")
    assert record is not None
    assert (record.points, record.max_points) == (25, 25)
    assert {verdict.exercise: verdict.earlier for verdict in record.verdicts} == {
        "pad_sentences": (), "last_state": (), "masked_lstm": ("lstm",), "sentiment_model": ("lstm",)
    }  # fmt: skip
