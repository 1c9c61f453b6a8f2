"""Where does a student's code mention built-ins that it may not use? A static look that runs nothing.

Imports, aliases and simple assignments are followed through the cells in their order, so `K.LSTM` is found
after `from keras import layers as K`. Comments and strings are no uses; neither is a class of the student's
own that has the same name. What is found tells where to look. It is never by itself a reason to take points.
"""

from __future__ import annotations

import ast
import re
from collections import ChainMap
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from autograder.syntax import lines_of, parse_cell

_ALIASES = (
    ("tensorflow.keras", "keras"),
    ("tf_keras", "keras"),
    ("keras.api", "keras"),
    ("keras._tf_keras.keras", "keras"),
    ("tensorflow.python.keras", "keras"),
    ("tensorflow.compat.v1.keras", "keras"),
    ("tensorflow.compat.v2.keras", "keras"),
    ("tensorflow.compat.v1", "tensorflow"),
    ("tensorflow.compat.v2", "tensorflow"),
)


@dataclass(frozen=True)
class Found:
    """One mention: the cell, the line in it, what stands there, and the public name that it resolves to."""

    cell_id: str
    line: int
    source: str
    name: str

    def __str__(self) -> str:
        return self.source


def scan(cells: Iterable[tuple[str, str]], forbidden: Sequence[str]) -> tuple[Found, ...]:
    """All mentions of forbidden names in (cell id, source) pairs, in their order. A forbidden name covers
    what lies below it: `keras.layers` would cover every layer."""
    wanted = tuple(_public(name) for name in forbidden)
    bindings: Bindings = {}
    found: list[Found] = []
    for cell_id, source in cells:
        tree = parse_cell(source)
        if tree is None:
            continue
        reader = BindingReader(bindings, wanted)
        try:
            reader.visit(tree)
        except RecursionError:
            continue
        lines = lines_of(source)
        for line, name in sorted(set(reader.found)):
            text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
            found.append(Found(cell_id, line, text[:500], name))
    return tuple(found)


def _public(name: str) -> str:
    """One spelling of a library name: `tf.keras.layers.LSTM` is `keras.layers.LSTM`."""
    if name == "tf" or name.startswith("tf."):
        name = "tensorflow" + name[2:]
    for alias, target in _ALIASES:
        if name == alias or name.startswith(alias + "."):
            name = target + name[len(alias) :]
    return re.sub(r"^keras\.src\.(layers|ops)\.(?:\w+\.)*", r"keras.\1.", name)


Bindings: TypeAlias = MutableMapping[str, str | None]
"""Name -> the public name that it stands for, None for what is the student's own."""


class BindingReader(ast.NodeVisitor):
    """Follows names through one cell. `bindings` lives on into the next."""

    def __init__(self, bindings: Bindings, wanted: Sequence[str]) -> None:
        self.bindings = bindings
        self.wanted = wanted
        self.found: list[tuple[int, str]] = []

    def resolve(self, node: ast.AST) -> str | None:
        """The public name an expression stands for, if it can be seen."""
        if isinstance(node, ast.Name):
            return self.bindings.get(node.id)
        if isinstance(node, ast.Attribute):
            below = self.resolve(node.value)
            return None if below is None else _public(f"{below}.{node.attr}")
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "getattr"
            and len(node.args) >= 2
            and isinstance(node.args[1], ast.Constant)
            and isinstance(node.args[1].value, str)
        ):
            below = self.resolve(node.args[0])
            return None if below is None else _public(f"{below}.{node.args[1].value}")
        return None

    def note(self, node: ast.expr | ast.stmt, name: str | None) -> bool:
        """Remember a mention; true if it was one."""
        for wanted in self.wanted:
            if name is not None and (name == wanted or name.startswith(wanted + ".")):
                self.found.append((node.lineno, wanted))
                return True
        return False

    # Bindings
    # ------------------------------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self.bindings[alias.asname] = _public(alias.name)
            else:
                root = alias.name.split(".")[0]
                self.bindings[root] = _public(root)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or node.module is None:
            return
        for alias in node.names:
            if alias.name == "*":
                # The names that could come in are those that are looked for.
                for wanted in self.wanted:
                    package, _, last = wanted.rpartition(".")
                    if package == _public(node.module):
                        self.bindings[last] = wanted
                continue
            self.bindings[alias.asname or alias.name] = _public(f"{node.module}.{alias.name}")

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        name = self.resolve(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.bind(target.id, name)
            elif (
                isinstance(target, ast.Tuple)
                and isinstance(node.value, ast.Tuple)
                and len(target.elts) == len(node.value.elts)
            ):
                for one, value in zip(target.elts, node.value.elts, strict=True):
                    if isinstance(one, ast.Name):
                        self.bind(one.id, self.resolve(value))
            else:
                self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            if isinstance(node.target, ast.Name):
                self.bind(node.target.id, self.resolve(node.value))

    def bind(self, name: str, target: str | None) -> None:
        self.bindings[name] = target

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for base in [*node.bases, *(keyword.value for keyword in node.keywords), *node.decorator_list]:
            self.visit(base)
        self.bind(node.name, None)  # the student's own from here on
        self.visit_body(node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for outer in [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]:
            if outer is not None:
                self.visit(outer)
        self.bind(node.name, None)
        arguments = [
            *node.args.posonlyargs,
            *node.args.args,
            *node.args.kwonlyargs,
            node.args.vararg,
            node.args.kwarg,
        ]
        self.visit_body(node.body, {argument.arg for argument in arguments if argument is not None})

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_body(self, body: Sequence[ast.stmt], hidden: Iterable[str] = ()) -> None:
        """Read a scope of its own: what it binds ends with it."""
        outer = self.bindings
        self.bindings = ChainMap(dict.fromkeys(hidden), outer)  # a copy of all names for each function takes too long
        for statement in body:
            self.visit(statement)
        self.bindings = outer

    # Uses
    # ----------------------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.note(node, self.bindings.get(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not self.note(node, self.resolve(node)):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if not self.note(node, self.resolve(node)):
            self.generic_visit(node)
