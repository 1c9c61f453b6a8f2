"""`autograder grade` with a grader that gives everybody the same points, without TensorFlow and workers.

python tests/faults/fake_grade.py COURSE [--pause SECONDS] [ASSIGNMENT...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from unittest import mock

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support.course_builder import fake_result  # noqa: E402

from autograder.commands import grade as grading  # noqa: E402
from autograder.course import draws  # noqa: E402
from autograder.grading.pipeline import Graded  # noqa: E402
from autograder.model import Record, Submission  # noqa: E402
from autograder.notebooks.submission import hash_of, read_submission  # noqa: E402

POINTS = {"double": 2.0, "square": 1.25, "total": 0.5}


class FakeGrader:
    """Stands for `autograder.grading.pipeline.Grader`. graded: whom it has graded."""

    pause = 0.0
    graded: tuple[str, ...] = ()

    def __init__(
        self,
        course: Any,
        assignment: str,
        options: Any = None,
        zygote: Any = None,
        maker: Any = None,
        *,
        notebook: str | None = None,
    ) -> None:
        self.course = course
        self.assignment = assignment
        self.release = course.release(assignment, notebook)
        self.versions = {"sheets": "1"}

    def __enter__(self) -> FakeGrader:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def start(self) -> None:
        pass

    def seed_of(self, record: Record) -> str:
        return "seed"

    def read_or_fault(self, path: Path, student: str) -> tuple[Submission, None]:
        return read_submission(path, student, self.release), None

    def hash_of(self, path: Path) -> str:
        return hash_of(path)

    def expect(self, handed_in: Mapping[str, str]) -> None:
        draws.expect(self.course.root, self.assignment, self.release.notebook, handed_in, 0)

    def grade_class(self, submissions: Mapping[str, Path]) -> Iterator[Graded]:
        for student, path in submissions.items():
            time.sleep(self.pause)
            submission, _ = self.read_or_fault(path, student)
            points = {} if submission.unreadable else POINTS
            record, runs, cards = fake_result(submission, points, status="error" if not points else "partial")
            FakeGrader.graded += (student,)
            yield Graded(submission, record, runs, cards)


class Idle:
    """Stands for the host of workers and for `SheetMaker`: this grader runs and asks nothing."""

    def __init__(self, *settings: object) -> None:
        pass

    def workers(self, wanted: int | None) -> int:
        return 1

    def start(self) -> None:
        pass

    def make(self, *wanted: object) -> Future[None]:
        made: Future[None] = Future()
        made.set_result(None)
        return made

    def close(self) -> None:
        pass


STAND_INS = {"Grader": FakeGrader, "_host": Idle, "SheetMaker": Idle}
"""What `autograder.commands.grade` has instead."""


def main(arguments: list[str]) -> int:
    course = Path(arguments.pop(0))
    if arguments[:1] == ["--pause"]:
        FakeGrader.pause = float(arguments[1])
        del arguments[:2]
    with mock.patch.multiple(grading, **STAND_INS):
        return grading.grade(course, tuple(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
