"""Lines for a person to look at: code that reaches into the interpreter or the grader, or that is made of text. They
take no points, and plain code has none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder import brought
from autograder.demos import MOST_CODE, is_too_long
from autograder.model import Submission
from autograder.syntax import is_harmless, is_opaque, lines_of, magic_of, parse_cell, python_of

MAX_FLAGS = 20
MODULES = frozenset("ctypes _ctypes cffi bytecode forbiddenfruit gatebook_worker marshal".split())
NAMES = frozenset(
    """
    CodeType FunctionType _current_frames _getframe addaudithook ast_transformers co_consts currentframe f_back
    f_builtins f_globals f_locals gatebook_worker get_objects get_referents get_referrers gi_frame
    input_transformers_post meta_path path_hooks setprofile settrace tb_frame user_ns
    """.split()
)
"""Attributes, and texts that are exactly this."""
MAKES_CODE = frozenset("eval exec compile run_cell run_code ex ev".split())


def flags_of(submission: Submission) -> tuple[str, ...]:
    """What a person may want to look at, in words for the instructor."""
    if submission.unreadable:
        return ()
    found = [f"A file that was not read: {name}" for name in brought.unread(submission)]
    if is_too_long(submission.cells):
        return (*found, f"More than {MOST_CODE:,} characters of code, which were not read.")
    cells = [(cell.id, cell.source) for cell in submission.cells if cell.is_code and _is_own(cell)]
    for place, source in [*cells, *brought.modules_of(submission).items()]:
        if is_opaque(source):
            found.append(f"Code that cannot be read ({place})")
        lines = lines_of(source)
        for line, said in sorted(set(_reaches(parse_cell(source)))):
            text = lines[line - 1].strip()[:200] if line <= len(lines) else ""
            found.append(f"{said} ({place}, line {line}): {text}")
    return tuple(found[:MAX_FLAGS])


def _joined(node: ast.AST) -> str:
    """A text put together from pieces that stand there, `""` for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _joined(node.left), _joined(node.right)
        return left + right if left and right else ""
    return ""


def _is_own(cell: object) -> bool:
    return getattr(cell, "role", "") in ("solution", "student") and not getattr(cell, "unchanged", False)


def _reaches(tree: ast.Module | None) -> Iterator[tuple[int, str]]:
    internals, code = "Reaches into Python or the grader", "Makes code from text"
    for node in ast.walk(tree) if tree is not None else ():
        line = getattr(node, "lineno", 0)
        magic = magic_of(node)
        if magic is not None:
            run = python_of(*magic)
            if run is not None:
                yield from ((line, said) for _, said in _reaches(parse_cell(run)))
            elif not is_harmless(*magic):
                yield line, "Runs or writes what no one has read"
        elif isinstance(node, ast.BinOp) and _joined(node) in NAMES:
            yield line, internals
        elif isinstance(node, ast.Attribute) and node.attr == "modules" and ast.unparse(node.value) == "sys":
            yield line, internals
        elif isinstance(node, ast.Attribute) and node.attr in NAMES:
            yield line, internals
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in NAMES:
            yield line, internals
        elif isinstance(node, ast.Import) and any(name.name.partition(".")[0] in MODULES for name in node.names):
            yield line, internals
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").partition(".")[0] in MODULES or any(name.name in NAMES for name in node.names):
                yield line, internals
        elif isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in MAKES_CODE and not (called == "compile" and isinstance(node.func, ast.Attribute)):
                yield line, code
