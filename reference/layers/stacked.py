"""Cells on top of each other: at every step the output of one is the input of the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops, saving, tree

from reference.layers.recurrent import DropoutRNNCell

Tensor = Any


@keras.saving.register_keras_serializable(package="gatebook")
class StackedRNNCells(keras.layers.Layer, DropoutRNNCell):
    """Several cells that behave as one; drop-in for ``keras.layers.StackedRNNCells``.

    Its states are one entry per cell, in order from the input up.

    Args:
        cells: the cells, from the input up. Each has ``call`` and ``state_size``.

    Raises:
        ValueError: if something in ``cells`` is no cell.

    >>> from reference import LSTMCell
    >>> layer = keras.layers.RNN(StackedRNNCells([LSTMCell(4), LSTMCell(6)]))
    >>> tuple(layer(ops.ones((2, 5, 3))).shape)         # (batch, units of the topmost)
    (2, 6)
    """

    def call(self, inputs: Tensor, states: Any, training: bool = False, **kwargs: Any) -> tuple[Tensor, Any]:
        if len(self.cells) == 1 and len(states) > 1:
            states = [states]  # as an unrolled loop hands back what a single cell returned
        output, new_states = inputs, []
        for cell, state in zip(self.cells, states, strict=True):
            single = not tree.is_nested(state)
            takes_training = isinstance(cell, keras.layers.Layer) and cell._call_has_training_arg
            options = {**kwargs, "training": training} if takes_training else kwargs
            step = cell if callable(cell) else cell.call
            output, new_state = step(output, [state] if single else list(state), **options)
            new_states.append(new_state[0] if single and len(new_state) == 1 else new_state)
        return output, new_states[0] if len(new_states) == 1 else new_states

    def __init__(self, cells: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for cell in cells:
            for needed in ("call", "state_size"):
                if not hasattr(cell, needed):
                    raise ValueError(f"StackedRNNCells: {cell!r} is no cell, it has no {needed!r}")
        self.cells = cells

    def build(self, input_shape: Sequence[int | None]) -> None:
        shape = tuple(input_shape)
        for cell in self.cells:
            if isinstance(cell, keras.layers.Layer) and not cell.built:
                cell.build(shape)
                cell.built = True
            shape = (input_shape[0], _output_size(cell))  # (batch, units)

    @property
    def state_size(self) -> list[Any]:
        """For each cell the size or sizes of its state."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> int:
        """Size of the topmost cell's output."""
        return _output_size(self.cells[-1])

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        """For each cell what it says of its initial state, or else zeros."""
        return [self._initial_state(cell, batch_size) for cell in self.cells]

    def _initial_state(self, cell: Any, batch_size: int | None) -> Any:
        if hasattr(cell, "get_initial_state"):
            return cell.get_initial_state(batch_size=batch_size)
        return tree.map_structure(lambda size: ops.zeros((batch_size, size), dtype=self.compute_dtype), cell.state_size)

    # Through these four `keras.layers.RNN` prepares the dropout masks before its loop and forgets them after.

    def get_dropout_mask(self, step_input: Tensor) -> None:
        """Make the masks of every cell."""
        for cell in self.cells:
            if isinstance(cell, DropoutRNNCell):
                cell.get_dropout_mask(step_input)
                state = tree.flatten(self._initial_state(cell, ops.shape(step_input)[0]))[0]
                cell.get_recurrent_dropout_mask(state)
            size = _output_size(cell)
            step_input = ops.zeros((ops.shape(step_input)[0], size), dtype=self.compute_dtype)

    def get_recurrent_dropout_mask(self, step_input: Tensor) -> None:
        """Nothing left to do: `get_dropout_mask` made them all."""

    def reset_dropout_mask(self) -> None:
        """Forget the masks of every cell's input."""
        for cell in self.cells:
            if isinstance(cell, DropoutRNNCell):
                cell.reset_dropout_mask()

    def reset_recurrent_dropout_mask(self) -> None:
        """Forget the masks of every cell's state."""
        for cell in self.cells:
            if isinstance(cell, DropoutRNNCell):
                cell.reset_recurrent_dropout_mask()

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "cells": [saving.serialize_keras_object(cell) for cell in self.cells],
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> StackedRNNCells:
        rest = {key: value for key, value in config.items() if key != "cells"}
        cells = [saving.deserialize_keras_object(cell, custom_objects=custom_objects) for cell in config["cells"]]
        return cls(cells, **rest)


def _output_size(cell: Any) -> int:
    """Size of a cell's output: as it says, or else of its first state."""
    size = getattr(cell, "output_size", None)
    return tree.flatten(cell.state_size)[0] if size is None else size
