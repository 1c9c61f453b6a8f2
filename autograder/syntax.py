"""Reading Python that somebody else wrote: nothing here runs it, and nothing raises."""

from __future__ import annotations

import ast
import functools
import re
import symtable
import textwrap
import threading
import tokenize
import warnings
from collections.abc import Iterator, Sequence, Set
from typing import Any, Literal, NamedTuple

_ONE_AT_A_TIME = threading.Lock()
"""CPython 3.11 counts the nesting of all threads' trees in one place: two at once end in a SystemError."""

_LONG = 50_000
"""Characters above which a text is not worth the memory of remembering what was read in it."""
LONGEST_WITH_MAGICS = 30_000
"""Characters of a cell that are translated; a tokenizer in Python needs some microseconds for each."""
_LONGEST_WITH_NAMES = 150_000
"""Characters of a cell whose names are told apart; of a longer one every word counts as a name that it needs."""
_WORD = re.compile(r"[^\W\d]\w*")
_BOUND = re.compile(r"^(?:def |class )?([^\W\d]\w*)(?=[ (:=])", re.MULTILINE)
_MOST_MAGICS = 500
"""As many as IPython translates in one cell; then it gives up."""
_DEEPEST = 4
"""Magics within magics."""
TOO_LONG = "# too long to be read"

_SPECIAL = re.compile(r"=[\s\\]*[%!]|>>>|In \[\d|\.\.\.:|[\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Magics within a line, prompts that IPython takes away, and ends of lines that Python does not know."""
_STARTS = ("%", "!", "?", ",", ";", "/")
_BODY_IS_PYTHON = frozenset({"time", "timeit", "capture", "prun"})
RUNS_ITS_LINE = {"time": "", "timeit": "nrpv", "prun": "lsTD"}
"""Magics whose line is Python, and their options that take a value."""
_HELP = frozenset({"pinfo", "pinfo2", "psearch"})
_SETTING = re.compile(r"\s*[A-Za-z]\w*(?:\.\w+(?:\s*=(?P<value>[^=].*))?)?\s*")


class Translation(NamedTuple):
    """A cell as Python, every statement in the line where it stood. ended: `done`; `wrong`: neither IPython nor Python
    make anything of it, so that it cannot run; `unread`: it was too much, and what it does is not known."""

    text: str
    ended: Literal["done", "wrong", "unread"]


def lines_of(source: str) -> list[str]:
    """The lines as Python counts them, which knows fewer ends of lines than `str.splitlines`."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def parse(source: str) -> ast.Module | None:
    """The syntax tree, None where it is no Python. It is remembered, and not to be changed: a class shares most of its
    cells, and each is read for several ends."""
    return _parsed(source)[0]


def tree_of(source: str | bytes, mode: str = "exec") -> Any:
    """What `ast.parse` gives, and raises; whatever has more than one thread asks here."""
    with _ONE_AT_A_TIME:
        return ast.parse(source, mode=mode)


def _parsed(source: str) -> tuple[ast.Module | None, bool]:
    return _remembered_tree(source) if len(source) <= _LONG else _last_tree(source)


def _tree(source: str) -> tuple[ast.Module | None, bool]:
    """The tree, and whether another Python, one with more room for nesting, might find one."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source), False
        except (RecursionError, MemoryError):
            return None, True
        except (SyntaxError, ValueError):
            return None, "<>" in source  # which is Python for those who import it


_remembered_tree = functools.lru_cache(maxsize=256)(_tree)
_last_tree = functools.lru_cache(maxsize=2)(_tree)


def parse_cell(source: str) -> ast.Module | None:
    """The syntax tree of a cell as IPython runs it; None where it is no Python. Statements that magics run stand in
    their place, magics that do nothing to a program are left out, and all others are calls of `get_ipython()`."""
    told = translated(source)
    return parse(told.text) if told.ended == "done" else None


def is_opaque(source: str) -> bool:
    """Whether a cell may run and yet cannot be read."""
    told = translated(source)
    return told.ended == "unread" or (told.ended == "done" and _parsed(told.text)[1])


def without_magics(source: str) -> str:
    """The cell as Python, numbered as before; as it stands where it cannot be translated."""
    told = translated(source)
    return told.text if told.ended == "done" else source


def translated(source: str) -> Translation:
    """A cell in the words of Python: what IPython makes of it, and the statements that its magics run."""
    return _remembered_translation(source) if len(source) <= _LONG else _last_translation(source)


def _translation(source: str, depth: int = 0) -> Translation:
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if not has_magics(source):
        return Translation(_dedented(source), "done")
    if len(source) > LONGEST_WITH_MAGICS or depth > _DEEPEST:
        return Translation(TOO_LONG, "unread")
    if ">>>" in source and len(source) * (source.count('"""') + source.count("'''")) > 500_000:
        return Translation(TOO_LONG, "unread")  # IPython looks at the whole line for each of them
    try:
        return Translation(_Translator(depth).cell(source), "done")
    except _TooMuch:
        return Translation(TOO_LONG, "unread")
    except Exception:
        return Translation("", "wrong" if _stops_ipython(source) else "unread")


_remembered_translation = functools.lru_cache(maxsize=1024)(_translation)
_last_translation = functools.lru_cache(maxsize=4)(_translation)


def _stops_ipython(source: str) -> bool:
    """Whether IPython itself raises for a cell, and so runs nothing of it."""
    from IPython.core.inputtransformer2 import TransformerManager

    if len(source) * sum(map(source.count, "%!?,;/")) > 200_000:
        return False
    try:
        TransformerManager().transform_cell(source)
    except Exception:
        return True
    return False


def has_magics(source: str) -> bool:
    """Whether IPython might see more than Python in it. Cheap, and true for some texts that are nothing but Python."""
    blank = source[: len(source) - len(source.lstrip())]
    return bool(_SPECIAL.search(source) or blank.strip(" \t\n")) or any(
        line.startswith(_STARTS) or line.endswith("?") for line in map(str.strip, source.splitlines())
    )


def _dedented(source: str) -> str:
    first = next((line for line in source.split("\n") if line.strip()), "")
    return textwrap.dedent(source) if first[:1] in (" ", "\t") else source


class _TooMuch(Exception):
    pass


class _Translator:
    """IPython's transformers in their order, on a cell whose lines keep their numbers.

    IPython reads the whole cell again after each magic. Here it is read on from the magic, in the same indentation, so
    that many of them take no longer than the cell is long."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def cell(self, source: str) -> str:
        from IPython.core import inputtransformer2 as ipython

        if not source.endswith("\n"):
            source += "\n"
        lines = source.splitlines(keepends=True)
        for step in (
            ipython.leading_empty_lines, ipython.leading_indent, ipython.classic_prompt, ipython.ipython_prompt
        ):  # fmt: skip
            lines = step(lines)
        before = "\n" * (source.count("\n") - "".join(lines).count("\n"))
        if lines and lines[0].startswith("%%") and not re.match(r"%%\w+\?", lines[0]):
            text = before + self._cell_magic(lines)
        else:
            text = before + "".join(self._token_steps(lines))
        if text.count("\n") != source.count("\n"):
            raise _TooMuch  # IPython ended a magic where Python sees no end of a line
        return text

    def _cell_magic(self, lines: list[str]) -> str:
        from IPython.core.inputtransformer2 import cell_magic

        name, _, argument = lines[0][2:].rstrip().partition(" ")
        body = "".join(lines[1:])
        if name in _BODY_IS_PYTHON:
            first: str | None
            if name == "capture":
                words = re.fullmatch(r"(?:\s*--?[\w-]+)*\s*([A-Za-z_]\w*)?(?:\s*--?[\w-]+)*\s*", argument[:200])
                first = None if words is None else f"{words.group(1)} = None" if words.group(1) else ""
            else:
                first = self._statement(name, argument)
            if first is not None:
                inner = _translation(body, self.depth + 1)
                if inner.ended == "unread":
                    raise _TooMuch
                if inner.ended == "wrong":
                    raise SyntaxError
                return f"{first}\n{inner.text}"
        return "".join(cell_magic(lines)) + "\n" * (body.count("\n"))

    def _token_steps(self, lines: list[str]) -> list[str]:
        from IPython.core import inputtransformer2 as ipython

        steps = (ipython.MagicAssign, ipython.SystemAssign, ipython.EscapedCommand, ipython.HelpEnd)
        room = 3 * sum(map(len, lines)) + 500
        row = 0
        indents: tuple[str, ...] = ("",)
        for _ in range(_MOST_MAGICS):
            reading = _Tokens(lines, row, indents, room)
            for group in reading.groups():
                found = [step.find([group]) for step in steps]
                made = self._step(lines, sorted(filter(None, found), key=lambda one: one.sortby()), reading.shift)
                if made is not None:
                    lines, row = made
                    indents = reading.before
                    break
            else:
                return lines
            room = reading.room
        raise RuntimeError("as IPython says")

    def _step(self, lines: list[str], found: Sequence[Any], shift: int) -> tuple[list[str], int] | None:
        """The lines after the first transformation that works, and where it was made."""
        for one in found:
            one.start_line += shift
            if hasattr(one, "q_line"):
                one.q_line += shift
            try:
                after = one.transform(lines)
            except SyntaxError:
                continue
            row = one.start_line
            gone = lines[row : row + len(lines) - len(after) + 1]
            line = self._plain(after[row], one.start_col)
            padding = ["\n"] * ("".join(gone).count("\n") - line.count("\n"))
            return [*after[:row], line, *padding, *after[row + 1 :]], row
        return None

    def _plain(self, line: str, column: int) -> str:
        """A call that IPython made of a magic: what it runs, or nothing, or the call as it is."""
        head, call = line[:column], line[column:]
        tree = parse(call)
        if tree is None or len(tree.body) != 1:
            return line
        magic = magic_of(tree.body[0])
        if magic is None:
            return line
        name, argument = magic
        if head.strip():  # a value is wanted
            return line
        if name in RUNS_ITS_LINE:
            statement = self._statement(name, argument)
            return line if statement is None else f"{head}{statement or 'pass'}\n"
        return f"{head}pass\n" if is_harmless(name, argument) else line

    def _statement(self, name: str, argument: str) -> str | None:
        """The Python in the line of such a magic, None where it is none."""
        return python_of(name, argument, self.depth)


class _Tokens:
    """The tokens from a row on, by logical lines as IPython groups them, within what indents there are."""

    def __init__(self, lines: list[str], row: int, indents: tuple[str, ...], room: int) -> None:
        self._prefix = [f"{indent}if 1:\n" for indent in indents[:-1]]
        if self._prefix:
            self._prefix.append(f"{indents[-1]}pass\n")
        self._lines = lines
        self._row = row
        self._indents = list(indents)
        self.before = indents
        """The indents before the group that came last."""
        self.shift = row - len(self._prefix)
        self.room = room

    def groups(self) -> Iterator[list[tokenize.TokenInfo]]:
        from IPython.utils import tokenutil

        group: list[tokenize.TokenInfo] = []
        depth = 0
        self._indents = [""]
        self.before = ("",)
        try:
            for token in tokenutil.generate_tokens_catch_errors(
                self._read().__next__, extra_errors_to_catch=["expected EOF"]
            ):
                if token.type == tokenize.INDENT:
                    self._indents.append(token.string)
                elif token.type == tokenize.DEDENT:
                    self._indents.pop()
                group.append(token)
                if token.type == tokenize.NEWLINE or (token.type == tokenize.NL and depth <= 0):
                    if token.start[0] > len(self._prefix):
                        yield group
                    group = []
                    self.before = tuple(self._indents)
                elif token.type == tokenize.OP and token.string in "([{":
                    depth += 1
                elif token.type == tokenize.OP and token.string in ")]}":
                    depth = max(depth - 1, 0)
        except tokenize.TokenError:
            pass
        if group and group[-1].start[0] > len(self._prefix):
            yield group

    def _read(self) -> Iterator[str]:
        yield from self._prefix
        for line in self._lines[self._row :]:
            self.room -= len(line)
            if self.room < 0:
                raise _TooMuch
            yield line


def magic_of(node: ast.AST) -> tuple[str, str] | None:
    """(name, line) of a call of a magic with written-out arguments."""
    call = node.value if isinstance(node, ast.Expr) else node
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("run_line_magic", "run_cell_magic")
        and len(call.args) >= 2
        and not call.keywords
    ):
        written = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if len(written) == len(call.args):
            return written[0], written[1]
    return None


def is_harmless(name: str, argument: str) -> bool:
    """Whether a line magic does nothing to a program and runs nothing: plots, settings, help."""
    argument = argument[:500]
    if name in _HELP:
        return re.fullmatch(r"[\w.*\[\]%\s-]*", argument) is not None
    if name in ("matplotlib", "precision"):
        return re.fullmatch(r"[\w.%\s-]*", argument) is not None
    if name == "config":
        setting = _SETTING.fullmatch(argument)
        if setting is None:
            return False
        return setting["value"] is None or _is_literal(setting["value"])
    return False


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(tree_of(text.strip(), "eval"))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def python_of(name: str, argument: str, depth: int = 0) -> str | None:
    """The statements that a magic runs which are on its line, as one line; None where they are no Python."""
    rest = argument.strip()
    while option := re.match(r"--?([A-Za-z][\w-]*)(\s+|$)", rest):
        rest = rest[option.end() :]
        if len(option[1]) == 1 and option[1] in RUNS_ITS_LINE[name]:
            rest = rest.partition(" ")[2].strip()
    inner = _translation(rest, depth + 1)
    text = inner.text.rstrip("\n")
    if inner.ended != "done" or "\n" in text or parse(text) is None:
        return None
    return text


def statements(source: str) -> list[tuple[int, str]]:
    """A cell cut into its top-level statements, (first line, source) each; one piece where it cannot be cut."""
    tree = parse_cell(source)
    if tree is None or not tree.body:
        return [(1, source)]
    lines = lines_of(source)
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
    return _symbols(source).defined


def needed_names(source: str) -> frozenset[str]:
    """Names that a cell takes from elsewhere: used at the top level or globally in functions, and not its
    own."""
    names = _symbols(source)
    return names.used - names.defined


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
            names = _symbols(pieces[place])
            if place not in kept and (names.defined | names.used) & wanted:
                kept.add(place)
                wanted |= names.used & own
                grown = True
    return "\n".join(piece if place in kept else "\n" * piece.count("\n") for place, piece in enumerate(pieces))


class _Names(NamedTuple):
    defined: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()


def _symbols(source: str) -> _Names:
    return _remembered_symbols(source) if len(source) <= _LONG else _last_symbols(source)


def _read_symbols(source: str) -> _Names:
    if len(source) > _LONGEST_WITH_NAMES:
        return _Names(frozenset(_BOUND.findall(source)), frozenset(_WORD.findall(source)))
    try:
        table = symtable.symtable(translated(source).text, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _Names()
    top = _symbols_of(table)
    defined = {symbol.get_name() for symbol in top if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in top if symbol.is_referenced()}
    inner = list(table.get_children())
    while inner:
        scope = inner.pop()
        used |= {symbol.get_name() for symbol in _symbols_of(scope) if symbol.is_global() and symbol.is_referenced()}
        inner += scope.get_children()
    return _Names(frozenset(defined), frozenset(used))


def _symbols_of(table: Any) -> list[symtable.Symbol]:
    """As `get_symbols`, which looks through all functions of a scope for each of its names."""
    return [symtable.Symbol(name, flags) for name, flags in table._table.symbols.items()]


_remembered_symbols = functools.lru_cache(maxsize=2048)(_read_symbols)
_last_symbols = functools.lru_cache(maxsize=4)(_read_symbols)
