"""Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber and Cummins 2000)::

    f_t = σ(x_t W_f + h_{t-1} U_f + b_f)          forget gate
    i_t = σ(x_t W_i + h_{t-1} U_i + b_i)          input gate
    g_t = tanh(x_t W_c + h_{t-1} U_c + b_c)       candidate
    o_t = σ(x_t W_o + h_{t-1} U_o + b_o)          output gate
    c_t = f_t ∘ c_{t-1} + i_t ∘ g_t               cell state
    h_t = o_t ∘ tanh(c_t)                         hidden state

The fused weights hold the gates in Keras's order, i f c o.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from reference.layers.recurrent import GatedCell, GatedLayer, Tensor, of_cell
from reference.weights import LSTM_GATES


@keras.saving.register_keras_serializable(package="gatebook")
class LSTMCell(GatedCell):
    """One step of an LSTM; drop-in for ``keras.layers.LSTMCell``.

    Every gate is a method, so that a subclass can change one.

    Args:
        units: size of both states.
        activation: of the candidate and the hidden state; None for none.
        recurrent_activation: of the gates; None for none.
        use_bias: whether the gates have a b.
        kernel_initializer: of all W, ``kernel (features, 4 * units)``.
        recurrent_initializer: of all U, ``recurrent_kernel (units, 4 * units)``.
        bias_initializer: of all b, ``bias (4 * units,)``.
        unit_forget_bias: start b_f at one (Jozefowicz, Zaremba and Sutskever 2015).
        kernel_regularizer: of all W.
        recurrent_regularizer: of all U.
        bias_regularizer: of all b.
        kernel_constraint: of all W.
        recurrent_constraint: of all U.
        bias_constraint: of all b.
        dropout: share of the input dropped in training, 0 to 1.
        recurrent_dropout: share of the state dropped in training, 0 to 1.
        seed: of the dropout.
        **kwargs: ``implementation`` (1 for a dropout mask per gate) and those of every layer.

    Raises:
        ValueError: if ``units`` is not positive.

    >>> cell = LSTMCell(4)
    >>> h_t, (h_t, c_t) = cell(ops.ones((2, 3)), [ops.zeros((2, 4)), ops.zeros((2, 4))])
    >>> tuple(c_t.shape)                                # (batch, units)
    (2, 4)
    """

    gates = LSTM_GATES

    def input_gate(self, x_t: Tensor, h_prev: Tensor) -> Tensor:
        """i_t = σ(x_t W_i + h_{t-1} U_i + b_i)."""
        a_i = self.from_input("input", x_t) + self.from_state("input", h_prev)  # (batch, units)
        return self.recurrent_activation(a_i)  # (batch, units)

    def forget_gate(self, x_t: Tensor, h_prev: Tensor) -> Tensor:
        """f_t = σ(x_t W_f + h_{t-1} U_f + b_f)."""
        a_f = self.from_input("forget", x_t) + self.from_state("forget", h_prev)  # (batch, units)
        return self.recurrent_activation(a_f)  # (batch, units)

    def candidate(self, x_t: Tensor, h_prev: Tensor) -> Tensor:
        """g_t = tanh(x_t W_c + h_{t-1} U_c + b_c)."""
        a_c = self.from_input("candidate", x_t) + self.from_state("candidate", h_prev)  # (batch, units)
        return self.activation(a_c)  # (batch, units)

    def output_gate(self, x_t: Tensor, h_prev: Tensor) -> Tensor:
        """o_t = σ(x_t W_o + h_{t-1} U_o + b_o)."""
        a_o = self.from_input("output", x_t) + self.from_state("output", h_prev)  # (batch, units)
        return self.recurrent_activation(a_o)  # (batch, units)

    def cell_state(self, f_t: Tensor, c_prev: Tensor, i_t: Tensor, g_t: Tensor) -> Tensor:
        """c_t = f_t ∘ c_{t-1} + i_t ∘ g_t."""
        return f_t * c_prev + i_t * g_t  # (batch, units)

    def hidden_state(self, o_t: Tensor, c_t: Tensor) -> Tensor:
        """h_t = o_t ∘ tanh(c_t)."""
        return o_t * self.activation(c_t)  # (batch, units)

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, list[Tensor]]:
        h_prev, c_prev = states
        seen = self.seen_by_gates(inputs, h_prev, training)

        with self.one_product(seen):
            i_t = self.input_gate(*seen["input"])
            f_t = self.forget_gate(*seen["forget"])
            g_t = self.candidate(*seen["candidate"])
            o_t = self.output_gate(*seen["output"])
        c_t = self.cell_state(f_t, c_prev, i_t, g_t)
        h_t = self.hidden_state(o_t, c_t)

        return h_t, [h_t, c_t]

    def initial_bias(self, shape: tuple[int, ...], dtype: Any = None, **kwargs: Any) -> Tensor:
        """b before any training; with ``unit_forget_bias`` its forget block is one, (4 * units,)."""
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype=dtype, **kwargs)
        b_i = self.bias_initializer((self.units,), dtype=dtype, **kwargs)
        b_f = ops.ones((self.units,), dtype=dtype)
        b_c_and_o = self.bias_initializer((2 * self.units,), dtype=dtype, **kwargs)
        return ops.concatenate([b_i, b_f, b_c_and_o])  # (4 * units,)

    def __init__(
        self,
        units: int,
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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            **kwargs,
        )
        self.unit_forget_bias = unit_forget_bias
        self.state_size = [units, units]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "unit_forget_bias": self.unit_forget_bias}


@keras.saving.register_keras_serializable(package="gatebook")
class LSTM(GatedLayer):
    """An LSTM over a sequence; drop-in for ``keras.layers.LSTM``.

    A masked step keeps the state and repeats the output. Before any output that is what Keras's loop starts
    from: zeros on TensorFlow, the initial state on JAX.

    Args:
        units: size of both states; it and everything down to ``recurrent_dropout`` as in `LSTMCell`.
        activation: of the candidate and the hidden state.
        recurrent_activation: of the gates.
        use_bias: whether the gates have a b.
        kernel_initializer: of all W.
        recurrent_initializer: of all U.
        bias_initializer: of all b.
        unit_forget_bias: start b_f at one (Jozefowicz, Zaremba and Sutskever 2015).
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
        return_sequences: return the output of every step, (batch, time, units), not of the last, (batch,
            units).
        return_state: return the last hidden and cell state as well, both (batch, units).
        go_backwards: read the last step first; outputs stay in the order of reading.
        stateful: start from the last state of the previous batch.
        unroll: write the loop out into the graph.
        use_cudnn: "auto" or False; there is one implementation, these equations.
        **kwargs: ``zero_output_for_mask`` (put out zeros at masked steps), ``implementation`` and those of
        every
            layer.

    Raises:
        ValueError: if ``units`` is not positive, or when called with ``use_cudnn=True``.

    >>> layer = LSTM(4, return_sequences=True, return_state=True)
    >>> outputs, last_hidden, last_cell = layer(ops.ones((2, 5, 3)))
    >>> tuple(outputs.shape), tuple(last_cell.shape)    # (batch, time, units), (batch, units)
    ((2, 5, 4), (2, 4))
    """

    cell_class = LSTMCell
    """What runs at each step; a subclass may name its own."""

    unit_forget_bias = of_cell("unit_forget_bias")

    def __init__(
        self,
        units: int,
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
        unroll: bool = False,
        use_cudnn: bool | str = "auto",
        **kwargs: Any,
    ) -> None:
        cell = self.cell_class(
            units,
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
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="lstm_cell",
            implementation=kwargs.pop("implementation", 2),
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            activity_regularizer=activity_regularizer,
            use_cudnn=use_cudnn,
            **kwargs,
        )
