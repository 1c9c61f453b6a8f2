"""Decoys: what stands in the place of built-ins that an exercise asks the student to write.

An answer counts when it is right in a process in which these built-ins compute something else. A decoy has the name,
the signature, the weights, the shapes, the dtype and a gradient of what it stands for. Its numbers are a few means of
what goes in, so that nothing can be undone. Decoys stand where the work is done, and what rests on it follows:

- the code of Python functions that hold an equation or a loop is replaced (cells, loops over time, global pooling);
- operators of PyTorch get other kernels in its dispatcher;
- programs that JAX hands to XLA are looked at, and one with such an operation in it is not compiled;
- operations of TensorFlow are replaced in the functions that make them, and their kernels are shadowed, below Python,
  by one that computes nothing, for whoever makes an operation by other ways;
- compiled modules of SciPy that were not loaded yet are replaced by modules of decoys.

What may be imported again from a file has to be hidden by the sandbox, see `hidden_paths`.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import glob
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import os
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .decoy_dispatcher import operators, shadow_operators
from .decoy_log import Log
from .decoy_modules import other_sources, replace_functions, replace_methods, replace_modules
from .decoy_numbers import KINDS, comparison, noted
from .decoy_operations import decoy_of_operation, kernel_labels, shadow_kernels
from .decoy_programs import cumulative, described, shadow_programs
from .decoy_programs import operations as operations_of_programs
from .forbidden import COMPARISONS, FAMILIES, FRAMEWORKS, Family, others

Decoy = Callable[..., Any]
"""Answers a call, given its arguments by name, in order; those of `_OF_THE_ORIGINAL` are given the function first."""

# ------------------------------------------------------------------------------------------------------ what is there


_Swap = tuple[types.FunctionType, types.CodeType]
_OF_THE_ORIGINAL = (noted, described)
"""Decoys that are given the function as well, which tells them a shape."""
_KINDS: dict[str, Decoy] = {**KINDS, "described": described, "cumulative": cumulative}


class Decoys:
    """The decoys of all families, made ready once. `enter` puts those of some in force for good, `meanwhile` meanwhile.

    log: where calls of decoys are noted.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self._swaps: dict[str, list[_Swap]] = {}
        self._sources: dict[str, dict[str, types.CodeType]] = {}

    @classmethod
    def prepare(cls, log: Log) -> Decoys:
        """Find what there is to be replaced in the modules that are loaded; half a second. Runs no operation."""
        importlib.import_module("numpy.testing")
        if "tensorflow" in sys.modules:
            kernel_labels()
        decoys = cls(log)
        decoys._swaps = decoys._found()
        decoys._sources = {family: dict(other_sources(FAMILIES[family])) for family in FAMILIES}
        return decoys

    def enter(self, families: Sequence[str], hidden: Sequence[str] = ()) -> None:
        """From now on, and for good, these built-ins compute something else in this process, and nothing holds what
        they were. hidden: files that are noted when they are asked for."""
        self.log.begin()
        for family in families:
            for function, code in self._swaps[family]:
                function.__code__ = code
        shadow_kernels([FAMILIES[family].operations for family in families], self.log)
        shadow_operators([FAMILIES[family].operators for family in families], self.log)
        shadow_programs([FAMILIES[family].programs for family in families], self.log)
        for family in families:
            replace_modules(FAMILIES[family].compiled, self._sources[family], self.log)
            for module, owner, names in FAMILIES[family].methods:
                replace_methods(module, owner, names, self.log)
            for module, names in FAMILIES[family].functions:
                replace_functions(module, names, self.log)
        _note_files(self.log, hidden)
        _note_programs(self.log)
        self._swaps.clear()
        self._sources.clear()

    @contextlib.contextmanager
    def meanwhile(self, families: Iterable[str]) -> Iterator[None]:
        """Decoys in a process that is not for grading: where functions of Python are called, and no deeper."""
        if not self._swaps:
            self._swaps = self._found()
        swaps = [swap for family in families for swap in self._swaps[family]]
        before = [(function, function.__code__) for function, _ in swaps]
        try:
            for function, code in swaps:
                function.__code__ = code
            yield
        finally:
            for function, code in before:
                function.__code__ = code

    def _found(self) -> dict[str, list[_Swap]]:
        """The functions of each family, with the code that stands for theirs."""
        wanted = {family: _originals(FAMILIES[family]) for family in FAMILIES}
        found: dict[str, list[_Swap]] = {family: [] for family in FAMILIES}
        gc.unfreeze()  # what is frozen would not be told
        # TensorFlow keeps copies of functions; they have the code in common.
        for item in gc.get_objects():
            if type(item) is types.FunctionType:
                for family, originals in wanted.items():
                    if item.__code__ in originals:
                        name, decoy = originals[item.__code__]
                        if decoy in _OF_THE_ORIGINAL:
                            original = types.FunctionType(item.__code__, item.__globals__)
                            decoy = functools.partial(decoy, original)
                        found[family].append((item, _decoy_code(item, functools.partial(self._answer, name, decoy))))
        return found

    def _answer(self, name: str, decoy: Decoy, given: dict[str, Any]) -> Any:
        if decoy in (comparison, cumulative):
            self.log.meet()
        else:
            self.log.note(name)
        return decoy(given)


def _backend() -> str:
    """What Keras runs on, or would."""
    return os.environ.get("KERAS_BACKEND", "tensorflow")


_PROGRAMS = frozenset(
    "ctypes.dlopen ctypes.dlsym os.exec os.posix_spawn os.spawn os.system pty.spawn subprocess.Popen".split()
)
"""What Python tells an audit hook before it starts another program, or gives C a free hand."""


def _note_programs(log: Log) -> None:
    """Note what starts another program behind the back of audit hooks."""
    import _posixsubprocess

    start = _posixsubprocess.fork_exec

    def fork_exec(*given: Any) -> int:
        log.meet()
        return start(*given)

    setattr(_posixsubprocess, "fork_exec", fork_exec)  # noqa: B010  mypy knows it as one that stays


def _is_among(paths: frozenset[str], path: Any) -> bool:
    """Whether one of these paths is meant, however it is written."""
    if type(path) is str and path.startswith("/") and "/." not in path and "//" not in path:
        return path in paths
    with contextlib.suppress(OSError, TypeError, ValueError):
        return os.path.abspath(os.fsdecode(path)) in paths
    return False


def _note_files(log: Log, hidden: Sequence[str]) -> None:
    """Note who wants a file that is hidden, or another library that could answer; and that a program was wanted."""
    paths, libraries = frozenset(hidden), frozenset(others(_backend()))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and _is_among(paths, arguments[0]):
            log.note("a file of a library")
        elif event == "import" and arguments[0].partition(".")[0] in libraries:
            log.note(arguments[0].partition(".")[0])
        elif event in _PROGRAMS:
            log.meet()

    sys.addaudithook(hook)


_CAME_OR_WENT = re.compile(r"adaptive|fused|fold|_rank_filter_1d|python\W+keras|vectorized_filter|tests?(\.py)?$")
"""What of it not every version has: the layers that TensorFlow keeps of old, what came late, and tests of libraries,
which compute by hand what is to be tested."""


def not_found() -> list[str]:
    """What stands above and matches nothing in the libraries here: what has moved would be free to use. There must be
    nothing in a version that Gatebook works with. A library that is not installed lacks nothing."""
    importlib.import_module("keras")
    missing = []
    backend = _backend()
    for family in FAMILIES.values():
        for place in family.places:
            if place.module.partition("\\")[0] in set(FRAMEWORKS) - {backend}:
                continue
            modules = [module for name, module in list(sys.modules.items()) if re.fullmatch(place.module, name)]
            names = [function.__qualname__ for module in modules for function in _functions_of(module)]
            if not any(re.fullmatch(place.name, name.replace("<locals>.", "")) for name in names):
                missing.append(f"{place.module}: {place.name}")
        missing += [pattern for pattern in _alternatives(_NAMED[backend](family)) if not _MATCHING[backend](pattern)]
        for name in family.compiled:
            if not _is_installed(f"{name.replace('.', '/')}*.so"):
                missing.append(name)
        missing += [pattern for pattern in family.hidden if not _is_installed(pattern)]
    return sorted(name for name in missing if not _CAME_OR_WENT.search(name))


def _alternatives(pattern: str) -> list[str]:
    return re.split(r"\|(?![^(]*\))", pattern) if pattern else []


_NAMED: dict[str, Callable[[Family], str]] = {
    "tensorflow": lambda family: family.operations, "torch": lambda family: family.operators,
    "jax": lambda family: family.programs,
}  # fmt: skip
_MATCHING: dict[str, Callable[[str], list[str]]] = {
    "tensorflow": lambda pattern: [op_type for op_type in kernel_labels() if re.search(pattern, op_type)],
    "torch": operators, "jax": operations_of_programs,
}  # fmt: skip


def _is_installed(pattern: str) -> bool:
    """Whether a library has such a file, or is not there itself."""
    spec = importlib.util.find_spec(pattern.partition("/")[0])
    folders = [os.path.dirname(place) for place in (spec.submodule_search_locations or ())] if spec is not None else []
    return not folders or any(glob.glob(os.path.join(glob.escape(folder), pattern)) for folder in folders)


# ------------------------------------------------------------------------------------------------- finding functions


def _originals(family: Family) -> dict[types.CodeType, tuple[str, Decoy]]:
    """Code of everything in loaded modules that the family replaces: (public name, decoy)."""
    found: dict[types.CodeType, tuple[str, Decoy]] = {}
    for name, module in list(sys.modules.items()):
        for place in (*family.places, *COMPARISONS):
            if re.fullmatch(place.module, name):
                for function in _functions_of(module):
                    if re.fullmatch(place.name, function.__qualname__.replace("<locals>.", "")):
                        found.setdefault(function.__code__, (_public(function), _KINDS[place.decoy]))
    if family.operations and "tensorflow" in sys.modules:
        found |= dict(_operations(family.operations))
    return found


def _functions_of(module: types.ModuleType) -> Iterator[types.FunctionType]:
    """The functions and methods whose code stands in the module's file. What wraps them is somebody else's, and its
    code is shared by many."""
    for item in list(vars(module).values()):
        own = isinstance(item, type) and item.__module__ == module.__name__
        for member in list(vars(item).values()) if own else [item]:
            if callable(member):
                member = inspect.unwrap(member)
            if isinstance(member, types.FunctionType) and member.__code__.co_filename == module.__file__:
                yield member


def _operations(pattern: str) -> Iterator[tuple[types.CodeType, tuple[str, Decoy]]]:
    """The generated functions that make operations of these types, by their code."""
    raw_ops = sys.modules["tensorflow"].raw_ops
    for op_type in dir(raw_ops):
        if re.search(pattern, op_type):
            made = inspect.unwrap(getattr(raw_ops, op_type))
            module = vars(sys.modules.get(getattr(made, "__module__", ""), types))
            named = (f"tf.raw_ops.{op_type}", functools.partial(decoy_of_operation, op_type))
            for name in (made.__name__, f"{made.__name__}_eager_fallback"):
                for function in (made, inspect.unwrap(module[name]) if name in module else None):
                    if isinstance(function, types.FunctionType):
                        yield function.__code__, named


def _public(function: types.FunctionType) -> str:
    """The name that people know."""
    owner = function.__qualname__.partition(".")[0]
    if function.__module__.startswith("keras."):
        layers = sys.modules["keras"].layers
        return f"keras.layers.{owner}" if hasattr(layers, owner) else f"{function.__module__}.{owner}"
    return f"{function.__module__}.{owner}"


def _decoy_code(function: types.FunctionType, answer: Callable[[dict[str, Any]], Any]) -> types.CodeType:
    """Code with the signature and free variables of the function's that hands its arguments to `answer`, a constant of
    it, and does nothing else."""
    code, marker = function.__code__, "answer"
    names = code.co_varnames
    end = code.co_argcount + code.co_kwonlyargcount
    positional = list(names[: code.co_argcount])
    given = [f"{name!r}: {name}" for name in names[:end]]
    if code.co_posonlyargcount:
        positional.insert(code.co_posonlyargcount, "/")
    keywords = list(names[code.co_argcount : end])
    if code.co_flags & inspect.CO_VARARGS:
        positional.append(f"*{names[end]}")
        given.append(f"'*': {names[end]}")
        end += 1
    elif keywords:
        positional.append("*")
    if code.co_flags & inspect.CO_VARKEYWORDS:
        keywords.append(f"**{names[end]}")
        given.append(f"'**': {names[end]}")
    free = code.co_freevars
    source = (
        f"def make({', '.join(free)}):\n"
        f" def decoy({', '.join([*positional, *keywords])}):\n"
        f"  return {marker!r}({{{', '.join(given)}}})\n"
        f"  {', '.join([*free, '0'])}\n"
        f" return decoy\n"
    )
    made = next(item for item in _compiled(source).co_consts if isinstance(item, types.CodeType))
    decoy = next(item for item in made.co_consts if isinstance(item, types.CodeType))
    return decoy.replace(
        co_consts=tuple(answer if item == marker else item for item in decoy.co_consts),
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
    )


@functools.cache
def _compiled(source: str) -> types.CodeType:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a text that is called
        return compile(source, "<decoy>", "exec", optimize=0)
