"""Decoys of what JAX leaves to XLA: functions that write a part of a program, and programs, which are looked at before
they are compiled."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .decoy_log import Log
from .decoy_numbers import COMPUTES_NOTHING, of_means

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

_NONE = r"(?!)"


def shadow_programs(patterns: Sequence[str], log: Log) -> None:
    """From now on, and for good, XLA compiles no program in which an operation of these names stands, and none runs
    that was not compiled here.

    JAX 0.10: all of it, whatever it comes from, goes through `Client.compile_and_load`.
    """
    searched = "|".join(pattern for pattern in patterns if pattern) or _NONE
    compiled = sys.modules.get("jaxlib._jax")
    if compiled is None:
        return
    for module, owner, name in _OTHER_WAYS:
        held = getattr(sys.modules[module], owner)
        if name in vars(held):
            delattr(held, name)
    for loaded in list(sys.modules.values()):
        for name in _INTERPRETERS:
            if name in getattr(loaded, "__dict__", {}):
                delattr(loaded, name)
    names_in = _reader()
    forbidden, note = re.compile(searched, re.IGNORECASE).search, log.note
    compile_and_load = compiled.Client.compile_and_load

    # Nothing of it is looked up when it is called: what modules and classes hold by then may be somebody's own.
    def looked_at(client: Any, program: Any, *given: Any, **named: Any) -> Any:
        for name in names_in(program):
            if forbidden(name):
                note(name)
                raise NotImplementedError(COMPUTES_NOTHING)
        return compile_and_load(client, program, *given, **named)

    compiled.Client.compile_and_load = looked_at


def _reader() -> Callable[[Any], list[str]]:
    """What tells the operations of a program, and the functions of libraries that it calls, from the text that MLIR
    itself writes of it. JAX itself hands over modules; what is a text or bytes of somebody's own, or only looks like a
    module, nobody reads here, and it is not compiled."""
    from jaxlib.mlir import ir

    kind, module = type, ir.Module
    operation_of, write = vars(module)["operation"].__get__, ir.Operation.get_asm
    found = re.compile(r'"([\w.$-]+)"\(|call_target_name = "([^"]*)"').findall

    def names_in(program: Any) -> list[str]:
        if kind(program) is not module:
            raise NotImplementedError(COMPUTES_NOTHING)
        text = write(operation_of(program), print_generic_op_form=True, large_elements_limit=1)
        return [operation or target for operation, target in found(text)]

    return names_in


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
    first = inputs[0]
    by_item = bool(told.ndim and first.ndim) and first.shape[0] == told.shape[0]
    return of_means(inputs, told.shape, told.dtype, by_item=by_item)


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
