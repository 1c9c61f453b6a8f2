"""A layer built with the weights of a question, and called by the route that it asks for."""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import shutil
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import backends
from .contracts import as_it_starts, ready_for_a_loop, through_a_loop
from .failures import plain_text
from .gradients import evaluate
from .protocol import (
    CallLayer,
    NamedArray,
    Value,
    decode_array,
)
from .state import reseed
from .values import RefusedError, changed, from_value, resolve, to_value
from .weights import (
    Operands,
    Weight,
    assign,
    fit_weights,
    is_built_by_a_call,
    layout_that_fits,
    skip_symbolic_build,
    weights_of,
)

ROUTES = ("eager", "function", "symbolic", "from_config", "saved", "twice", "resized", "loop", "fresh")
_AT_ONCE = ("eager", "from_config", "twice", "resized")
"""Routes by which a layer may make its weights in the call that answers."""


def call_layer(question: CallLayer, namespace: Mapping[str, Any], facts: dict[str, Any]) -> None:
    import keras

    if question.route not in ROUTES or question.protocol not in ("layer", "cell"):
        raise RefusedError(
            "exception",
            f"unknown route {question.route!r} or protocol {question.protocol!r}; known are the routes "
            f"{', '.join(ROUTES)} and the protocols layer, cell",
            "ValueError",
        )
    backend = backends.current()
    arrays = _arrays_of(question)
    operands = _tensors_of(question, arrays, keras)
    layer = None
    if backend.IN_ONE_RUN and question.layouts and question.route in _AT_ONCE:
        order = _CreationOrder(question.layouts)
        with _plain_initial_values(keras, order):
            layer = _layer_of(question, namespace, facts, keras)
            if is_built_by_a_call(layer):
                try:
                    _answer_at_once(question, operands, layer, order, facts)
                except _OtherOrderError:
                    layer = None  # it is made anew: this one has been called
                    reseed(question.seed)
                    facts.clear()
    if question.route == "loop":
        with _plain_initial_values(keras):
            cell = _layer_of(question, namespace, facts, keras)
            states = ready_for_a_loop(question, cell, operands, facts)
        facts["value"] = to_value(through_a_loop(cell, operands, states))
    elif question.route == "fresh":
        as_it_starts(question, _layer_of(question, namespace, facts, keras), operands, facts)
    elif "value" not in facts:
        _answer_when_built(question, namespace, operands, layer, facts, keras)
    facts["inputs_changed"] = tuple(
        index
        for index, (array, tensor) in enumerate(zip(arrays, operands.flat(), strict=True))
        if changed(array, keras.ops.convert_to_numpy(tensor))
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
                assign(weight, array)
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

    def confirm(self, layout: int, assigned: Sequence[Weight]) -> None:
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
    question: CallLayer, operands: Operands, layer: Any, order: _CreationOrder, facts: dict[str, Any]
) -> None:
    """Answer with the call that makes the weights. Calling a layer first only to have them costs as much again.

    Raises:
        _OtherOrderError: it made others, in another order or with other values than the question has.
    """

    def weights() -> list[Weight]:
        fitting = layout_that_fits(question, weights_of(layer), facts)
        if fitting is None:
            raise _OtherOrderError
        facts["layout"], assigned = fitting
        order.confirm(*fitting)
        return assigned

    skip_symbolic_build(layer)
    order.expect_call(layer)
    before = _before(operands)
    if before is not None:
        before.call(layer)
    evaluate(question, lambda given: given.call(layer), operands, weights, facts)


def _answer_when_built(
    question: CallLayer,
    namespace: Mapping[str, Any],
    operands: Operands,
    layer: Any,
    facts: dict[str, Any],
    keras: Any,
) -> None:
    """Have the layer make its weights, set them, and ask. layer: None, or one that was not called yet."""
    model = None
    before = _before(operands)
    # Who keeps a size that `build` was told has to meet another one afterwards.
    first = before if before is not None and question.route == "resized" else operands
    with _plain_initial_values(keras) if question.layouts else contextlib.nullcontext():
        if layer is None:
            layer = _layer_of(question, namespace, facts, keras)
        if question.route in ("symbolic", "saved"):
            model = _functional(question, operands, layer, keras)
        found, layout, assigned = fit_weights(question, layer, first, facts)
    target: Callable[[Operands], Any] = lambda given: given.call(layer)  # noqa: E731
    for weight, named in zip(assigned, question.layouts[layout] if layout is not None else (), strict=True):
        assign(weight.variable, decode_array(named.array))
    facts["layout"] = layout
    if model is not None:
        if question.route == "saved":
            model = _save_and_load(model, layer, namespace)
            loaded = weights_of(model.get_layer(layer.name))
            position = {id(weight): index for index, weight in enumerate(found)}
            assigned = [loaded[position[id(weight)]] for weight in assigned] if len(loaded) == len(found) else []
        target = lambda given: model(given.flat())  # noqa: E731
    if before is not None:
        before.call(layer)
    evaluate(question, target, operands, lambda: assigned, facts)


def _before(operands: Operands) -> Operands | None:
    """What the layer is called with before it is asked: for `twice` other numbers of the same shapes, for `resized` an
    image or a sequence that is shorter by one along each of its axes."""
    if operands.question.route == "resized":
        lengths = operands.inputs.shape[1:-1]
        smaller = operands.inputs[(slice(None), *(slice(length - 1) for length in lengths))]
        return operands.with_tensors(smaller, operands.states or ())
    if operands.question.route != "twice":
        return None
    return operands.with_tensors(operands.inputs * -0.5 + 1.0, [state * -0.5 + 1.0 for state in operands.states or ()])


def _construct(question: CallLayer, namespace: Mapping[str, Any], keras: Any) -> Any:
    make = resolve(question.entry_point, namespace)
    if not callable(make):
        raise RefusedError(
            "exception",
            f"`{question.entry_point}` is a {type(make).__name__}; a subclass of keras.layers.Layer was expected.",
            "TypeError",
        )
    layer = _made(make, {name: from_value(value, namespace) for name, value in question.config.items()})
    if not isinstance(layer, keras.layers.Layer):
        raise RefusedError(
            "exception",
            f"`{question.entry_point}(...)` gave a {type(layer).__name__}; a keras.layers.Layer was expected.",
            "TypeError",
        )
    return layer


def _made(make: Callable[..., Any], settings: dict[str, Any]) -> Any:
    """The layer with these settings by name; by position, where one has another name in its `__init__`."""
    try:
        return make(**settings)
    except TypeError as error:
        named = _names_in(make, settings)
        if "argument" not in str(error) or named == list(settings):
            raise
        return make(**dict(zip(named, settings.values(), strict=True)))


def _names_in(make: Any, settings: Mapping[str, Any]) -> list[str]:
    """What the settings are called in the signature: what is unknown there has the name that stands at its place."""
    try:
        named = [
            parameter.name for parameter in inspect.signature(make).parameters.values()
            if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        ]  # fmt: skip
    except (TypeError, ValueError):
        return list(settings)
    at_its_place = zip(settings, [*named, *settings][: len(settings)], strict=True)
    return [name if name in named or other in settings else other for name, other in at_its_place]


def _plain_config(config: Any) -> dict[str, Value]:
    if not isinstance(config, dict):
        raise RefusedError(
            "exception", f"get_config() gave a {type(config).__name__}; a dict was expected.", "TypeError"
        )
    return {plain_text(str(name))[:200]: to_value(value) for name, value in list(config.items())[:200]}


def _arrays_of(question: CallLayer) -> list[np.ndarray]:
    given = [question.inputs, *(question.states or ()), *([] if question.mask is None else [question.mask])]
    return [decode_array(array).copy() for array in given]


def _tensors_of(question: CallLayer, arrays: Sequence[np.ndarray], keras: Any) -> Operands:
    tensors = [keras.ops.convert_to_tensor(array.copy()) for array in arrays]
    mask = tensors.pop() if question.mask is not None else None
    return Operands(question, tensors[0], None if question.states is None else tuple(tensors[1:]), mask)


def _functional(question: CallLayer, operands: Operands, layer: Any, keras: Any) -> Any:
    """A functional model around the layer; `symbolic` leaves the batch size open, `saved` asks nothing of the
    kind."""

    def placeholder(tensor: Any) -> Any:
        shape = tuple(tensor.shape)
        batch = None if question.route == "symbolic" else shape[0]
        return keras.Input(batch_shape=(batch, *shape[1:]), dtype=keras.backend.standardize_dtype(tensor.dtype))

    symbolic = Operands(
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
