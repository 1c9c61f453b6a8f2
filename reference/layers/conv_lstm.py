"""Convolutional LSTM (Shi et al., *Convolutional LSTM network*, 2015), as Keras has it, without peepholes::

    f_t = σ(x_t * W_f + h_{t-1} * U_f + b_f)          forget gate
    i_t = σ(x_t * W_i + h_{t-1} * U_i + b_i)          input gate
    g_t = tanh(x_t * W_c + h_{t-1} * U_c + b_c)       candidate
    o_t = σ(x_t * W_o + h_{t-1} * U_o + b_o)          output gate

The rest is the LSTM's: c_t = f_t ∘ c_{t-1} + i_t ∘ g_t and h_t = o_t ∘ tanh(c_t), at every place by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops, tree

from reference.layers.lstm import LSTMCell
from reference.layers.recurrent import RecurrentLayer, of_cell
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


class ConvLSTM2DCell(LSTMCell):
    """One step of `ConvLSTM2D`. An `LSTMCell` in whose gates convolutions take the place of the products."""

    def read(self, x_t: Tensor, W: Tensor) -> Tensor:
        """x_t * W, (batch, new height, new width, filters of W)."""
        return self._convolution(x_t, W, self.strides, self.padding, self.dilation_rate)

    def recall(self, h_prev: Tensor, U: Tensor) -> Tensor:
        """h_{t-1} * U, (batch, new height, new width, filters of U): h keeps its size."""
        return self._convolution(h_prev, U, (1, 1), "same", (1, 1))

    def _convolution(
        self, x: Tensor, kernel: Tensor, strides: Sequence[int], padding: str, dilation: Sequence[int]
    ) -> Tensor:
        padded = pad(channels_last(x, self.data_format), self.kernel_size, strides, padding, dilation)
        met, k = taps(padded, self.kernel_size, strides, dilation), matrices(kernel)
        return sum(ops.matmul(cells, k[tap]) for tap, cells in met)  # (batch, new height, new width, filters)

    def _block_of(self, *arguments: Any) -> Tensor:
        return channels_as_given(super()._block_of(*arguments), self.data_format)

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        *,
        strides: int | Sequence[int],
        padding: str,
        data_format: str | None,
        dilation_rate: int | Sequence[int],
        **kwargs: Any,
    ) -> None:
        if filters <= 0:
            raise ValueError(
                f"Invalid value for argument `filters`. Expected a strictly positive value. Received filters={filters}."
            )
        generator = keras.random.SeedGenerator(kwargs.get("seed"))  # before the initializers draw theirs, as in Keras
        super().__init__(filters, implementation=1, seed_generator=generator, **kwargs)
        self.filters = filters
        self.kernel_size = as_tuple(kernel_size, 2, "kernel_size")
        self.strides = as_tuple(strides, 2, "strides")
        self.padding = as_padding(padding, ("valid", "same"))
        self.data_format = as_data_format(data_format)
        self.dilation_rate = as_tuple(dilation_rate, 2, "dilation_rate")
        self.state_size = -1  # an image: `get_initial_state` knows its size
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "Specifying `strides > 1` is not compatible with `dilation_rate > 1`. Please provide `strides=1` or "
                f"`dilation_rate=1`. Received: strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    def build(self, inputs_shape: Sequence[int | None], states_shape: Any = None) -> None:
        last = self.data_format == "channels_last"
        channels, space = (inputs_shape[-1], inputs_shape[1:-1]) if last else (inputs_shape[1], inputs_shape[2:])
        if None in space:
            raise ValueError(
                "ConvLSTM layers only support static input shapes for the spatial dimension. "
                f"Received invalid input shape: input_shape={inputs_shape}"
            )
        if channels is None:
            raise ValueError(
                "The channel dimension of the inputs (last axis) should be defined. Found None. Full input shape "
                f"received: input_shape={inputs_shape}"
            )
        self.image_shape = tuple(inputs_shape[1:])
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, channels, 4 * self.filters),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(*self.kernel_size, self.filters, 4 * self.filters),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(4 * self.filters,),
                name="bias",
                initializer=self.initial_bias,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.built = True

    def compute_output_shape(self, inputs_shape: Sequence[int | None], states_shape: Any = None) -> Any:
        window = (self.kernel_size, self.strides, self.padding, self.dilation_rate)
        shape = new_shape(inputs_shape, self.filters, self.data_format, *window)
        return shape, [shape, shape]

    def get_initial_state(self, batch_size: int | None = None) -> list[Tensor]:
        """Zeros for both states, (batch, new height, new width, filters)."""
        shape, _ = self.compute_output_shape((batch_size, *self.image_shape))
        return [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(2)]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["units"]
        return {
            **config,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
        }


@keras.saving.register_keras_serializable(package="gatebook")
class ConvLSTM2D(RecurrentLayer):
    """An LSTM over a sequence of images; drop-in for ``keras.layers.ConvLSTM2D``.

    Args:
        filters: number of features of both states.
        kernel_size: cells of both kernels along each axis.
        strides: cells from one place to the next, of the convolution over the input.
        padding: ``"valid"`` or ``"same"``, of the convolution over the input.
        data_format: ``"channels_last"``, input (batch, time, height, width, channels), or ``"channels_first"``,
            input (batch, time, channels, height, width); None for Keras's setting.
        dilation_rate: cells from one kernel cell to the next, of the convolution over the input.
        activation: of the candidate and the hidden state.
        recurrent_activation: of the gates.
        use_bias: whether the gates have a b.
        kernel_initializer: of all W, ``kernel (kernel_height, kernel_width, channels, 4 * filters)``.
        recurrent_initializer: of all U, ``recurrent_kernel (kernel_height, kernel_width, filters, 4 * filters)``.
        bias_initializer: of all b, ``bias (4 * filters,)``.
        unit_forget_bias: start b_f at one.
        kernel_regularizer: of all W.
        recurrent_regularizer: of all U.
        bias_regularizer: of all b.
        activity_regularizer: of the output.
        kernel_constraint: of all W.
        recurrent_constraint: of all U.
        bias_constraint: of all b.
        dropout: share of the input dropped in training.
        recurrent_dropout: share of the state dropped in training.
        seed: of the dropout.
        return_sequences: return the output of every step, (batch, time, new height, new width, filters).
        return_state: return the last hidden and cell state as well.
        go_backwards: read the last step first; outputs stay in the order of reading.
        stateful: start from the last state of the previous batch.

    Raises:
        ValueError: for a number out of range, strides together with dilation, or images of unknown size.

    >>> layer = ConvLSTM2D(4, (3, 2), padding="same")
    >>> tuple(layer(ops.ones((2, 5, 7, 6, 3))).shape)   # (batch, height, width, filters)
    (2, 7, 6, 4)
    """

    filters = of_cell("filters")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    data_format = of_cell("data_format")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        cell = ConvLSTM2DCell(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            name="conv_lstm_cell",
            dtype=kwargs.get("dtype"),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.input_spec = keras.layers.InputSpec(ndim=5)

    def compute_output_shape(self, sequences_shape: Sequence[int | None], initial_state_shape: Any = None) -> Any:
        batch, time = sequences_shape[:2]
        image, _ = self.cell.compute_output_shape((batch, *sequences_shape[2:]))
        output = (batch, time, *image[1:]) if self.return_sequences else image
        return (output, image, image) if self.return_state else output

    def compute_mask(self, _: Any, mask: Any) -> Any:
        output_mask = tree.flatten(mask)[0] if self.return_sequences else None
        return [output_mask, None, None] if self.return_state else output_mask
