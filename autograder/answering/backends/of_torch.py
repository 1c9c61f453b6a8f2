"""Keras on PyTorch: what is computed remembers how, and there is no graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from ..weights import Operands, Weight, raw
from . import Evaluated
from .weighted import weighted_sum

IN_ONE_RUN = True


def evaluated(
    target: Callable[[Operands], Any],
    operands: Operands,
    cotangents: Sequence[Any] | None,
    weights: Callable[[], Sequence[Weight]],
    *,
    graph: bool,
) -> Evaluated:
    """A graph is none: PyTorch runs what stands there."""
    import torch

    tensors = [operands.inputs, *(operands.states or ())]
    if cotangents is None:
        result = target(operands)
        weights()
        return Evaluated(result, None)
    leaves = [tensor.detach().clone().requires_grad_(tensor.is_floating_point()) for tensor in tensors]
    # Not the leaves themselves, which must not be changed in place: a layer may, and is told so elsewhere.
    given = [leaf.clone() for leaf in leaves]
    try:
        result = target(operands.with_tensors(given[0], given[1:]))
    except RuntimeError as error:
        if "requires grad" not in str(error):
            raise
        # It computes with NumPy, which works for inputs that nobody differentiates.
        result = target(operands)
        return Evaluated(result, [None] * (len(tensors) + len(weights())))
    for tensor, used in zip(tensors, given, strict=True):
        if used.shape == tensor.shape:
            tensor.copy_(used.detach())
    wanted = [*leaves, *(raw(weight.variable) for weight in weights())]
    gradients: list[Any] = [None] * len(wanted)
    loss = weighted_sum(result, [torch.as_tensor(cotangent) for cotangent in cotangents])
    places = [place for place, tensor in enumerate(wanted) if tensor.requires_grad]
    if loss is None or not loss.requires_grad:
        return Evaluated(result, gradients)
    try:
        found = torch.autograd.grad(loss, [wanted[place] for place in places], allow_unused=True)
    except Exception:
        # An operation without a gradient, say: that says nothing about the values.
        return Evaluated(result, gradients, failed=True)
    for place, gradient in zip(places, found, strict=True):
        gradients[place] = gradient
    return Evaluated(result, gradients)


def steps(
    model: Any, optimizer: Any, loss_of: Callable[[Any, Any], Any], inputs: Sequence[Any], labels: Any
) -> Callable[[Any], None]:
    import torch

    trained = model.trainable_variables

    def step(batch: Any) -> None:
        places = torch.as_tensor(batch)
        given = [array[places] for array in inputs]
        predicted = model(given[0] if len(given) == 1 else given, training=True)
        loss = loss_of(labels[places], predicted) + sum(model.losses)
        gradients = torch.autograd.grad(loss, [raw(variable) for variable in trained], allow_unused=True)
        with torch.no_grad():
            optimizer.apply(gradients, trained)

    return step


def predicted(model: Any, given: Any) -> Any:
    import torch

    with torch.no_grad():
        return model(given, training=False)


def plain_variable(held: Any) -> tuple[str, tuple[int, ...]] | None:
    return None  # a Parameter of PyTorch's is one of a module, and Keras wraps these


def attributes(part: Any) -> Mapping[str, Any]:
    """PyTorch keeps the layers that a layer holds apart."""
    held = {name: item for name, item in vars(part).items() if name not in ("_modules", "_torch_params")}
    return {**held, **{name: item for name, item in part._modules.items() if name != "_torch_params"}}


def refuses_arrays(error: TypeError) -> bool:
    said = str(error)
    # The second is what NumPy says of `array + tensor`.
    return ("'numpy.ndarray'" in said and "'Tensor'" in said) or said.startswith("Concatenation operation is not")


def seed(seed: int) -> None:
    import torch

    torch.manual_seed(seed)


def reset() -> None:
    import torch

    torch.set_grad_enabled(True)


def as_usual(stack: ExitStack, dtype: str) -> None:
    import torch

    stack.callback(torch.set_grad_enabled, torch.is_grad_enabled())
