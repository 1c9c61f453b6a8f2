"""What takes the place of a part that is wrong, while what is built on it is asked.

A stand-in has the part's name, signature, weights and shapes, and computes nothing that is taught: the sine of a sum to
which each thing it is given contributes by random weights. It is smooth, and each argument, weight and place
shows; nobody learns the part from it. What right code makes of it is known where answers are judged.

`computed` is that function. It is the same on both sides, in NumPy and in Keras.
"""

from __future__ import annotations

import contextlib
import functools
import math
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

from .protocol import Operand, StandIn

BATCH = "batch"
"""The one axis whose entries know nothing of each other."""


def computed(stand_in: StandIn, given: Sequence[Any]) -> tuple[Any, ...]:
    """What a stand-in makes of its arguments and then its weights, in the order of `takes` and `weights`.

    Returns:
        An array for each of `gives`: NumPy's if only such were given, else Keras's.

    Raises:
        ValueError: something has another shape than the axes say.
    """
    operands = (*stand_in.takes, *stand_in.weights)
    if len(given) != len(operands):
        raise ValueError(f"`{stand_in.name}` takes {len(operands)} arrays; it was given {len(given)}.")
    plain = all(isinstance(array, np.ndarray | np.generic | float | int | list | tuple) for array in given)
    tools: Any = np if plain else _keras_ops()
    arrays = [np.asarray(array) if plain else tools.convert_to_tensor(array) for array in given]
    size: dict[str, int] = {}
    for operand, array in zip(operands, arrays, strict=True):
        _measure(stand_in, operand, tuple(array.shape), size)
    dtype = str(arrays[0].dtype) if plain else _dtype_of(arrays[0])
    sums = []
    for place, result in enumerate(stand_in.gives):
        total: Any = 0.0
        for position, (operand, array) in enumerate(zip(operands, arrays, strict=True)):
            mixed = _mixing((stand_in.seed, place, position), _lengths(operand, size), _lengths(result, size))
            mixing = mixed.astype(dtype, copy=False) if plain else tools.cast(tools.convert_to_tensor(mixed), dtype)
            total = total + tools.einsum(_letters(operand, result), array, mixing)
        sums.append(tools.sin(total))
    return tuple(sums)


def _measure(stand_in: StandIn, operand: Operand, shape: tuple[Any, ...], size: dict[str, int]) -> None:
    if len(shape) != len(operand.axes):
        said = " ".join(name for _, name in operand.axes)
        raise ValueError(f"`{operand.name}` of `{stand_in.name}` has the shape {shape}; its axes are ({said}).")
    for (blocks, name), length in zip(operand.axes, shape, strict=True):
        if name == BATCH:
            continue
        whole, rest = divmod(int(length), blocks)
        if rest or size.setdefault(name, whole) != whole:
            raise ValueError(
                f"`{operand.name}` of `{stand_in.name}` has the shape {shape}: its axis `{name}` does not fit "
                f"{size.get(name, whole)}."
            )


def _lengths(operand: Operand, size: Mapping[str, int]) -> tuple[int, ...]:
    """Of all axes but the batch."""
    return tuple(blocks * size[name] for blocks, name in operand.axes if name != BATCH)


@functools.lru_cache(maxsize=256)
def _mixing(seed: tuple[int, ...], own: tuple[int, ...], result: tuple[int, ...]) -> np.ndarray:
    """Random weights of everything in an operand for everything in a result; never changed."""
    # `RandomState` gives the same numbers in every version of NumPy.
    draws = np.random.RandomState(seed).standard_normal((*own, *result))
    draws *= 0.5 / math.sqrt(max(1, math.prod(own)))
    draws.flags.writeable = False
    return draws


@functools.cache
def _letters(operand: Operand, result: Operand) -> str:
    """`bf,fu->bu` for an operand of the axes (batch, features) and a result of (batch, units)."""
    names = iter("acdefghijklmnopqrstuvwxyz")
    own = ["b" if name == BATCH else next(names) for _, name in operand.axes]
    made = ["b" if name == BATCH else next(names) for _, name in result.axes]
    mixing = [letter for letter in (*own, *made) if letter != "b"]
    # What has no batch is the same for all of it.
    kept = made if "b" in own else [letter for letter in made if letter != "b"]
    return f"{''.join(own)},{''.join(mixing)}->{''.join(kept)}"


def _keras_ops() -> Any:
    import keras

    return keras.ops


def _dtype_of(tensor: Any) -> str:
    import keras

    return str(keras.backend.standardize_dtype(tensor.dtype))


# --------------------------------------------------------------------------------------------- as parts of a notebook


def made(stand_in: StandIn, called: Callable[[], None]) -> Any:
    """The function or class. `called` is told whenever it is used."""
    if stand_in.kind == "function":
        return _function(stand_in, called)
    if stand_in.kind == "border":
        return _border(called)
    if stand_in.kind == "amounts":
        return _amounts(called)
    if stand_in.kind.startswith(_OF_KERAS):
        return _layer_of_keras(stand_in, called)
    return _class_of(stand_in, called)


def _function(stand_in: StandIn, called: Callable[[], None]) -> Any:
    names = [operand.name for operand in stand_in.takes]

    def function(*args: Any, **named: Any) -> Any:
        called()
        given = dict(zip(names, args, strict=False)) | named
        if not given.keys() >= set(names):
            raise TypeError(f"{stand_in.name}({', '.join(names)}) was called with {', '.join(given) or 'nothing'}")
        results = computed(stand_in, [given[name] for name in names])
        return results[0] if len(results) == 1 else results

    function.__name__ = function.__qualname__ = stand_in.name
    return function


def amounts_around(size: int) -> tuple[int, int]:
    """How many cells a stand-in puts before and after an axis, for a window of this size: others than are right."""
    return size - 1, size // 2


def _border(called: Callable[[], None]) -> Any:
    def border(x: Any, window: Any, strides: Any = None, padding: Any = "same", value: Any = 0.0) -> Any:
        called()
        if padding == "valid":
            return x
        pairs = [(0, 0), *(amounts_around(int(size)) for size in window), (0, 0)]
        if isinstance(x, np.ndarray):
            return np.pad(x, pairs, constant_values=x.dtype.type(value))
        return _keras_ops().pad(x, pairs, constant_values=value)

    return border


def _amounts(called: Callable[[], None]) -> Any:
    def amounts(length: Any, size: Any, stride: Any = 1) -> tuple[int, int]:
        called()
        return amounts_around(int(size))

    return amounts


_OF_KERAS = "keras.layers."
_OF_EVERY_LAYER = ("name", "dtype", "trainable")


def _layer_of_keras(stand_in: StandIn, called: Callable[[], None]) -> Any:
    """A layer of Keras's, one within a wrapper, or a function that calls such a one."""
    import keras

    names = re.findall(r"keras\.layers\.(\w+)", stand_in.kind)
    base, *wrapped = (getattr(keras.layers, name) for name in names)

    def start(self: Any, *args: Any, **named: Any) -> None:
        called()
        if not wrapped:
            base.__init__(self, *args, **named)
            return
        own = {name: named.pop(name) for name in _OF_EVERY_LAYER if name in named}
        base.__init__(self, wrapped[0](*args, **named), **own)

    layer = type(stand_in.name, (base,), {"__init__": start})
    return layer if not stand_in.kind.endswith("()") else lambda *args: layer()(*args)


def _class_of(stand_in: StandIn, called: Callable[[], None]) -> Any:
    """A Keras cell or recurrent layer."""
    import keras

    names = [name for name, _ in stand_in.settings]
    cell = stand_in.kind == "cell"

    class Layer(keras.layers.Layer):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(**{name: named[name] for name in _OF_EVERY_LAYER if name in named})
            self.given = dict(stand_in.settings) | dict(zip(names, args, strict=False)) | named
            for name in names:
                setattr(self, name, self.given[name])
            widths = [int(self.given[operand.axes[-1][1]]) for operand in stand_in.takes[1:]]
            self.state_size = widths[0] if len(widths) == 1 else widths
            self.output_size = widths[0]

        def build(self, input_shape: Any) -> None:
            if isinstance(input_shape, list) and input_shape and isinstance(input_shape[0], list | tuple):
                input_shape = input_shape[0]
            size = {name: int(self.given[name]) for name in names if isinstance(self.given[name], int)}
            # From the right: a cell may be built with the shape of a whole sequence.
            axes = zip(reversed(stand_in.takes[0].axes), reversed(tuple(input_shape)), strict=False)
            size |= {name: length for (_, name), length in axes if length is not None}
            for weight in stand_in.weights:
                shape = tuple(blocks * size[name] for blocks, name in weight.axes)
                setattr(self, weight.name, self.add_weight(name=weight.name, shape=shape))

        def call(self, inputs: Any, *args: Any, **named: Any) -> Any:
            called()
            found = next((states for states in (*args, *map(named.get, _STATES)) if states is not None), None)
            states = list(found) if isinstance(found, list | tuple) else [found] * (found is not None)
            if (states or cell) and len(states) != len(stand_in.takes[1:]):
                raise ValueError(_other_states(stand_in, len(states)))
            return self.stepped(inputs, states) if cell else self.read(inputs, states)

        def computed(self, inputs: Any, states: list[Any]) -> tuple[Any, ...]:
            weights = [keras.ops.convert_to_tensor(getattr(self, weight.name)) for weight in stand_in.weights]
            return computed(stand_in, [inputs, *states, *weights])

        def stepped(self, inputs: Any, states: list[Any]) -> Any:
            new = list(self.computed(inputs, states))
            return new[0], new

        def read(self, inputs: Any, states: list[Any]) -> Any:
            if not states:
                rows = keras.ops.shape(inputs)[0]
                states = [
                    keras.ops.zeros((rows, int(self.given[operand.axes[-1][1]])), dtype=inputs.dtype)
                    for operand in stand_in.takes[1:]
                ]
            if self.given.get("go_backwards"):
                inputs = keras.ops.flip(inputs, axis=1)
            sequence, *others = self.computed(inputs, states)
            last = sequence[:, -1]  # (batch, units)
            output = sequence if self.given.get("return_sequences") else last
            return [output, last, *others] if self.given.get("return_state") else output

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), **{name: self.given[name] for name in names}}

    Layer.__name__ = Layer.__qualname__ = stand_in.name
    return Layer


def _other_states(stand_in: StandIn, given: int) -> str:
    own = [operand.name.removesuffix("_prev") for operand in stand_in.takes[1:]]
    number = f"{len(own)} states" if len(own) > 1 else "1 state"
    return f"`{stand_in.name}` goes on from {number} ({', '.join(own)}); it was given {given}."


_STATES = ("states", "initial_state")

# ------------------------------------------------------------------------------------------- while a question is asked


@contextlib.contextmanager
def in_place(
    stand_ins: Sequence[StandIn], target: Any, namespace: Mapping[str, Any], called: Callable[[], None]
) -> Iterator[None]:
    """Let the names mean stand-ins wherever the target looks them up.

    target: the function or class that is asked. namespace: what the notebook has defined.
    """
    if not stand_ins:
        yield
        return
    places: list[MutableMapping[str, Any]] = list(_globals_of(target))
    if isinstance(namespace, MutableMapping) and not any(place is namespace for place in places):
        places.append(namespace)
    replaced = {stand_in.name: made(stand_in, called) for stand_in in stand_ins}
    before = [{name: place[name] for name in replaced if name in place} for place in places]
    try:
        for place in places:
            place.update(replaced)
        yield
    finally:
        for place, kept in zip(places, before, strict=True):
            for name in replaced:
                if name in kept:
                    place[name] = kept[name]
                else:
                    place.pop(name, None)


def _globals_of(target: Any) -> Iterator[dict[str, Any]]:
    """Where a function, or the methods of a class and of its bases, look names up; a library's are left alone."""
    kinds = target.__mro__ if isinstance(target, type) else (None,)
    seen: list[dict[str, Any]] = []
    for kind in kinds:
        if kind is not None and (kind.__module__.partition(".")[0] in sys.modules and "." in kind.__module__):
            continue
        for item in vars(kind).values() if kind is not None else (target,):
            plain = item.fget if isinstance(item, property) else getattr(item, "__func__", item)
            plain = getattr(plain, "__wrapped__", plain)
            if isinstance(plain, types.FunctionType) and not any(plain.__globals__ is one for one in seen):
                seen.append(plain.__globals__)
                yield plain.__globals__
