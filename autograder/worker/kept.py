"""What an answer is made of at its grade cell, for questions that are asked when the cells below it have run.

Names can be put back. What is inside of objects cannot: a class that was given another method, a list that grew, a
closure, an attribute of a library. Of that it is only noted what it was, and told whether it still is. Nothing here is
a wall: who hides a change has an answer that is right all the same, with nothing to copy it from.
"""

from __future__ import annotations

import builtins
import contextlib
import dis
import functools
import operator
import os
import sys
import types
import zlib
from collections.abc import Iterable, Mapping, MutableMapping, MutableSequence
from typing import Any, NamedTuple

import numpy as np

MOST_INSIDE = 20_000
"""How many objects an answer may be made of; of more it is not told whether they are what they were."""
_NOTHING = object()
"""What a name is that is not defined."""
_GLOBALS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"})
_BY_TEXT = frozenset(
    "__dict__ __globals__ __import__ __main__ _getframe eval exec f_globals get_ipython globals import_module locals "
    "modules open vars".split()
)
"""Who uses one of these may look up a name that does not stand in the code, or the code that makes it, or a file."""
_PLAIN = (
    object, type(None), type(...), type(NotImplemented), bool, int, float, complex, str, bytes, range, slice,
    types.CodeType, types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType,
    types.GetSetDescriptorType, types.MemberDescriptorType, types.GenericAlias, types.UnionType,
)  # fmt: skip
"""What cannot change inside."""


class Answer:
    """What the value of a name was made of, and the names that it looked up.

    namespace: of the notebook. unchanged: whether all of it is what it was; False too where that cannot be told.
    """

    def __init__(self, namespace: dict[str, Any], entry_point: str) -> None:
        self._namespace = namespace
        self._names: dict[str, Any] = {}
        self._inside: list[tuple[Any, list[Any]]] = []
        self._known = True
        try:
            self._walk(entry_point)
        except Exception:  # objects of the student's may do anything when they are looked at
            self._known = False

    def unchanged(self) -> bool:
        """See above; says nothing of the names themselves."""
        if not self._known:
            return False
        try:
            return all(_are_same(held, self._held(item) or []) for item, held in self._inside)
        except Exception:
            return False

    def put_back(self) -> None:
        """Give the names that it looks up what they had then."""
        for name, value in self._names.items():
            if value is _NOTHING:
                self._namespace.pop(name, None)
            else:
                self._namespace[name] = value

    def _walk(self, entry_point: str) -> None:
        waiting = [self._named(entry_point), builtins]
        seen: set[int] = set()
        modules: list[types.ModuleType] = []
        attributes: set[str] = set()
        while waiting and self._known:
            item = waiting.pop()
            if id(item) in seen:
                continue
            seen.add(id(item))
            held = self._held(item)
            if held is None or len(seen) > MOST_INSIDE:
                self._known = False
                return
            self._inside.append((item, held))
            if type(item) is types.ModuleType:
                modules.append(item)
            elif not isinstance(item, type) or self._is_own(item):
                waiting += held
            if isinstance(item, types.FunctionType) and self._is_own(item):
                wanted = _wanted_by(item.__code__)
                attributes |= wanted.names
                if item.__globals__ is self._namespace:
                    waiting += [self._named(name) for name in wanted.globals]
                # What is not loaded yet may be made by a later cell.
                self._known = self._known and sys.modules.keys() >= wanted.modules
                waiting += [sys.modules[name] for name in wanted.modules if name in sys.modules]
            if not waiting:
                waiting += [vars(one)[name] for one in modules for name in attributes & vars(one).keys()]
                waiting = [one for one in waiting if id(one) not in seen and _leads_on(one)]
        self._known = self._known and not attributes & _BY_TEXT

    def _named(self, name: str) -> Any:
        return self._names.setdefault(name, self._namespace.get(name, _NOTHING))

    def _held(self, item: Any) -> list[Any] | None:
        """What is inside an object and may become something else; None where that cannot be told."""
        if type(item) in _PLAIN:
            return []
        if type(item) is types.ModuleType:
            return _pairs(
                {
                    name: value for name, value in vars(item).items()
                    if type(value) is not types.ModuleType and not name.startswith("_")
                }
            )  # fmt: skip
        if type(item) in (types.BuiltinFunctionType, types.MethodWrapperType):
            return [item.__self__]
        if isinstance(item, types.FunctionType):
            return self._held_by_function(item) if self._is_own(item) else [item.__code__]
        if isinstance(item, type):
            return [*item.__mro__, *_pairs(vars(item))]
        if isinstance(item, types.MethodType | classmethod | staticmethod):
            return [getattr(item, "__self__", None), item.__func__]
        if isinstance(item, property):
            return [item.fget, item.fset, item.fdel]
        if type(item) in (list, tuple, set, frozenset):
            return [*item]
        if type(item) in (dict, types.MappingProxyType) or item is os.environ:
            return _pairs(item)
        if type(item) is functools.partial:
            return [item.func, *item.args, *_pairs(item.keywords)]
        if type(item) is np.ndarray:
            content = item.tolist() if item.dtype.hasobject else [zlib.crc32(np.ascontiguousarray(item).tobytes())]
            return [item.dtype, *item.shape, *content]
        if type(item) is types.CellType:
            with contextlib.suppress(ValueError):
                return [item.cell_contents]
            return []
        if type(item).__module__ == "_abc":
            return []
        if all(self._is_own(one) for one in type(item).__mro__[:-1]):
            return [type(item), *_pairs(vars(item))]
        if isinstance(item, np.dtype | np.generic | np.ufunc) and type(item).__module__.startswith("numpy"):
            return []
        return [] if self._is_of_a_library(item) else None

    def _held_by_function(self, item: types.FunctionType) -> list[Any]:
        names = () if item.__globals__ is self._namespace else _wanted_by(item.__code__).globals
        return [
            item.__code__, *(item.__defaults__ or ()), *_pairs(item.__kwdefaults__ or {}), *(item.__closure__ or ()),
            *_pairs(vars(item)), *(item.__globals__.get(name) for name in names),
        ]  # fmt: skip

    def _is_own(self, item: Any) -> bool:
        """Whether a function or class stands in the notebook or beside it."""
        if isinstance(item, types.FunctionType) and item.__globals__ is self._namespace:
            return True
        module = sys.modules.get(item.__module__)
        if module is None or vars(module) is self._namespace:
            return True
        return str(getattr(module, "__file__", None) or "/").startswith(os.getcwd() + os.sep)

    def _is_of_a_library(self, item: Any) -> bool:
        """Whether it is what a module calls so, such as a function in C of a kind of its own."""
        return not self._is_own(item) and vars(sys.modules[item.__module__]).get(item.__name__) is item


def _leads_on(item: Any) -> bool:
    return isinstance(
        item, types.ModuleType | types.FunctionType | type | MutableMapping | MutableSequence | np.ndarray
    )


def _are_same(before: Iterable[Any], now: Iterable[Any]) -> bool:
    before, now = [*before], [*now]
    if len(before) != len(now):
        return False
    pairs = zip(before, now, strict=True)
    return all(map(operator.is_, before, now)) or all(
        one is other or (type(one) is type(other) in (int, str) and one == other) for one, other in pairs
    )


def _pairs(mapping: Mapping[Any, Any]) -> list[Any]:
    return [*mapping.keys(), *mapping.values()]


class _Wanted(NamedTuple):
    """What code looks up when it runs: all names, those of globals, and modules that it imports."""

    names: frozenset[str]
    globals: tuple[str, ...]
    modules: frozenset[str]


@functools.cache
def _wanted_by(code: types.CodeType) -> _Wanted:
    """With what the functions and classes within it look up."""
    inner = [_wanted_by(one) for one in code.co_consts if isinstance(one, types.CodeType)]
    steps = [(step.opname, step.argval) for step in dis.get_instructions(code)]
    found = dict.fromkeys(name for opcode, name in steps if opcode in _GLOBALS)
    return _Wanted(
        frozenset(code.co_names).union(*(one.names for one in inner)),
        tuple(found | dict.fromkeys(name for one in inner for name in one.globals)),
        frozenset(name for opcode, name in steps if opcode == "IMPORT_NAME").union(*(one.modules for one in inner)),
    )
