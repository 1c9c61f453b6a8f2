"""What the exercises on the simple recurrent network share: cases, truth and layouts of weights.

Wrong steps are in `rnn_steps`, wrong loops around a right step in `rnn_loops`.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, TypeAlias

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recurrent import as_a_layer, from_states, joined, sequence_returns, with_cotangents
from autograder.model import Arrays, FunctionCase, LayerCase, Layout
from reference import equations as eq

Weights: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""W, U, b."""

WEIGHT_AXES = {"kernel": "features units", "recurrent_kernel": "units units", "bias": "units"}

# ---------------------------------------------------------------------------------------------------- layouts


def _letters(weights: Arrays) -> Arrays:
    return {"W": weights["kernel"], "U": weights["recurrent_kernel"], "b": weights["bias"]}


def _two_biases(weights: Arrays, *, twice: bool = False) -> Arrays:
    """A layer for x and one for h, each with a bias of its own: all of it is in the first."""
    second = weights["bias"] if twice else np.zeros_like(weights["bias"])
    return {**weights, "recurrent_bias": second}


LAYOUTS = (
    Layout("letters", _letters),
    Layout("joined kernel, rows of x before rows of h", functools.partial(joined, ("kernel", "recurrent_kernel"))),
    Layout("joined kernel, rows of h before rows of x", functools.partial(joined, ("recurrent_kernel", "kernel"))),
    Layout(
        "two biases", _two_biases, functools.partial(_two_biases, twice=True),
        {"bias": ("bias",), "recurrent_bias": ("bias",)},
    ),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------------ cases


def step_case(case_id: str, rng: np.random.Generator) -> FunctionCase:
    """One step as a function, from a random state."""
    size = draw.distinct_sizes(rng, ("batch", "features", "units"))
    W, U, b = _weights(rng, size["features"], size["units"])
    return FunctionCase(
        id=case_id,
        arguments={
            "x_t": draw.inputs(rng, size["batch"], size["features"]),
            "h_prev": draw.state(rng, size["batch"], size["units"]),
            "W": W,
            "U": U,
            "b": b,
        },
        axes={
            "x_t": "batch features",
            "h_prev": "batch units",
            "W": "features units",
            "U": "units units",
            "b": "units",
        },
        returns={"h_t": "batch units"},
    )


def unroll_case(case_id: str, rng: np.random.Generator, *, longer: bool) -> FunctionCase:
    """A sequence of 3 to 6 steps as a function, from a random state.

    longer: there are more steps than units, so that a loop over the units ends early; else fewer. Two more or fewer at
        least: one step less would look like a loop that is a step short.
    """
    sign = 1 if longer else -1
    size = draw.distinct_sizes(rng, ("batch", "time", "features", "units"), 3, 6)
    while sign * (size["time"] - size["units"]) < 2:
        size = draw.distinct_sizes(rng, ("batch", "time", "features", "units"), 3, 6)
    W, U, b = _weights(rng, size["features"], size["units"])
    return FunctionCase(
        id=case_id,
        arguments={
            "x": draw.inputs(rng, size["batch"], size["time"], size["features"]),
            "h_0": draw.state(rng, size["batch"], size["units"]),
            "W": W,
            "U": U,
            "b": b,
        },
        axes={
            "x": "batch time features",
            "h_0": "batch units",
            "W": "features units",
            "U": "units units",
            "b": "units",
        },
        returns={"outputs": "batch time units", "final_state": "batch units"},
    )


def cell_case(case_id: str, rng: np.random.Generator, *, gradients: bool = False, **changes: Any) -> LayerCase:
    """One step of a cell, from a random state."""
    size = draw.distinct_sizes(rng, ("batch", "features", "units"), 3, 6)
    case = LayerCase(
        id=case_id,
        config={"units": size["units"]},
        weights=_named_weights(rng, size["features"], size["units"]),
        inputs=draw.inputs(rng, size["batch"], size["features"]),
        axes={"inputs": "batch features", "state.0": "batch units"} | WEIGHT_AXES,
        returns={"output": "batch units", "state.0": "batch units"},
        states=(draw.state(rng, size["batch"], size["units"]),),
        protocol="cell",
    )
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def layer_case(
    case_id: str,
    rng: np.random.Generator,
    *,
    config: dict[str, Any] | None = None,
    states: bool = False,
    gradients: bool = False,
    **changes: Any,
) -> LayerCase:
    """A sequence of 3 to 6 steps through a layer."""
    size = draw.distinct_sizes(rng, ("batch", "time", "features", "units"), 3, 6)
    config = {"units": size["units"]} | (config or {})
    case = LayerCase(
        id=case_id,
        config=config,
        weights=_named_weights(rng, size["features"], size["units"]),
        inputs=draw.inputs(rng, size["batch"], size["time"], size["features"]),
        axes={"inputs": "batch time features"} | WEIGHT_AXES,
        returns=sequence_returns(config, ("state",)),
    )
    if states:
        case = from_states(case, draw.state(rng, size["batch"], size["units"]))
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def stacked_case(
    case_id: str, rng: np.random.Generator, depth: int, *, gradients: bool = False, **changes: Any
) -> LayerCase:
    """A sequence of 3 steps through `depth` layers, each of another width."""
    widths = [f"units_{k}" for k in range(depth)]
    size = {"time": 3} | draw.distinct_sizes(rng, ("batch", "features", *widths), 4, 8)
    weights: dict[str, np.ndarray] = {}
    named = {"inputs": "batch time features"}
    below = "features"
    for k, width in enumerate(widths):
        layer = _named_weights(rng, size[below], size[width])
        weights |= {f"{k}/{name}": value for name, value in layer.items()}
        named |= {
            f"{k}/kernel": f"{below} {width}",
            f"{k}/recurrent_kernel": f"{width} {width}",
            f"{k}/bias": width,
        }
        below = width
    case = LayerCase(
        id=case_id,
        config={"units": [size[width] for width in widths]},
        weights=weights,
        inputs=draw.inputs(rng, size["batch"], size["time"], size["features"]),
        axes=named,
        returns={"output": f"batch {below}"},
    )
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def _weights(rng: np.random.Generator, features: int, units: int) -> Weights:
    return draw.weight(rng, features, units), draw.weight(rng, units, units), draw.bias(rng, units)


def _named_weights(rng: np.random.Generator, features: int, units: int) -> dict[str, np.ndarray]:
    return dict(zip(WEIGHT_AXES, _weights(rng, features, units), strict=True))


# ------------------------------------------------------------------------------------------------------ truth


def step_truth(x_t: Any, h_prev: Any, W: Any, U: Any, b: Any) -> np.ndarray:
    """h_t of one step."""
    return eq.rnn_step(x_t, h_prev, W, U, b).hidden


def unroll_truth(x: Any, h_0: Any, W: Any, U: Any, b: Any) -> tuple[np.ndarray, np.ndarray]:
    """All outputs and the final state."""
    trace = eq.simple_rnn(x, W, U, b, h0=h_0)
    return trace.hidden, trace.last_hidden


def truth(case: LayerCase) -> Arrays:
    """All parts of a cell or layer case, gradients too where the case has cotangents."""
    if case.route == "loop":
        case = as_a_layer(case)
    cell = case.protocol == "cell"
    x = case.inputs[:, np.newaxis] if cell else case.inputs  # (batch, time, features)
    trace = eq.simple_rnn(x, *layers(case)[0], h0=initial_state(case))
    parts = returned(case, trace.hidden, trace.hidden[:, -1], trace.last_hidden)
    if case.cotangents is None:
        return parts
    output, *last = (case.cotangents[part] for part in case.returns)
    d_last = sum(last, np.zeros_like(trace.h0))
    if not cell and case.config.get("return_sequences"):
        grads = eq.simple_rnn_backward(trace, d_hidden=output, d_last_hidden=d_last)
    else:
        grads = eq.simple_rnn_backward(trace, d_last_hidden=d_last + output)
    parts["grad.inputs"] = grads.x[:, 0] if cell else grads.x
    if case.states is not None:
        parts["grad.state.0"] = grads.h0
    by_name = {"kernel": grads.kernel, "recurrent_kernel": grads.recurrent_kernel, "bias": grads.bias}
    return parts | {f"grad.{name}": np.asarray(by_name[name]) for name in case.weights}


def stacked_truth(case: LayerCase) -> Arrays:
    """The last output of the last layer; gradients go back through the layers from top to bottom."""
    traces = []
    x = case.inputs
    for weights in layers(case):
        traces.append(eq.simple_rnn(x, *weights))
        x = traces[-1].hidden
    parts: dict[str, np.ndarray] = {"output": traces[-1].hidden[:, -1]}
    if case.cotangents is None:
        return parts
    by_name: dict[str, Any] = {}
    grads = eq.simple_rnn_backward(traces[-1], d_last_hidden=case.cotangents["output"])
    for k in reversed(range(len(traces))):
        by_name |= {
            f"{k}/kernel": grads.kernel,
            f"{k}/recurrent_kernel": grads.recurrent_kernel,
            f"{k}/bias": grads.bias,
        }
        if k > 0:
            grads = eq.simple_rnn_backward(traces[k - 1], d_hidden=grads.x)
    parts["grad.inputs"] = grads.x
    return parts | {f"grad.{name}": by_name[name] for name in case.weights}


def layers(case: LayerCase) -> list[Weights]:
    """The weights of a case, layer by layer."""
    values = list(case.weights.values())
    return [(values[k], values[k + 1], values[k + 2]) for k in range(0, len(values), 3)]


def initial_state(case: LayerCase) -> np.ndarray:
    """The state that the case starts from, zeros where it hands in none."""
    bias = next(value for name, value in case.weights.items() if name.endswith("bias"))
    return case.states[0] if case.states else np.zeros((len(case.inputs), len(bias)), case.inputs.dtype)


def returned(case: LayerCase, outputs: np.ndarray, last: np.ndarray, state: np.ndarray) -> dict[str, np.ndarray]:
    """What the case returns, by name: all outputs or the last one, then the state where it is asked for."""
    sequences = case.config.get("return_sequences") and case.protocol == "layer"
    return dict(zip(case.returns, (outputs if sequences else last, state), strict=False))
