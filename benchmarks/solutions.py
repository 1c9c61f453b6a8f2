"""What the solution notebooks define. They are ours, and run in this process."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import nbformat


def defined_by(notebook: Path) -> dict[str, Any]:
    """The names that the cells of a solution define; nothing is checked, and no demonstration runs.

    It finds the earlier notebooks that it is built on from where it lies.
    """
    names: dict[str, Any] = {"__name__": "__main__", "display": lambda *shown: None}
    with contextlib.chdir(notebook.parent), contextlib.redirect_stdout(io.StringIO()):
        for cell in nbformat.read(notebook, 4).cells:
            marks = cell.metadata.get("nbgrader", {})
            is_check = marks.get("grade") and not marks.get("solution")
            if cell.cell_type == "code" and not is_check and "demo" not in cell.metadata.get("tags", ()):
                exec(compile(cell.source, cell.id, "exec"), names)
    return names
