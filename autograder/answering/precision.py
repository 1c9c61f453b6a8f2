"""Products of float32 in float32. By itself a GPU takes 10 of their 23 bits (TF32), and answers that are right would be
a thousand tolerances away from it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def full_precision() -> Iterator[None]:
    """No TF32, whatever the notebook chose, in each framework that is loaded. On a CPU nothing changes."""
    with contextlib.ExitStack() as stack:
        for name, without in (("tensorflow", _in_tensorflow), ("jax", _in_jax), ("torch", _in_torch)):
            if name in sys.modules:
                with contextlib.suppress(ImportError, AttributeError):  # it is being imported, or what is called so
                    without(stack)
        yield


def _in_tensorflow(stack: contextlib.ExitStack) -> None:
    from tensorflow import config

    if config.experimental.tensor_float_32_execution_enabled():
        config.experimental.enable_tensor_float_32_execution(False)
        stack.callback(config.experimental.enable_tensor_float_32_execution, True)


def _in_jax(stack: contextlib.ExitStack) -> None:
    from jax import default_matmul_precision

    stack.enter_context(default_matmul_precision("float32"))


def _in_torch(stack: contextlib.ExitStack) -> None:
    from torch import backends, get_float32_matmul_precision, set_float32_matmul_precision

    if hasattr(backends.cudnn, "conv"):  # from 2.9 on
        for operations in (backends.cuda.matmul, backends.cudnn.conv, backends.cudnn.rnn):
            stack.callback(setattr, operations, "fp32_precision", operations.fp32_precision)
            operations.fp32_precision = "ieee"
        return
    stack.callback(set_float32_matmul_precision, get_float32_matmul_precision())
    set_float32_matmul_precision("highest")
    stack.callback(setattr, backends.cudnn, "allow_tf32", backends.cudnn.allow_tf32)
    backends.cudnn.allow_tf32 = False
