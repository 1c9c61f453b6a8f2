"""Somebody ends the fork server or a worker in the middle of a class: nobody's grade suffers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

import kills
import pytest

from autograder.commands import grade as grading
from autograder.course.completed import completed_records
from autograder.course.folder import open_course
from autograder.running.host import Zygote

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> kills.Course:
    course = kills.make_course(tmp_path_factory.mktemp("zygote") / "course")
    course.submit(kills.AGAIN)
    assert grading.grade(course.root, ("rnn",), feedback=False) == 0
    return course


def _points(course: kills.Course) -> dict[str, float]:
    return {record.student: record.points for record in completed_records(open_course(course.root))}


def _processes_below(pid: int) -> list[int]:
    """The descendants of a process, children first."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                stat = Path("/proc", name, "stat").read_text()
            except OSError:
                continue
            parents[int(name)] = int(stat.rpartition(")")[2].split()[1])
    found, new = [], [pid]
    while new:
        new = [child for child, parent in parents.items() if parent in new]
        found += new
    return found


@pytest.mark.parametrize("whom", ["fork server", "worker"])
def test_killed_in_the_middle(graded: kills.Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whom: str) -> None:
    expected = _points(graded)
    course = graded.copy(tmp_path / "course")
    for folder in (".gatebook/records", "autograded"):
        shutil.rmtree(course.root / folder)
    (course.root / "gradebook.db").unlink()
    spawn = Zygote.spawn
    killed: list[int] = []

    def kill_soon(process: int) -> None:
        time.sleep(0.6)
        below = _processes_below(process)
        victim = process if whom == "fork server" else below[-1]
        killed.append(victim)
        if whom == "fork server":
            os.killpg(process, signal.SIGKILL)
        else:
            os.kill(victim, signal.SIGKILL)

    def spawn_and_kill(self: Zygote, *args: Any) -> Any:
        worker = spawn(self, *args)
        if not killed:
            killed.append(0)
            assert self._life is not None
            threading.Thread(target=kill_soon, args=[self._life.process.pid]).start()
        return worker

    with monkeypatch.context() as patch:
        patch.setattr(Zygote, "spawn", spawn_and_kill)
        first = grading.grade(course.root, ("rnn",), feedback=False)
    assert killed[1:], "nothing was killed"
    assert first in (0, 1)
    if first:
        assert grading.grade(course.root, ("rnn",), feedback=False) == 0
    assert _points(course) == expected
    for student in expected:
        notebook = json.loads((course.root / f"autograded/{student}/rnn/rnn.ipynb").read_bytes())
        assert notebook["metadata"]["gatebook"]["points"] == expected[student]
