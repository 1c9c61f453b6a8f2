"""Gatebook's autograder. Students need one name of it:

from autograder import check
check("forget_gate", forget_gate)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograder.quiet import quiet_tensorflow

if TYPE_CHECKING:
    from autograder.student.checking import check

__all__ = ["check"]
__version__ = "0.1.0"

quiet_tensorflow()


def __getattr__(name: str) -> Any:
    if name == "check":
        from autograder.student.checking import check

        return check
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
