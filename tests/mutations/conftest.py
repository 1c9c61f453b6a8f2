import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "nbgrader"))

from course_builder import alembic_once  # noqa: E402, F401  pytest finds fixtures by what a conftest holds


@pytest.fixture(scope="session")
def base() -> dict:
    """A good submission of the sample class."""
    import json

    path = HERE.parent / "class" / "submitted" / "perfect" / "rnn" / "rnn.ipynb"
    return json.loads(path.read_text("utf-8"))
