"""Traps in the code of built-ins that may not be used to answer a question.

The *code* of the functions is swapped, not the attribute: every alias, subclass, deserialized or stashed
instance leads to the same function objects. It is swapped only while a question is asked, so a comparison
with Keras elsewhere in the notebook runs undisturbed. A trap keeps signature and free variables of the
function, or Keras's own inspection breaks.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import linecache
import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .answers import ForbiddenError, is_student_frame
from .protocol import Problem

_BACKEND = "keras.src.backend.tensorflow"
IMPLIED: dict[str, tuple[str, ...]] = {
    "keras.layers.LSTM": ("keras.layers.LSTMCell", f"{_BACKEND}.rnn.lstm", f"{_BACKEND}.rnn._cudnn_lstm"),
    "keras.layers.GRU": ("keras.layers.GRUCell", f"{_BACKEND}.rnn.gru", f"{_BACKEND}.rnn._cudnn_gru"),
    "keras.layers.SimpleRNN": ("keras.layers.SimpleRNNCell",),
    "keras.layers.RNN": (f"{_BACKEND}.rnn.rnn",),
    "keras.ops.conv": (f"{_BACKEND}.nn.conv", "keras.src.ops.nn.Conv"),
    "keras.ops.depthwise_conv": (f"{_BACKEND}.nn.depthwise_conv", "keras.src.ops.nn.DepthwiseConv"),
    "keras.ops.conv_transpose": (f"{_BACKEND}.nn.conv_transpose", "keras.src.ops.nn.ConvTranspose"),
    "keras.ops.max_pool": (f"{_BACKEND}.nn.max_pool", "keras.src.ops.nn.MaxPool"),
    "keras.ops.average_pool": (f"{_BACKEND}.nn.average_pool", "keras.src.ops.nn.AveragePool"),
}
"""What lies behind a public name and has no use of its own."""

PREPARED = (
    "keras.layers.LSTM",
    "keras.layers.GRU",
    "keras.layers.SimpleRNN",
    "keras.layers.RNN",
    "keras.layers.Bidirectional",
    "keras.layers.StackedRNNCells",
    "keras.layers.Conv1D",
    "keras.layers.Conv2D",
    "keras.layers.MaxPooling2D",
    "keras.layers.AveragePooling2D",
    "keras.ops.conv",
    "keras.ops.max_pool",
    "keras.ops.average_pool",
    "tensorflow.nn.conv1d",
    "tensorflow.nn.conv2d",
    "tensorflow.nn.convolution",
    "tensorflow.nn.max_pool2d",
    "tensorflow.nn.avg_pool2d",
)
"""Traps made once before the fork; any other name is prepared when it is first asked for."""


MAX_REFUSED = 50
OTHER_FRAMEWORKS = frozenset(
    ["torch", "jax", "flax", "mxnet", "onnxruntime", "tflite_runtime", "tf_keras", "tensorflow.python.keras"]
)


class _NoOtherFrameworks:
    """A finder that finds nothing of them, and notes who asked."""

    def __init__(self, refused: list[str]) -> None:
        self.refused = refused

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name in OTHER_FRAMEWORKS:
            if len(self.refused) < MAX_REFUSED:
                self.refused.append(f"import {name}")
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


_BARRED = frozenset(
    """
    ctypes.dlopen ctypes.dlsym gc.get_objects gc.get_referrers gc.get_referents sys.settrace sys.setprofile os.exec
    os.fork os.forkpty os.posix_spawn os.spawn os.system pty.spawn subprocess.Popen
    """.split()
)
"""Audited events that lead around a seal. No answer needs them."""


def _guard(files: frozenset[str], refused: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook (Python has no way to take one off again) that keeps a seal closed: the sealed source is not
    read, and no library, process or tracer is brought in to do what this process may not."""
    bare = frozenset(os.path.basename(path) for path in files)
    # Looked up here, not when the hook runs: what stands behind a name then may be somebody else's.
    real, given, split, join, absolute = os.path.realpath, os.fsdecode, os.path.split, os.path.join, os.path.isabs

    def note(what: str) -> None:
        if len(refused) < MAX_REFUSED:
            refused.append(what)

    def source_of(path: str) -> str:
        """`a/lstm.py` of `a/__pycache__/lstm.cpython-311.pyc`."""
        folder, name = split(path)
        if not name.endswith(".pyc"):
            return path
        return join(split(folder)[0] if folder.endswith("__pycache__") else folder, name.partition(".")[0] + ".py")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and arguments and not isinstance(arguments[0], int):
            try:
                path = given(arguments[0])
                place = source_of(real(path))
            except (TypeError, ValueError):
                return
            # A relative path may be meant relative to an open folder, which an audit event does not tell.
            if place in files or (not absolute(path) and split(place)[1] in bare):
                note(f"open {split(place)[1]}")
                raise PermissionError(1, "sealed", path)
        elif event in _BARRED:
            note(event)
            raise PermissionError(1, f"{event} is not part of any answer")

    return hook


@dataclass
class Hits:
    """What the traps caught while they were armed."""

    problem: Problem | None = None
    operations: set[str] = field(default_factory=set)


class TrapSet:
    """Traps by public name. `armed` puts those of some names in force."""

    def __init__(self) -> None:
        self._traps: dict[str, list[tuple[types.FunctionType, types.CodeType]]] = {}
        self._hits = Hits()
        self._namespace: Mapping[str, Any] = {}
        self.refused: list[str] = []
        """Lines that ran into a trap since this was last emptied."""

    @classmethod
    def prepare(cls, names: Iterable[str] = PREPARED) -> TrapSet:
        """Make the traps of these names now; 0.1 s for the default list."""
        traps = cls()
        for name in names:
            traps._of(name)
        return traps

    @classmethod
    def empty(cls) -> TrapSet:
        """No trap is made before it is asked for."""
        return cls()

    def covered(self, name: str) -> bool:
        """Whether anything stands behind the name that a trap can be put into (compiled functions have no
        code)."""
        return bool(self._of(name))

    @contextlib.contextmanager
    def armed(self, names: Iterable[str], namespace: Mapping[str, Any]) -> Iterator[Hits]:
        """Put the traps of these names in force, and note the types of all operations that TensorFlow
        runs."""
        names = tuple(names)
        self._hits, self._namespace = Hits(), namespace
        if not names:
            yield self._hits
            return
        # Looked up before the first swap: resolving a name may run code that a trap would catch.
        swaps = {id(function): (function, code) for name in names for function, code in self._of(name)}
        before = [(function, function.__code__) for function, _ in swaps.values()]
        try:
            for function, code in swaps.values():
                function.__code__ = code
            with _watch_operations(self._hits.operations):
                yield self._hits
        finally:
            for function, code in before:
                function.__code__ = code

    def seal(self, names: Iterable[str]) -> None:
        """Put these traps in force for good. Nothing keeps the code they replace, its source can no longer be read,
        and what other frameworks there are cannot be imported."""
        files: set[str] = set()
        for name in names:
            for function, code in self._of(name):
                function.__code__ = code
                files.add(code.co_filename)
        sys.addaudithook(_guard(frozenset(files), self.refused))
        sys.meta_path.insert(0, _NoOtherFrameworks(self.refused))

    def _of(self, name: str) -> list[tuple[types.FunctionType, types.CodeType]]:
        if name not in self._traps:
            caught = functools.partial(self._caught, name)
            self._traps[name] = [
                (function, _trap_code(function.__code__, caught)) for function in functions_behind(name)
            ]
        return self._traps[name]

    def _caught(self, name: str) -> None:
        """Called by a trap: remember the first hit, also when the student's code swallows the exception."""
        message = f"`{name}` is what this exercise asks you to write; it may not be used to answer it."
        frame: types.FrameType | None = sys._getframe(1)
        line = raised_in = ""
        while frame is not None:
            if is_student_frame(frame, self._namespace):
                line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
                raised_in = frame.f_code.co_qualname
                break
            frame = frame.f_back
        if len(self.refused) < MAX_REFUSED:
            self.refused.append(line or name)
        if self._hits.problem is None:
            self._hits.problem = Problem("forbidden", "ForbiddenError", message, line=line[:2000], raised_in=raised_in)
        raise ForbiddenError(message)


@contextlib.contextmanager
def forbid(names: Iterable[str], namespace: Mapping[str, Any] | None = None) -> Iterator[Hits]:
    """For a process without a `TrapSet` at hand: make the traps of these names and arm them meanwhile."""
    with _shared_traps().armed(names, namespace or {}) as hits:
        yield hits


@functools.cache
def _shared_traps() -> TrapSet:
    return TrapSet.empty()


# ---------------------------------------------------------------------------------------- functions of a name


def functions_behind(name: str) -> list[types.FunctionType]:
    """The Python functions that a public name of a library stands for: of a class those that it defines
    itself, and where it leaves `call` to an unpublished base class, those of the base."""
    found: dict[int, types.FunctionType] = {}
    for part in (name, *IMPLIED.get(name, ())):
        target = _look_up(part)
        if isinstance(target, type):
            for owner in _owners(target):
                for item in list(vars(owner).values()):
                    _add(item, found)
        elif target is not None:
            _add(target, found)
    return list(found.values())


def _look_up(name: str) -> Any:
    name = f"tensorflow.{name[3:]}" if name.startswith("tf.") else name
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            target: Any = importlib.import_module(".".join(parts[:cut]))
        except Exception:
            continue
        for part in parts[cut:]:
            target = getattr(target, part, None)
        return target
    return None


def _owners(target: type) -> Iterator[type]:
    for owner in target.__mro__:
        if owner is not target and not owner.__name__.startswith("Base"):
            return
        yield owner
        if "call" in vars(owner):
            return


def _add(item: Any, found: dict[int, types.FunctionType]) -> None:
    if isinstance(item, (staticmethod, classmethod)):
        item = item.__func__
    if isinstance(item, property):
        for accessor in (item.fget, item.fset):
            if accessor is not None:
                _add(accessor, found)
        return
    if not isinstance(item, types.FunctionType):
        item = getattr(item, "_implementation", None)  # NumPy's dispatched functions
    while isinstance(item, types.FunctionType) and id(item) not in found:
        found[id(item)] = item
        item = getattr(item, "__wrapped__", None)


# -------------------------------------------------------------------------------------------------- trap code


def _trap_code(code: types.CodeType, caught: Callable[[], None]) -> types.CodeType:
    """Code with the signature and free variables of `code` that does nothing but call `caught`. The function
    is a constant of the code: no global or builtin name that could be redefined leads to it."""
    marker = "caught"
    names = code.co_varnames
    positional = list(names[: code.co_argcount])
    if code.co_posonlyargcount:
        positional.insert(code.co_posonlyargcount, "/")
    end = code.co_argcount + code.co_kwonlyargcount
    keywords = list(names[code.co_argcount : end])
    if code.co_flags & inspect.CO_VARARGS:
        positional.append(f"*{names[end]}")
        end += 1
    elif keywords:
        positional.append("*")
    if code.co_flags & inspect.CO_VARKEYWORDS:
        keywords.append(f"**{names[end]}")
    free = code.co_freevars
    source = (
        f"def make({', '.join(free)}):\n"
        f" def trap({', '.join([*positional, *keywords])}):\n"
        f"  ({marker!r} or ({', '.join([*free, ''])}))()\n"
        f" return trap\n"
    )
    made = next(
        item for item in _compiled(source).co_consts if isinstance(item, types.CodeType) and item.co_name == "make"
    )
    trap = next(item for item in made.co_consts if isinstance(item, types.CodeType) and item.co_name == "trap")
    return trap.replace(
        co_consts=tuple(caught if item == marker else item for item in trap.co_consts),
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
    )


@functools.cache
def _compiled(source: str) -> types.CodeType:
    return compile(source, "<trap>", "exec", optimize=0)


@contextlib.contextmanager
def _watch_operations(operations: set[str]) -> Iterator[None]:
    """Note the type of every operation TensorFlow runs or traces, also of functions that were traced
    before."""
    if "tensorflow" not in sys.modules:
        yield
        return
    from tensorflow.python.eager import context
    from tensorflow.python.framework import op_callbacks

    def seen(op_type: Any, inputs: Any, attrs: Any, outputs: Any, op_name: Any = None, graph: Any = None) -> None:
        name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
        if context.context().has_function(name):
            # A function that was traced before runs as one operation of its own name.
            with contextlib.suppress(Exception):
                operations.update(_operations_of_function(name))
        else:
            operations.add(name)

    op_callbacks.add_op_callback(seen)
    try:
        yield
    finally:
        op_callbacks.remove_op_callback(seen)


def _operations_of_function(name: str) -> set[str]:
    """The types of operations in a traced function of TensorFlow and in those it calls."""
    from tensorflow.python.eager import context

    found: set[str] = set()
    waiting, seen = [name], {name}
    while waiting:
        for node in context.context().get_function_def(waiting.pop()).node_def:
            found.add(node.op)
            for attribute in node.attr.values():
                for called in (attribute.func.name, *(function.name for function in attribute.list.func)):
                    if called and called not in seen:
                        seen.add(called)
                        waiting.append(called)
    return found
