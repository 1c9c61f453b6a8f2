"""Answer questions about the names a notebook has defined.

This is the untrusted side: it runs in the sandbox beside the student's code, and in the student's own kernel
behind `check`. It holds no right answers and judges nothing; whatever the entry point gives is packed as it
is. The room imports nothing of the package but itself, so that it can be copied into the sandbox under another name.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from . import backends
from .failures import describe, message_of
from .layers import call_layer
from .protocol import (
    Answer,
    CallFunction,
    CallLayer,
    Question,
    StandIn,
)
from .stand_ins import in_place
from .state import known_state, reseed, silent_stderr
from .training import train_model
from .values import RefusedError, changed, from_value, resolve, to_value


def answer(question: Question, namespace: Mapping[str, Any]) -> Answer:
    """Answer one question from the objects in `namespace`.

    Whatever the student's code raises comes back as a `Problem`; only `KeyboardInterrupt`, by which the
    caller ends a question that takes too long, is passed on (as `Interrupted`, where something is known by then).
    """
    started = time.perf_counter()
    facts: dict[str, Any] = {}
    try:
        with silent_stderr(), known_state(question), _stand_ins(question, namespace, facts):
            if isinstance(question, CallFunction):
                _call_function(question, namespace, facts)
            elif isinstance(question, CallLayer):
                call_layer(question, namespace, facts)
            else:
                train_model(question, namespace, facts)
    except KeyboardInterrupt:
        _raise_what_is_known(facts, time.perf_counter() - started)
        raise
    except RefusedError as refused:
        facts["problem"] = refused.problem
    except BaseException as error:
        if _was_interrupted(error):
            _raise_what_is_known(facts, time.perf_counter() - started)
        facts["problem"] = describe(error, namespace)
    facts.pop("training", None)
    if "problem" in facts:
        facts.pop("value", None)
        facts.pop("gradients", None)
    return Answer(**facts, seconds=time.perf_counter() - started)


def _stand_ins(
    question: Question, namespace: Mapping[str, Any], facts: dict[str, Any]
) -> contextlib.AbstractContextManager[None]:
    """What a question puts in the place of parts of the notebook; the fact `stood_in` tells that one was called."""
    wanted: tuple[StandIn, ...] = getattr(question, "stand_ins", ())
    target = namespace.get(question.entry_point)
    return in_place(wanted, target, namespace, lambda: facts.update(stood_in=True))


class Interrupted(KeyboardInterrupt):
    """A question was interrupted. `known`: the answer as far as it went."""

    def __init__(self, known: Answer) -> None:
        super().__init__()
        self.known = known


def _raise_what_is_known(facts: dict[str, Any], seconds: float) -> None:
    """Raise `Interrupted` where there was a model to train already."""
    if "training" in facts:
        facts["training"] = msgspec.structs.replace(facts["training"], seconds=seconds)
        raise Interrupted(Answer(**facts, seconds=seconds)) from None


def _was_interrupted(error: BaseException) -> bool:
    """Whether TensorFlow made an error of its own of an interrupt, as it does where a graph calls Python."""
    return type(error).__name__ == "UnknownError" and "KeyboardInterrupt" in message_of(error)


def _call_function(question: CallFunction, namespace: Mapping[str, Any], facts: dict[str, Any]) -> None:
    function = resolve(question.entry_point, namespace)
    if not callable(function):
        raise RefusedError(
            "exception",
            f"`{question.entry_point}` is a {type(function).__name__}; a function was expected.",
            "TypeError",
        )
    given = [from_value(value, namespace) for value in question.args]
    originals = [from_value(value, namespace) for value in question.args]
    try:
        result = function(*given)
    except TypeError as error:
        if not any(backend.refuses_arrays(error) for backend in backends.loaded()):
            raise
        import keras

        reseed(question.seed)
        given = [keras.ops.convert_to_tensor(one) if isinstance(one, np.ndarray) else one for one in originals]
        originals = [from_value(value, namespace) for value in question.args]
        result = function(*given)
        given = [keras.ops.convert_to_numpy(one) if keras.ops.is_tensor(one) else one for one in given]
    # Packed first: a result that is a view of an argument must not be read after anything else could change
    # it.
    facts["value"] = to_value(result)
    facts["inputs_changed"] = tuple(
        index for index, (one, other) in enumerate(zip(originals, given, strict=True)) if changed(one, other)
    )
