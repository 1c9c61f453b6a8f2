"""Any arguments, any layer: ours does what Keras's does, or refuses in its words.

Arguments are drawn by their names, so that a layer with a new one is asked about that too.
"""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from witnesses import agree

import reference

BATCH, TIME, FEATURES = 2, 5, 4
SEQUENCE, IMAGE = (BATCH, TIME, FEATURES), (BATCH, 7, 6, FEATURES)
LAYERS = sorted(set(reference.__all__) - {"Bidirectional", "StackedRNNCells", "TimeDistributed"})

_COUNT = st.sampled_from([0, 1, 2, 4])
_LENGTH = st.sampled_from([1, 2, 3, (2, 3), (1, 2), [2, 2], 0, 2.0, (2,), None])
_SWITCH = st.booleans()
_ACTIVATION = st.sampled_from([None, "relu", "tanh", "sigmoid", "softsign", "hard_sigmoid"])
_INITIALIZER = st.sampled_from(
    ["zeros", "ones", "random_normal", "glorot_uniform", "he_normal", "orthogonal", keras.initializers.Constant(0.3)]
)
_REGULARIZER = st.sampled_from([None, "l1", "l2", keras.regularizers.L1L2(0.1, 0.2)])
_CONSTRAINT = st.sampled_from([None, "max_norm", "non_neg", "unit_norm"])
_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "units": _COUNT, "filters": _COUNT, "depth_multiplier": _COUNT, "groups": st.sampled_from([1, 2, 3, 0]),
    "kernel_size": _LENGTH, "strides": _LENGTH, "dilation_rate": _LENGTH, "pool_size": _LENGTH,
    "output_padding": st.sampled_from([None, 0, 1, (0, 1), -1]),
    "padding": st.sampled_from(["valid", "same", "SAME", "causal", "full"]),
    "data_format": st.sampled_from([None, "channels_last"]),  # TensorFlow has few others on a CPU
    "activation": _ACTIVATION, "recurrent_activation": _ACTIVATION,
    "dropout": st.sampled_from([0.0, 0.3, 1.5]), "recurrent_dropout": st.sampled_from([0.0, 0.4]),
    "seed": st.just(7), "use_cudnn": st.sampled_from(["auto", False]),
    **dict.fromkeys(
        (
            "use_bias", "unit_forget_bias", "reset_after", "return_sequences", "return_state", "go_backwards", "unroll",
            "keepdims",
        ),
        _SWITCH,
    ),
    "stateful": st.just(False), "name": st.just("mine"),
}  # fmt: skip
_BY_ENDING = {"initializer": _INITIALIZER, "regularizer": _REGULARIZER, "constraint": _CONSTRAINT}


_LATER = {
    "ConvLSTM2D": {"filters": st.sampled_from([1, 2]), "strides": st.sampled_from([1, 2, (1, 2), (2,)])},
    "Pooling": {
        "padding": st.sampled_from(["valid", "same"]),
        "strides": st.sampled_from([None, 1, 2, 3, (1, 2), (2,)]),
    },
    "SimpleRNN": {"activity_regularizer": st.none(), "seed": st.none()},
}
"""By a part of a layer's name: arguments whose other values Keras lets pass when it is made, and trips over later, or
forgets."""


def drawn(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """The arguments that are needed, and some of the others."""
    needed, free = {}, {}
    own = next((strategies for part, strategies in _LATER.items() if part in name), {})
    for parameter in inspect.signature(getattr(keras.layers, name)).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        by_name = _BY_NAME | own
        if parameter.name in by_name:
            strategy = by_name[parameter.name]
        else:
            strategy = _BY_ENDING[parameter.name.rpartition("_")[2]]
        (needed if parameter.default is inspect.Parameter.empty else free)[parameter.name] = strategy
    return st.fixed_dictionaries(needed, optional=free)


def shape_of(name: str) -> tuple[int, ...]:
    """Of an input."""
    if name.endswith("Cell"):
        return (BATCH, FEATURES)
    if name == "ConvLSTM2D":
        return (BATCH, 3, *IMAGE[1:])
    return IMAGE if "2D" in name else SEQUENCE


def behaviour(module: Any, name: str, options: dict[str, Any]) -> Any:
    """Everything that can be seen of a layer; or what it was refused with. None where TensorFlow has no such operation
    on this machine: that says nothing of a layer."""
    import tensorflow as tf

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(3)
    shape = shape_of(name)
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    try:
        layer = getattr(module, name)(**options)
    except (ValueError, TypeError) as error:
        return {"refused": type(error).__name__, "said": str(error).replace("a list/tuple or one of", "one of")}
    seen: dict[str, Any] = {"config": layer.get_config()}
    call: dict[str, Any] = {"training": True} if "dropout" in seen["config"] else {}
    if name.endswith("Cell"):
        call["states"] = layer.get_initial_state(BATCH)
    try:
        seen["foretold"] = None if name.endswith("Cell") else _plain(layer.compute_output_shape(shape))
        with tf.GradientTape() as tape:
            outputs = keras.tree.flatten(layer(x, **call))
            loss = sum(tf.reduce_sum(one**2) for one in outputs) + sum(layer.losses)
    except tf.errors.OpError:
        return None
    except (ValueError, TypeError) as error:
        return {"stopped": True, "config": seen["config"], "what": type(error).__name__}
    seen["weights"] = [
        (weight.path.partition("/")[2], tuple(weight.shape), weight.value.numpy()) for weight in layer.weights
    ]
    seen["outputs"] = [np.asarray(one) for one in outputs]
    seen["losses"] = [float(one) for one in layer.losses]
    variables = layer.trainable_variables
    if variables:
        gradients = tape.gradient(loss, [one.value for one in variables])
        seen["gradients"] = [None if one is None else np.asarray(one) for one in gradients]
        keras.optimizers.SGD(0.1).apply(
            [tf.zeros(one.shape) if g is None else g for one, g in zip(variables, gradients, strict=True)], variables
        )
        seen["after a step"] = [one.value.numpy() for one in variables]
    return seen


def _plain(shape: Any) -> Any:
    return tuple(_plain(one) if isinstance(one, tuple | list) else one for one in shape)


def held_against(ours: Any, stock: Any, where: str) -> None:
    """Equal, numbers up to rounding."""
    if isinstance(stock, dict) and isinstance(ours, dict):
        assert ours.keys() == stock.keys(), (where, ours, stock)
        for name in stock:
            held_against(ours[name], stock[name], f"{where} {name}".strip())
    elif isinstance(stock, list | tuple) and isinstance(ours, list | tuple) and not isinstance(stock, str):
        assert len(ours) == len(stock), (where, ours, stock)
        for place, (one, other) in enumerate(zip(ours, stock, strict=True)):
            held_against(one, other, f"{where}[{place}]")
    elif isinstance(stock, np.ndarray | float):
        agree(ours, stock, where, tolerance=2e-4)
    else:
        assert ours == stock, (where, ours, stock)


def comparable(seen: Any) -> Any:
    """Without names, which count what was made before, and the seed that Keras's SimpleRNN does not tell."""
    if seen is not None and "config" in seen:
        seen = {**seen, "config": {key: value for key, value in seen["config"].items() if key not in ("name", "seed")}}
    return seen


@pytest.mark.parametrize("name", LAYERS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_arguments(name: str, data: st.DataObject) -> None:
    options = data.draw(drawn(name))
    ours, stock = (behaviour(module, name, options) for module in (reference, keras.layers))
    assume(stock is not None)
    held_against(comparable(ours), comparable(stock), "")
