"""Put an exception into words: what was raised, in which of the student's own lines, and what they read there.

Like `answers`, this runs beside the student's code and imports nothing of the package but its own room.
"""

from __future__ import annotations

import ast
import contextlib
import linecache
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .protocol import CallLine, Problem

MAX_TEXT = 2000
MAX_CALLERS = 2
MAX_SHAPES = 6


def is_student_frame(frame: types.FrameType, namespace: Mapping[str, Any]) -> bool:
    """Whether a frame runs code of a notebook cell."""
    name = frame.f_code.co_filename
    return frame.f_globals is namespace or "ipykernel_" in name or name.startswith("<ipython-input")


def describe(error: BaseException, namespace: Mapping[str, Any]) -> Problem:
    """Put an exception into words: its type and message, and where in the student's own code it came from."""
    steps = [_Step(trace.tb_frame, trace.tb_lineno, trace.tb_lasti) for trace in _traces(error.__traceback__)]
    own = [step for step in steps if is_student_frame(step.frame, namespace)]
    raised = own[-1] if own else None
    line = raised.line if raised is not None else ""
    if isinstance(error, SyntaxError) and not line:
        line = str(error.text or "").strip()[:MAX_TEXT]
    message = message_of(error)
    lines = [f"line {step.number}, in {step.function}\n    {step.line}" for step in own]
    if len(lines) > 12:
        lines = [*lines[:4], f"... {len(lines) - 8} more calls ...", *lines[-4:]]
    name = type(error).__name__
    unfinished = isinstance(error, NotImplementedError) and (not steps or (bool(own) and steps[-1] is own[-1]))
    kind = "not_implemented" if unfinished else "exception"
    return Problem(
        kind=kind,
        type=name,
        message=message,
        traceback="\n".join([*lines, f"{name}: {message}"])[: 4 * MAX_TEXT],
        line=line,
        raised_in=raised.function if raised is not None else "",
        shapes=raised.shapes() if raised is not None else (),
        piece=raised.piece() if raised is not None else "",
        callers=tuple(CallLine(step.line, step.function, step.shapes()) for step in _callers(own)),
    )


def message_of(error: BaseException) -> str:
    """The text of an exception, cut; an exception that cannot even say what it is gets a text of ours."""
    try:
        return plain_text(str(error))[:MAX_TEXT]
    except Exception:
        return "(the exception's own message could not be made)"


def plain_text(text: str) -> str:
    """The text with what UTF-8 cannot hold replaced."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _traces(trace: types.TracebackType | None) -> Iterator[types.TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


@dataclass(frozen=True)
class _Step:
    """One call on the way to where an exception was raised."""

    frame: types.FrameType
    number: int
    at: int
    """Index of the instruction that ran."""

    @property
    def function(self) -> str:
        return self.frame.f_code.co_qualname

    @property
    def line(self) -> str:
        return self._lines(self.number, self.number).strip()[:MAX_TEXT]

    def piece(self) -> str:
        """The expression that was being computed, where it is a part of the line or goes on below it."""
        with contextlib.suppress(Exception):
            first, last, start, end = list(self.frame.f_code.co_positions())[self.at // 2]
            if first is not None and last is not None and start is not None and end is not None:
                lines = [self._lines(number, number) for number in range(first, last + 1)]
                lines[-1] = lines[-1].encode()[:end].decode()
                lines[0] = lines[0].encode()[start:].decode()
                return " ".join(" ".join(lines).split())[:MAX_TEXT]
        return ""

    def shapes(self) -> tuple[tuple[str, str], ...]:
        """What the line reads that has a shape, by how it stands there; what was being computed comes first."""
        found: dict[str, str] = {}
        for source in (self.piece(), self.line):
            for expression in _expressions(source):
                text = ast.unparse(expression)[:80]
                if len(found) < MAX_SHAPES and text not in found:
                    with contextlib.suppress(Exception):
                        found[text] = _shape_of(self._value(expression))
        return tuple(found.items())

    def _lines(self, first: int, last: int) -> str:
        name = self.frame.f_code.co_filename
        return "".join(linecache.getline(name, number) for number in range(first, last + 1))

    def _value(self, node: ast.AST) -> Any:
        """The value of a name, an attribute, or a part of an array: nothing else is computed again.

        Raises:
            LookupError, AttributeError, TypeError, ValueError: it has none, or is something else.
        """
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name):
                return self.frame.f_locals[name] if name in self.frame.f_locals else self.frame.f_globals[name]
            case ast.Attribute(value, name):
                return getattr(self._value(value), name)
            case ast.Subscript(value, index):
                array = self._value(value)
                if not _is_array(array):
                    raise TypeError
                return array[self._value(index)]
            case ast.Tuple(items):
                return tuple(self._value(item) for item in items)
            case ast.Slice(start, stop, step):
                return slice(*(None if bound is None else self._value(bound) for bound in (start, stop, step)))
            case ast.UnaryOp(ast.USub(), operand):
                return -self._number(operand)
            case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() as operator, right):
                one, other = self._number(left), self._number(right)
                if isinstance(operator, ast.Mult):
                    return one * other
                return one + other if isinstance(operator, ast.Add) else one - other
        raise ValueError

    def _number(self, node: ast.AST) -> int:
        number = self._value(node)
        if type(number) is not int or abs(number) > 10**9:
            raise TypeError
        return number


def _callers(own: list[_Step]) -> list[_Step]:
    """The student's calls that led to the last one, the nearest last; the cell itself and a function that calls
    itself tell nothing."""
    names = {own[-1].function} if own else set()
    found: list[_Step] = []
    for step in reversed(own[:-1]):
        if step.function not in names and not step.function.startswith("<") and len(found) < MAX_CALLERS:
            names.add(step.function)
            found.insert(0, step)
    return found


def _expressions(source: str) -> list[ast.expr]:
    """Names, attributes and parts of arrays in a line, outermost first; none of a line that is half a statement."""
    tree = _parsed(source)
    found: list[ast.expr] = []
    waiting: list[ast.AST] = [tree] if tree is not None else []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Load):
            found.append(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            waiting[:0] = [node.func.value, *node.args, *(word.value for word in node.keywords)]
        elif not isinstance(node, ast.Attribute):
            waiting[:0] = list(ast.iter_child_nodes(node))
    return found


def _parsed(source: str) -> ast.AST | None:
    """A line on its own: as it stands, or the head of a block, or what a keyword stands before."""
    for text in (source, f"{source}\n pass", source.partition(" ")[2]):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.parse(text)
    return None


def _is_array(value: Any) -> bool:
    module = type(value).__module__.partition(".")[0]
    return module in ("numpy", "tensorflow", "keras", "jaxlib", "jax", "torch") and hasattr(value, "shape")


def _shape_of(value: Any) -> str:
    shape = value.shape
    if isinstance(value, type) or isinstance(shape, str):
        raise TypeError
    sizes = tuple(shape)
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"[:80]
