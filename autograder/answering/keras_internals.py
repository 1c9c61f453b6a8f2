"""The names of Keras and TensorFlow that they do not publish, apart from those that decoys stand for.

Beside each stands in which versions it was seen; `tests/install` asks for them in the oldest and the newest that
Gatebook runs with. The module imports nothing of its package, so that it can be bound into the sandbox.
"""

from __future__ import annotations

from typing import Any


def variable_type() -> type:
    """The type of all variables that layers make.

    Keras 3.6 to 3.15. `keras.Variable` is the same from 3.7 on; before, it is a type of its own that `add_weight` does
    not make.
    """
    from keras.src.backend import Variable

    found: type = Variable
    return found


def forget_global_generator() -> None:
    """Make the next draw without a seed of its own start anew from Python's generator.

    Keras 3.6 to 3.15. `keras.utils.set_random_seed` does so itself from 3.13 on.
    """
    from keras.src.backend.common.global_state import set_global_attribute

    set_global_attribute("global_seed_generator", None)


def tensorflow_seed() -> tuple[Any, Any]:
    """The seed that TensorFlow's generator last got, and the state of that generator; Nones where they are not where
    they were.

    TensorFlow 2.18 to 2.21.
    """
    try:
        from tensorflow.python.eager.context import context

        return context()._seed, context()._rng.getstate()
    except (ImportError, AttributeError):
        return None, None


def run_operations_directly() -> None:
    """Let TensorFlow run an operation as it stands. By itself it makes a function of one first and optimizes that: 2 ms
    for each kind of operation, in each process. It counts for a process that has run none yet.

    TensorFlow 2.18 to 2.21.
    """
    from tensorflow.python import pywrap_tfe

    name = "TFE_ContextOptionsSetRunEagerOpAsFunction"
    choose = getattr(pywrap_tfe, name, None)
    if choose is not None:
        setattr(pywrap_tfe, name, lambda options, _: choose(options, False))


def settle_optional_modules() -> None:
    """Let Keras find out now which libraries it can do without are not there. It asks when it first needs one, and
    that would look as if a notebook had asked.

    Keras 3.6 to 3.15.
    """
    from keras.src.utils import module_utils

    for module in vars(module_utils).values():
        if isinstance(module, module_utils.LazyModule) and module.name in ("tensorflow", "jax", "torch"):
            module.available  # noqa: B018
