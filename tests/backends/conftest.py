"""What is tried here needs JAX and PyTorch: `make as-backends` runs it in an environment that has them."""

import importlib.util

import pytest


@pytest.fixture(scope="session", autouse=True)
def frameworks() -> None:
    """A backend that is not there has not been tried."""
    missing = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.fail(f"{', '.join(missing)} cannot be imported here; run `make as-backends`.")
