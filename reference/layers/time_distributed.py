"""One layer for every timestep: ``y[:, t] = layer(x[:, t])``, with the same weights at each t."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any


@keras.saving.register_keras_serializable(package="gatebook")
class TimeDistributed(keras.layers.Wrapper):
    """A layer applied to every timestep by itself; drop-in for ``keras.layers.TimeDistributed``.

    Nothing is handed from step to step: what a recurrent layer adds to this is the state.

    Args:
        layer: any layer; its inputs lack the axis of time.

    Raises:
        ValueError: for something that is no layer, an input without a time axis, or a mask of another length.

    >>> frames = TimeDistributed(keras.layers.Dense(4))
    >>> tuple(frames(ops.ones((2, 5, 3))).shape)        # (batch, time, units)
    (2, 5, 4)
    """

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor = None) -> Tensor:
        if mask is not None:
            self._fits(tuple(mask.shape), tuple(inputs.shape))
        if inputs.shape[1] is None:
            return self._all_steps_at_once(inputs, training, mask)
        steps = [
            self._step(inputs[:, t], None if mask is None else mask[:, t], training)  # (batch, ...)
            for t in range(inputs.shape[1])
        ]
        return ops.stack(steps, axis=1)  # (batch, time, ...)

    def _all_steps_at_once(self, inputs: Tensor, training: bool | None, mask: Tensor) -> Tensor:
        """Where no loop can be written, since the time is not known: every step is one more sample."""

        def folded(x: Tensor) -> Tensor:
            return ops.reshape(x, (-1, *ops.shape(x)[2:]))  # (batch * time, ...)

        y = self._step(folded(inputs), None if mask is None else folded(mask), training)
        return ops.reshape(y, (-1, ops.shape(inputs)[1], *ops.shape(y)[1:]))  # (batch, time, ...)

    def _step(self, x_t: Tensor, mask_t: Tensor, training: bool | None) -> Tensor:
        options: dict[str, Any] = {}
        if self.layer._call_has_mask_arg and mask_t is not None:
            options["mask"] = mask_t
        if self.layer._call_has_training_arg:
            options["training"] = training
        return self.layer.call(x_t, **options)

    def _fits(self, mask: tuple[int | None, ...], inputs: tuple[int | None, ...]) -> None:
        if len(mask) < 2:
            raise ValueError(
                "The `mask` passed to the `TimeDistributed` layer must be at least 2D (e.g., `(batch_size, timesteps)`)"
                f", but it has {len(mask)} dimension(s) with shape {mask}."
            )
        if any(None not in pair and pair[0] != pair[1] for pair in zip(mask[:2], inputs[:2], strict=True)):
            raise ValueError(
                f"The `mask` passed to the `TimeDistributed` layer has a shape {mask} that is incompatible with the "
                f"input shape {inputs}. The first two dimensions of the mask (batch size and timesteps) must match the "
                f"input's first two dimensions. Expected mask shape prefix: ({inputs[0]}, {inputs[1]})."
            )

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, keras.layers.Layer):
            raise ValueError(
                f"Please initialize `TimeDistributed` layer with a `keras.layers.Layer` instance. Received: {layer}"
            )
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        super().build(self._shape_of_step(input_shape))

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        batch, *rest = self.layer.compute_output_shape(self._shape_of_step(input_shape))
        return (batch, input_shape[1], *rest)

    def _shape_of_step(self, input_shape: Any) -> tuple[int | None, ...]:
        if not isinstance(input_shape, Sequence) or len(input_shape) < 3:
            raise ValueError(
                "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: "
                f"{input_shape}"
            )
        return (input_shape[0], *input_shape[2:])
