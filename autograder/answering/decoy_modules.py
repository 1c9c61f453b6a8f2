"""Decoys of modules that are not imported yet, or that are compiled."""

from __future__ import annotations

import ast
import ctypes
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .decoy_log import Log
from .decoy_numbers import of_arrays, refusal
from .forbidden import FAMILIES, Family


def other_sources(family: Family) -> Iterator[tuple[str, types.CodeType]]:
    """The modules of Python of a family, compiled with the bodies of some functions replaced."""
    for name, functions in family.sources:
        path = _origin(name)
        if path is None:
            continue
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        body = ast.parse("return __decoy__(locals())").body
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and re.fullmatch(functions, node.name):
                node.body = body
                node.decorator_list = []
        ast.fix_missing_locations(tree)
        yield name, compile(tree, path, "exec", dont_inherit=True)


def _origin(name: str) -> str | None:
    """The file of a module that is not imported for that."""
    package, _, inner = name.partition(".")
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = os.path.join(folder, *inner.split(".")) + ".py"
        if os.path.isfile(path):
            return path
    return None


def replace_modules(compiled: Sequence[str], sources: Mapping[str, types.CodeType], log: Log) -> None:
    for name in compiled:
        loaded = sys.modules.get(name)
        if isinstance(loaded, _Lazy):
            for key in [key for key in vars(loaded) if key == "__real__" or not key.startswith("__")]:
                del vars(loaded)[key]
            vars(loaded)["__log__"] = log
            loaded.__class__ = _Compiled  # type: ignore[assignment]  # mypy knows no module that changes its class
    missing = [name for name in (*compiled, *sources) if name not in sys.modules]
    sys.meta_path.insert(0, _Finder(frozenset(missing), dict(sources), log))


def replace_functions(module: str, names: Sequence[str], log: Log) -> None:
    """Functions in C that fill an array: it stays as it was. Wherever the library holds them they are replaced."""
    for name in names if module in sys.modules else ():

        def decoy(*given: Any, name: str = f"{module}.{name}", **named: Any) -> None:
            log.note(name)

        original = getattr(sys.modules[module], name)
        for holder in _modules_beside(module):
            for known in [known for known, item in vars(holder).items() if item is original]:
                setattr(holder, known, decoy)  # "from ... import *" holds it too


def _modules_beside(module: str) -> list[types.ModuleType]:
    """What is loaded of the same library."""
    library = module.partition(".")[0]
    return [
        found for name, found in list(sys.modules.items()) if name.partition(".")[0] == library and found is not None
    ]


def replace_methods(module: str, owner: str, names: Sequence[str], log: Log) -> None:
    """Methods in C of images: each gives a black one, or the same where the size stays."""
    core: Any = sys.modules.get(module)
    if core is None:
        return
    kind = type(core.fill("L", (1, 1), 0))
    if kind.__name__ != owner:
        raise RuntimeError(f"{module} makes a {kind.__name__}, {owner} was expected; Gatebook has no decoy for that.")
    # The dictionary of a class in C, which Python shows read-only.
    (members,) = (item for item in gc.get_referents(vars(kind)) if type(item) is dict)
    for name in names:
        if name in members:
            members[name] = _image_method(core, name, log)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))


def _image_method(core: Any, name: str, log: Log) -> Callable[..., Any]:
    def method(image: Any, *given: Any) -> Any:
        log.note(f"PIL.Image.{name}")
        if name == "resize":
            return core.fill(image.mode, given[0], 0)
        if name == "transform":
            return None  # the image that it is called on is filled, and was black
        if name == "reduce":
            (across, down), (left, upper, right, lower) = given
            return core.fill(image.mode, (-(-(right - left) // across), -(-(lower - upper) // down)), 0)
        return image.copy()

    method.__name__ = name
    return method


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives modules of decoys. Who takes it off finds no module at all, since the files are hidden."""

    def __init__(self, names: frozenset[str], sources: Mapping[str, types.CodeType], log: Log) -> None:
        self.names = names
        self.sources = sources
        self.log = log

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in self.names:
            return None
        return importlib.util.spec_from_loader(name, self, origin=name)

    def create_module(self, spec: Any) -> Any:
        return types.ModuleType(spec.name) if spec.name in self.sources else _Compiled(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module)["__log__"] = self.log
        if module.__name__ in self.sources:
            vars(module)["__decoy__"] = functools.partial(like_inputs, self.log)
            exec(self.sources[module.__name__], vars(module))


class _Compiled(types.ModuleType):
    """Any function that one asks for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def decoy(*given: Any, **named: Any) -> Any:
            return like_inputs(
                vars(self)["__log__"], {**{str(place): item for place, item in enumerate(given)}, **named}
            )

        decoy.__name__ = name
        return decoy


def like_inputs(log: Log, given: Mapping[str, Any]) -> Any:
    """NumPy arrays of decoys: what was handed in to be filled is filled, else an array as two inputs would give."""
    log.note("scipy")
    return of_arrays(given)


def before_imports() -> None:
    """Let libraries be imported without what can not be taken out again: the compiled modules of TensorFlow Lite, and
    those that some import and few use, which are loaded when they are."""
    sys.meta_path[:0] = [_Lite(), _Later(frozenset(name for family in FAMILIES.values() for name in family.compiled))]


class _Names(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return functools.partial(refusal, {})


class _Lite(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives modules of names alone for the compiled ones of TensorFlow Lite: any brings the interpreter along."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        found = importlib.machinery.PathFinder.find_spec(name, path) if name.startswith("tensorflow.lite.") else None
        if found is None or not isinstance(found.loader, importlib.machinery.ExtensionFileLoader):
            return None
        return importlib.util.spec_from_loader(name, self, origin=found.origin)

    def create_module(self, spec: Any) -> types.ModuleType:
        return _Names(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Later(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives compiled modules that are loaded when something of them is asked for."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        found = importlib.machinery.PathFinder.find_spec(name, path) if name in self.names else None
        if found is None:
            return None
        return importlib.util.spec_from_loader(name, self, origin=found.origin)

    def create_module(self, spec: Any) -> types.ModuleType:
        return _Lazy(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Lazy(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "__real__" in vars(self):
            raise AttributeError(name)
        parent = importlib.import_module(self.__name__.rpartition(".")[0])
        spec = importlib.machinery.PathFinder.find_spec(self.__name__, parent.__path__)
        if spec is None or spec.loader is None:
            raise AttributeError(name)
        real = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(real)
        vars(self).update({key: item for key, item in vars(real).items() if not key.startswith("__")}, __real__=real)
        return getattr(real, name)
