"""Gatebook's autograder. Students need two names of it:

from autograder import check, own
check("forget_gate", forget_gate)
LSTMCell = own("lstm", "LSTMCell", instead=keras.layers.LSTMCell)  # what they wrote in an earlier notebook
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograder.quiet import quiet_tensorflow

if TYPE_CHECKING:
    from autograder.student.checking import check
    from autograder.student.earlier import own

__all__ = ["check", "own"]
__version__ = "0.1.0"

quiet_tensorflow()


def __getattr__(name: str) -> Any:
    if name == "check":
        from autograder.student.checking import check

        return check
    if name == "own":
        from autograder.student.earlier import own

        return own
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
