"""The same submission and the same secret give the same record and the same notebook, byte for byte.

GATEBOOK_REPEATS says how often each is graded (`make repeats`: 100).
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from autograder.course.folder import open_course
from autograder.course.records import encode_record
from autograder.grading.pipeline import Graded, Grader, Options
from autograder.notebooks.autograded import autograded_notebook

ROOT = Path(__file__).parents[2]
REPEATS = int(os.environ.get("GATEBOOK_REPEATS", "8"))
STUDENTS = ("tensorflow_ops", "state_never_advanced", "star_for_product", "talkative")
TALK = """
import threading
class Thing: pass
print(Thing(), threading.Lock(), {"a", "b", "c", "d"}, hash("text"))
{"things": [Thing(), Thing]}
"""
RAISES = """
def rnn_step(x_t, h, kernel, recurrent_kernel, bias):
    raise TypeError(f"cannot use {Thing()} here")
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("same") / "course"
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name / "rnn", root / name / "rnn")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for student in STUDENTS[:-1]:
        shutil.copytree(ROOT / "tests/class/submitted" / student / "rnn", root / "submitted" / student / "rnn")
    notebook = json.loads((ROOT / "tests/class/submitted/perfect/rnn/rnn.ipynb").read_text("utf-8"))
    cells = notebook["cells"]
    at = next(k for k, cell in enumerate(cells) if cell["metadata"].get("nbgrader", {}).get("grade_id") == "rnn_step")
    cells[at]["source"] = RAISES
    cells.insert(at, cells[at] | {"id": "talk", "metadata": {}, "source": TALK})
    folder = root / "submitted" / STUDENTS[-1] / "rnn"
    folder.mkdir(parents=True)
    (folder / "rnn.ipynb").write_text(json.dumps(notebook), "utf-8")
    return root


def paths(root: Path) -> dict[str, Path]:
    return {student: root / "submitted" / student / "rnn" / "rnn.ipynb" for student in STUDENTS}


def content(grader: Grader, path: Path, graded: Graded) -> tuple[str, str]:
    """The record without stamps, and the notebook for `autograded/`."""
    record = dataclasses.replace(graded.record, started="", seconds={})
    notebook = autograded_notebook(
        path, graded.submission, grader.release, record=record, runs=graded.runs, cards=graded.cards
    )
    return encode_record(record).decode(), nbformat.writes(notebook)


def differences(one: str, other: str) -> list[str]:
    """The lines that differ."""
    found = difflib.unified_diff(other.splitlines(), one.splitlines(), n=0, lineterm="")
    return [line[:300] for line in found][:20]


@contextlib.contextmanager
def load() -> Iterator[None]:
    """Twice as many busy processes as there are cores."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(2 * len(os.sched_getaffinity(0)))
    ]  # fmt: skip
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def first(course: Path) -> dict[str, tuple[str, str]]:
    """What one grader gives, one submission at a time."""
    with Grader(open_course(course), "rnn", Options(workers=1)) as grader:
        return {student: content(grader, path, grader.grade(path, student)) for student, path in paths(course).items()}


def test_the_sample_says_something(first: dict[str, tuple[str, str]]) -> None:
    record, notebook = first["talkative"]
    assert "cannot use" in record
    assert "Thing object" in notebook
    assert "0x7" not in record + notebook


@pytest.mark.parametrize("workers", [1, 3])
def test_repeated(course: Path, first: dict[str, tuple[str, str]], workers: int) -> None:
    """By a fork server of its own, in another order each time, the later half under load."""
    order = list(paths(course).items())
    with Grader(open_course(course), "rnn", Options(workers=workers)) as grader:
        for round_ in range(-(-REPEATS // 2)):
            with load() if 2 * round_ >= REPEATS // 2 else contextlib.nullcontext():
                order = [*order[1:], order[0]] if round_ % 2 else order[::-1]
                for graded in grader.grade_class(dict(order)):
                    student = graded.record.student
                    for one, other in zip(content(grader, paths(course)[student], graded), first[student], strict=True):
                        assert one == other, "\n".join(differences(one, other))
