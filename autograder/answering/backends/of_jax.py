"""Keras on JAX: arrays never change, so a call is differentiated with the weights' values handed in beside its inputs.

Values come from a plain run, gradients from another one: where a layer computes with NumPy meanwhile, there is no
gradient, and the values stand all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from ..weights import Operands, Weight
from . import Evaluated
from .weighted import weighted_sum

IN_ONE_RUN = False


def evaluated(
    target: Callable[[Operands], Any],
    operands: Operands,
    cotangents: Sequence[Any] | None,
    weights: Callable[[], Sequence[Weight]],
    *,
    graph: bool,
) -> Evaluated:
    import jax
    import keras

    tensors = [operands.inputs, *(operands.states or ())]

    def call(inputs: Any, states: Sequence[Any]) -> Any:
        with keras.StatelessScope() if graph else ExitStack():
            return target(operands.with_tensors(inputs, states))

    run = jax.jit(call) if graph else call
    result = run(operands.inputs, list(operands.states or ()))
    variables = [weight.variable for weight in weights()]
    if cotangents is None:
        return Evaluated(result, None)
    asked = [keras.ops.convert_to_tensor(cotangent) for cotangent in cotangents]
    gradients: list[Any] = [None] * (len(tensors) + len(variables))
    if weighted_sum(result, asked) is None:
        return Evaluated(result, gradients)
    values = [*tensors, *(variable.value for variable in variables)]
    trained = [True] * len(tensors) + [bool(variable.trainable) for variable in variables]
    places = [place for place, value in enumerate(values) if trained[place] and _is_float(value)]

    def loss_of(moved: Sequence[Any], which: Sequence[int]) -> Any:
        given = list(values)
        for place, value in zip(which, moved, strict=True):
            given[place] = value
        mapping = list(zip(variables, given[len(tensors) :], strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            outputs = target(operands.with_tensors(given[0], given[1 : len(tensors)]))
        return weighted_sum(outputs, asked)

    def found(which: Sequence[int]) -> Sequence[Any]:
        differentiated = jax.grad(loss_of)
        if graph:
            differentiated = jax.jit(differentiated, static_argnums=1)
        return differentiated([values[place] for place in which], tuple(which))

    failed = False
    try:
        for place, gradient in zip(places, found(places), strict=True):
            gradients[place] = gradient
    except jax.errors.JAXTypeError:
        # Something was handed to NumPy, which ends there; what else there is has a gradient.
        for place in places:
            try:
                (gradients[place],) = found([place])
            except jax.errors.JAXTypeError:
                continue
            except Exception:
                failed = True
    except Exception:
        failed = True
    return Evaluated(result, gradients, failed)


def _is_float(value: Any) -> bool:
    import keras

    return bool(keras.backend.is_float_dtype(keras.backend.standardize_dtype(value.dtype)))


def steps(
    model: Any, optimizer: Any, loss_of: Callable[[Any, Any], Any], inputs: Sequence[Any], labels: Any
) -> Callable[[Any], None]:
    import jax

    trained, others = model.trainable_variables, model.non_trainable_variables

    def loss_and_state(weights: Any, state: Any, given: Any, wanted: Any) -> tuple[Any, Any]:
        predicted, state, losses = model.stateless_call(weights, state, given, training=True, return_losses=True)
        return loss_of(wanted, predicted) + sum(losses), state

    @jax.jit
    def step(weights: Any, state: Any, moments: Any, given: Any, wanted: Any) -> tuple[Any, Any, Any]:
        (_, state), gradients = jax.value_and_grad(loss_and_state, has_aux=True)(weights, state, given, wanted)
        weights, moments = optimizer.stateless_apply(moments, gradients, weights)
        return weights, state, moments

    def train(batch: Any) -> None:
        given = [array[batch] for array in inputs]
        held = [[variable.value for variable in kind] for kind in (trained, others, optimizer.variables)]
        moved = step(*held, given[0] if len(given) == 1 else given, labels[batch])
        for kind, values in zip((trained, others, optimizer.variables), moved, strict=True):
            for variable, value in zip(kind, values, strict=True):
                variable.assign(value)

    return train


def predicted(model: Any, given: Any) -> Any:
    return model(given, training=False)


def plain_variable(held: Any) -> tuple[str, tuple[int, ...]] | None:
    return None  # JAX has none


def attributes(part: Any) -> Mapping[str, Any]:
    return vars(part)


def refuses_arrays(error: TypeError) -> bool:
    return False


def seed(seed: int) -> None:
    """JAX has no generator of its own."""


def reset() -> None:
    import jax

    if jax.config.jax_disable_jit:
        jax.config.update("jax_disable_jit", False)


def as_usual(stack: ExitStack, dtype: str) -> None:
    import jax

    stack.callback(jax.config.update, "jax_disable_jit", jax.config.jax_disable_jit)
    if dtype == "float64":
        # JAX makes float32 of all float64, unless it is told that they are meant.
        stack.callback(jax.config.update, "jax_enable_x64", jax.config.jax_enable_x64)
        jax.config.update("jax_enable_x64", True)
