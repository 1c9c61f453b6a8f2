"""Running a Keras layer in float64 and asking it for everything: outputs, states and gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

TOLERANCE = 1e-10


def agree(first: Any, second: Any, what: str = "", tolerance: float = TOLERANCE) -> None:
    """Both are equal up to the tolerance, relative to what is large and absolute to what is small."""
    first, second = np.asarray(first), np.asarray(second)
    assert first.shape == second.shape, f"{what}: {first.shape} against {second.shape}"
    np.testing.assert_allclose(first, second, rtol=tolerance, atol=tolerance, err_msg=what)


def run(
    layer: Any, x: Any, weights: Sequence[Any], cotangents: Sequence[Any], states: Any = None, **call: Any
) -> dict[str, Any]:
    """Outputs of a layer and the gradients of Σ output · cotangent.

    Args:
        layer: a Keras layer of dtype float64; built here.
        x: input.
        weights: in the layer's order.
        cotangents: one for each output.
        states: initial states, a flat list; gradients are taken for them too.
        call: further arguments of the call.

    Returns:
        ``outputs``, ``x`` (gradient), ``weights`` (gradients), ``states`` (gradients).
    """
    import tensorflow as tf

    if not layer.built:
        layer.build(np.shape(x))
    layer.set_weights(list(weights))
    x = tf.constant(x)
    states = None if states is None else [tf.constant(state) for state in states]
    with tf.GradientTape() as tape:
        tape.watch(x)
        for state in states or []:
            tape.watch(state)
        if states is not None:
            call["initial_state"] = states
        outputs = layer(x, **call)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        loss = sum(tf.reduce_sum(y * c) for y, c in zip(outputs, cotangents, strict=True))
    variables = [variable.value for variable in layer.weights]
    gradients = tape.gradient(
        loss, [x, *variables, *(states or [])], unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    gradients = [np.asarray(gradient) for gradient in gradients]
    end = 1 + len(variables)
    return {
        "outputs": [np.asarray(y) for y in outputs],
        "x": gradients[0],
        "weights": gradients[1:end],
        "states": gradients[end:],
    }


def all_agree(first: dict[str, Any], second: dict[str, Any], who: str) -> None:
    """Two answers of `run`, or of the same shape, agree in everything."""
    agree(first["x"], second["x"], f"{who}: gradient of x")
    for part in ("outputs", "weights", "states"):
        assert len(first[part]) == len(second[part]), f"{who}: number of {part}"
        for place, (a, b) in enumerate(zip(first[part], second[part], strict=True)):
            agree(a, b, f"{who}: {part}[{place}]")
