"""What somebody wrote for an earlier assignment, read from its notebook: imports, definitions and constants.

Cells that draw or train are not run, and what cannot be defined is left out: an old notebook must not stop a new one.
"""

from __future__ import annotations

import ast
import functools
import json
import linecache
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_BYTES = 20 * 2**20
"""Of a notebook that is read, its pictures included."""
_DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


class EarlierError(LookupError):
    """There is nothing of this name in the notebook of the earlier assignment. The message says why.

    reason: `missing`, `unreadable` (then `detail` says more) or `unwritten`.
    """

    def __init__(self, message: str, reason: str = "missing", detail: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.detail = detail


def find(assignment: str, start: Path | None = None) -> Path | None:
    """The notebook of an earlier assignment: beside the present one, or in a folder of its own near it."""
    start = start or Path.cwd()
    name = f"{assignment}.ipynb"
    places = (start, start / assignment, *(parent / assignment for parent in [*start.parents][:3]))
    return next((place / name for place in places if (place / name).is_file()), None)


def own(assignment: str, name: str, instead: Any = None) -> Any:
    """What the notebook of an earlier assignment defines under this name.

    instead: what takes its place where there is none on a student's own machine; never while grading, where it is asked
        with a stand-in then.

    Returns:
        The function or class; where there is none, something that raises `EarlierError` when it is called.
    """
    try:
        return defined(assignment, name)
    except EarlierError as error:
        return missing(name, str(error))


def defined(assignment: str, name: str, start: Path | None = None) -> Any:
    """The function or class.

    Raises:
        EarlierError: there is no such notebook, it cannot be read, or it does not define the name.
    """
    path = find(assignment, start)
    if path is None:
        raise EarlierError(f"There is no notebook {assignment}.ipynb here to take `{name}` from.", "missing")
    found = _definitions(path, f"own_{assignment}", path.stat().st_mtime_ns)
    if name not in found:
        raise EarlierError(f"`{name}` is not written yet in {path.name}.", "unwritten")
    return found[name]


def missing(name: str, why: str) -> Any:
    """Something of this name that cannot be used."""

    def use(self: Any, *args: Any, **named: Any) -> None:
        raise EarlierError(why)

    return type(name, (), {"__init__": use})


@functools.lru_cache(maxsize=8)
def _definitions(path: Path, module_name: str, changed: int) -> dict[str, Any]:
    """What the cells define, but for what is only a stub. Made once for all names that are taken from one state of a
    notebook: two classes of it know each other."""
    module = types.ModuleType(module_name)
    sys.modules[module_name] = module  # Keras and pickle look classes up there
    names = vars(module)
    stubs: set[str] = set()
    for number, source in enumerate(_cells(path), 1):
        where = f"{path.name}, code cell {number}"
        linecache.cache[where] = (len(source), None, source.splitlines(keepends=True), where)
        for statement in _statements(source):
            defines = getattr(statement, "name", "")
            try:
                exec(compile(ast.Module([statement], []), where, "exec"), names)
            except Exception:
                continue
            if defines:
                (stubs.add if _is_a_stub(statement) else stubs.discard)(defines)
    return {name: value for name, value in names.items() if name not in stubs}


def _cells(path: Path) -> Iterator[str]:
    """The code cells that are answers, or may be needed by answers."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES} bytes")
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            metadata = cell.get("metadata", {})
            told = metadata.get("nbgrader", {})
            if cell["cell_type"] != "code" or "demo" in metadata.get("tags", ()):
                continue
            if not told.get("grade") or told.get("solution"):
                yield "".join(cell["source"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise EarlierError(f"{path.name} cannot be read as a notebook: {error}", "unreadable", str(error)) from None


def _statements(source: str) -> list[ast.stmt]:
    try:
        return [one for one in ast.parse(_without_magics(source)).body if isinstance(one, _DEFINES)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _without_magics(source: str) -> str:
    if not any(line.lstrip().startswith(("%", "!", "?")) or line.endswith("?") for line in source.splitlines()):
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(source)


def _is_a_stub(statement: ast.stmt) -> bool:
    """Whether a function, or a method of a class, does nothing yet but raise NotImplementedError."""
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _only_raises(node.body)
        for node in [statement, *getattr(statement, "body", ())]
    )


def _only_raises(body: list[ast.stmt]) -> bool:
    last = body[-1]
    if not isinstance(last, ast.Raise) or last.exc is None:
        return False
    kind = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
    return isinstance(kind, ast.Name) and kind.id == "NotImplementedError"
