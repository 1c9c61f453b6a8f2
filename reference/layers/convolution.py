"""Convolution, that is cross-correlation (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, eq. 9.6)::

    y[i, j] = Σ_m Σ_n  x[i·s + m·d, j·s + n·d] k[m, n]  +  b

Every k[m, n] is a matrix (channels, filters). So the layer is a sum over the taps of the kernel: what the
tap meets on its way over the input, times the tap's matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import activations, constraints, initializers, ops, regularizers

from reference.layers.low_rank import LowRankAdapted
from reference.layers.windows import (
    as_data_format,
    as_padding,
    as_tuple,
    channels_as_given,
    channels_last,
    matrices,
    new_shape,
    pad,
    taps,
)

Tensor = Any


class SlidingKernel(keras.layers.Layer):
    """A kernel that moves over any number of axes of space, a bias, and an activation."""

    rank: int
    paddings: tuple[str, ...] = ("valid", "same")
    kernel: Any

    def call(self, inputs: Tensor) -> Tensor:
        x = channels_last(inputs, self.data_format)  # (batch, *space, channels)
        x = pad(x, self.kernel_size, self.strides, self.padding, self.dilation_rate)
        k = matrices(self.kernel)

        y = sum(
            self.tap(cells, k[tap])  # (batch, *new space, filters)
            for tap, cells in taps(x, self.kernel_size, self.strides, self.dilation_rate)
        )
        if self.bias is not None:
            y = y + self.bias

        y = channels_as_given(y, self.data_format)
        return y if self.activation is None else self.activation(y)

    def tap(self, cells: Tensor, matrix: Tensor) -> Tensor:
        """What a tap of the kernel makes of what it meets: from (batch, *new space, channels) to (..., filters)."""
        raise NotImplementedError

    def __init__(
        self,
        *,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int],
        padding: str,
        data_format: str | None,
        dilation_rate: int | Sequence[int],
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.kernel_size = as_tuple(kernel_size, self.rank, "kernel_size")
        self.strides = as_tuple(strides, self.rank, "strides")
        self.dilation_rate = as_tuple(dilation_rate, self.rank, "dilation_rate")
        self.padding = as_padding(padding, self.paddings)
        self.data_format = as_data_format(data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = keras.layers.InputSpec(min_ndim=self.rank + 2)

    @property
    def channel_axis(self) -> int:
        """Where the channels stand in an input."""
        return -1 if self.data_format == "channels_last" else 1

    def channels_of(self, input_shape: Sequence[int | None]) -> int:
        """The channels of inputs of this shape, which are expected from now on.

        Raises:
            ValueError: they are not known, or the kernel does not fit on such an input.
        """
        channels = input_shape[self.channel_axis]
        if channels is None:
            raise ValueError(
                f"{type(self).__name__}: input of shape {tuple(input_shape)}, expected a number of channels"
            )
        self.compute_output_shape(input_shape)
        self.input_spec = keras.layers.InputSpec(min_ndim=self.rank + 2, axes={self.channel_axis: channels})
        return channels

    def add_bias(self, filters: int) -> None:
        """Make b, (filters,), if there is one."""
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(filters,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def shape_with(self, filters: int | None, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Shape of an output of so many features."""
        window = (self.kernel_size, self.strides, self.padding, self.dilation_rate)
        return new_shape(input_shape, filters, self.data_format, *window)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }


class Convolution(LowRankAdapted, SlidingKernel):
    """Convolution over any number of axes of space.

    As in Keras, ``lora_rank`` and ``lora_alpha`` may be given too (see `reference.layers.low_rank`).
    """

    def tap(self, cells: Tensor, matrix: Tensor) -> Tensor:
        """What a tap meets, (batch, *new space, channels), times its matrix, (channels // groups, filters).

        With groups each filter sees the channels of its group only.
        """
        if self.groups == 1:
            return ops.matmul(cells, matrix)  # (batch, *new space, filters)
        cells_of_groups = ops.split(cells, self.groups, axis=-1)
        matrices = ops.split(matrix, self.groups, axis=-1)
        by_group = [ops.matmul(c, m) for c, m in zip(cells_of_groups, matrices, strict=True)]
        return ops.concatenate(by_group, axis=-1)  # (batch, *new space, filters)

    def __init__(
        self,
        filters: int,
        groups: int,
        kernel_initializer: Any,
        kernel_regularizer: Any,
        kernel_constraint: Any,
        **kwargs: Any,
    ) -> None:
        rank, alpha = kwargs.pop("lora_rank", None), kwargs.pop("lora_alpha", None)
        kernel_initializer = initializers.get(kernel_initializer)  # draws its seed before that of the bias, as in Keras
        super().__init__(**kwargs)
        self.prepare_lora(rank, alpha)
        self.filters = filters
        self.groups = groups
        self.kernel_initializer = kernel_initializer
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        if filters <= 0:
            raise ValueError(
                f"Invalid value for argument `filters`. Expected a strictly positive value. Received filters={filters}."
            )
        if groups <= 0:
            raise ValueError(f"The number of groups must be a positive integer. Received: groups={groups}.")
        if filters % groups:
            raise ValueError(
                "The number of filters must be evenly divisible by the number of groups. "
                f"Received: groups={groups}, filters={filters}."
            )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    def build(self, input_shape: Sequence[int | None]) -> None:
        channels = self.channels_of(input_shape)
        if channels % self.groups:
            raise ValueError(
                "The number of input channels must be evenly divisible by the number of groups. "
                f"Received groups={self.groups}, but the input has {channels} channels "
                f"(full input shape is {tuple(input_shape)})."
            )
        self._kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.add_bias(self.filters)
        self.built = True
        if self.lora_rank:
            self.enable_lora(self.lora_rank, lora_alpha=self.lora_alpha)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        return self.shape_with(self.filters, input_shape)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "groups": self.groups,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            **self.lora_config(),
        }


@keras.saving.register_keras_serializable(package="gatebook")
class Conv1D(Convolution):
    """Convolution over time; drop-in for ``keras.layers.Conv1D``.

    Args:
        filters: number of features in the output.
        kernel_size: cells of the kernel along time.
        strides: cells from one place to the next.
        padding: ``"valid"``, ``"same"``, or ``"causal"`` (zeros before only, so that no output sees what
            comes after it).
        data_format: ``"channels_last"``, input (batch, time, channels), or ``"channels_first"``, input
            (batch, channels, time); None for Keras's setting.
        dilation_rate: cells from one kernel cell to the next.
        groups: channels and filters are cut into so many groups; each filter sees those of its group only.
        activation: of the output; None for none.
        use_bias: whether there is a b.
        kernel_initializer: of k, ``kernel (kernel_size, channels // groups, filters)``.
        bias_initializer: of b, ``bias (filters,)``.
        kernel_regularizer: of k.
        bias_regularizer: of b.
        activity_regularizer: of the output.
        kernel_constraint: of k.
        bias_constraint: of b.

    Raises:
        ValueError: for a number out of range, groups that do not divide channels and filters, strides
            together with dilation, or an input on which the kernel does not fit.

    >>> layer = Conv1D(4, 3, padding="causal")
    >>> tuple(layer(ops.ones((2, 5, 3))).shape)         # (batch, time, filters)
    (2, 5, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            groups=groups,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )


@keras.saving.register_keras_serializable(package="gatebook")
class Conv2D(Convolution):
    """Convolution over height and width; drop-in for ``keras.layers.Conv2D``.

    Args:
        filters: number of features in the output.
        kernel_size: cells of the kernel along each axis.
        strides: cells from one place to the next.
        padding: ``"valid"`` or ``"same"``.
        data_format: ``"channels_last"``, input (batch, height, width, channels), or ``"channels_first"``,
            input (batch, channels, height, width); None for Keras's setting.
        dilation_rate: cells from one kernel cell to the next.
        groups: channels and filters are cut into so many groups; each filter sees those of its group only.
        activation: of the output; None for none.
        use_bias: whether there is a b.
        kernel_initializer: of k, ``kernel (kernel_height, kernel_width, channels // groups, filters)``.
        bias_initializer: of b, ``bias (filters,)``.
        kernel_regularizer: of k.
        bias_regularizer: of b.
        activity_regularizer: of the output.
        kernel_constraint: of k.
        bias_constraint: of b.

    Raises:
        ValueError: for a number out of range, groups that do not divide channels and filters, strides
            together with dilation, or an input on which the kernel does not fit.

    >>> layer = Conv2D(4, (3, 2), strides=2, padding="same")
    >>> tuple(layer(ops.ones((2, 7, 5, 3))).shape)      # (batch, new height, new width, filters)
    (2, 4, 3, 4)
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = (1, 1),
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            groups=groups,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
