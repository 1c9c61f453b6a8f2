"""Keras on JAX: arrays never change, so a call is differentiated with the weights' values handed in beside its inputs.

Where a layer computes with NumPy meanwhile there is no gradient, and the values come from a plain call.
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
    variables = [weight.variable for weight in weights()]
    values = [*tensors, *(variable.value for variable in variables)]
    trained = [True] * len(tensors) + [bool(variable.trainable) for variable in variables]
    places = tuple(place for place, value in enumerate(values) if trained[place] and _is_float(value))
    asked = [keras.ops.convert_to_tensor(cotangent) for cotangent in cotangents or ()]

    def call(inputs: Any, states: Sequence[Any]) -> Any:
        with keras.StatelessScope() if graph else ExitStack():
            return target(operands.with_tensors(inputs, states))

    def loss_of(moved: Sequence[Any], which: Sequence[int]) -> tuple[Any, Any]:
        given = list(values)
        for place, value in zip(which, moved, strict=True):
            given[place] = value
        mapping = list(zip(variables, given[len(tensors) :], strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            outputs = target(operands.with_tensors(given[0], given[1 : len(tensors)]))
        loss = weighted_sum(outputs, asked)
        if loss is None:
            raise _OtherOutputsError
        return loss, outputs

    def found(which: tuple[int, ...]) -> tuple[Any, Sequence[Any]]:
        """The outputs, and the gradients of these."""
        differentiated = jax.value_and_grad(loss_of, has_aux=True)
        if graph:
            differentiated = jax.jit(differentiated, static_argnums=1)
        (_, outputs), gradients = differentiated([values[place] for place in which], which)
        return outputs, gradients

    gradients: list[Any] = [None] * len(values)
    failed = []

    def find(which: tuple[int, ...]) -> Any:
        """The outputs, None where there is no gradient."""
        try:
            outputs, those = found(which)
        except (_OtherOutputsError, jax.errors.JAXTypeError):
            return None
        except Exception:
            failed.append(True)
            return None
        for place, gradient in zip(which, those, strict=True):
            gradients[place] = gradient
        return outputs

    result = find(places) if asked and places else None
    if result is None:
        # What is wrong with a call is what a plain one says.
        failed.clear()
        result = (jax.jit(call) if graph else call)(operands.inputs, list(operands.states or ()))
        if asked and weighted_sum(result, asked) is not None:
            for place in places:
                find((place,))
    return Evaluated(result, gradients if cotangents is not None else None, bool(failed))


class _OtherOutputsError(Exception):
    """Outputs of other shapes than were asked for."""


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
