import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "nbgrader"))

settings.register_profile(
    "mutations", derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("mutations")


@pytest.fixture(scope="session")
def base() -> dict:
    """A good submission of the sample class."""
    import json

    path = HERE.parent / "class" / "submitted" / "perfect" / "rnn" / "rnn.ipynb"
    return json.loads(path.read_text("utf-8"))
