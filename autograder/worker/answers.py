"""Answer questions about the names a notebook has defined.

This is the untrusted side: it runs in the sandbox beside the student's code, and in the student's own kernel
behind `check`. It holds no right answers and judges nothing; whatever the entry point gives is packed as it
is. The module imports only `protocol` from its package, so that it can be bound into the sandbox under
another package name.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import inspect
import io
import logging
import os
import random
import shutil
import sys
import tempfile
import time
import types
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from .failures import MAX_TEXT, describe, plain_text
from .failures import message_of as message_of
from .keras_internals import forget_global_generator, tensorflow_seed, variable_type
from .protocol import (
    DTYPES,
    Answer,
    Array,
    CallFunction,
    CallLayer,
    Items,
    NamedArray,
    Other,
    Problem,
    Question,
    Training,
    TrainModel,
    Value,
    WeightInfo,
    decode_array,
    encode_array,
)

SEED = 20240229
"""All random generators start from here for every question and every cell."""

MAX_ARRAY_BYTES = 12 * 2**20
MAX_NODES = 10_000
MAX_DEPTH = 32
ROUTES = ("eager", "function", "symbolic", "from_config", "saved", "twice")


def answer(question: Question, namespace: Mapping[str, Any]) -> Answer:
    """Answer one question from the objects in `namespace`.

    Whatever the student's code raises comes back as a `Problem`; only `KeyboardInterrupt`, by which the
    caller ends a question that takes too long, is passed on (as `Interrupted`, where something is known by then).
    """
    started = time.perf_counter()
    facts: dict[str, Any] = {}
    try:
        with _silent_stderr(), _known_state(question):
            if isinstance(question, CallFunction):
                _call_function(question, namespace, facts)
            elif isinstance(question, CallLayer):
                _call_layer(question, namespace, facts)
            else:
                _train_model(question, namespace, facts)
    except KeyboardInterrupt:
        _raise_what_is_known(facts, time.perf_counter() - started)
        raise
    except _RefusedError as refused:
        facts["problem"] = refused.problem
    except BaseException as error:
        if _was_interrupted(error):
            _raise_what_is_known(facts, time.perf_counter() - started)
        facts["problem"] = describe(error, namespace)
    facts.pop("training", None)
    if "problem" in facts:
        facts.pop("value", None)
        facts.pop("gradients", None)
    return Answer(**facts, seconds=time.perf_counter() - started)


class Interrupted(KeyboardInterrupt):
    """A question was interrupted. `known`: the answer as far as it went."""

    def __init__(self, known: Answer) -> None:
        super().__init__()
        self.known = known


def _raise_what_is_known(facts: dict[str, Any], seconds: float) -> None:
    """Raise `Interrupted` where there was a model to train already."""
    if "training" in facts:
        facts["training"] = msgspec.structs.replace(facts["training"], seconds=seconds)
        raise Interrupted(Answer(**facts, seconds=seconds)) from None


def _was_interrupted(error: BaseException) -> bool:
    """Whether TensorFlow made an error of its own of an interrupt, as it does where a graph calls Python."""
    return type(error).__name__ == "UnknownError" and "KeyboardInterrupt" in message_of(error)


class _RefusedError(Exception):
    """The question cannot be put to what was found."""

    def __init__(self, kind: str, message: str, type_name: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(kind=kind, type=type_name, message=message[:MAX_TEXT])


# ------------------------------------------------------------------------------------ state around a question


def reseed() -> None:
    """Set the generators of Python, NumPy, and Keras and TensorFlow where loaded, to a known state."""
    random.seed(SEED)
    np.random.seed(SEED)
    keras = sys.modules.get("keras")
    if keras is None or not hasattr(keras, "utils"):
        return
    # Setting TensorFlow's seed also throws away every compiled operation: 20 ms for the next step of an LSTM.
    if "tensorflow" not in sys.modules or tensorflow_seed() != (SEED, random.Random(SEED).getstate()):
        keras.utils.set_random_seed(SEED)
    forget_global_generator()


def reset_keras(dtype: str = "float32") -> None:
    """Give Keras and TensorFlow, where they are loaded, their default settings at the given dtype or dtype
    policy."""
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "config"):
        keras.config.set_floatx(dtype if dtype in ("float16", "bfloat16", "float32", "float64") else "float32")
        keras.config.set_dtype_policy(dtype)
        keras.config.set_image_data_format("channels_last")
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None and tensorflow.config.functions_run_eagerly():
        tensorflow.config.run_functions_eagerly(False)


@contextlib.contextmanager
def _known_state(question: Question) -> Iterator[None]:
    if not isinstance(question, CallFunction):
        import keras  # noqa: F401  a layer question needs it, a function question only if the student's code does
    keras_module = sys.modules.get("keras")
    tensorflow = sys.modules.get("tensorflow")
    generators = random.getstate(), np.random.get_state()
    with contextlib.ExitStack() as stack:
        if keras_module is not None and hasattr(keras_module, "config"):
            config = keras_module.config
            stack.callback(config.set_floatx, config.floatx())
            stack.callback(config.set_dtype_policy, config.dtype_policy())
            stack.callback(config.set_image_data_format, config.image_data_format())
            if config.is_traceback_filtering_enabled():
                # Filtering rewrites messages and drops the frames that say where an exception came from.
                config.disable_traceback_filtering()
                stack.callback(config.enable_traceback_filtering)
        if tensorflow is not None and hasattr(tensorflow, "config"):
            stack.callback(tensorflow.config.run_functions_eagerly, tensorflow.config.functions_run_eagerly())
            if not tensorflow.executing_eagerly():
                from tensorflow.python.eager import context

                stack.enter_context(context.eager_mode())
        stack.callback(np.random.set_state, generators[1])
        stack.callback(random.setstate, generators[0])
        reset_keras(question.dtype if isinstance(question, CallLayer) else "float32")
        reseed()
        yield


class _Nowhere(io.TextIOBase):
    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Right code can be loud: `keras.ops.scan` in eager mode logs "Object was never used" for every step."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(_Nowhere()):
            warnings.simplefilter("ignore")
            yield
            if "tensorflow" in sys.modules:
                gc.collect(0)  # the unused objects complain when they are collected
    finally:
        logging.disable(disabled)


# ----------------------------------------------------------------------------------------------------- values


def to_value(result: Any) -> Value:
    """Pack whatever the student's code returned: arrays of any library, numbers, sequences of them.

    An object that poses as an array is asked for its numbers exactly once, here; only bytes leave the
    process.
    """
    return _Packer().pack(result, 0)


class _Packer:
    """Packs one result, within bounds on the number of entries and their nesting."""

    def __init__(self) -> None:
        self.left = MAX_NODES

    def pack(self, result: Any, depth: int) -> Value:
        self.left -= 1
        kind = type(result)
        if result is None or kind is bool or kind is float:
            return result
        if kind is int:
            return result if -(2**63) <= result < 2**64 else Other("int of more than 64 bits")
        if kind is str:
            return plain_text(result[:MAX_TEXT])
        if isinstance(result, (np.ndarray, np.generic)):
            return _pack_array(np.array(result, copy=True, subok=False), kind.__name__)
        if kind is complex:
            return encode_array(np.asarray(result))
        if isinstance(result, (list, tuple)):
            if depth >= MAX_DEPTH or len(result) > self.left:
                return Other(f"{kind.__name__} of more than {MAX_NODES} entries")
            return Items(tuple(self.pack(item, depth + 1) for item in list(result)))
        return _pack_object(result)


def _pack_object(result: Any) -> Value:
    name = plain_text(f"{type(result).__name__}")[:200]
    if type(result).__name__ == "KerasTensor" or isinstance(result, (dict, set, frozenset, type, types.FunctionType)):
        return Other(name)
    for convert in (_from_torch, _from_numpy_method, _from_array_interface):
        try:
            array = convert(result)
        except Exception:
            continue
        if array is not None:
            return _pack_array(array, name)
    return Other(name)


def _from_torch(result: Any) -> np.ndarray | None:
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(result, torch.Tensor):
        return None
    result = result.detach().cpu()
    return (result.float() if result.dtype == torch.bfloat16 else result).numpy()


def _from_numpy_method(result: Any) -> np.ndarray | None:
    numpy_method = getattr(result, "numpy", None)
    if not callable(numpy_method):
        return None
    array = numpy_method()
    return np.array(array, copy=True, subok=False) if isinstance(array, (np.ndarray, np.generic)) else None


def _from_array_interface(result: Any) -> np.ndarray | None:
    if not (hasattr(result, "__array__") or hasattr(result, "__array_interface__") or hasattr(result, "__dlpack__")):
        return None
    if hasattr(result, "__array__") or hasattr(result, "__array_interface__"):
        return np.array(np.asarray(result), copy=True, subok=False)
    return np.array(np.from_dlpack(result), copy=True)


def _pack_array(array: np.ndarray, name: str) -> Value:
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if str(array.dtype) not in DTYPES:
        return Other(f"{name} of dtype {array.dtype}"[:200])
    if array.nbytes > MAX_ARRAY_BYTES:
        return Other(f"{name} of shape {array.shape}, {array.nbytes} bytes"[:200])
    return encode_array(array)


def _from_value(value: Value, namespace: Mapping[str, Any]) -> Any:
    """An argument as the student's code gets it: arrays as their own writable NumPy arrays."""
    if isinstance(value, Array):
        return decode_array(value).copy()
    if isinstance(value, Items):
        return tuple(_from_value(item, namespace) for item in value.items)
    if isinstance(value, str) and value.startswith("@"):
        return _resolve(value[1:], namespace)
    return value


def _resolve(name: str, namespace: Mapping[str, Any]) -> Any:
    try:
        return namespace[name]
    except KeyError:
        raise _RefusedError("missing", f"The notebook defines no `{name}`.", "NameError") from None


def _changed(before: Any, after: Any) -> bool:
    """Whether an argument is not what it was, bit by bit."""
    if isinstance(before, np.ndarray):
        return after.shape != before.shape or after.dtype != before.dtype or after.tobytes() != before.tobytes()
    if isinstance(before, tuple):
        return any(_changed(one, other) for one, other in zip(before, after, strict=True))
    return False


# -------------------------------------------------------------------------------------------------- functions


def _call_function(question: CallFunction, namespace: Mapping[str, Any], facts: dict[str, Any]) -> None:
    function = _resolve(question.entry_point, namespace)
    if not callable(function):
        raise _RefusedError(
            "exception",
            f"`{question.entry_point}` is a {type(function).__name__}; a function was expected.",
            "TypeError",
        )
    arguments = [_from_value(value, namespace) for value in question.args]
    originals = [_from_value(value, namespace) for value in question.args]
    result = function(*arguments)
    # Packed first: a result that is a view of an argument must not be read after anything else could change
    # it.
    facts["value"] = to_value(result)
    facts["inputs_changed"] = tuple(
        index for index, (one, other) in enumerate(zip(originals, arguments, strict=True)) if _changed(one, other)
    )


# ----------------------------------------------------------------------------------------------------- layers


@dataclass(frozen=True)
class _Weight:
    """A weight of a layer with every name it goes by: the variable's own, and the attributes that hold it."""

    variable: Any
    path: str
    shape: tuple[int, ...]
    own_name: str
    attributes: frozenset[str]
    groups: tuple[str, ...]
    tracked: bool = True
    held: str = ""

    def info(self) -> WeightInfo:
        trainable = bool(getattr(self.variable, "trainable", False))
        dtype = str(self.variable.dtype).removeprefix("<dtype: '").removesuffix("'>")
        return WeightInfo(self.path, self.shape, dtype, trainable, self.tracked, self.held[:200])


@dataclass(frozen=True)
class _Operands:
    """The tensors of a call, and how the layer is called with them."""

    question: CallLayer
    inputs: Any
    states: tuple[Any, ...] | None
    mask: Any

    def call(self, layer: Any) -> Any:
        options: dict[str, Any] = {}
        positional = [self.inputs]
        if self.states is not None:
            if self.question.protocol == "cell":
                positional.append(list(self.states))
            else:
                options["initial_state"] = list(self.states)
        if self.mask is not None:
            options["mask"] = self.mask
        if self.question.training is not None:
            options["training"] = self.question.training
        return layer(*positional, **options)

    def flat(self) -> list[Any]:
        return [self.inputs, *(self.states or ()), *([] if self.mask is None else [self.mask])]

    def with_tensors(self, inputs: Any, states: Sequence[Any]) -> _Operands:
        return _Operands(self.question, inputs, None if self.states is None else tuple(states), self.mask)


def _call_layer(question: CallLayer, namespace: Mapping[str, Any], facts: dict[str, Any]) -> None:
    import keras

    if question.route not in ROUTES or question.protocol not in ("layer", "cell"):
        raise _RefusedError(
            "exception",
            f"unknown route {question.route!r} or protocol {question.protocol!r}; known are the routes "
            f"{', '.join(ROUTES)} and the protocols layer, cell",
            "ValueError",
        )
    backend = keras.backend.backend()
    if backend != "tensorflow" and (question.cotangents is not None or question.route == "function"):
        raise _RefusedError(
            "exception",
            "Gradients and graphs are asked on the TensorFlow backend only; this process runs Keras on "
            f"{backend!r}. Set KERAS_BACKEND=tensorflow.",
            "BackendError",
        )
    arrays = _arrays_of(question)
    operands = _tensors_of(question, arrays, keras)
    layer = None
    if backend == "tensorflow" and question.layouts and question.route in ("eager", "from_config", "twice"):
        order = _CreationOrder(question.layouts)
        with _plain_initial_values(keras, order):
            layer = _layer_of(question, namespace, facts, keras)
            if _is_built_by_a_call(layer):
                try:
                    _answer_at_once(question, operands, layer, order, facts)
                except _OtherOrderError:
                    layer = None  # it is made anew: this one has been called
                    reseed()
                    facts.clear()
    if "value" not in facts:
        _answer_when_built(question, namespace, operands, layer, facts, keras)
    if backend == "tensorflow":
        facts["inputs_changed"] = tuple(
            index
            for index, (array, tensor) in enumerate(zip(arrays, operands.flat(), strict=True))
            if _changed(array, tensor.numpy())
        )


@contextlib.contextmanager
def _plain_initial_values(keras: Any, order: _CreationOrder | None = None) -> Iterator[None]:
    """Let weights start from zeros where Keras's own initializers would have made random values that the question
    overwrites at once: making them is half the cost of a small layer. A function of the student's own is called.
    What is made later, while the layer answers, is nothing that the question sets, and starts as it does elsewhere.

    With an `order` they start from what it has for them."""
    add_weight = keras.layers.Layer.add_weight

    @functools.wraps(add_weight)
    def add_plain_weight(self: Any, shape: Any = None, initializer: Any = None, *args: Any, **options: Any) -> Any:
        own = not (initializer is None or isinstance(initializer, str | keras.initializers.Initializer))
        array = None if order is None else order.next(shape)
        if not own:
            initializer = "zeros" if array is None else lambda *_, **__: array
        weight = add_weight(self, shape, initializer, *args, **options)
        if order is not None:
            order.made.append(weight)
            if own and array is not None:
                _assign(weight, array)
        return weight

    keras.layers.Layer.add_weight = add_plain_weight
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = add_weight


class _OtherOrderError(Exception):
    """A layer did not make its weights in the order of a layout."""


class _CreationOrder:
    """Guesses which weight a layer is about to make: most make theirs in the order in which a layout lists them.

    Weights that a call makes must come out of the `build` of a sublayer that was there before: what is made anew in
    every call would be right in the first one only.
    """

    def __init__(self, layouts: Sequence[Sequence[NamedArray]]) -> None:
        self._arrays = [[decode_array(named.array) for named in layout] for layout in layouts]
        self._possible = list(range(len(layouts)))
        self._parts: list[Any] | None = None
        self.made: list[Any] = []

    def expect_call(self, layer: Any) -> None:
        """From now on weights come out of a call of the layer."""
        self._parts = list(layer._flatten_layers())

    def next(self, shape: Any) -> np.ndarray | None:
        """The value for a weight of this shape, None where no layout has such a one next."""
        if self._parts is not None and not self._in_a_build():
            self._possible = []
        place = len(self.made)
        try:
            wanted = (shape,) if isinstance(shape, int) else tuple(shape or ())
        except TypeError:
            wanted = None
        self._possible = [
            layout
            for layout in self._possible
            if place < len(self._arrays[layout]) and self._arrays[layout][place].shape == wanted
        ]
        return self._arrays[self._possible[0]][place] if self._possible else None

    def _in_a_build(self) -> bool:
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            if code.co_name == "build" and code.co_argcount:
                built = frame.f_locals.get(code.co_varnames[0])
                if any(part is built for part in self._parts or ()):
                    return True
            frame = frame.f_back
        return False

    def confirm(self, layout: int, assigned: Sequence[_Weight]) -> None:
        """Raises `_OtherOrderError` unless these weights are those that were made, and still hold their values."""
        arrays = self._arrays[layout]
        if layout not in self._possible or len(self.made) != len(arrays) or len(assigned) != len(arrays):
            raise _OtherOrderError
        for weight, made, array in zip(assigned, self.made, arrays, strict=True):
            if weight.variable is not made or not np.array_equal(np.asarray(weight.variable), array.astype(made.dtype)):
                raise _OtherOrderError


def _layer_of(question: CallLayer, namespace: Mapping[str, Any], facts: dict[str, Any], keras: Any) -> Any:
    layer = _construct(question, namespace, keras)
    if question.route == "from_config":
        config = layer.get_config()
        facts["config"] = _plain_config(config)
        layer = type(layer).from_config(config)
    return layer


def _answer_at_once(
    question: CallLayer, operands: _Operands, layer: Any, order: _CreationOrder, facts: dict[str, Any]
) -> None:
    """Answer with the call that makes the weights. Calling a layer first only to have them costs as much again.

    Raises:
        _OtherOrderError: it made others, in another order or with other values than the question has.
    """

    def weights() -> list[_Weight]:
        fitting = _fitting(question, _weights_of(layer), facts)
        if fitting is None:
            raise _OtherOrderError
        facts["layout"], assigned = fitting
        order.confirm(*fitting)
        return assigned

    _skip_symbolic_build(layer)
    order.expect_call(layer)
    if question.route == "twice":
        _other(operands).call(layer)
    _evaluate(question, lambda given: given.call(layer), operands, weights, facts)


def _answer_when_built(
    question: CallLayer,
    namespace: Mapping[str, Any],
    operands: _Operands,
    layer: Any,
    facts: dict[str, Any],
    keras: Any,
) -> None:
    """Have the layer make its weights, set them, and ask. layer: None, or one that was not called yet."""
    model = None
    with _plain_initial_values(keras) if question.layouts else contextlib.nullcontext():
        if layer is None:
            layer = _layer_of(question, namespace, facts, keras)
        if question.route in ("symbolic", "saved"):
            model = _functional(question, operands, layer, keras)
        found, layout, assigned = _fit_weights(question, layer, operands, facts)
    target: Callable[[_Operands], Any] = lambda given: given.call(layer)  # noqa: E731
    for weight, named in zip(assigned, question.layouts[layout] if layout is not None else (), strict=True):
        _assign(weight.variable, decode_array(named.array))
    facts["layout"] = layout
    if model is not None:
        if question.route == "saved":
            model = _save_and_load(model, layer, namespace)
            loaded = _weights_of(model.get_layer(layer.name))
            position = {id(weight): index for index, weight in enumerate(found)}
            assigned = [loaded[position[id(weight)]] for weight in assigned] if len(loaded) == len(found) else []
        target = lambda given: model(given.flat())  # noqa: E731
    if question.route == "twice":
        _other(operands).call(layer)
    if keras.backend.backend() != "tensorflow":
        facts["value"] = to_value(target(operands))
        return
    _evaluate(question, target, operands, lambda: assigned, facts)


def _other(operands: _Operands) -> _Operands:
    """Other numbers of the same shapes."""
    return operands.with_tensors(operands.inputs * -0.5 + 1.0, [state * -0.5 + 1.0 for state in operands.states or ()])


def _construct(question: CallLayer, namespace: Mapping[str, Any], keras: Any) -> Any:
    make = _resolve(question.entry_point, namespace)
    if not callable(make):
        raise _RefusedError(
            "exception",
            f"`{question.entry_point}` is a {type(make).__name__}; a subclass of keras.layers.Layer was expected.",
            "TypeError",
        )
    layer = make(**{name: _from_value(value, namespace) for name, value in question.config.items()})
    if not isinstance(layer, keras.layers.Layer):
        raise _RefusedError(
            "exception",
            f"`{question.entry_point}(...)` gave a {type(layer).__name__}; a keras.layers.Layer was expected.",
            "TypeError",
        )
    return layer


def _plain_config(config: Any) -> dict[str, Value]:
    if not isinstance(config, dict):
        raise _RefusedError(
            "exception", f"get_config() gave a {type(config).__name__}; a dict was expected.", "TypeError"
        )
    return {plain_text(str(name))[:200]: to_value(value) for name, value in list(config.items())[:200]}


def _arrays_of(question: CallLayer) -> list[np.ndarray]:
    given = [question.inputs, *(question.states or ()), *([] if question.mask is None else [question.mask])]
    return [decode_array(array).copy() for array in given]


def _tensors_of(question: CallLayer, arrays: Sequence[np.ndarray], keras: Any) -> _Operands:
    tensors = [keras.ops.convert_to_tensor(array.copy()) for array in arrays]
    mask = tensors.pop() if question.mask is not None else None
    return _Operands(question, tensors[0], None if question.states is None else tuple(tensors[1:]), mask)


def _functional(question: CallLayer, operands: _Operands, layer: Any, keras: Any) -> Any:
    """A functional model around the layer; `symbolic` leaves the batch size open, `saved` asks nothing of the
    kind."""

    def placeholder(tensor: Any) -> Any:
        shape = tuple(tensor.shape)
        batch = None if question.route == "symbolic" else shape[0]
        return keras.Input(batch_shape=(batch, *shape[1:]), dtype=keras.backend.standardize_dtype(tensor.dtype))

    symbolic = _Operands(
        question,
        placeholder(operands.inputs),
        None if operands.states is None else tuple(placeholder(state) for state in operands.states),
        None if operands.mask is None else placeholder(operands.mask),
    )
    return keras.Model(symbolic.flat(), symbolic.call(layer))


def _save_and_load(model: Any, layer: Any, namespace: Mapping[str, Any]) -> Any:
    import keras

    known = {
        name: item
        for name, item in list(namespace.items())
        if isinstance(item, type) and issubclass(item, keras.layers.Layer)
    }
    known[type(layer).__name__] = type(layer)
    folder = tempfile.mkdtemp(prefix="saved-")
    try:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        return keras.models.load_model(path, custom_objects=known, compile=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------------------------------------------- weights


def _fit_weights(
    question: CallLayer, layer: Any, operands: _Operands, facts: dict[str, Any]
) -> tuple[list[_Weight], int | None, list[_Weight]]:
    """Create the layer's weights and pair them with a layout: all weights, the layout's index, those it
    sets."""
    if not layer.built and _has_plain_build(layer):
        layer.build(tuple(operands.inputs.shape))
    else:
        _skip_symbolic_build(layer)
    for attempt in ("built", "called"):
        if attempt == "called" or not layer.built:
            # Weights that come into being only in the call, or sublayers that `build` left alone.
            operands.call(layer)
        found = _weights_of(layer)
        fitting = _fitting(question, found, facts)
        if not question.layouts:
            return found, None, []
        if fitting is not None:
            return found, *fitting
    raise _RefusedError("weights", _weights_message(question, found), "ValueError")


def _fitting(question: CallLayer, found: Sequence[_Weight], facts: dict[str, Any]) -> tuple[int, list[_Weight]] | None:
    """The index of the layout that a layer's weights have, and them in its order."""
    facts["weights"] = tuple(weight.info() for weight in found[:500])
    for fit in (_by_own_name, _by_attribute, _by_any_name, _by_shape):
        for index, layout in enumerate(question.layouts):
            assigned = fit(layout, found)
            if assigned is not None:
                return index, assigned
    return None


def _is_built_by_a_call(layer: Any) -> bool:
    return not layer.built and not _has_plain_build(layer)


def _skip_symbolic_build(layer: Any) -> None:
    """Let the eager call that follows create the weights of layers without a `build` of their own. Keras
    would trace the whole call symbolically first, at ten times the cost, and then do the same."""
    import keras

    for part in layer._flatten_layers():
        if not part.built and type(part).build is keras.layers.Layer.build:
            part.built = True


def _has_plain_build(layer: Any) -> bool:
    """Whether `build(input_shape)` is the student's own, so that the layer need not be called to be built."""
    import keras

    if type(layer).build is keras.layers.Layer.build:
        return False
    try:
        parameters = list(inspect.signature(layer.build).parameters.values())
    except (TypeError, ValueError):
        return False
    if not parameters:
        return False
    first, *others = parameters
    return first.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and all(
        other.default is not inspect.Parameter.empty for other in others
    )


@dataclass
class _Names:
    """Names by which the objects inside a layer are reached."""

    attributes: dict[int, set[str]] = field(default_factory=dict)
    groups: dict[int, tuple[str, ...]] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    plain_variables: list[Any] = field(default_factory=list)


def _weights_of(layer: Any) -> list[_Weight]:
    """The layer's weights in order of creation, then `tf.Variable`s that it holds without Keras knowing of
    them."""
    names = _Names()
    _name_parts(layer, (), "", names, set())
    weights = []
    for variable in layer.weights:
        path = str(getattr(variable, "path", variable.name))
        *groups, own_name = path.split("/")
        reached = names.attributes.get(id(variable), set())
        weights.append(
            _Weight(
                variable,
                path[:300],
                tuple(int(size) for size in variable.shape),
                own_name,
                frozenset(reached),
                (*groups[1:], *names.groups.get(id(variable), ())),
                held=names.places.get(id(variable), ""),
            )
        )
    known = {id(weight.variable) for weight in weights} | {id(_raw(weight.variable)) for weight in weights}
    for variable in names.plain_variables:
        if id(variable) not in known and variable.dtype.is_floating and variable.shape.is_fully_defined():
            known.add(id(variable))
            own_name = variable.name.split("/")[-1].split(":")[0]
            reached = names.attributes.get(id(variable), set())
            weights.append(
                _Weight(
                    variable,
                    f"{next(iter(sorted(reached)), own_name)}"[:300],
                    tuple(variable.shape.as_list()),
                    own_name,
                    frozenset(reached),
                    names.groups.get(id(variable), ()),
                    tracked=False,
                    held=names.places.get(id(variable), ""),
                )
            )
    return weights


def _name_parts(part: Any, groups: tuple[str, ...], place: str, names: _Names, seen: set[int]) -> None:
    """Walk the attributes of a layer and its sublayers; lists and dicts count as numbered or keyed
    attributes. `place` is how the outermost layer reaches this one, with a dot after it."""
    import keras

    if id(part) in seen or len(seen) > 2000:
        return
    seen.add(id(part))
    tensorflow, variable = sys.modules.get("tensorflow"), variable_type()
    for attribute, item in list(vars(part).items()):
        if attribute.startswith(("_layers", "_trainable_var", "_non_trainable_var", "_tracker", "_self_", "_obj_ref")):
            continue
        for labels, inside, held in _entries(attribute.strip("_"), item):
            if isinstance(held, variable) or (tensorflow is not None and isinstance(held, tensorflow.Variable)):
                names.attributes.setdefault(id(held), set()).update(labels)
                names.groups.setdefault(id(held), groups)
                names.places.setdefault(id(held), f"{place}{attribute}{inside}")
                if not isinstance(held, variable):
                    names.plain_variables.append(held)
            elif isinstance(held, keras.layers.Layer):
                _name_parts(held, (*groups, *labels), f"{place}{attribute}{inside}.", names, seen)


def _entries(attribute: str, item: Any, depth: int = 3) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """(names, index, object) for what an attribute holds; containers are entered, and their keys become names.
    The index is what leads from the attribute to the object: `[0]`, `['i'][1]`, or nothing."""
    if isinstance(item, dict):
        inside = [((f"{attribute}_{key}", str(key)), f"[{key!r:.60}]", held) for key, held in list(item.items())[:200]]
    elif isinstance(item, (list, tuple)):
        inside = [
            ((f"{attribute}_{index}", attribute), f"[{index}]", held) for index, held in enumerate(list(item)[:200])
        ]
    else:
        yield (attribute,), "", item
        return
    for names, index, held in inside:
        if depth and isinstance(held, (dict, list, tuple)):
            for inner, further, part in _entries(names[0], held, depth - 1):
                yield (*names, *inner), index + further, part
        else:
            yield names, index, held


def _by_own_name(layout: Sequence[NamedArray], found: Sequence[_Weight]) -> list[_Weight] | None:
    return _by_name(layout, found, lambda weight: {weight.own_name})


def _by_attribute(layout: Sequence[NamedArray], found: Sequence[_Weight]) -> list[_Weight] | None:
    return _by_name(layout, found, lambda weight: weight.attributes)


def _by_any_name(layout: Sequence[NamedArray], found: Sequence[_Weight]) -> list[_Weight] | None:
    return _by_name(layout, found, lambda weight: {weight.own_name} | weight.attributes)


def _by_name(
    layout: Sequence[NamedArray], found: Sequence[_Weight], names: Callable[[_Weight], Iterable[str]]
) -> list[_Weight] | None:
    """The layout's weights by name. Equal names are told apart by their group, else by the order of creation
    (a group that is a number means just this order)."""
    taken: set[int] = set()
    assigned: list[_Weight | None] = [None] * len(layout)
    wanted: dict[tuple[str, str], list[int]] = {}
    for index, named in enumerate(layout):
        group = "" if named.group.isdigit() else named.group
        wanted.setdefault((named.name, group), []).append(index)
    for (name, group), indices in wanted.items():
        fitting = [
            weight
            for weight in found
            if id(weight) not in taken
            and name in names(weight)
            and (not group or any(group in component for component in weight.groups))
        ]
        if len(fitting) != len(indices):
            return None
        shapes = [tuple(layout[index].array.shape) for index in indices]
        if not group and len(set(shapes)) == len(shapes):
            # All of one name but of different shapes: the order in which they were created need not matter.
            fitting.sort(key=lambda weight: shapes.index(weight.shape) if weight.shape in shapes else len(shapes))
        for index, weight in zip(indices, fitting, strict=True):
            if weight.shape != tuple(layout[index].array.shape):
                return None
            taken.add(id(weight))
            assigned[index] = weight
    return None if _left_over(found, taken) else [weight for weight in assigned if weight is not None]


def _by_shape(layout: Sequence[NamedArray], found: Sequence[_Weight]) -> list[_Weight] | None:
    shapes = [tuple(named.array.shape) for named in layout]
    of_shape = Counter(weight.shape for weight in found)
    if len(set(shapes)) != len(shapes) or any(of_shape[shape] != 1 for shape in shapes):
        return None
    by_shape = {weight.shape: weight for weight in found}
    assigned = [by_shape[shape] for shape in shapes]
    return None if _left_over(found, {id(weight) for weight in assigned}) else assigned


def _left_over(found: Sequence[_Weight], taken: set[int]) -> bool:
    """Whether a trainable weight was not set. Variables that are not trained may hold what they like."""
    return any(id(weight) not in taken and getattr(weight.variable, "trainable", False) for weight in found)


def _weights_message(question: CallLayer, found: Sequence[_Weight]) -> str:
    def listed(pairs: Iterable[tuple[str, tuple[int, ...]]]) -> str:
        return ", ".join(f"{name} {shape}" for name, shape in list(pairs)[:24]) or "none"

    have = listed((weight.path, weight.shape) for weight in found)
    want = "; or ".join(
        listed(zip(_layout_names(layout), (tuple(named.array.shape) for named in layout), strict=True))
        for layout in question.layouts
    )
    return f"The weights of `{question.entry_point}` could not be set. Found: {have}. Expected: {want}."


def _layout_names(layout: Sequence[NamedArray]) -> list[str]:
    """`group/name`, or `name`; a name that returns is numbered: `kernel`, `kernel#1`, ..."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for named in layout:
        name = f"{named.group}/{named.name}" if named.group else named.name
        names.append(f"{name}#{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def _assign(variable: Any, array: np.ndarray) -> None:
    dtype = str(variable.dtype).removeprefix("<dtype: '").removesuffix("'>")
    variable.assign(array if dtype == "bfloat16" else array.astype(dtype))


# --------------------------------------------------------------------------------------- values and gradients


def _raw(variable: Any) -> Any:
    """TensorFlow's own variable inside Keras's."""
    return getattr(variable, "_value", variable)


def _evaluate(
    question: CallLayer,
    target: Callable[[_Operands], Any],
    operands: _Operands,
    weights: Callable[[], Sequence[_Weight]],
    facts: dict[str, Any],
) -> None:
    """weights: those that the question sets, in the order of the layout; asked for after the call, which may make
    them."""
    import tensorflow as tf

    cotangents = None
    if question.cotangents is not None:
        cotangents = [tf.constant(decode_array(array)) for array in question.cotangents]

    def compute(inputs: Any, states: list[Any]) -> tuple[Any, list[Any] | None]:
        given = operands.with_tensors(inputs, states)
        if cotangents is None:
            result = target(given)
            weights()
            return result, None
        with tf.GradientTape() as tape:
            tape.watch([inputs, *states])
            result = target(given)
            loss = _weighted_sum(result, cotangents, tf)
        wanted = [inputs, *states, *(_raw(weight.variable) for weight in weights())]
        if loss is None:
            return result, [None] * len(wanted)
        return result, [
            None if gradient is None else tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, wanted)
        ]

    states = list(operands.states or ())
    if question.route == "function":
        traced = tf.function(compute).get_concrete_function(operands.inputs, states)
        result, gradients = traced(operands.inputs, states)
    else:
        result, gradients = compute(operands.inputs, states)
    facts["value"] = to_value(result)
    if gradients is not None:
        names = _layout_names(question.layouts[facts["layout"]]) if facts["layout"] is not None else []
        keys = ["inputs", *(f"state.{index}" for index in range(len(states))), *names]
        facts["gradients"] = {key: to_value(gradient) for key, gradient in zip(keys, gradients, strict=False)}


def _weighted_sum(result: Any, cotangents: Sequence[Any], tf: Any) -> Any:
    """`sum(output * cotangent)`, or None where the outputs do not fit the cotangents (the host will say
    how)."""
    parts = list(_tensors_in(result))
    if len(parts) < len(cotangents):
        return None
    terms = []
    for part, cotangent in zip(parts, cotangents, strict=False):
        if not tf.is_tensor(part) or not part.dtype.is_floating or not part.shape.is_compatible_with(cotangent.shape):
            return None
        terms.append(tf.reduce_sum(part * tf.cast(cotangent, part.dtype)))
    return tf.add_n([tf.cast(term, terms[0].dtype) for term in terms])


def _tensors_in(result: Any) -> Iterator[Any]:
    if isinstance(result, (list, tuple)):
        for item in result:
            yield from _tensors_in(item)
    else:
        yield result


# ----------------------------------------------------------------------------------------------------- models


def _train_model(question: TrainModel, namespace: Mapping[str, Any], facts: dict[str, Any]) -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        raise _RefusedError(
            "exception",
            f"Models are trained on the TensorFlow backend only; this process runs Keras on "
            f"{keras.backend.backend()!r}. Set KERAS_BACKEND=tensorflow.",
            "BackendError",
        )
    import tensorflow as tf

    make = _resolve(question.entry_point, namespace)
    model = make(*[_from_value(value, namespace) for value in question.args])
    if not isinstance(model, keras.Model):
        raise _RefusedError(
            "exception",
            f"`{question.entry_point}(...)` gave a {type(model).__name__}; a keras.Model was expected.",
            "TypeError",
        )
    inputs = tf.constant(decode_array(question.inputs))
    labels = tf.constant(decode_array(question.labels))
    if isinstance(model, keras.Sequential) and not model.built:
        model.build((None, *inputs.shape[1:]))
    facts["training"] = Training(0, question.steps, 0.0)
    facts["value"] = Items((*_of_model(model), None))
    probe = tf.constant(decode_array(question.probe))
    if not question.steps:
        # Nothing to be repeated: layers that loop over pixels are traced for longer than they take once.
        predicted = model(probe, training=False)
        facts["value"] = Items((*_of_model(model), to_value(predicted)))
        return
    model(inputs[:1])
    variables = [_raw(variable) for variable in model.trainable_variables]
    optimizer = keras.optimizers.Adam(question.learning_rate)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy()

    @tf.function(autograph=False)
    def step(batch: Any) -> None:
        with tf.GradientTape() as tape:
            predicted = model(tf.gather(inputs, batch), training=True)
            loss = loss_of(tf.gather(labels, batch), predicted) + sum(model.losses)
        optimizer.apply(tape.gradient(loss, variables), model.trainable_variables)

    facts["value"] = Items((*_of_model(model), None))
    for done, batch in enumerate(_batches(len(labels), question.batch_size, question.steps), 1):
        step(tf.constant(batch))
        facts["training"] = Training(done, question.steps, 0.0)
    facts["value"] = Items((*_of_model(model), to_value(model(probe, training=False))))


def _of_model(model: Any) -> tuple[Value, int]:
    """The output shape of every layer, and the number of trainable weights."""
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    weights = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    return Items(tuple(_output_shape(layer) for layer in layers)), weights


def _batches(count: int, size: int, steps: int) -> Iterator[np.ndarray]:
    """Batches of indices: one shuffled pass over the data after another, the same every time."""
    generator = np.random.default_rng(SEED)
    size = min(size, count)
    order = np.empty(0, np.int64)
    for _ in range(steps):
        if len(order) < size:
            order = np.concatenate([order, generator.permutation(count)])
        yield order[:size]
        order = order[size:]


def _output_shape(layer: Any) -> Value:
    """The sizes of a layer's output, 0 for those that are open, or `()` where it has not one output."""
    try:
        return Items(tuple(0 if size is None else int(size) for size in layer.output.shape))
    except Exception:
        return Items(())
