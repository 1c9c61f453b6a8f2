"""A sequence read both ways (Schuster and Paliwal, *Bidirectional recurrent neural networks*, 1997)."""

from __future__ import annotations

import copy
from typing import Any

import keras
from keras import ops, saving

Tensor = Any

MERGE_MODES = ("sum", "mul", "ave", "concat", None)


@keras.saving.register_keras_serializable(package="gatebook")
class Bidirectional(keras.layers.Layer):
    """Two recurrent layers over one sequence; drop-in for ``keras.layers.Bidirectional``.

    The backward layer reads the last step first. Its outputs are turned round before they are merged, so
    that both halves of step t have seen step t last. With ``return_sequences`` masked steps put out zeros.

    Args:
        layer: a recurrent layer; copied, with fresh weights.
        merge_mode: how to join both outputs: ``"concat"`` (batch, ..., 2 * units), ``"sum"``, ``"mul"``,
            ``"ave"`` (batch, ..., units), or None for both.
        weights: initial weights, those of the forward layer first.
        backward_layer: a recurrent layer for the other direction; None for a copy of ``layer``.

    Raises:
        ValueError: for another merge mode, for something that is no layer, or for layers that read in the
            same direction or disagree in ``stateful``, ``return_sequences`` or ``return_state``.

    >>> from reference import LSTM
    >>> layer = Bidirectional(LSTM(4, return_sequences=True))
    >>> tuple(layer(ops.ones((2, 5, 3))).shape)         # (batch, time, 2 * units)
    (2, 5, 8)
    """

    def merge(self, forward: Tensor, backward: Tensor) -> Any:
        """One output of two, both (batch, units) or (batch, time, units)."""
        if self.merge_mode == "concat":
            return ops.concatenate([forward, backward], axis=-1)  # (batch, ..., 2 * units)
        if self.merge_mode == "sum":
            return forward + backward  # (batch, ..., units)
        if self.merge_mode == "ave":
            return (forward + backward) / 2  # (batch, ..., units)
        if self.merge_mode == "mul":
            return forward * backward  # (batch, ..., units)
        return forward, backward

    def call(
        self, sequences: Tensor, initial_state: Any = None, mask: Tensor = None, training: bool | None = None
    ) -> Any:
        options: dict[str, Any] = {}
        if self.forward_layer._call_has_training_arg:
            options["training"] = training
        if self.forward_layer._call_has_mask_arg:
            options["mask"] = mask
        forward_state, backward_state = None, None
        if initial_state is not None:
            half = len(initial_state) // 2
            forward_state, backward_state = initial_state[:half], initial_state[half:]

        forward = self.forward_layer(sequences, initial_state=forward_state, **options)
        backward = self.backward_layer(sequences, initial_state=backward_state, **options)

        states: tuple[Tensor, ...] = ()
        if self.return_state:
            states = (*forward[1:], *backward[1:])
            forward, backward = forward[0], backward[0]
        forward = ops.cast(forward, self.compute_dtype)
        backward = ops.cast(backward, self.compute_dtype)
        if self.return_sequences:
            backward = ops.flip(backward, axis=1)  # back into the order of time

        output = self.merge(forward, backward)
        if not self.return_state:
            return output
        return (*output, *states) if self.merge_mode is None else (output, *states)

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Any = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        for name, given in [("layer", layer), ("backward_layer", backward_layer or layer)]:
            if not isinstance(given, keras.layers.Layer):
                raise ValueError(f"Bidirectional: {name} is {given!r}, expected a Keras layer")
        if merge_mode not in MERGE_MODES:
            raise ValueError(f"Bidirectional: merge_mode is {merge_mode!r}, expected one of {MERGE_MODES}")
        super().__init__(**kwargs)

        self.forward_layer = _copy_of(layer, "forward_")
        self.backward_layer = backward_layer or _copy_of(layer, "backward_", go_backwards=True)
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(layer, "use_cudnn"):
                one.use_cudnn = layer.use_cudnn  # not part of the configuration
            if getattr(one, "zero_output_for_mask", None) is not None:
                one.zero_output_for_mask = one.return_sequences
        self._check_directions()

        self.merge_mode = merge_mode
        if weights:
            half = len(weights) // 2
            self.forward_layer.initial_weights = weights[:half]
            self.backward_layer.initial_weights = weights[half:]
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self.input_spec = layer.input_spec

    def _check_directions(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                f"Bidirectional: both layers have go_backwards={forward.go_backwards}, expected one of each"
            )
        for name in ("stateful", "return_sequences", "return_state"):
            values = getattr(forward, name), getattr(backward, name)
            if values[0] != values[1]:
                raise ValueError(
                    f"Bidirectional: {name} is {values[0]} in the forward layer and {values[1]} in the "
                    "backward layer, expected the same"
                )

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        shape = self.forward_layer.compute_output_shape(sequences_shape)
        states: tuple[Any, ...] = ()
        if self.return_state:
            shape, states = shape[0], tuple(shape[1:]) * 2
        if self.merge_mode == "concat":
            shape = (*shape[:-1], 2 * shape[-1])
        if self.merge_mode is None:
            return (shape, shape, *states)
        return (shape, *states) if self.return_state else shape

    def compute_mask(self, _: Any, mask: Any) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        mask = mask if self.return_sequences else None
        masks = (mask, mask) if self.merge_mode is None else (mask,)
        if self.return_state:
            masks = (*masks, *[None] * 2 * len(self.forward_layer.state_size))
        return masks if len(masks) > 1 else masks[0]

    @property
    def states(self) -> tuple[Any, ...] | None:
        """The states kept from the last batch, those of the forward layer first; None if there are none."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    def reset_state(self) -> None:
        """Set the kept states to zero.

        Raises:
            AttributeError: if the layer is not stateful.
        """
        if not self.stateful:
            raise AttributeError("Bidirectional: there are no states to reset unless stateful=True")
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """The same as `reset_state`, by its former name."""
        self.reset_state()

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": saving.serialize_keras_object(self.forward_layer),
            "backward_layer": saving.serialize_keras_object(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Bidirectional:
        config = copy.deepcopy(config)
        for name in ("layer", "backward_layer"):
            if config.get(name) is not None:
                config[name] = saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
        return cls(**config)


def _copy_of(layer: Any, prefix: str, **changes: Any) -> Any:
    """A layer of the same configuration but for its name and the changes, with weights of its own."""
    serialized = saving.serialize_keras_object(layer)
    serialized["config"].update(changes, name=prefix + layer.name.removeprefix(prefix))
    return saving.deserialize_keras_object(serialized)
