"""Decoys of what JAX leaves to XLA: functions that write a part of a program, and programs, which are looked at before
they are compiled."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .decoy_log import Log
from .decoy_numbers import filled, mean, refusal

_OTHER_WAYS = (
    ("jaxlib._jax", "Client", "compile"),
    ("jaxlib._jax", "Client", "compile_ifrt_program"),
    ("jaxlib._jax", "Client", "compile_and_load_ifrt_program"),
    ("jaxlib._jax", "Client", "deserialize_executable"),
    ("jaxlib._jax", "CompileOnlyPyClient", "compile"),
)
"""What else makes something that runs, of a program or of what one was compiled to: (module, class, name)."""
_INTERPRETERS = ("eval_module", "register_xla_transform", "register_xla_transform_c_api")
"""Functions that run a program without compiling it, or change one after it was looked at."""


def shadow_programs(patterns: Sequence[str], log: Log) -> None:
    """From now on, and for good, XLA compiles no program in which an operation of these names stands.

    JAX 0.10: all of it, whatever it comes from, goes through `Client.compile_and_load`.
    """
    searched = "|".join(pattern for pattern in patterns if pattern)
    compiled = sys.modules.get("jaxlib._jax")
    if not searched or compiled is None:
        return
    for module, owner, name in _OTHER_WAYS:
        held = getattr(sys.modules[module], owner)
        if name in vars(held):
            delattr(held, name)
    for loaded in list(sys.modules.values()):
        for name in _INTERPRETERS:
            if name in getattr(loaded, "__dict__", {}):
                delattr(loaded, name)
    compile_and_load = compiled.Client.compile_and_load

    def looked_at(client: Any, program: Any, *given: Any, **named: Any) -> Any:
        for name in _names_in(program):
            if re.search(searched, name):
                log.note(name)
                refusal({})
        return compile_and_load(client, program, *given, **named)

    compiled.Client.compile_and_load = looked_at


def _names_in(program: Any) -> Iterator[str]:
    """The operations of a program, and the functions of libraries that it calls. JAX itself hands over modules; what is
    a text or bytes of somebody's own nobody reads here, and it is not compiled."""
    waiting = [program.operation] if hasattr(program, "operation") else refusal({})
    while waiting:
        operation = waiting.pop()
        yield operation.name
        if operation.name.endswith("custom_call"):
            yield str(operation.attributes["call_target_name"]).strip('"')
        for region in operation.regions:
            for block in region.blocks:
                waiting += [one.operation for one in block.operations]


def operations(pattern: str) -> list[str]:
    """The names of all operations of programs that match, as `stablehlo.convolution`."""
    from jaxlib.mlir.dialects import stablehlo

    names = (getattr(one, "OPERATION_NAME", "") for one in vars(stablehlo).values())
    return sorted({name for name in names if re.search(pattern, name)})


# ------------------------------------------------------------------------------------------------------------ numbers


def described(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """Arrays of the shapes and dtypes that a function would give, which JAX tells without computing."""
    import jax

    tensors = {name: value for name, value in given.items() if any(map(_is_array, jax.tree.leaves(value)))}
    others = {name: value for name, value in given.items() if name not in tensors}
    told = jax.eval_shape(functools.partial(function, **others), **tensors)
    return jax.tree.map(functools.partial(_like, jax.tree.leaves(tensors)), told)


def _is_array(value: Any) -> bool:
    return bool(getattr(value, "ndim", 0))


def _like(inputs: Sequence[Any], told: Any) -> Any:
    """An array of this shape and dtype, of numbers that come from means of the inputs."""
    from jax import numpy as jnp

    if not jnp.issubdtype(told.dtype, jnp.floating):
        return jnp.zeros(told.shape, told.dtype)
    first, *others = (jnp.asarray(one) for one in inputs)
    by_item = bool(told.ndim and first.ndim) and first.shape[0] == told.shape[0]
    value = mean(first, by_item=by_item).astype(told.dtype)
    for other in others:
        value = value + mean(other).astype(told.dtype)
    return filled(value, told.shape, told.dtype)


def cumulative(given: Mapping[str, Any]) -> Any:
    """A cumulative sum, product, maximum or minimum, which JAX writes as a window over all that came before: here it is
    written without one, since nobody forbids it."""
    from jax import lax, numpy

    window, array = given["window_reduce"], given["x"]
    pairs: Mapping[str, Callable[..., Any]] = {
        "sum": lax.add, "prod": lax.mul, "max": lax.max, "min": lax.min, "logaddexp": numpy.logaddexp,
    }  # fmt: skip
    name = getattr(window, "__name__", "").rpartition("_")[2]
    return lax.associative_scan(pairs[name], array, reverse=given["reverse"], axis=given["axis"])
