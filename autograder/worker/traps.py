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
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .answers import ForbiddenError, is_student_frame
from .protocol import Problem

_BACKEND = "keras.src.backend.tensorflow"
_LEGACY = "tensorflow.python.keras.layers"
IMPLIED: dict[str, tuple[str, ...]] = {
    "keras.layers.LSTM": (
        "keras.layers.LSTMCell", f"{_BACKEND}.rnn.lstm", f"{_BACKEND}.rnn._cudnn_lstm",
        "keras.src.layers.rnn.conv_lstm.ConvLSTM", "keras.src.layers.rnn.conv_lstm.ConvLSTMCell",
        f"{_LEGACY}.recurrent.LSTM", f"{_LEGACY}.recurrent.LSTMCell",
        f"{_LEGACY}.convolutional_recurrent.ConvLSTM2DCell", f"{_LEGACY}.legacy_rnn.rnn_cell_impl.BasicLSTMCell",
        f"{_LEGACY}.legacy_rnn.rnn_cell_impl.LSTMCell",
    ),
    "keras.layers.GRU": (
        "keras.layers.GRUCell", f"{_BACKEND}.rnn.gru", f"{_BACKEND}.rnn._cudnn_gru",
        f"{_LEGACY}.recurrent.GRU", f"{_LEGACY}.recurrent.GRUCell",
        f"{_LEGACY}.legacy_rnn.rnn_cell_impl.GRUCell",
    ),
    "keras.layers.SimpleRNN": (
        "keras.layers.SimpleRNNCell", f"{_LEGACY}.recurrent.SimpleRNN", f"{_LEGACY}.recurrent.SimpleRNNCell",
        f"{_LEGACY}.legacy_rnn.rnn_cell_impl.BasicRNNCell",
    ),
    "keras.layers.RNN": (
        f"{_BACKEND}.rnn.rnn", f"{_LEGACY}.recurrent.RNN", f"{_LEGACY}.recurrent.StackedRNNCells",
        "tensorflow.python.keras.backend.rnn", "tensorflow.python.ops.rnn.dynamic_rnn",
    ),
    "keras.layers.ConvLSTM1D": (
        "keras.src.layers.rnn.conv_lstm.ConvLSTM", "keras.src.layers.rnn.conv_lstm.ConvLSTMCell",
        "keras.layers.ConvLSTM3D",
    ),
    "keras.ops.conv": (f"{_BACKEND}.nn.conv", "keras.src.ops.nn.Conv"),
    "keras.ops.depthwise_conv": (f"{_BACKEND}.nn.depthwise_conv", "keras.src.ops.nn.DepthwiseConv"),
    "keras.ops.conv_transpose": (f"{_BACKEND}.nn.conv_transpose", "keras.src.ops.nn.ConvTranspose"),
    "keras.ops.max_pool": (f"{_BACKEND}.nn.max_pool", "keras.src.ops.nn.MaxPool"),
    "keras.ops.average_pool": (f"{_BACKEND}.nn.average_pool", "keras.src.ops.nn.AveragePool"),
    "scipy.signal.convolve": ("scipy.signal.upfirdn", "scipy.signal.lfilter", "scipy.signal.sepfir2d"),
    "scipy.ndimage.correlate": ("scipy.ndimage.uniform_filter1d", "scipy.ndimage.generic_filter1d"),
    "scipy.ndimage.maximum_filter": (
        "scipy.ndimage.maximum_filter1d", "scipy.ndimage._filters._min_or_max_filter",
        "scipy.ndimage._filters._rank_filter", "scipy.ndimage.vectorized_filter",
    ),
    "scipy.ndimage.minimum_filter": ("scipy.ndimage.minimum_filter1d",),
}  # fmt: skip
"""What lies behind a public name and has no use of its own, and other ways to the same."""

_CONVOLUTION = r"Conv(?:1D|2D|3D|V2|$)|Conv(?:2D|3D)Backprop|DepthwiseConv|XlaConv|Extract(?:Image|Volume)Patches"
_POOLING = r"(?:Max|Avg|Fractional\w*)Pool|ReduceWindow|Dilation2D"
_RECURRENCE = r"CudnnRNN|LSTMBlock|BlockLSTM|GRUBlock"
OPERATIONS_BEHIND = {
    "keras.ops.conv": _CONVOLUTION,
    "keras.ops.max_pool": _POOLING,
    "keras.ops.average_pool": _POOLING,
    "keras.layers.RNN": _RECURRENCE,
}
"""Patterns of the types of TensorFlow's operations that do what a built-in does."""

_FILTERS = (
    "scipy.ndimage._nd_image.generic_filter", "scipy.ndimage._nd_image.generic_filter1d",
    "scipy.ndimage._nd_image.uniform_filter1d",
)  # fmt: skip
_EXTREMES = tuple(
    f"scipy.ndimage._nd_image.{name}" for name in ("min_or_max_filter", "min_or_max_filter1d", "rank_filter")
)
_COMPILED = {
    "keras.ops.conv": (
        "scipy.signal._sigtools._convolve2d", "scipy.signal._sigtools._correlateND",
        "scipy.signal._sigtools._linear_filter", "scipy.signal._upfirdn_apply._apply",
        "scipy.ndimage._nd_image.correlate", "scipy.ndimage._nd_image.correlate1d", *_FILTERS,
    ),
    "keras.ops.max_pool": (*_FILTERS, *_EXTREMES),
    "keras.ops.average_pool": (*_FILTERS, *_EXTREMES),
}  # fmt: skip
"""Compiled functions that a seal puts a refusal in the place of."""

_ALWAYS_REFUSED = (
    *(
        f"tensorflow.python.client._pywrap_tf_session.{name}"
        for name in (
            "TF_SessionRun_wrapper", "TF_SessionMakeCallable", "TF_SessionRunCallable", "TF_SessionPRunSetup_wrapper",
            "TF_SessionPRun_wrapper", "TF_LoadLibrary", "TF_LoadPluggableDeviceLibrary",
        )
    ),
    *(
        f"tensorflow.lite.python.interpreter_wrapper._pywrap_tensorflow_interpreter_wrapper.{name}"
        for name in ("CreateWrapperFromFile", "CreateWrapperFromBuffer")
    ),
)  # fmt: skip
"""Ways to run operations that were made elsewhere: sessions of TensorFlow 1, interpreters, native libraries."""

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


def _is_other_framework(name: str) -> bool:
    return any(name == other or name.startswith(f"{other}.") for other in OTHER_FRAMEWORKS)


class _NoOtherFrameworks:
    """A finder that finds nothing of them, and notes who asked. The polite way: who takes it off meets the guard."""

    def __init__(self, refused: list[str]) -> None:
        self.refused = refused

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if _is_other_framework(name):
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


@dataclass(frozen=True)
class _Sealed:
    """What a guard keeps closed."""

    files: frozenset[str]
    """Source of what was taken out."""
    modules: set[str]
    """Compiled modules that would come back as they were."""
    fixed: dict[int, Any]
    """Functions whose code stays as it is, by their id."""
    hidden: dict[int, Any]
    """Those whose code nobody may look at: it holds what they stand before."""


def _guard(
    sealed: _Sealed, refused: list[str], handed_in: Mapping[str, tuple[int, int]]
) -> tuple[Callable[[str], None], Callable[[str, tuple[Any, ...]], None]]:
    """A check of a file to be read, and an audit hook (Python has no way to take one off again) that keeps a seal
    closed: the sealed source is not read, no module made by the notebook nor another framework is run, and no library,
    process or tracer is brought in to do what this process may not."""
    files, fixed, hidden, modules = sealed.files, sealed.fixed, sealed.hidden, sealed.modules
    bare = frozenset(os.path.basename(path) for path in files)
    # Looked up here, not when the hook runs: what stands behind a name then may be somebody else's.
    status, there_is = os.stat, os.path.lexists
    real, given, split, join, absolute = os.path.realpath, os.fsdecode, os.path.split, os.path.join, os.path.isabs
    folders = [path for path in {*sys.path, os.environ.get("KERAS_HOME", "")} if path and absolute(path)]
    others = tuple(f"{real(join(folder, *name.split('.')))}/" for folder in folders for name in OTHER_FRAMEWORKS)
    trusted = tuple({f"{real(path)}/" for path in (sys.prefix, sys.base_prefix, sys.exec_prefix, *_library_folders())})
    generated, frame_of = _autograph_loader(), sys._getframe

    def note(what: str) -> None:
        if len(refused) < MAX_REFUSED:
            refused.append(what)

    def source_of(path: str) -> str:
        """`a/lstm.py` of `a/__pycache__/lstm.cpython-311.pyc`."""
        folder, name = split(path)
        if not name.endswith(".pyc"):
            return path
        return join(split(folder)[0] if folder.endswith("__pycache__") else folder, name.partition(".")[0] + ".py")

    def check_file(path: str) -> None:
        place = source_of(real(path))
        # A relative path may be meant relative to an open folder, which an audit event does not tell.
        if place in files or (not absolute(path) and split(place)[1] in bare):
            note(f"open {split(place)[1]}")
            raise PermissionError(1, "sealed", path)
        if place.startswith(others):
            note(f"open {split(place)[1]}")
            raise ModuleNotFoundError("another framework is not part of any answer")
        # What is compiled already says of itself where it comes from.
        if path.endswith(".pyc") and not real(path).startswith(trusted) and there_is(path):
            note(f"open {split(place)[1]}")
            raise PermissionError(1, "only the source of a module may be read", path)

    def is_handed_in(path: str) -> bool:
        if path not in handed_in:
            return False
        there = status(path)
        return (there.st_dev, there.st_ino) == handed_in[path]

    def check_code(path: str) -> None:
        """A module's code is about to run: what comes from a file must come from an installed one."""
        if path in files:
            note(f"run {split(path)[1]}")
            raise PermissionError(1, "sealed", path)
        if not absolute(path) or real(path).startswith(trusted) or is_handed_in(real(path)):
            return
        frame: types.FrameType | None = frame_of(1)
        while frame is not None:
            if frame.f_code is generated:
                return
            frame = frame.f_back
        note(f"import {split(path)[1]}")
        raise ImportError(f"{split(path)[1]} was made by the notebook; put it into a cell")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            if arguments and not isinstance(arguments[0], int):
                try:
                    path = given(arguments[0])
                    real(path)
                except (TypeError, ValueError):
                    return
                check_file(path)
        elif event == "object.__getattr__":
            if id(arguments[0]) in hidden and arguments[1] == "__code__":
                raise PermissionError(1, "sealed")
        elif event == "object.__setattr__":
            if id(arguments[0]) in fixed:
                note("__code__")
                raise PermissionError(1, "sealed")
        elif event == "exec":
            check_code(arguments[0].co_filename)
        elif event == "import":
            name, path = arguments[:2]
            if path is not None and not real(path).startswith(trusted):
                note(f"import {split(path)[1]}")
                raise ImportError("a compiled module beside the notebook is not part of any answer")
            if _is_other_framework(name) or name in modules:
                note(f"import {name}")
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        elif event in _BARRED:
            note(event)
            raise PermissionError(1, f"{event} is not part of any answer")

    return check_file, hook


def _library_folders() -> list[str]:
    """Where modules may come from: all of `sys.path` but what the notebook may write."""
    writable = {os.path.realpath(os.environ[name]) for name in ("HOME", "TMPDIR") if name in os.environ}
    return [
        path
        for path in map(os.path.realpath, filter(None, sys.path))
        if not any(path == folder or path.startswith(f"{folder}/") for folder in writable)
    ]


def _autograph_loader() -> types.CodeType | None:
    """The code of TensorFlow that writes a file and imports it, to make graphs of a student's loops."""
    module = sys.modules.get("tensorflow.python.autograph.pyct.loader")
    return getattr(getattr(module, "load_source", None), "__code__", None)


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
        self._sealed: dict[int, Any] = {}

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
        for sealed in self._sealed.keys() & swaps.keys():
            del swaps[sealed]
        before = [(function, function.__code__) for function, _ in swaps.values()]
        try:
            for function, code in swaps.values():
                function.__code__ = code
            with _watch_operations(self._hits.operations):
                yield self._hits
        finally:
            for function, code in before:
                function.__code__ = code

    def seal(self, names: Iterable[str], handed_in: Mapping[str, tuple[int, int]] | None = None) -> None:
        """Put these traps in force for good. Nothing keeps the code they replace, its source can no longer be read,
        operations that stand for them can no longer be made by any way, and what other frameworks there are cannot be
        imported. handed_in: modules beside the notebook, which may be imported like cells may be run: their real paths,
        and the device and inode that are there."""
        names = tuple(names)
        files: set[str] = set()
        for name in names:
            for function, code in self._of(name):
                function.__code__ = code
                self._sealed[id(function)] = function
                files.add(code.co_filename)
        files -= {path for path in files if os.path.basename(path).startswith("gen_")}
        sealed = _Sealed(frozenset(files), set(), dict(self._sealed), {})
        check_file, hook = _guard(sealed, self.refused, dict(handed_in or {}))
        stubs = [*self._stubs(names), *_native_readers(check_file)]
        sealed.modules.update(_put_in_place(stubs))
        sealed.hidden.update((id(stub), stub) for _, stub in stubs)
        sealed.fixed.update(sealed.hidden)
        sys.addaudithook(hook)
        sys.meta_path.insert(0, _NoOtherFrameworks(self.refused))

    def _stubs(self, names: Sequence[str]) -> list[tuple[Any, types.FunctionType]]:
        """What is put in the place of compiled functions: (the function, its stand-in)."""
        made: list[tuple[Any, types.FunctionType]] = []
        for name in names:
            refuse = functools.partial(self._caught, name)
            for path in _COMPILED.get(name, ()):
                if (real := _look_up(path)) is not None:
                    made.append((real, _stand_in(real, refuse, None)))
        patterns = {name: OPERATIONS_BEHIND[name] for name in names if name in OPERATIONS_BEHIND}
        if not patterns or "tensorflow" not in sys.modules:
            return made
        first = next(iter(patterns))
        for path in _ALWAYS_REFUSED:
            if (real := _look_up(path)) is not None:
                made.append((real, _stand_in(real, functools.partial(self._caught, first), None)))
        for path, checked in _checks_of_operations(patterns, self._caught).items():
            if (real := _look_up(path)) is not None:
                made.append((real, _stand_in(real, checked, real)))
        return made

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
    if name in OPERATIONS_BEHIND and "tensorflow" in sys.modules:
        for item in _makers_of_operations(OPERATIONS_BEHIND[name]):
            _add(item, found)
    return list(found.values())


def not_found() -> list[str]:
    """The names that traps and seals are made for and that the libraries here do not have. There must be none in a
    version that Gatebook works with: what has moved would be free to use."""
    watched = _checks_of_operations(OPERATIONS_BEHIND, lambda name: None)
    names = {*PREPARED, *IMPLIED, *_ALWAYS_REFUSED, *watched}.union(*IMPLIED.values(), *_COMPILED.values())
    return sorted(name for name in names if _look_up(name) is None)


def _makers_of_operations(pattern: str) -> Iterator[Any]:
    """The generated functions that make operations of these types."""
    raw_ops = sys.modules["tensorflow"].raw_ops
    for op_type in dir(raw_ops):
        if re.search(pattern, op_type):
            made = getattr(raw_ops, op_type)
            yield made
            # `raw_ops` holds copies; the module that they come from has the functions that all else calls.
            module = vars(sys.modules.get(getattr(made, "__module__", ""), types))
            for name in (made.__name__, f"{made.__name__}_eager_fallback"):
                yield module.get(name)


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


def _stand_in(real: Any, check: Callable[..., None], then: Any) -> types.FunctionType:
    """A function that lets `check` see its arguments, then calls `then`, if anything. Both are constants of its
    code."""
    arguments = "*given, **named" if then is not None else ""
    source = f"def stand_in(*given, **named):\n 'check'({arguments})\n" + (
        " return 'then'(*given, **named)\n" if then is not None else ""
    )
    code = next(item for item in _compiled(source).co_consts if isinstance(item, types.CodeType))
    parts = {"check": check, "then": then}
    made = types.FunctionType(code, {"__builtins__": {}}, getattr(real, "__name__", "stand_in"))
    made.__code__ = code.replace(
        co_consts=tuple(parts.get(item, item) if isinstance(item, str) else item for item in code.co_consts)
    )
    return made


def _put_in_place(stubs: Sequence[tuple[Any, Any]]) -> frozenset[str]:
    """Replace functions in every module that holds them; gives the names of the compiled ones among these."""
    instead = {id(real): stub for real, stub in stubs}
    changed = set()
    for name, module in list(sys.modules.items()):
        members = getattr(module, "__dict__", None)
        if not isinstance(members, dict):
            continue
        for key in [key for key, value in list(members.items()) if id(value) in instead]:
            members[key] = instead[id(members[key])]
            if not str(getattr(module, "__file__", "")).endswith(".py"):
                changed.add(name)
    return frozenset(changed)


def _checks_of_operations(patterns: Mapping[str, str], refuse: Callable[[str], None]) -> dict[str, Callable[..., None]]:
    """Where TensorFlow makes and runs operations, whatever called it: what to look at there."""
    from tensorflow.core.framework import function_pb2, graph_pb2
    from tensorflow.python.client import _pywrap_tf_session

    buffer, content_of = _pywrap_tf_session.TF_Buffer, _pywrap_tf_session.TF_GetBuffer

    searches = {name: re.compile(pattern).search for name, pattern in patterns.items()}
    known: dict[str, str] = {}

    def look_at(op_type: Any) -> None:
        # Not isinstance, nor a method of its own: both ask the object, which may be the notebook's.
        if issubclass(type(op_type), bytes):
            op_type = bytes.decode(op_type, "utf-8", "replace")
        if not issubclass(type(op_type), str):
            return
        op_type = str.__str__(op_type)
        if op_type not in known:
            known[op_type] = "" if op_type.startswith("__") else next(
                (name for name, search in searches.items() if search(op_type)), ""
            )  # fmt: skip
        if known[op_type]:
            refuse(known[op_type])

    def at(index: int) -> Callable[..., None]:
        def check(*given: Any, **named: Any) -> None:
            look_at(given[index] if len(given) > index else None)
            for value in named.values():
                look_at(value)

        return check

    def within(kind: Any) -> Callable[..., None]:
        def check(*given: Any, **named: Any) -> None:
            for value in (*given, *named.values()):
                if isinstance(value, buffer):
                    value = content_of(value)
                if isinstance(value, (bytes, str)):
                    raw = value if isinstance(value, bytes) else value.encode("latin-1", "replace")
                    message = kind.FromString(raw)
                elif hasattr(value, "SerializeToString"):
                    message = kind.FromString(value.SerializeToString())
                else:
                    continue
                for node in (
                    (*message.node, *(n for f in message.library.function for n in f.node_def))
                    if (kind is graph_pb2.GraphDef)
                    else message.node_def
                ):
                    look_at(node.op)

        return check

    graph, function = within(graph_pb2.GraphDef), within(function_pb2.FunctionDef)
    eager, session = "tensorflow.python._pywrap_tfe", "tensorflow.python.client._pywrap_tf_session"
    return {
        f"{eager}.TFE_Py_FastPathExecute": at(1),
        f"{eager}.TFE_Py_Execute": at(2),
        f"{eager}.TFE_Py_ExecuteCancelable": at(2),
        f"{eager}.TFE_ContextAddFunctionDef": function,
        f"{eager}.TFE_ContextAddFunctionDefNoSerialization": function,
        f"{session}.TF_NewOperation": at(1),
        f"{session}.TF_FunctionImportFunctionDef": function,
        f"{session}.TF_FunctionImportFunctionDefNoSerialization": function,
        f"{session}.TF_GraphImportGraphDefWithResults": graph,
        f"{session}.TF_GraphImportGraphDefWithResultsNoSerialization": graph,
    }


def _native_readers(check: Callable[[str], None]) -> list[tuple[Any, types.FunctionType]]:
    """TensorFlow's own way to files, which Python does not see: the sealed ones are not read there either."""

    def checked(*given: Any, **named: Any) -> None:
        for path in (*given, *named.values()):
            if isinstance(path, (str, bytes)):
                check(os.fsdecode(path).removeprefix("file://"))

    found = []
    if "tensorflow" in sys.modules:
        for name in ("CopyFile", "ReadFileToString", "RenameFile", "BufferedInputStream"):
            if (real := _look_up(f"tensorflow.python.lib.io._pywrap_file_io.{name}")) is not None:
                found.append((real, _stand_in(real, checked, real)))
    return found


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
