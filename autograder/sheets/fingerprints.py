"""Hashes of what results depend on: libraries, and the modules that a module imports, and those that these import.

A change of a command makes no sheet and judges nobody: it is in neither hash. A change of a mistake makes no secret
sheet, which holds none; public ones are compared by what they hold, see `sheet_files.difference`.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.metadata
import importlib.util
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from autograder import exercises
from autograder.syntax import tree_of

OWN = ("autograder", "reference")
"""Packages whose modules are followed; those of exercises that lie elsewhere are, too."""
LIBRARIES = ("gatebook", "tensorflow", "keras", "numpy", "nbgrader")
MAKES_SHEETS = ("autograder.sheets.oracle", "autograder.sheets.standing", "autograder.exercises")
JUDGES = (
    "autograder.notebooks.submission", "autograder.running.worlds", "autograder.running.ordinary", "autograder.worker",
    "autograder.answering", "autograder.judging", "autograder.integrity.flags", "autograder.integrity.copies",
    "autograder.cards.card",
)  # fmt: skip
"""What comes between a submission and its record and cards."""


_ONLY_MISTAKES = frozenset(("wrong", "other", "mistakes", "Wrong", "Mistake"))
"""Calls that make mistakes, and nothing else of a sheet; see `exercises.kit.recipe`."""


def sheets() -> str:
    """Changes whenever what makes secret sheets does: the exercises but for their mistakes, the reference or the
    libraries."""
    places = (exercises.module_of(name) for name in exercises.ids())
    return of(*MAKES_SHEETS, *(place for place in places if place.partition(".")[0] not in OWN))


def judging() -> str:
    """Changes whenever what runs, judges or shows an answer does."""
    return of(*JUDGES)


def versions() -> dict[str, str]:
    """Versions of what a grade depends on."""
    return {"python": platform.python_version(), **{package: _version(package) for package in LIBRARIES}}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def places() -> set[Path]:
    """The folders, and modules that lie in none of their own, in which everything lies that either hash is of."""
    packages = {exercises.module_of(name).partition(".")[0] for name in exercises.ids()} | {*OWN}
    specs = (importlib.util.find_spec(name) for name in packages)
    found = (spec for spec in specs if spec is not None and spec.origin is not None)
    return {
        Path(str(one.origin)) if one.submodule_search_locations is None else Path(str(one.origin)).parent
        for one in found
    }


def version_of(backend: str) -> dict[str, str]:
    """The version of what Keras runs on where answers are graded."""
    return {"backend": f"{backend} {_version(backend)}"}


@functools.cache
def of(*roots: str) -> str:
    """A hash of libraries' versions and of `files`."""
    digest = hashlib.sha256(repr(sorted(versions().items())).encode())
    for name, path in sorted(files(*roots).items()):
        digest.update(f"{name}\n".encode())
        digest.update(_without_mistakes(path) if _is_of_exercises(name, path) else path.read_bytes())
    return digest.hexdigest()


def _is_of_exercises(name: str, path: Path) -> bool:
    own = name.startswith(f"{exercises.__name__}.")
    return path.suffix == ".py" and (own or name.partition(".")[0] not in OWN)


def _without_mistakes(path: Path) -> bytes:
    """What a module of exercises says, but for comments and what only makes mistakes."""
    return ast.dump(_Stripped().visit(tree_of(path.read_bytes()))).encode()


class _Stripped(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        return ast.Constant(None) if name in _ONLY_MISTAKES else self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        return None if node.arg == "mistakes" else self.generic_visit(node)


def files(*roots: str) -> dict[str, Path]:
    """These modules and packages, whole, and all modules of ours that they import, also within functions; and the
    templates that have their names."""
    followed = frozenset((*OWN, *(root.partition(".")[0] for root in roots)))
    found = dict(file for root in roots for file in _below(root, followed))
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        for other in _imported(name, found[name], followed):
            path = None if other in found else _origin(other, followed)
            if path is not None:
                found[other] = path
                waiting.append(other)
    for path in list(found.values()):
        found |= {beside.name: beside for beside in path.parent.glob(f"templates/{path.stem}.*")}
    return found


def _below(root: str, followed: frozenset[str]) -> Iterator[tuple[str, Path]]:
    """The files of a module or package."""
    path = _origin(root, followed)
    if path is None:
        raise ModuleNotFoundError(f"{root} is no module, and what depends on it would not be noticed.")
    yield root, path
    if path.name == "__init__.py":
        for inner in sorted(path.parent.rglob("*.py")):
            if inner != path:
                name = ".".join([root, *inner.relative_to(path.parent).with_suffix("").parts])
                yield name.removesuffix(".__init__"), inner


def _origin(module: str, followed: frozenset[str]) -> Path | None:
    """The file of a module of these packages; None where there is no such module. Nothing is imported for that."""
    package, _, inner = module.partition(".")
    spec = importlib.util.find_spec(package) if package in followed else None
    if spec is None or spec.origin is None:
        return None
    if spec.submodule_search_locations is None:
        return None if inner else Path(spec.origin)  # a module that lies in no package
    place = Path(spec.origin).parent.joinpath(*filter(None, inner.split(".")))
    return next((path for path in (place.with_name(f"{place.name}.py"), place / "__init__.py") if path.is_file()), None)


_IMPORTS = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<dots>\.*)(?P<base>[\w.]*)[ \t]+import[ \t]*(?P<names>\([^)]*\)|[^\n#]*)"
    r"|import[ \t]+(?P<plain>[\w., \t]+))",
    re.MULTILINE,
)


def _imported(module: str, path: Path, followed: frozenset[str]) -> Iterator[str]:
    """The names of what a module imports of these packages, or might. Read, not parsed: each command does it."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for line in _IMPORTS.finditer(path.read_text("utf-8")):
        if line["plain"]:
            found = re.findall(r"[\w.]+", line["plain"])
        else:
            above = package[: len(package) - len(line["dots"]) + 1] if line["dots"] else []
            base = ".".join([*above, *filter(None, [line["base"]])])
            names = [f"{base}.{name}" for name in re.findall(r"\w+", line["names"])]
            # Of a package, a name is mostly a module, and then the package itself says nothing.
            found = [name if _origin(name, followed) else base for name in names]
        yield from (name for name in found if name.partition(".")[0] in followed)
