"""What answering needs of the framework below Keras, one module each: `of_tensorflow`, `of_jax`, `of_torch`.

A module of these imports its framework in functions only, so that nothing is loaded that a notebook did not load.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..values import RefusedError

if TYPE_CHECKING:
    from ..weights import Operands, Weight

NAMES = ("tensorflow", "jax", "torch")
"""As `KERAS_BACKEND` has them."""


class Evaluated(NamedTuple):
    """What a call gave. gradients: of the inputs, each state and each weight, None for what nothing came back to; None
    as a whole where none were asked for. failed: they could not be computed, which says nothing about the value."""

    value: Any
    gradients: list[Any] | None
    failed: bool = False


class Backend(Protocol):
    """What each of the modules has."""

    IN_ONE_RUN: bool
    """Whether weights that come into being in a call can be differentiated in that call."""

    def evaluated(
        self,
        target: Callable[[Operands], Any],
        operands: Operands,
        cotangents: Sequence[Any] | None,
        weights: Callable[[], Sequence[Weight]],
        *,
        graph: bool,
    ) -> Evaluated:
        """Call the target, and differentiate the sum of its outputs weighted with the cotangents.

        weights: asked for after a call, which may make them. graph: as one compiled function, where there is such a
        thing.
        """

    def steps(
        self, model: Any, optimizer: Any, loss_of: Callable[[Any, Any], Any], inputs: Sequence[Any], labels: Any
    ) -> Callable[[Any], None]:
        """What trains the model by one step, given the indices of a batch. The optimizer is built."""

    def predicted(self, model: Any, given: Any) -> Any:
        """What the model says, untrained or when its training is over."""

    def plain_variable(self, held: Any) -> tuple[str, tuple[int, ...]] | None:
        """Name and shape of a variable that the framework made and Keras knows nothing of."""

    def attributes(self, part: Any) -> Mapping[str, Any]:
        """What a layer holds, by name."""

    def refuses_arrays(self, error: TypeError) -> bool:
        """Whether an error says that NumPy's arrays and the framework's do not go together."""

    def seed(self, seed: int) -> None:
        """Let the framework's own generator start from here."""

    def reset(self) -> None:
        """Give the framework its default settings."""

    def as_usual(self, stack: ExitStack, dtype: str) -> None:
        """Settings for a question of this dtype, undone when the stack is left."""


def current() -> Backend:
    """The one that Keras runs on.

    Raises:
        RefusedError: it is none of these.
    """
    import keras

    name = keras.backend.backend()
    if name not in NAMES:
        raise RefusedError(
            "exception",
            f"This process runs Keras on {name!r}; known are {', '.join(NAMES)}. Set KERAS_BACKEND to one of them "
            "before keras is imported.",
            "BackendError",
        )
    return _module(name)


def loaded() -> Iterator[Backend]:
    """Those whose framework this process has loaded."""
    for name in NAMES:
        if _is_usable(name):
            yield _module(name)


def _is_usable(name: str) -> bool:
    """Whether the framework is there as a whole: while it is imported, or where its files are hidden, it is not."""
    marks = {"tensorflow": "config", "jax": "numpy", "torch": "Tensor"}
    return hasattr(sys.modules.get(name), marks[name])


def _module(name: str) -> Backend:
    if name == "tensorflow":
        from . import of_tensorflow

        return of_tensorflow
    if name == "jax":
        from . import of_jax

        return of_jax
    from . import of_torch

    return of_torch
