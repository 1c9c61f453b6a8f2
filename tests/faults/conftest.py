import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

# pytest finds fixtures by what a conftest holds
from support.course_builder import STUDENTS, TinyCourse, alembic_once  # noqa: E402, F401


@pytest.fixture(scope="session")
def shared_class(tmp_path_factory: pytest.TempPathFactory) -> TinyCourse:
    tiny = TinyCourse(tmp_path_factory.mktemp("shared") / "course")
    tiny.ready()
    for student in STUDENTS:
        tiny.submit(student, tiny.solved())
    return tiny


@pytest.fixture
def tiny(shared_class: TinyCourse, tmp_path: Path) -> TinyCourse:
    """A class of five that nobody has graded."""
    shutil.copytree(shared_class.root, tmp_path / "course")
    return TinyCourse(tmp_path / "course")
