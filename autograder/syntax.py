"""Reading Python that somebody else wrote: nothing here runs it, and nothing raises."""

from __future__ import annotations

import ast
import functools
import re
import symtable
import threading
import warnings
from collections.abc import Set

_ONE_AT_A_TIME = threading.Lock()
"""CPython 3.11 counts the nesting of all threads' trees in one place: two at once end in a SystemError."""

_LONG = 50_000
"""Characters above which a text is not worth the memory of remembering what was read in it."""

_LINE_MAGIC = re.compile(r"^(\s*)(?:[%!?]|\S+\?+\s*$)")
_BODY_IS_PYTHON = re.compile(r"^\s*%%(?:time|timeit|capture|prun)\b")


def parse(source: str) -> ast.Module | None:
    """The syntax tree, None where it is no Python. It is remembered, and not to be changed: a class shares most of its
    cells, and each is read for several ends."""
    return _remembered_tree(source) if len(source) <= _LONG else _tree(source)


def _tree(source: str) -> ast.Module | None:
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


_remembered_tree = functools.lru_cache(maxsize=256)(_tree)


def parse_cell(source: str) -> ast.Module | None:
    """The syntax tree of a cell, IPython's magics left out; None where it is no Python."""
    return parse(without_magics(source))


def without_magics(source: str) -> str:
    """The cell with lines of magics and shell commands emptied, numbered as before. Of a cell whose magic takes
    something else than Python nothing is left."""
    lines = source.splitlines()
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines and lines[first].lstrip().startswith("%%"):
        if not _BODY_IS_PYTHON.match(lines[first]):
            return ""
        lines[first] = ""
    return "\n".join(_LINE_MAGIC.sub(r"\1pass #", line) if _LINE_MAGIC.match(line) else line for line in lines)


def magics(source: str) -> list[tuple[int, str]]:
    """(line, text) of every magic and shell command."""
    return [
        (number, line.strip())
        for number, line in enumerate(source.splitlines(), 1)
        if line.lstrip().startswith("%%") or (_LINE_MAGIC.match(line) and not line.rstrip().endswith("?"))
    ]


def statements(source: str) -> list[tuple[int, str]]:
    """A cell cut into its top-level statements, (first line, source) each; one piece where it cannot be cut."""
    tree = parse_cell(source)
    if tree is None or not tree.body:
        return [(1, source)]
    lines = source.splitlines()
    starts: list[int] = []
    reached = 0
    for node in tree.body:
        decorators = [item.lineno for item in getattr(node, "decorator_list", ())]
        start = min([node.lineno, *decorators])
        if start > reached:  # else it stands on the line where the one before ends
            starts.append(start)
        reached = max(reached, node.end_lineno or node.lineno)
    starts[0] = 1
    ends = [start - 1 for start in starts[1:]] + [len(lines)]
    return [(start, "\n".join(lines[start - 1 : end])) for start, end in zip(starts, ends, strict=True)]


def defined_names(source: str) -> frozenset[str]:
    """Names that a cell defines at its top level."""
    return _symbols(source)[0]


def needed_names(source: str) -> frozenset[str]:
    """Names that a cell takes from elsewhere: used at the top level or globally in functions, and not its
    own."""
    defined, used = _symbols(source)
    return used - defined


def needed_part(source: str, needed: Set[str]) -> str:
    """The statements of a cell that define one of the needed names or deal with one, and what these need in turn. Of
    the others empty lines are left."""
    own = defined_names(source)
    wanted = set(needed & own)
    if not wanted:
        return ""
    pieces = [piece for _, piece in statements(source)]
    kept: set[int] = set()
    grown = True
    while grown:
        grown = False
        for place in reversed(range(len(pieces))):
            defined, used = _symbols(pieces[place])
            if place not in kept and (defined | used) & wanted:
                kept.add(place)
                wanted |= used & own
                grown = True
    return "\n".join(piece if place in kept else "\n" * piece.count("\n") for place, piece in enumerate(pieces))


def _symbols(source: str) -> tuple[frozenset[str], frozenset[str]]:
    return _remembered_symbols(source) if len(source) <= _LONG else _read_symbols(source)


def _read_symbols(source: str) -> tuple[frozenset[str], frozenset[str]]:
    try:
        table = symtable.symtable(without_magics(source), "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(), frozenset()
    defined = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    inner = list(table.get_children())
    while inner:
        scope = inner.pop()
        used |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global() and symbol.is_referenced()}
        inner += scope.get_children()
    return frozenset(defined), frozenset(used)


_remembered_symbols = functools.lru_cache(maxsize=1024)(_read_symbols)
