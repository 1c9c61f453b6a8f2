"""Courses for tests: released, and graded by nobody yet."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .course_builder import TinyCourse


@pytest.fixture(scope="session")
def shared_course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    """A released course with a gradebook, for tests that only read: making a gradebook costs a second."""
    course = TinyCourse(tmp_path_factory.mktemp("shared") / "course")
    course.ready()
    return course


@pytest.fixture
def ready(shared_course: TinyCourse, tmp_path: Path) -> TinyCourse:
    """A released course with a gradebook that knows the assignment."""
    shutil.copytree(shared_course.root, tmp_path / "course")
    return TinyCourse(tmp_path / "course")


@pytest.fixture
def tiny(ready: TinyCourse) -> TinyCourse:
    """A released course without a gradebook."""
    (ready.root / "gradebook.db").unlink()
    return ready
