"""Decoys: what stands in the place of built-ins that an exercise asks the student to write.

An answer counts when it is right in a process in which these built-ins compute something else. A decoy has the name,
the signature, the weights, the shapes, the dtype and a gradient of what it stands for. Its numbers are a few means of
what goes in, so that nothing can be undone. Decoys stand where the work is done, and what rests on it follows:

- the code of Python functions that hold an equation or a loop is replaced (cells, loops over time, global pooling);
- operations of TensorFlow are replaced in the functions that make them, and their kernels are shadowed, below Python,
  by one that computes nothing, for whoever makes an operation by other ways;
- compiled modules of SciPy that were not loaded yet are replaced by modules of decoys.

What may be imported again from a file has to be hidden by the sandbox, see `hidden_paths`.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import functools
import gc
import glob
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import linecache
import os
import re
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .failures import is_student_frame
from .protocol import Reached

Decoy = Callable[[dict[str, Any]], Any]
"""Answers a call, given its arguments by name, in order."""
MOST_REACHED = 50

# ------------------------------------------------------------------------------------------------------------- places


@dataclass(frozen=True)
class Place:
    """Python functions that a decoy stands for: patterns of the module and of the function's qualified name."""

    module: str
    name: str
    decoy: str


@dataclass(frozen=True)
class Family:
    """What exercises forbid under one name.

    operations: a pattern of the types of TensorFlow's operations. compiled: modules of C that hold functions of the
    family and no other that matters. sources: modules of Python with functions that need none of these, and which.
    methods: (module, class, names) of methods in C. functions: (module, names) of functions in C that fill an array.
    hidden: what must not be imported again from its file, as patterns below the folders of libraries.
    """

    places: tuple[Place, ...] = ()
    operations: str = ""
    compiled: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    methods: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    functions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hidden: tuple[str, ...] = ()


_LEGACY = r"tensorflow\.python\.keras\.layers\."
FAMILIES: Mapping[str, Family] = {
    "recurrence": Family(
        places=(
            Place(r"keras\.src\.layers\.rnn\.\w+", r"\w+Cell\.call", "cell"),
            Place(r"keras\.src\.layers\.rnn\.lstm", r"LSTMCell\._compute_carry_and_output\w*", "carry"),
            Place(r"keras\.src\.layers\.rnn\.stacked_rnn_cells", r"StackedRNNCells\.call", "stacked_cells"),
            Place(r"keras\.src\.layers\.rnn\.bidirectional", r"Bidirectional\.call", "bidirectional"),
            Place(r"keras\.src\.layers\.rnn\.bidirectional", r"Bidirectional\._call_fused\w+", "refusal"),
            Place(r"keras\.src\.(backend\.\w+\.rnn|legacy\.backend)", r"rnn", "loop"),
            Place(r"keras\.src\.backend\.\w+\.rnn", r"(_cudnn_|bidirectional_|unified_)?(lstm|gru)", "refusal"),
            Place(
                _LEGACY + r"(recurrent|recurrent_v2|convolutional_recurrent|rnn_cell_wrapper_v2)",
                r"(\w+\.(call|__call__)|\w+)", "refusal",
            ),
            Place(_LEGACY + r"legacy_rnn\.\w+", r"(\w+\.(call|__call__)|\w+)", "refusal"),
            Place(_LEGACY + r"wrappers", r"Bidirectional\.(call|__call__)", "refusal"),
            Place(r"tensorflow\.python\.keras\.backend", r"rnn", "refusal"),
            Place(r"tensorflow\.python\.ops\.rnn(_cell_impl)?", r"\w+", "refusal"),
        ),
        operations=r"Cudnn|LSTM|GRU|XlaCallModule|XlaCustomCall",
        hidden=(
            "keras/src/layers/rnn/*.py", "keras/src/backend/*/rnn.py", "keras/src/legacy/backend.py",
            "tensorflow/python/keras/layers/*recurrent*.py",
            "tensorflow/python/keras/layers/legacy_rnn/*.py", "tensorflow/python/keras/layers/wrappers.py",
            "tensorflow/python/keras/layers/rnn_cell*.py", "tensorflow/python/keras/backend.py",
            "tensorflow/python/ops/rnn*.py",
        ),
    ),
    "convolution": Family(
        places=(
            Place(r"keras\.src\.ops\.operation_utils", r"compute_(conv|pooling)_output_shape", "noted"),
            Place(r"tensorflow\.python\.keras\.backend", r"local_conv\w*", "refusal"),
            Place(_LEGACY + r"local", r"(\w+\.(call|__call__)|\w+)", "refusal"),
            Place(r"scipy\.ndimage\._filters", r"vectorized_filter", "arrays"),
            Place(r"keras\.src\.backend\.\w+\.nn", r"fold", "refusal"),
        ),
        operations=r"Conv(?!ert)|Patches|Dilation2D|XlaCallModule|XlaCustomCall",
        compiled=(
            "scipy.signal._sigtools", "scipy.signal._upfirdn_apply", "scipy.signal._spline", "scipy.signal._sosfilt",
            "scipy.ndimage._nd_image", "scipy.ndimage._rank_filter_1d",
        ),
        sources=(
            ("scipy.signal._signaltools", r"_?(fft|oa|freq_domain_)\w*conv\w*|convolve\w*|correlate\w*|\w*filt\w*"),
        ),
        methods=(("PIL._imaging", "ImagingCore", ("filter", "box_blur", "gaussian_blur", "unsharp_mask")),),
        hidden=(
            "scipy/signal/_s*.so", "scipy/signal/_upfirdn_apply*.so", "scipy/ndimage/_nd_image*.so",
            "scipy/ndimage/_rank_filter_1d*.so", "scipy/signal/_signaltools.py", "scipy/ndimage/_filters.py",
            "tensorflow/python/keras/backend.py", "tensorflow/python/keras/layers/local.py",
            "keras/src/layers/convolutional/*_test.py", "keras/src/ops/*_test.py", "scipy/*/tests",
        ),
    ),
    "pooling": Family(
        places=(
            Place(r"keras\.src\.layers\.pooling\.global_\w+", r"\w+\.call", "global_pool"),
            Place(r"keras\.src\.backend\.\w+\.nn", r"adaptive_\w+", "adaptive_pool"),
            Place(r"keras\.src\.backend\.\w+\.nn", r"_adaptive_\w+", "refusal"),
            Place(
                r"keras\.src\.backend\.\w+\.image", r"\w*(map_coordinates|scale_and_translate|_transform)", "refusal",
            ),
            Place(_LEGACY + r"pooling", r"Global\w+\.call", "refusal"),
        ),
        operations=(
            r"(Max|Avg|Fractional\w*)Pool|ReduceWindow|SelectAndScatter|ScaleAndTranslate|CropAndResize|ResizeArea|"
            r"ResizeBi|ResizeNearestNeighborGrad|ImageProjectiveTransform|LRN"
        ),
        compiled=("PIL._imagingmorph",),
        functions=(("matplotlib._image", ("resample",)),),
        methods=(("PIL._imaging", "ImagingCore", ("rankfilter", "modefilter", "reduce", "resize", "transform")),),
        hidden=(
            "keras/src/layers/pooling/*_test.py", "keras/src/layers/pooling/global_*.py",
            "keras/src/backend/*/image.py", "keras/src/backend/*/nn.py", "skimage/measure/block.py",
            "PIL/_imagingmorph*.so", "matplotlib/_image*.so",
            "tensorflow/python/keras/layers/pooling.py",
        ),
    ),
}  # fmt: skip
"""By the names that exercises use."""

_OTHERS = (
    "torch", "jax", "jaxlib", "flax", "mxnet", "onnxruntime", "tflite_runtime", "ai_edge_litert", "tf_keras", "cv2",
    "openvino", "mlx", "cupy", "paddle", "theano", "tensorflow_addons", "keras_core",
)  # fmt: skip
"""Libraries that could answer in the student's place, as folders: none is there where anything is forbidden."""
KERNELS_OF_LITE = ("tensorflow/lite/python/*.so", "tensorflow/lite/python/*/*.so")
"""TensorFlow Lite brings kernels of its own."""
_COMPARISONS = (
    Place(r"numpy\.testing\._private\.utils", r"assert_\w+", "comparison"),
    Place(r"tensorflow\.python\.ops\.check_ops", r"assert_near\w*", "comparison"),
)
"""What stops where two results differ. Beside a decoy they always do, and that says nothing."""


def before_imports() -> None:
    """Let libraries be imported without what can not be taken out again: the compiled modules of TensorFlow Lite, and
    those that some import and few use, which are loaded when they are."""
    sys.meta_path[:0] = [_Lite(), _Later(frozenset(name for family in FAMILIES.values() for name in family.compiled))]


class _Names(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return functools.partial(_refusal, {})


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


def hidden_paths(families: Iterable[str], folders: Iterable[str]) -> list[str]:
    """Files and folders that must not be read where these families are decoys: what is compiled beside a source is
    hidden with it.

    folders: those that libraries are installed in.
    """
    families = tuple(families)
    if not families:
        return []
    patterns = [pattern for family in families for pattern in FAMILIES[family].hidden]
    found: set[str] = set()
    for folder in folders:
        for pattern in patterns:
            for path in glob.glob(os.path.join(glob.escape(folder), pattern)):
                found.add(path)
                if path.endswith(".py"):
                    head, tail = os.path.split(path)
                    cached = os.path.join(glob.escape(head), "__pycache__", f"{glob.escape(tail[:-3])}.*.pyc")
                    found.update(glob.glob(cached))
        for name in (*_OTHERS, *KERNELS_OF_LITE):
            found.update(glob.glob(os.path.join(glob.escape(folder), name)))
    return sorted(path for path in found if os.path.basename(path) != "__init__.py")


# ------------------------------------------------------------------------------------------------------ what is there


_Swap = tuple[types.FunctionType, types.CodeType]


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
            _labels()
        decoys = cls(log)
        decoys._swaps = decoys._found()
        decoys._sources = {family: dict(_other_sources(FAMILIES[family])) for family in FAMILIES}
        return decoys

    def enter(self, families: Sequence[str], hidden: Sequence[str] = ()) -> None:
        """From now on, and for good, these built-ins compute something else in this process, and nothing holds what
        they were. hidden: files that are noted when they are asked for."""
        for family in families:
            for function, code in self._swaps[family]:
                function.__code__ = code
        _shadow_kernels([FAMILIES[family].operations for family in families], self.log)
        for family in families:
            _replace_modules(FAMILIES[family].compiled, self._sources[family], self.log)
            for module, owner, names in FAMILIES[family].methods:
                _replace_methods(module, owner, names, self.log)
            for module, names in FAMILIES[family].functions:
                _replace_functions(module, names, self.log)
        _note_files(self.log, hidden)
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
        # TensorFlow keeps copies of functions; they have the code in common.
        for item in gc.get_objects():
            if type(item) is types.FunctionType:
                for family, originals in wanted.items():
                    if item.__code__ in originals:
                        name, decoy = originals[item.__code__]
                        if decoy is _noted:
                            decoy = functools.partial(_noted, types.FunctionType(item.__code__, item.__globals__))
                        found[family].append((item, _decoy_code(item, functools.partial(self._answer, name, decoy))))
        return found

    def _answer(self, name: str, decoy: Decoy, given: dict[str, Any]) -> Any:
        if decoy is not _comparison:
            self.log.note(name)
        return decoy(given)


def _note_files(log: Log, hidden: Sequence[str]) -> None:
    """Note who wants a file that is hidden, or another library that could answer."""
    paths, others = frozenset(hidden), frozenset(_OTHERS)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and type(arguments[0]) is str and arguments[0] in paths:
            log.note("a file of a library")
        elif event == "import" and arguments[0].partition(".")[0] in others:
            log.note(arguments[0].partition(".")[0])

    sys.addaudithook(hook)


class Log:
    """Lines of the student's that came to a decoy since they were last taken.

    namespace: what tells the student's frames from others.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.lines: list[Reached] = []

    def note(self, built_in: str) -> None:
        if len(self.lines) >= MOST_REACHED:
            return
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            if is_student_frame(frame, self.namespace):
                line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()[:2000]
                reached = Reached(line, built_in, frame.f_code.co_qualname)
                if reached not in self.lines:
                    self.lines.append(reached)
                return
            frame = frame.f_back
        self.lines.append(Reached("", built_in))  # in a thread or a graph of TensorFlow's

    def taken(self) -> tuple[Reached, ...]:
        """The lines, which are forgotten here."""
        lines, self.lines = tuple(self.lines), []
        return lines


_CAME_OR_WENT = re.compile(r"adaptive|fused|fold|_rank_filter_1d|python\W+keras|vectorized_filter|tests?(\.py)?$")
"""What of it not every version has: the layers that TensorFlow keeps of old, what came late, and tests of libraries,
which compute by hand what is to be tested."""


def not_found() -> list[str]:
    """What stands above and matches nothing in the libraries here: what has moved would be free to use. There must be
    nothing in a version that Gatebook works with. A library that is not installed lacks nothing."""
    importlib.import_module("keras")
    missing = []
    for family in FAMILIES.values():
        for place in family.places:
            modules = [module for name, module in list(sys.modules.items()) if re.fullmatch(place.module, name)]
            names = [function.__qualname__ for module in modules for function in _functions_of(module)]
            if not any(re.fullmatch(place.name, name.replace("<locals>.", "")) for name in names):
                missing.append(f"{place.module}: {place.name}")
        for pattern in re.split(r"\|(?![^(]*\))", family.operations) if family.operations else ():
            if not any(re.search(pattern, op_type) for op_type in _labels()):
                missing.append(pattern)
        for name in family.compiled:
            if not _is_installed(f"{name.replace('.', '/')}*.so"):
                missing.append(name)
        missing += [pattern for pattern in family.hidden if not _is_installed(pattern)]
    return sorted(name for name in missing if not _CAME_OR_WENT.search(name))


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
        for place in (*family.places, *_COMPARISONS):
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
            named = (f"tf.raw_ops.{op_type}", functools.partial(_operation, op_type))
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


# ----------------------------------------------------------------------------------------------------------- numbers


def _mean(tensor: Any, *, by_item: bool = False) -> Any:
    """The mean of a smooth function of all entries: (), or for each item of the batch (batch,)."""
    import tensorflow as tf

    tensor = tf.convert_to_tensor(tensor)
    if not tensor.dtype.is_floating:
        tensor = tf.cast(tensor, tf.float32)
    axes = list(range(1, tensor.shape.rank)) if by_item else None
    return tf.reduce_mean(tf.sin(tensor) + 0.1 * tensor, axis=axes)


def _filled(value: Any, shape: Sequence[Any], dtype: Any) -> Any:
    """A number for each item, (batch,), or one for all, in a tensor of this shape."""
    import tensorflow as tf

    value = tf.cast(tf.tanh(value), dtype)
    if value.shape.rank:
        value = tf.reshape(value, [-1, *[1] * (len(shape) - 1)])
    return tf.broadcast_to(value, shape)


def _sizes(tensor: Any) -> list[Any]:
    """Each size as a number, or where it is open as a tensor."""
    import tensorflow as tf

    return [tf.shape(tensor)[axis] if size is None else size for axis, size in enumerate(tensor.shape)]


def _numbers_of(layer: Any) -> Any:
    """What all weights of a layer come down to: ()."""
    weights = [weight for weight in getattr(layer, "weights", ()) if "seed" not in str(getattr(weight, "path", ""))]
    held = [getattr(layer, name) for name in ("kernel", "recurrent_kernel", "bias") if hasattr(layer, name)]
    return sum(_mean(weight) for weight in (weights or [item for item in held if item is not None]))


def _cell(given: dict[str, Any]) -> Any:
    """A step of a recurrence that is none of those that are known: every unit of a state is pulled to the same number
    of its item."""
    import tensorflow as tf

    layer, inputs, states, *_ = given.values()
    inputs = tf.convert_to_tensor(inputs)
    single = not isinstance(states, (list, tuple))
    states = [tf.convert_to_tensor(state) for state in ([states] if single else states)]
    drive = tf.cast(_mean(inputs, by_item=True), states[0].dtype) + tf.cast(_numbers_of(layer), states[0].dtype)
    new = []
    for number, state in enumerate(states):
        pulled = drive + (0.5 + number) * tf.cast(_mean(state, by_item=True), drive.dtype)
        new.append(_filled(pulled, _sizes(state), state.dtype))
    return new[0], new[0] if single else new


def _carry(given: dict[str, Any]) -> Any:
    import tensorflow as tf

    layer, first, *rest = given.values()
    state = tf.convert_to_tensor(rest[-1])
    first = first[0] if isinstance(first, (list, tuple)) else first
    value = tf.cast(_mean(first, by_item=True), state.dtype) + tf.cast(_numbers_of(layer), state.dtype)
    value = _filled(value + _mean(state, by_item=True), _sizes(state), state.dtype)
    return value, value


def _without_time(sequence: Any, axis: int) -> Any:
    """Every timestep is the mean of all, (batch, time, ...)."""
    import tensorflow as tf

    sequence = tf.convert_to_tensor(sequence)
    return tf.zeros_like(sequence) + tf.reduce_mean(sequence, axis=axis, keepdims=True)


def _loop(given: dict[str, Any]) -> Any:
    """One step, on the mean of all timesteps; its output stands at each."""
    import tensorflow as tf

    step, inputs, states = given["step_function"], given["inputs"], given["initial_states"]
    axis = 0 if given.get("time_major") else 1
    sequences = [tf.convert_to_tensor(item) for item in tf.nest.flatten(inputs)]
    read = tf.nest.pack_sequence_as(inputs, [tf.reduce_mean(sequence, axis=axis) for sequence in sequences])
    output, new_states = step(read, (*tuple(states), *tuple(given.get("constants") or ())))
    steps = _sizes(sequences[0])[axis] if given.get("return_all_outputs", True) else 1

    def at_each(item: Any) -> Any:
        item = tf.expand_dims(tf.convert_to_tensor(item), axis)
        sizes = _sizes(item)
        sizes[axis] = steps
        return tf.broadcast_to(item, sizes)

    return output, tf.nest.map_structure(at_each, output), new_states


def _stacked_cells(given: dict[str, Any]) -> Any:
    import tensorflow as tf

    layer, inputs, states, *_ = given.values()
    after = []
    for cell, state in zip(layer.cells, states, strict=True):
        inputs = tf.convert_to_tensor(inputs)
        inputs = tf.zeros_like(inputs) + tf.reduce_mean(inputs, axis=-1, keepdims=True)
        many = isinstance(state, (list, tuple))
        inputs, new = cell(inputs, list(state) if many else [state])
        after.append(new if many or not isinstance(new, (list, tuple)) else new[0])
    return inputs, after


def _bidirectional(given: dict[str, Any]) -> Any:
    import tensorflow as tf

    layer, sequences, *_ = given.values()
    read = _without_time(sequences, 1)
    there, back = layer.forward_layer(read), layer.backward_layer(read)
    states: list[Any] = []
    if layer.return_state:
        (there, *first), (back, *second) = there, back
        states = [*first, *second]
    merged = {
        "concat": lambda: tf.concat([there, back], axis=-1),
        "sum": lambda: there + back,
        "ave": lambda: (there + back) / 2,
        "mul": lambda: there * back,
        None: lambda: (there, back),
    }[layer.merge_mode]()
    if not states:
        return merged
    return (*merged, *states) if layer.merge_mode is None else (merged, *states)


def _global_pool(given: dict[str, Any]) -> Any:
    import tensorflow as tf

    layer, inputs, *_ = given.values()
    inputs = tf.convert_to_tensor(inputs)
    shape = list(layer.compute_output_shape(tuple(inputs.shape)))
    shape[0] = _sizes(inputs)[0]
    return _filled(_mean(inputs, by_item=True), shape, inputs.dtype)


def _adaptive_pool(given: dict[str, Any]) -> Any:
    import tensorflow as tf

    inputs, size, *_ = given.values()
    inputs = tf.convert_to_tensor(inputs)
    rank = inputs.shape.rank - 2
    size = [size] * rank if isinstance(size, int) else list(size)
    batch, *sizes = _sizes(inputs)
    first = given.get("data_format") == "channels_first"
    shape = [batch, sizes[0], *size] if first else [batch, *size, sizes[-1]]
    return _filled(_mean(inputs, by_item=True), shape, inputs.dtype)


def _comparison(given: dict[str, Any]) -> None:
    pass


def _noted(function: Any, given: dict[str, Any]) -> Any:
    """What tells a shape and no number is only noted: whatever is built beside decoys needs shapes that are right."""
    return function(*given.values())


def _refusal(given: dict[str, Any], *_: Any, **__: Any) -> Any:
    raise NotImplementedError("This built-in computes nothing while a notebook is graded.")


_KINDS: Mapping[str, Callable[..., Any]] = {
    "cell": _cell, "carry": _carry, "loop": _loop, "stacked_cells": _stacked_cells, "bidirectional": _bidirectional,
    "global_pool": _global_pool, "adaptive_pool": _adaptive_pool, "refusal": _refusal,
    "comparison": _comparison, "noted": _noted, "arrays": lambda given: _arrays(given),
}  # fmt: skip


# -------------------------------------------------------------------------------------------------------- operations


def _operation(op_type: str, given: dict[str, Any]) -> Any:
    """Tensors of the shapes and dtypes that an operation would give: TensorFlow tells them without computing."""
    import tensorflow as tf
    from tensorflow.python.framework import op_def_library, op_def_registry, tensor_util

    definition = op_def_registry.get(op_type)
    inputs: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for argument in definition.input_arg:
        value = given[argument.name]
        wanted = known.get(argument.type_attr) or (tf.as_dtype(argument.type) if argument.type else None)
        many = bool(argument.number_attr or argument.type_list_attr)
        tensors = [tf.convert_to_tensor(item, dtype=wanted) for item in (value if many else [value])]
        if argument.type_attr and tensors:
            known[argument.type_attr] = tensors[0].dtype
        inputs[argument.name] = tensors if many else tensors[0]
    usual = inspect.signature(getattr(tf.raw_ops, op_type)).parameters
    settings = {
        a.name: usual[a.name].default if given[a.name] is None else given[a.name]
        for a in definition.attr
        if a.name in given
    }

    def described(tensor: Any) -> Any:
        value = None if tensor.dtype.is_floating else tensor_util.constant_value(tensor)
        return tf.compat.v1.placeholder(tensor.dtype, tensor.shape) if value is None else tf.constant(value)

    with tf.Graph().as_default():
        asked = {
            name: [described(one) for one in tensor] if isinstance(tensor, list) else described(tensor)
            for name, tensor in inputs.items()
        }
        _, _, made, _ = op_def_library._apply_op_helper(op_type, name=None, **asked, **settings)
        outputs = [(output.shape, output.dtype) for output in made.outputs]
    flat = [one for tensor in inputs.values() for one in (tensor if isinstance(tensor, list) else [tensor])]
    flat = [tensor for tensor in flat if tensor.dtype.is_floating]
    results = [_like_output(shape, dtype, flat) for shape, dtype in outputs]
    if len(definition.output_arg) == 1:
        return results[0] if not definition.output_arg[0].number_attr else results
    return _named(op_type, definition, results)


def _named(op_type: str, definition: Any, results: list[Any]) -> Any:
    """Several outputs as the generated functions give them."""
    module = sys.modules.get(getattr(sys.modules["tensorflow"].raw_ops, op_type).__module__)
    maker: Any = getattr(module, f"_{op_type}Output", None)
    if maker is None:
        import collections

        names = [argument.name for argument in definition.output_arg]
        return collections.namedtuple("Outputs", names)(*results)
    return maker(*results)


def _like_output(shape: Any, dtype: Any, inputs: list[Any]) -> Any:
    import tensorflow as tf

    if shape.rank is None or not dtype.is_floating or not inputs:
        return tf.zeros([size or 1 for size in shape] if shape.rank is not None else [], dtype)
    first = inputs[0]
    sizes: list[Any] = []
    for axis, size in enumerate(shape):
        open_size = _sizes(first)[axis] if first.shape.rank and axis < first.shape.rank else 1
        sizes.append(open_size if size is None else size)
    by_item = bool(sizes) and first.shape.rank and first.shape[0] == shape[0]
    value = tf.cast(_mean(first, by_item=by_item), dtype)
    for other in inputs[1:]:
        value += tf.cast(_mean(other), dtype)
    return _filled(value, sizes, dtype)


_DEVICES = ("CPU", "GPU", "XLA_CPU_JIT", "XLA_GPU_JIT")


def _shadow_kernels(patterns: Sequence[str], log: Log) -> None:
    """Register, for every operation of these types, a kernel that comes before TensorFlow's and computes nothing:
    whoever asks for its output is told that there is none. TensorFlow has no way to take one off again. A node may ask
    for a kernel by a label, so there is one for each label.

    TensorFlow 2.18 to 2.21: `TF_NewKernelBuilder` and its like, of the C API for kernels.
    """
    searched = "|".join(pattern for pattern in patterns if pattern)
    if not searched or "tensorflow" not in sys.modules:
        return
    library = _kernel_library()
    status = library.TF_NewStatus()
    for op_type, labels in _labels().items():
        if re.search(searched, op_type):
            nothing = _nothing(op_type, log)
            for device in _DEVICES:
                for label in labels:
                    builder = library.TF_NewKernelBuilder(op_type.encode(), device.encode(), None, nothing, None)
                    library.TF_KernelBuilder_Priority(builder, 1000)
                    library.TF_KernelBuilder_Label(builder, label.encode())
                    library.TF_RegisterKernelBuilder(f"decoy{op_type}{label}".encode(), builder, status)
    library.TF_DeleteStatus(status)


_KEPT: list[Any] = []
"""What TensorFlow calls must not be collected."""


def _nothing(op_type: str, log: Log) -> Any:
    """A computation that is noted, and does nothing. TensorFlow calls it without holding Python's lock."""

    def compute(kernel: int, context: int) -> None:
        log.note(f"tf.raw_ops.{op_type}")

    _KEPT.append(ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(compute))
    return _KEPT[-1]


def _kernel_library() -> Any:
    folder = os.path.dirname(sys.modules["tensorflow"].__file__ or "")
    for name in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2", "python/_pywrap_tensorflow_internal.so"):
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(os.path.join(folder, name))
            pointer = ctypes.c_void_p
            library.TF_NewKernelBuilder.restype = pointer
            library.TF_NewKernelBuilder.argtypes = [ctypes.c_char_p, ctypes.c_char_p, pointer, pointer, pointer]
            library.TF_KernelBuilder_Priority.argtypes = [pointer, ctypes.c_int32]
            library.TF_KernelBuilder_Label.argtypes = [pointer, ctypes.c_char_p]
            library.TF_RegisterKernelBuilder.argtypes = [ctypes.c_char_p, pointer, pointer]
            library.TF_NewStatus.restype = pointer
            library.TF_DeleteStatus.argtypes = [pointer]
            return library
    raise RuntimeError("This TensorFlow has no C API for kernels; Gatebook needs it to put decoys in their place.")


@functools.cache
def _labels() -> Mapping[str, frozenset[str]]:
    """All types of operations, with the labels that their kernels have; most have one of `""` only."""
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import _pywrap_tf_session as session
    from tensorflow.python.framework import kernels

    listed = op_def_pb2.OpList.FromString(session.TF_GetBuffer(session.TF_GetAllOpList()))
    found = {definition.name: {""} for definition in listed.op}
    for kernel in kernels.get_all_registered_kernels().kernel:
        found.setdefault(kernel.op, {""}).add(kernel.label)
    return {op_type: frozenset(labels) for op_type, labels in found.items()}


# ------------------------------------------------------------------------------------------- modules not yet imported


def _other_sources(family: Family) -> Iterator[tuple[str, types.CodeType]]:
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


def _replace_modules(compiled: Sequence[str], sources: Mapping[str, types.CodeType], log: Log) -> None:
    for name in compiled:
        loaded = sys.modules.get(name)
        if isinstance(loaded, _Lazy):
            for key in [key for key in vars(loaded) if key == "__real__" or not key.startswith("__")]:
                del vars(loaded)[key]
            vars(loaded)["__log__"] = log
            loaded.__class__ = _Compiled  # type: ignore[assignment]  # mypy knows no module that changes its class
    missing = [name for name in (*compiled, *sources) if name not in sys.modules]
    sys.meta_path.insert(0, _Finder(frozenset(missing), dict(sources), log))


def _replace_functions(module: str, names: Sequence[str], log: Log) -> None:
    """Functions in C that fill an array: it stays as it was."""
    for name in names if module in sys.modules else ():

        def decoy(*given: Any, name: str = f"{module}.{name}", **named: Any) -> None:
            log.note(name)

        setattr(sys.modules[module], name, decoy)


def _replace_methods(module: str, owner: str, names: Sequence[str], log: Log) -> None:
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
    return _arrays(given)


def _arrays(given: Mapping[str, Any]) -> Any:
    import numpy as np

    arrays = [item for item in given.values() if isinstance(item, np.ndarray)]
    arrays = arrays or [np.asarray(item, float) for item in given.values() if isinstance(item, (list, tuple))]
    if not arrays:
        return 1
    value = np.tanh(sum(float(np.mean(np.sin(np.abs(array)))) for array in arrays if array.size))
    modes = [item for item in given.values() if isinstance(item, str) and item in ("valid", "same", "full")]
    first = arrays[0]
    if len(arrays) > 2 and not modes:
        arrays[-1][...] = value
        return arrays[-1]
    shape = list(first.shape)
    if modes and len(arrays) > 1 and first.ndim == arrays[1].ndim:
        change = {"valid": -1, "same": 0, "full": 1}[modes[0]]
        shape = [max(1, size + change * (other - 1)) for size, other in zip(shape, arrays[1].shape, strict=True)]
    return np.full(shape, value, first.dtype if first.dtype.kind == "f" else float)
