"""Problems out of exceptions that the libraries really raise."""

from __future__ import annotations

import numpy as np

from autograder.answering.protocol import Problem


def raised(code: str) -> Problem:
    """The problem of running a piece of Python."""
    try:
        exec(code, {"np": np})
    except Exception as error:
        return Problem("exception", type(error).__name__, str(error))
    raise AssertionError("the code was to fail")
