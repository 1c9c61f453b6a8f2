"""Lines for a person to look at: code that reaches into the interpreter or the grader, or that is made of text. They
take no points, and plain code has none."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from autograder.answering.protocol import Reached
from autograder.model import Sheet, Submission, Verdict
from autograder.notebooks import brought
from autograder.notebooks.demos import MOST_CODE, is_too_long
from autograder.syntax import RUNS_ITS_LINE, is_harmless, is_opaque, lines_of, magic_of, parse_cell, python_of

MAX_FLAGS = 20
MODULES = frozenset("ctypes _ctypes cffi bytecode forbiddenfruit gatebook_worker jaxlib marshal".split())
NAMES = frozenset(
    """
    CodeType FunctionType __closure__ _current_frames _getframe addaudithook ast_transformers cell_contents co_consts
    currentframe f_back getclosurevars
    f_builtins f_globals f_locals gatebook_worker get_objects get_referents get_referrers gi_frame
    input_transformers_post meta_path path_hooks setprofile settrace tb_frame user_ns
    """.split()
)
"""Attributes, and texts that are exactly this."""
MAKES_CODE = frozenset("eval exec compile run_cell run_code ex ev".split())
SHORT = frozenset(["ex", "ev"])
"""Methods of IPython's, and names that anybody may give."""
RUNS_OTHERS = frozenset(
    """
    load loadpy run rerun recall rep macro edit ed store writefile file script pypy logstart notebook exec
    python_script
    """.split()
)
"""Magics that run, or write, what stands elsewhere."""
EXTENSIONS = ("autoreload", "tensorboard", "google.colab.data_table", "line_profiler", "memory_profiler")
INTERNALS, CODE = "Reaches into Python or the grader", "Makes code from text"
UNREAD = "Runs or writes what no one has read"


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


def called(
    verdicts: Sequence[Verdict], reached: Mapping[str, Sequence[Reached]], sheets: Mapping[str, Sheet]
) -> tuple[str, ...]:
    """Right answers that are whole numbers, and during which a built-in was called that the exercise asks for: it
    computes something else then, but the shape of that is right.

    reached: lines that came to a built-in while an exercise was asked, by grade cell id. sheets: by exercise.
    """
    found = []
    for verdict in verdicts:
        lines = reached.get(verdict.cell_id, ())
        if verdict.points > 0 and lines and _asks_for_whole_numbers(sheets[verdict.exercise]):
            where = f": {lines[0].line[:200]}" if lines[0].line else ""
            found.append(f"{verdict.entry_point} is right, and calls {lines[0].built_in or 'a built-in'}{where}")
    return tuple(found[:MAX_FLAGS])


def _asks_for_whole_numbers(sheet: Sheet) -> bool:
    values = [part.value for case in sheet.cases for parts in case.expected for part in parts]
    return all(value.dtype.startswith(("int", "uint")) for value in values)


def _reaches_by_magic(name: str, argument: str) -> Iterator[str]:
    """What a magic is that was not translated: what it runs is not on its line, or cannot be read."""
    if name in RUNS_ITS_LINE:
        run = python_of(name, argument)
        yield from (said for _, said in _reaches(parse_cell(run))) if run is not None else (UNREAD,)
    elif name == "config" and not is_harmless(name, argument):
        yield UNREAD
    elif name in ("load_ext", "reload_ext") and argument.strip() not in EXTENSIONS:
        yield UNREAD
    elif name in RUNS_OTHERS and not (name in ("writefile", "file") and argument.strip().endswith(brought.DATA)):
        yield UNREAD


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
    nodes = list(ast.walk(tree)) if tree is not None else []
    asked = {id(part) for node in nodes for part in _asked_of(node)}
    imported = {
        name.asname or name.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module != "builtins"
        for name in node.names
    }
    for node in nodes:
        line = getattr(node, "lineno", 0)
        magic = magic_of(node)
        if magic is not None:
            yield from ((line, said) for said in _reaches_by_magic(*magic))
        elif isinstance(node, ast.BinOp) and _joined(node) in NAMES:
            yield line, INTERNALS
        elif isinstance(node, ast.Attribute) and node.attr == "modules" and ast.unparse(node.value) == "sys":
            if id(node) not in asked:
                yield line, INTERNALS
        elif isinstance(node, ast.Attribute) and node.attr in NAMES:
            yield line, INTERNALS
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in NAMES:
            yield line, INTERNALS
        elif isinstance(node, ast.Import) and any(name.name.partition(".")[0] in MODULES for name in node.names):
            yield line, INTERNALS
        elif isinstance(node, ast.ImportFrom):
            if (node.module or "").partition(".")[0] in MODULES or any(name.name in NAMES for name in node.names):
                yield line, INTERNALS
        elif isinstance(node, ast.Call):
            if _makes_code(node.func) and not (isinstance(node.func, ast.Name) and node.func.id in imported):
                yield line, CODE


def _makes_code(function: ast.expr) -> bool:
    """Whether calling this makes code of text; tables and patterns have an `eval` and a `compile` of their own."""
    if isinstance(function, ast.Name):
        return function.id in MAKES_CODE and function.id not in SHORT
    if not isinstance(function, ast.Attribute) or function.attr not in MAKES_CODE:
        return False
    return function.attr not in ("eval", "exec", "compile") or ast.unparse(function.value).strip("_") == "builtins"


def _asked_of(node: ast.AST) -> Iterator[ast.AST]:
    """`sys.modules`, where a notebook asks it where it is, what is there, or for itself."""
    if isinstance(node, ast.Compare):
        yield from node.comparators
    elif isinstance(node, ast.Subscript) and ast.unparse(node.slice) in ("__name__", "'__main__'"):
        yield node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        if node.args and isinstance(node.args[0], ast.Constant):
            yield node.func.value
