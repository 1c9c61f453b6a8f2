from pathlib import Path

import pytest
from course_builder import TinyCourse


@pytest.fixture(scope="session")
def shared_course(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    """A released course for tests that only read."""
    return TinyCourse(tmp_path_factory.mktemp("course"))


@pytest.fixture
def tiny(tmp_path: Path) -> TinyCourse:
    return TinyCourse(tmp_path / "course")
