from pathlib import Path

import pytest
from support.course_builder import alembic_once  # noqa: F401  pytest finds fixtures by what a conftest holds

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def base() -> dict:
    """A good submission of the sample class."""
    import json

    path = HERE.parent / "class" / "submitted" / "perfect" / "rnn" / "rnn.ipynb"
    return json.loads(path.read_text("utf-8"))
