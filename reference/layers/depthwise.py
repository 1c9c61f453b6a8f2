"""Depthwise convolution (Chollet, *Xception*, 2017): every channel by itself, with M kernels each::

y[i, j, c·M + q] = Σ_m Σ_n  x[i·s + m·d, j·s + n·d, c] k[m, n, c, q]  +  b[c·M + q]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import constraints, initializers, ops, regularizers

from reference.layers.convolution import SlidingKernel

Tensor = Any


@keras.saving.register_keras_serializable(package="gatebook")
class DepthwiseConv2D(SlidingKernel):
    """Convolution of each channel by itself; drop-in for ``keras.layers.DepthwiseConv2D``.

    Args:
        kernel_size: cells of the kernel along each axis.
        strides: cells from one place to the next.
        padding: ``"valid"`` or ``"same"``.
        depth_multiplier: M, how many kernels each channel has.
        data_format: ``"channels_last"``, input (batch, height, width, channels), or ``"channels_first"``,
            input (batch, channels, height, width); None for Keras's setting.
        dilation_rate: cells from one kernel cell to the next.
        activation: of the output; None for none.
        use_bias: whether there is a b.
        depthwise_initializer: of k, ``kernel (kernel_height, kernel_width, channels, depth_multiplier)``.
        bias_initializer: of b, ``bias (channels * depth_multiplier,)``.
        depthwise_regularizer: of k.
        bias_regularizer: of b.
        activity_regularizer: of the output.
        depthwise_constraint: of k.
        bias_constraint: of b.

    Raises:
        ValueError: for a number out of range, or an input on which the kernel does not fit.

    >>> layer = DepthwiseConv2D((3, 2), depth_multiplier=4)
    >>> tuple(layer(ops.ones((2, 7, 5, 3))).shape)      # (batch, new height, new width, channels * multiplier)
    (2, 5, 4, 12)
    """

    rank = 2

    def tap(self, cells: Tensor, matrix: Tensor) -> Tensor:
        if self.depth_multiplier == 1:
            return cells * matrix[:, 0]  # (batch, new height, new width, channels)
        y = ops.expand_dims(cells, -1) * matrix  # (batch, new height, new width, channels, multiplier)
        return ops.reshape(y, (-1, *ops.shape(y)[1:3], y.shape[3] * y.shape[4]))  # (batch, new height, new width, both)

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        depthwise_initializer = initializers.get(depthwise_initializer)  # its seed comes before that of the bias
        super().__init__(
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.depth_multiplier = depth_multiplier
        self.depthwise_initializer = depthwise_initializer
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        if depth_multiplier <= 0:
            raise ValueError(
                "Invalid value for argument `depth_multiplier`. Expected a strictly positive value. "
                f"Received depth_multiplier={depth_multiplier}."
            )

    def build(self, input_shape: Sequence[int | None]) -> None:
        channels = self.channels_of(input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.add_bias(channels * self.depth_multiplier)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        channels = input_shape[self.channel_axis]
        return self.shape_with(None if channels is None else channels * self.depth_multiplier, input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "depth_multiplier": self.depth_multiplier,
            "depthwise_initializer": initializers.serialize(self.depthwise_initializer),
            "depthwise_regularizer": regularizers.serialize(self.depthwise_regularizer),
            "depthwise_constraint": constraints.serialize(self.depthwise_constraint),
        }
