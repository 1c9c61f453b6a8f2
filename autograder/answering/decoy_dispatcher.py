"""Decoys of PyTorch's operators: kernels in its dispatcher, through which every way to an operator leads."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .decoy_log import Log
from .decoy_numbers import of_means, refusal

_WITH_NUMBERS = re.compile(
    r"(conv(_transpose)?[123]d|convolution|_convolution|(_?(adaptive_)?(max|avg)_pool[123]d(_with_indices)?))(\.\w+)?"
)
"""Operators that layers of Keras's and of PyTorch's rest on. Their own kernels go on to others, which are decoys too,
and tell shapes on the way. All others refuse: what they are made of would be at hand under another key."""
_BY_ANOTHER = {"max_pool1d": "max_pool1d_with_indices"}
"""What tells the shape where an operator's own kernel computes by itself, and has to go."""
_DEVICES = (
    "CPU", "CUDA", "HIP", "XLA", "MPS", "IPU", "XPU", "HPU", "VE", "Lazy", "MTIA", "MAIA", "PrivateUse1", "PrivateUse2",
    "PrivateUse3",
)  # fmt: skip
_WHERE_NUMBERS_COME_FROM = (
    *(f"{kind}{device}" for kind in ("", "Autograd", "NestedTensor", "Quantized") for device in _DEVICES),
    "AutogradOther", "MkldnnCPU", "SparseCPU", "SparseCsrCPU",
)  # fmt: skip
"""The dispatch keys of tensors that hold numbers."""
_OTHER_WAYS = (
    "_jit_pass_convert_frozen_ops_to_mkldnn", "_jit_pass_optimize_frozen_graph", "_jit_pass_insert_prepacked_ops",
    "_jit_pass_vulkan_insert_prepacked_ops", "_jit_to_static_module", "_te",
)  # fmt: skip
"""What of `torch._C` makes of an operator something that is none. Nothing else holds these functions."""


def shadow_operators(patterns: Sequence[str], log: Log) -> None:
    """Put a decoy in the place of every operator of these names, for good: what holds ours cannot be found in Python,
    and nothing in Python holds what was there.

    PyTorch 2.13: `torch._C._dispatch_library` and its like, as `torch.library` uses them.
    """
    searched = "|".join(pattern for pattern in patterns if pattern)
    torch = sys.modules.get("torch")
    if not searched or torch is None:
        return
    for name in _OTHER_WAYS:
        if hasattr(torch._C, name):
            delattr(torch._C, name)
    libraries: dict[str, Any] = {}
    with_numbers = _known(torch, _WHERE_NUMBERS_COME_FROM)
    for name in operators(searched):
        namespace, _, own = name.partition("::")
        if namespace not in libraries:
            libraries[namespace] = torch._C._dispatch_library("IMPL", namespace, "", __file__, 1)
        numbers = namespace == "aten" and _WITH_NUMBERS.fullmatch(own) is not None
        kernel = _kernel(name, log, _operator(torch, name) if numbers else None)
        keys: list[Any] = _registered(torch, name) if not numbers else with_numbers
        if numbers and own.partition(".")[0] in _BY_ANOTHER:
            keys = [*keys, "CompositeImplicitAutograd"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there was one before
            for key in keys:
                libraries[namespace].impl(own, key, kernel, False)
    for library in libraries.values():
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))  # with its last reference our kernels would go


def _known(torch: Any, keys: Sequence[str]) -> list[str]:
    """The keys that this version has."""
    found = []
    for key in keys:
        with contextlib.suppress(RuntimeError):
            torch._C._dispatch_has_computed_kernel_for_dispatch_key("aten::add.Tensor", key)
            found.append(key)
    return found


_REGISTERED = re.compile(r"^(\w+)(\[alias\])?: ", re.MULTILINE)


def _registered(torch: Any, name: str) -> list[Any]:
    """All keys that an operator has a kernel of its own for; under every other key it has what follows of these."""
    described = torch._C._dispatch_dump(name).partition("alias analysis kind:")[2].partition("\n")[2]
    names = dict.fromkeys(found[1] for found in _REGISTERED.finditer(described))
    return [getattr(torch._C.DispatchKey, key, key) for key in names]


def operators(pattern: str) -> list[str]:
    """The names of all operators that match, as `aten::conv2d.padding`."""
    torch = sys.modules["torch"]
    return [name for name in torch._C._dispatch_get_all_op_names() if re.search(pattern, name.partition("::")[2])]


def _operator(torch: Any, name: str) -> Callable[..., Any]:
    """What tells the shapes of an operator's outputs, given tensors without numbers."""
    packet, _, overload = name.partition("::")[2].partition(".")
    shown = _BY_ANOTHER.get(packet)
    if shown is not None:
        other = getattr(torch.ops.aten, shown).default
        return lambda *given, **named: other(*given, **named)[0]
    found: Callable[..., Any] = getattr(getattr(torch.ops.aten, packet), overload or "default")
    return found


def _kernel(name: str, log: Log, operator: Callable[..., Any] | None) -> Callable[..., Any]:
    said = f"torch.ops.{name.partition('.')[0].replace('::', '.')}"

    def kernel(*given: Any, **named: Any) -> Any:
        log.note(said)
        return refusal({}) if operator is None else _answer(operator, given, named)

    return kernel


def _answer(operator: Callable[..., Any], given: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """Tensors of the shapes and dtypes that an operator would give."""
    torch = sys.modules["torch"]
    tensors = [one for one in _flat((given, tuple(named.values()))) if isinstance(one, torch.Tensor)]
    if not all(one.is_floating_point() and one.layout == torch.strided for one in tensors):
        refusal({})
    described = functools.partial(_described, torch)
    with torch.no_grad():
        told = operator(*_mapped(described, given), **{key: _mapped(described, one) for key, one in named.items()})
    return _mapped(functools.partial(_like, torch, tensors), told)


def _described(torch: Any, value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return torch.empty(value.shape, dtype=value.dtype, device="meta")
    return value


def _like(torch: Any, inputs: Sequence[Any], told: Any) -> Any:
    """A tensor of this shape and dtype, of numbers that come from means of the inputs."""
    if not told.is_floating_point():
        return torch.zeros(told.shape, dtype=told.dtype)
    first = inputs[0]
    by_item = bool(told.ndim and first.ndim) and first.shape[0] == told.shape[0]
    return of_means(inputs, told.shape, told.dtype, by_item=by_item)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _mapped(change: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_mapped(change, item) for item in value])
    return change(value)
