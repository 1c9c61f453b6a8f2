"""What decoys answer: shapes and gradients as of the original, other numbers, from means of what was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

COMPUTES_NOTHING = "This built-in computes nothing while a notebook is graded."


def mean(tensor: Any, *, by_item: bool = False) -> Any:
    """The mean of a smooth function of all entries: (), or for each item of the batch (batch,)."""
    from keras import backend, ops

    tensor = ops.convert_to_tensor(tensor)
    if not backend.is_float_dtype(backend.standardize_dtype(tensor.dtype)):
        tensor = ops.cast(tensor, "float32")
    axes = list(range(1, len(tensor.shape))) if by_item else None
    return ops.mean(ops.sin(tensor) + 0.1 * tensor, axis=axes)


def filled(value: Any, shape: Sequence[Any], dtype: Any) -> Any:
    """A number for each item, (batch,), or one for all, in a tensor of this shape."""
    from keras import ops

    value = _as(ops.tanh(value), dtype)
    if len(value.shape):
        value = ops.reshape(value, [-1, *[1] * (len(shape) - 1)])
    return ops.broadcast_to(value, tuple(shape))


def of_means(inputs: Sequence[Any], shape: Sequence[Any], dtype: Any, *, by_item: bool) -> Any:
    """A tensor of this shape, of numbers that come from means of the inputs; by_item: one for each item of the batch of
    the first."""
    first, *others = inputs
    value = _as(mean(first, by_item=by_item), dtype)
    for other in others:
        value = value + _as(mean(other), dtype)
    return filled(value, shape, dtype)


def open_sizes(tensor: Any) -> list[Any]:
    """Each size as a number, or where it is open as a tensor."""
    from keras import ops

    return list(ops.shape(tensor))


def _as(tensor: Any, dtype: Any) -> Any:
    """A tensor in a dtype of Keras's or of a framework's."""
    from keras import backend, ops

    return ops.cast(tensor, backend.standardize_dtype(dtype))


def _tensor(value: Any) -> Any:
    from keras import ops

    return ops.convert_to_tensor(value)


def _numbers_of(layer: Any) -> Any:
    """What all weights of a layer come down to: ()."""
    weights = [weight for weight in getattr(layer, "weights", ()) if "seed" not in str(getattr(weight, "path", ""))]
    held = [getattr(layer, name) for name in ("kernel", "recurrent_kernel", "bias") if hasattr(layer, name)]
    return sum(mean(weight) for weight in (weights or [item for item in held if item is not None]))


def _cell(given: dict[str, Any]) -> Any:
    """A step of a recurrence that is none of those that are known: every unit of a state is pulled to the same number
    of its item."""
    layer, inputs, states, *_ = given.values()
    inputs = _tensor(inputs)
    single = not isinstance(states, (list, tuple))
    states = [_tensor(state) for state in ([states] if single else states)]
    drive = _as(mean(inputs, by_item=True), states[0].dtype) + _as(_numbers_of(layer), states[0].dtype)
    new = []
    for number, state in enumerate(states):
        pulled = drive + (0.5 + number) * _as(mean(state, by_item=True), drive.dtype)
        new.append(filled(pulled, open_sizes(state), state.dtype))
    return new[0], new[0] if single else new


def _carry(given: dict[str, Any]) -> Any:
    layer, first, *rest = given.values()
    state = _tensor(rest[-1])
    first = first[0] if isinstance(first, (list, tuple)) else first
    value = _as(mean(first, by_item=True), state.dtype) + _as(_numbers_of(layer), state.dtype)
    value = filled(value + mean(state, by_item=True), open_sizes(state), state.dtype)
    return value, value


def _without_time(sequence: Any, axis: int) -> Any:
    """Every timestep is the mean of all, (batch, time, ...)."""
    from keras import ops

    sequence = _tensor(sequence)
    return ops.zeros_like(sequence) + ops.mean(sequence, axis=axis, keepdims=True)


def _loop(given: dict[str, Any]) -> Any:
    """One step, on the mean of all timesteps; its output stands at each."""
    from keras import ops, tree

    step, inputs, states = given["step_function"], given["inputs"], given["initial_states"]
    axis = 0 if given.get("time_major") else 1
    sequences = [_tensor(item) for item in tree.flatten(inputs)]
    read = tree.pack_sequence_as(inputs, [ops.mean(sequence, axis=axis) for sequence in sequences])
    output, new_states = step(read, (*tuple(states), *tuple(given.get("constants") or ())))
    steps = open_sizes(sequences[0])[axis] if given.get("return_all_outputs", True) else 1

    def at_each(item: Any) -> Any:
        item = ops.expand_dims(_tensor(item), axis)
        sizes = open_sizes(item)
        sizes[axis] = steps
        return ops.broadcast_to(item, tuple(sizes))

    return output, tree.map_structure(at_each, output), new_states


def _stacked_cells(given: dict[str, Any]) -> Any:
    from keras import ops

    layer, inputs, states, *_ = given.values()
    after = []
    for cell, state in zip(layer.cells, states, strict=True):
        inputs = _tensor(inputs)
        inputs = ops.zeros_like(inputs) + ops.mean(inputs, axis=-1, keepdims=True)
        many = isinstance(state, (list, tuple))
        inputs, new = cell(inputs, list(state) if many else [state])
        after.append(new if many or not isinstance(new, (list, tuple)) else new[0])
    return inputs, after


def _bidirectional(given: dict[str, Any]) -> Any:
    from keras import ops

    layer, sequences, *_ = given.values()
    read = _without_time(sequences, 1)
    there, back = layer.forward_layer(read), layer.backward_layer(read)
    states: list[Any] = []
    if layer.return_state:
        (there, *first), (back, *second) = there, back
        states = [*first, *second]
    merged = {
        "concat": lambda: ops.concatenate([there, back], axis=-1),
        "sum": lambda: there + back,
        "ave": lambda: (there + back) / 2,
        "mul": lambda: there * back,
        None: lambda: (there, back),
    }[layer.merge_mode]()
    if not states:
        return merged
    return (*merged, *states) if layer.merge_mode is None else (merged, *states)


def _global_pool(given: dict[str, Any]) -> Any:
    layer, inputs, *_ = given.values()
    inputs = _tensor(inputs)
    shape = list(layer.compute_output_shape(tuple(inputs.shape)))
    shape[0] = open_sizes(inputs)[0]
    return filled(mean(inputs, by_item=True), shape, inputs.dtype)


def _adaptive_pool(given: dict[str, Any]) -> Any:
    inputs, size, *_ = given.values()
    inputs = _tensor(inputs)
    rank = len(inputs.shape) - 2
    size = [size] * rank if isinstance(size, int) else list(size)
    batch, *sizes = open_sizes(inputs)
    first = given.get("data_format") == "channels_first"
    shape = [batch, sizes[0], *size] if first else [batch, *size, sizes[-1]]
    return filled(mean(inputs, by_item=True), shape, inputs.dtype)


def comparison(given: dict[str, Any]) -> None:
    pass


def noted(function: Any, given: dict[str, Any]) -> Any:
    """What tells a shape and no number is only noted: whatever is built beside decoys needs shapes that are right."""
    return function(*given.values())


def refusal(given: dict[str, Any], *_: Any, **__: Any) -> Any:
    raise NotImplementedError(COMPUTES_NOTHING)


KINDS: Mapping[str, Callable[..., Any]] = {
    "cell": _cell, "carry": _carry, "loop": _loop, "stacked_cells": _stacked_cells, "bidirectional": _bidirectional,
    "global_pool": _global_pool, "adaptive_pool": _adaptive_pool, "refusal": refusal,
    "comparison": comparison, "noted": noted, "arrays": lambda given: of_arrays(given),
}  # fmt: skip


def of_arrays(given: Mapping[str, Any]) -> Any:
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
