"""What a question finds and leaves: seeds, Keras's own state, and what is caught around it."""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import random
import sys
import warnings
from collections.abc import Iterator

import numpy as np

from . import backends
from .keras_internals import forget_global_generator
from .precision import full_precision
from .protocol import (
    CallFunction,
    CallLayer,
    Question,
    TrainModel,
)

SEED = 20240229
"""All random generators start from here for every cell and every question that names no other seed."""


def reseed(other: int = 0) -> None:
    """Set the generators of Python, NumPy, and Keras and its frameworks where loaded, to a known state; another one for
    each `other`."""
    seed = SEED + other
    random.seed(seed)
    np.random.seed(seed)
    keras = sys.modules.get("keras")
    if keras is None or not hasattr(keras, "utils"):
        return
    for backend in backends.loaded():
        backend.seed(seed)
    forget_global_generator()


def reset_keras(dtype: str = "float32") -> None:
    """Give Keras and its frameworks, where they are loaded, their default settings at the given dtype or dtype
    policy."""
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "config"):
        keras.config.set_floatx(dtype if dtype in ("float16", "bfloat16", "float32", "float64") else "float32")
        keras.config.set_dtype_policy(dtype)
        keras.config.set_image_data_format("channels_last")
    for backend in backends.loaded():
        backend.reset()


@contextlib.contextmanager
def known_state(question: Question) -> Iterator[None]:
    if not isinstance(question, CallFunction):
        import keras  # noqa: F401  a layer question needs it, a function question only if the student's code does
    keras_module = sys.modules.get("keras")
    generators = random.getstate(), np.random.get_state()
    with contextlib.ExitStack() as stack:
        if keras_module is not None and hasattr(keras_module, "config"):
            config = keras_module.config
            stack.callback(config.set_floatx, config.floatx())
            stack.callback(config.set_dtype_policy, config.dtype_policy())
            stack.callback(config.set_image_data_format, config.image_data_format())
            if config.is_traceback_filtering_enabled():
                # Filtering rewrites messages and drops the frames that say where an exception came from.
                config.disable_traceback_filtering()
                stack.callback(config.enable_traceback_filtering)
        dtype = question.dtype if isinstance(question, CallLayer) else "float32"
        for backend in backends.loaded():
            backend.as_usual(stack, dtype)
        stack.enter_context(full_precision())
        stack.callback(np.random.set_state, generators[1])
        stack.callback(random.setstate, generators[0])
        reset_keras(dtype)
        reseed(0 if isinstance(question, TrainModel) else question.seed)
        yield


class _Nowhere(io.TextIOBase):
    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def silent_stderr() -> Iterator[None]:
    """Right code can be loud: `keras.ops.scan` in eager mode logs "Object was never used" for every step."""
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(_Nowhere()):
            warnings.simplefilter("ignore")
            yield
            if "tensorflow" in sys.modules:
                gc.collect(0)  # the unused objects complain when they are collected
    finally:
        logging.disable(disabled)
