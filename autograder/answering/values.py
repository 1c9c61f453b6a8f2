"""Whatever an answer is, as plain values: arrays, sequences of arrays, or a name for what is neither."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from .failures import MAX_TEXT, plain_text
from .protocol import (
    DTYPES,
    Array,
    Items,
    Other,
    Problem,
    Value,
    decode_array,
    encode_array,
)

MAX_ARRAY_BYTES = 12 * 2**20
MAX_NODES = 10_000
MAX_DEPTH = 32


def to_value(result: Any) -> Value:
    """Pack whatever the student's code returned: arrays of any library, numbers, sequences of them.

    An object that poses as an array is asked for its numbers exactly once, here; only bytes leave the
    process.
    """
    return _Packer().pack(result, 0)


class _Packer:
    """Packs one result, within bounds on the number of entries and their nesting."""

    def __init__(self) -> None:
        self.left = MAX_NODES

    def pack(self, result: Any, depth: int) -> Value:
        self.left -= 1
        kind = type(result)
        if result is None or kind is bool or kind is float:
            return result
        if kind is int:
            return result if -(2**63) <= result < 2**64 else Other("int of more than 64 bits")
        if kind is str:
            return plain_text(result[:MAX_TEXT])
        if isinstance(result, (np.ndarray, np.generic)):
            return _pack_array(np.array(result, copy=True, subok=False), kind.__name__)
        if kind is complex:
            return encode_array(np.asarray(result))
        if isinstance(result, (list, tuple)):
            if depth >= MAX_DEPTH or len(result) > self.left:
                return Other(f"{kind.__name__} of more than {MAX_NODES} entries")
            return Items(tuple(self.pack(item, depth + 1) for item in list(result)))
        return _pack_object(result)


def _pack_object(result: Any) -> Value:
    name = plain_text(f"{type(result).__name__}")[:200]
    if type(result).__name__ == "KerasTensor" or isinstance(result, (dict, set, frozenset, type, types.FunctionType)):
        return Other(name)
    for convert in (_from_torch, _from_numpy_method, _from_array_interface):
        try:
            array = convert(result)
        except Exception:
            continue
        if array is not None:
            return _pack_array(array, name)
    return Other(name)


def _from_torch(result: Any) -> np.ndarray | None:
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(result, torch.Tensor):
        return None
    result = result.detach().cpu()
    return (result.float() if result.dtype == torch.bfloat16 else result).numpy()


def _from_numpy_method(result: Any) -> np.ndarray | None:
    numpy_method = getattr(result, "numpy", None)
    if not callable(numpy_method):
        return None
    array = numpy_method()
    return np.array(array, copy=True, subok=False) if isinstance(array, (np.ndarray, np.generic)) else None


def _from_array_interface(result: Any) -> np.ndarray | None:
    if not (hasattr(result, "__array__") or hasattr(result, "__array_interface__") or hasattr(result, "__dlpack__")):
        return None
    if hasattr(result, "__array__") or hasattr(result, "__array_interface__"):
        return np.array(np.asarray(result), copy=True, subok=False)
    return np.array(np.from_dlpack(result), copy=True)


def _pack_array(array: np.ndarray, name: str) -> Value:
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if str(array.dtype) not in DTYPES:
        return Other(f"{name} of dtype {array.dtype}"[:200])
    if array.nbytes > MAX_ARRAY_BYTES:
        return Other(f"{name} of shape {array.shape}, {array.nbytes} bytes"[:200])
    return encode_array(array)


def from_value(value: Value, namespace: Mapping[str, Any]) -> Any:
    """An argument as the student's code gets it: arrays as their own writable NumPy arrays."""
    if isinstance(value, Array):
        return decode_array(value).copy()
    if isinstance(value, Items):
        return tuple(from_value(item, namespace) for item in value.items)
    if isinstance(value, str) and value.startswith("@"):
        return resolve(value[1:], namespace)
    return value


def resolve(name: str, namespace: Mapping[str, Any]) -> Any:
    try:
        return namespace[name]
    except KeyError:
        raise RefusedError("missing", f"The notebook defines no `{name}`.", "NameError") from None


def changed(before: Any, after: Any) -> bool:
    """Whether an argument is not what it was, bit by bit."""
    if isinstance(before, np.ndarray):
        return after.shape != before.shape or after.dtype != before.dtype or after.tobytes() != before.tobytes()
    if isinstance(before, tuple):
        return any(changed(one, other) for one, other in zip(before, after, strict=True))
    return False


class RefusedError(Exception):
    """The question cannot be put to what was found."""

    def __init__(self, kind: str, message: str, type_name: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(kind=kind, type=type_name, message=message[:MAX_TEXT])
