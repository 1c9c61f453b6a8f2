"""Decoys of TensorFlow's operations: kernels registered over the originals."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import inspect
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from .decoy_log import Log
from .decoy_numbers import of_means, open_sizes


def decoy_of_operation(op_type: str, given: dict[str, Any]) -> Any:
    """Tensors of the shapes and dtypes that an operation would give: TensorFlow tells them without computing."""
    import tensorflow as tf
    from tensorflow.python.framework import op_def_library, op_def_registry, tensor_util

    definition = op_def_registry.get(op_type)
    inputs: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for argument in definition.input_arg:
        value = given[argument.name]
        wanted = known.get(argument.type_attr) or (tf.as_dtype(argument.type) if argument.type else None)
        many = bool(argument.number_attr or argument.type_list_attr)
        tensors = [tf.convert_to_tensor(item, dtype=wanted) for item in (value if many else [value])]
        if argument.type_attr and tensors:
            known[argument.type_attr] = tensors[0].dtype
        inputs[argument.name] = tensors if many else tensors[0]
    usual = inspect.signature(getattr(tf.raw_ops, op_type)).parameters
    settings = {
        a.name: usual[a.name].default if given[a.name] is None else given[a.name]
        for a in definition.attr
        if a.name in given
    }

    def described(tensor: Any) -> Any:
        value = None if tensor.dtype.is_floating else tensor_util.constant_value(tensor)
        return tf.compat.v1.placeholder(tensor.dtype, tensor.shape) if value is None else tf.constant(value)

    with tf.Graph().as_default():
        asked = {
            name: [described(one) for one in tensor] if isinstance(tensor, list) else described(tensor)
            for name, tensor in inputs.items()
        }
        _, _, made, _ = op_def_library._apply_op_helper(op_type, name=None, **asked, **settings)
        outputs = [(output.shape, output.dtype) for output in made.outputs]
    flat = [one for tensor in inputs.values() for one in (tensor if isinstance(tensor, list) else [tensor])]
    flat = [tensor for tensor in flat if tensor.dtype.is_floating]
    results = [_like_output(shape, dtype, flat) for shape, dtype in outputs]
    if len(definition.output_arg) == 1:
        return results[0] if not definition.output_arg[0].number_attr else results
    return _named(op_type, definition, results)


def _named(op_type: str, definition: Any, results: list[Any]) -> Any:
    """Several outputs as the generated functions give them."""
    module = sys.modules.get(getattr(sys.modules["tensorflow"].raw_ops, op_type).__module__)
    maker: Any = getattr(module, f"_{op_type}Output", None)
    if maker is None:
        import collections

        names = [argument.name for argument in definition.output_arg]
        return collections.namedtuple("Outputs", names)(*results)
    return maker(*results)


def _like_output(shape: Any, dtype: Any, inputs: list[Any]) -> Any:
    import tensorflow as tf

    if shape.rank is None or not dtype.is_floating or not inputs:
        return tf.zeros([size or 1 for size in shape] if shape.rank is not None else [], dtype)
    first = inputs[0]
    sizes: list[Any] = []
    for axis, size in enumerate(shape):
        open_size = open_sizes(first)[axis] if first.shape.rank and axis < first.shape.rank else 1
        sizes.append(open_size if size is None else size)
    by_item = bool(sizes and first.shape.rank) and first.shape[0] == shape[0]
    return of_means(inputs, sizes, dtype, by_item=by_item)


_DEVICES = ("CPU", "GPU", "XLA_CPU_JIT", "XLA_GPU_JIT")


def shadow_kernels(patterns: Sequence[str], log: Log) -> None:
    """Register, for every operation of these types, a kernel that comes before TensorFlow's and computes nothing:
    whoever asks for its output is told that there is none. TensorFlow has no way to take one off again. A node may ask
    for a kernel by a label, so there is one for each label.

    TensorFlow 2.18 to 2.21: `TF_NewKernelBuilder` and its like, of the C API for kernels.
    """
    searched = "|".join(pattern for pattern in patterns if pattern)
    if not searched or "tensorflow" not in sys.modules:
        return
    library = _kernel_library()
    status = library.TF_NewStatus()
    for op_type, labels in kernel_labels().items():
        if re.search(searched, op_type):
            nothing = _nothing(op_type, log)
            for device in _DEVICES:
                for label in labels:
                    builder = library.TF_NewKernelBuilder(op_type.encode(), device.encode(), None, nothing, None)
                    library.TF_KernelBuilder_Priority(builder, 1000)
                    library.TF_KernelBuilder_Label(builder, label.encode())
                    library.TF_RegisterKernelBuilder(f"decoy{op_type}{label}".encode(), builder, status)
    library.TF_DeleteStatus(status)


_KEPT: list[Any] = []
"""What TensorFlow calls must not be collected."""


def _nothing(op_type: str, log: Log) -> Any:
    """A computation that is noted, and does nothing. TensorFlow calls it without holding Python's lock."""

    def compute(kernel: int, context: int) -> None:
        log.note(f"tf.raw_ops.{op_type}")

    _KEPT.append(ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(compute))
    return _KEPT[-1]


def _kernel_library() -> Any:
    folder = os.path.dirname(sys.modules["tensorflow"].__file__ or "")
    for name in ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2", "python/_pywrap_tensorflow_internal.so"):
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(os.path.join(folder, name))
            pointer = ctypes.c_void_p
            library.TF_NewKernelBuilder.restype = pointer
            library.TF_NewKernelBuilder.argtypes = [ctypes.c_char_p, ctypes.c_char_p, pointer, pointer, pointer]
            library.TF_KernelBuilder_Priority.argtypes = [pointer, ctypes.c_int32]
            library.TF_KernelBuilder_Label.argtypes = [pointer, ctypes.c_char_p]
            library.TF_RegisterKernelBuilder.argtypes = [ctypes.c_char_p, pointer, pointer]
            library.TF_NewStatus.restype = pointer
            library.TF_DeleteStatus.argtypes = [pointer]
            return library
    raise RuntimeError("This TensorFlow has no C API for kernels; Gatebook needs it to put decoys in their place.")


@functools.cache
def kernel_labels() -> Mapping[str, frozenset[str]]:
    """All types of operations, with the labels that their kernels have; most have one of `""` only."""
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import _pywrap_tf_session as session
    from tensorflow.python.framework import kernels

    listed = op_def_pb2.OpList.FromString(session.TF_GetBuffer(session.TF_GetAllOpList()))
    found = {definition.name: {""} for definition in listed.op}
    for kernel in kernels.get_all_registered_kernels().kernel:
        found.setdefault(kernel.op, {""}).add(kernel.label)
    return {op_type: frozenset(labels) for op_type, labels in found.items()}
