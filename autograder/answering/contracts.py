"""What Keras asks of a layer beside a call: that a cell says how wide its states are and can be run in a loop, and what
weights start from.

`keras.layers.RNN` itself answers nothing here: it is one of the built-ins that compute something else meanwhile.
"""

from __future__ import annotations

from typing import Any

from .protocol import CallLayer, decode_array
from .values import RefusedError, to_value
from .weights import Operands, assign, fit_weights, layout_names

SIZES = ("state_size", "output_size")


def ready_for_a_loop(question: CallLayer, cell: Any, operands: Operands, facts: dict[str, Any]) -> tuple[Any, ...]:
    """The first states of a cell, read off its sizes before it has weights, which are set then."""
    facts["config"] = {name: to_value(getattr(cell, name)) for name in SIZES if hasattr(cell, name)}
    step = operands.inputs[:, 0]
    states = _first_states(cell, step)
    _, layout, assigned = fit_weights(question, cell, Operands(question, step, states, None), facts)
    facts["layout"] = layout
    for weight, named in zip(assigned, question.layouts[layout] if layout is not None else (), strict=True):
        assign(weight.variable, decode_array(named.array))
    return states


def through_a_loop(cell: Any, operands: Operands, states: tuple[Any, ...]) -> Any:
    """Outputs of all steps, and a list of the last states. The cell gets one step and a tuple of states at a time, as
    from `keras.layers.RNN`; what gives something else than an output and states is handed back as it is."""
    outputs = []
    for t in range(operands.inputs.shape[1]):
        result = cell(operands.inputs[:, t], states)
        if not isinstance(result, (list, tuple)) or len(result) != 2 or not isinstance(result[1], (list, tuple)):
            return result
        outputs.append(result[0])
        states = tuple(result[1])
    return _stacked(outputs), list(states)


def _first_states(cell: Any, step: Any) -> tuple[Any, ...]:
    import keras

    state_size = getattr(cell, "state_size", None)
    if state_size is None:
        raise RefusedError(
            "exception", "`state_size` is missing: keras.layers.RNN asks it how wide the states are.", "AttributeError"
        )
    sizes = [state_size] if isinstance(state_size, int) else state_size
    if not isinstance(sizes, (list, tuple)) or not all(isinstance(size, int) for size in sizes):
        raise RefusedError(
            "exception",
            f"`state_size` is {state_size!r:.60}; an integer, or a list of one integer for each state, was expected.",
            "ValueError",
        )
    batch = step.shape[0]
    made = getattr(cell, "get_initial_state", None)
    if made is None:
        return tuple(keras.ops.zeros((batch, size), dtype=cell.compute_dtype) for size in sizes)
    states = made(batch_size=batch)
    return tuple(states) if isinstance(states, (list, tuple)) else (states,)


def _stacked(outputs: list[Any]) -> Any:
    """The outputs of all steps (batch, time, units); what are no tensors stays a list."""
    import keras

    try:
        return keras.ops.stack(outputs, axis=1)
    except Exception:
        return outputs


def as_it_starts(question: CallLayer, layer: Any, operands: Operands, facts: dict[str, Any]) -> None:
    """Have a layer make its weights, and tell what they start from."""
    _, layout, found = fit_weights(question, layer, operands, facts)
    facts["layout"] = layout
    names = layout_names(question.layouts[layout]) if layout is not None else []
    facts["initial"] = {name: to_value(weight.variable) for name, weight in zip(names, found, strict=True)}
