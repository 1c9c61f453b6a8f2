"""Transposed convolution (Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016, ch. 4)::

    y[i·s + m·d - before]  +=  x[i] k[m]^T          then  + b

Every cell lays the kernel, times its value, onto the output. Seen from the output, where m · d = q·s + r::

    y[i·s + r - before]  =  Σ_m  x[i - q] k[m]^T          + b

Each r below the stride is a convolution by itself, and their outputs take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import constraints, initializers, ops, regularizers

from reference.layers.convolution import SlidingKernel
from reference.layers.windows import Length, as_tuple, channels_as_given, channels_last, matrices, taps

Tensor = Any


@keras.saving.register_keras_serializable(package="gatebook")
class Conv2DTranspose(SlidingKernel):
    """Transposed convolution over height and width; drop-in for ``keras.layers.Conv2DTranspose``.

    Args:
        filters: number of features in the output.
        kernel_size: cells of the kernel along each axis.
        strides: cells on the output from one cell of the input to the next.
        padding: ``"valid"`` or ``"same"``.
        output_padding: cells more at the end of each axis, less than its stride; None for Keras's choice.
        data_format: ``"channels_last"``, input (batch, height, width, channels), or ``"channels_first"``,
            input (batch, channels, height, width); None for Keras's setting.
        dilation_rate: cells on the output from one kernel cell to the next.
        activation: of the output; None for none.
        use_bias: whether there is a b.
        kernel_initializer: of k, ``kernel (kernel_height, kernel_width, filters, channels)``.
        bias_initializer: of b, ``bias (filters,)``.
        kernel_regularizer: of k.
        bias_regularizer: of b.
        activity_regularizer: of the output.
        kernel_constraint: of k.
        bias_constraint: of b.

    Raises:
        ValueError: for a number out of range, an output padding that is not below its stride, or strides together with
            dilation.

    >>> layer = Conv2DTranspose(4, (3, 2), strides=2, padding="same")
    >>> tuple(layer(ops.ones((2, 7, 5, 3))).shape)      # (batch, new height, new width, filters)
    (2, 14, 10, 4)
    """

    rank = 2

    def call(self, inputs: Tensor) -> Tensor:
        x = channels_last(inputs, self.data_format)  # (batch, height, width, channels)
        lengths = ops.shape(x)[1:3]
        spans = [d * (size - 1) + 1 for size, d in zip(self.kernel_size, self.dilation_rate, strict=True)]
        touched = [
            (length - 1) * stride + span for length, stride, span in zip(lengths, self.strides, spans, strict=True)
        ]
        y = self._laid(x, spans)  # (batch, *touched or some zeros more, filters)
        for axis in range(2):
            y = self._cut(y, axis, lengths[axis], touched[axis])  # (batch, new height, new width, filters)
        if self.bias is not None:
            y = y + self.bias

        y = channels_as_given(y, self.data_format)
        return y if self.activation is None else self.activation(y)

    def _laid(self, x: Tensor, spans: Sequence[int]) -> Tensor:
        """The sum of all kernels that are laid onto the output, before anything is cut off."""
        reach = [(span - 1) // stride for span, stride in zip(spans, self.strides, strict=True)]
        around = ops.pad(x, [(0, 0), *((far, far) for far in reach), (0, 0)])
        back = dict(taps(around, [far + 1 for far in reach], (1, 1), (1, 1)))  # from the farthest to q = 0
        k = matrices(ops.swapaxes(self.kernel, 2, 3))  # (channels, filters) each
        sums: dict[tuple[int, ...], Tensor] = {}
        for tap, matrix in k.items():
            starts = [m * d for m, d in zip(tap, self.dilation_rate, strict=True)]
            cells = back[tuple(far - start // s for far, start, s in zip(reach, starts, self.strides, strict=True))]
            r = tuple(start % s for start, s in zip(starts, self.strides, strict=True))
            y = ops.matmul(cells, matrix)  # (batch, height + reach, width + reach, filters)
            sums[r] = sums[r] + y if r in sums else y

        nothing = ops.zeros_like(sums[0, 0])  # where the strides are longer than the kernel
        down, across = self.strides
        rows = [ops.stack([sums.get((m, n), nothing) for n in range(across)], axis=3) for m in range(down)]
        y = ops.stack(rows, axis=2)  # (batch, height + reach, down, width + reach, across, filters)
        _, height, _, width, _, filters = ops.shape(y)
        return ops.reshape(y, (-1, height * down, width * across, filters))

    def _cut(self, y: Tensor, axis: int, length: Length, touched: Length) -> Tensor:
        """Along one axis, the cells that are asked for: some cut off on either side, or zeros more at the end."""
        made = self._made(length, axis)
        before = 0
        if self.padding == "same":
            too_many = touched - made
            before = (max(0, too_many) if isinstance(too_many, int) else ops.maximum(too_many, 0)) // 2
        more = before + made - touched
        more = max(0, more) if isinstance(more, int) else ops.maximum(more, 0)
        pairs = [(0, 0)] * 4
        pairs[axis + 1] = (0, more)
        y = ops.pad(y, pairs)
        corner, size = [0] * 4, list(ops.shape(y))
        corner[axis + 1], size[axis + 1] = before, made
        return ops.slice(y, tuple(corner), tuple(size))

    def _made(self, length: Length, axis: int) -> Length:
        """How many cells come out of so many along an axis."""
        stride, span = self.strides[axis], self.dilation_rate[axis] * (self.kernel_size[axis] - 1) + 1
        extra = None if self.output_padding is None else self.output_padding[axis]
        if length is None:
            return None
        if self.padding == "valid":
            return (length - 1) * stride + span + (max(0, stride - span) if extra is None else extra)
        return length * stride if extra is None else (length - 1) * stride + span % 2 + extra

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = (1, 1),
        padding: str = "valid",
        output_padding: int | Sequence[int] | None = None,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = (1, 1),
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
        kernel_initializer = initializers.get(kernel_initializer)  # its seed comes before that of the bias
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
        self.filters = filters
        self.output_padding: tuple[int, ...] | None = None
        if output_padding is not None:
            self.output_padding = as_tuple(output_padding, self.rank, "output_padding", zero=True)
        self.kernel_initializer = kernel_initializer
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        if filters is not None and filters <= 0:
            raise ValueError(
                f"Invalid value for argument `filters`. Expected a strictly positive value. Received filters={filters}."
            )
        for axis, (extra, stride) in enumerate(zip(self.output_padding or (), self.strides, strict=False)):
            if extra >= stride:
                raise ValueError(
                    "`output_padding` must be strictly less than `strides` for all dimensions. At dimension "
                    f"{axis}, `output_padding` is {extra} but `strides` is {stride}. "
                    f"Received: output_padding={self.output_padding}, strides={self.strides}"
                )
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                f"Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    def build(self, input_shape: Sequence[int | None]) -> None:
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, self.filters, self.channels_of(input_shape)),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.add_bias(self.filters)

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        last = self.data_format == "channels_last"
        space = input_shape[1:-1] if last else input_shape[2:]
        made = tuple(self._made(length, axis) for axis, length in enumerate(space))
        return (input_shape[0], *made, self.filters) if last else (input_shape[0], self.filters, *made)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "filters": self.filters,
            "output_padding": self.output_padding,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
        }
