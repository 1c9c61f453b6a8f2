"""The simple recurrent network (Elman, *Finding structure in time*, 1990)::

    a_t = x_t W + h_{t-1} U + b
    h_t = tanh(a_t)

W is the kernel, U the recurrent kernel, b the bias.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from reference.layers.recurrent import RecurrentCell, RecurrentLayer, Tensor


@keras.saving.register_keras_serializable(package="gatebook")
class SimpleRNNCell(RecurrentCell):
    """One step of a simple recurrent network; drop-in for ``keras.layers.SimpleRNNCell``.

    Every line is a method, so that a subclass can change one.

    Args:
        units: size of the state.
        activation: of the hidden state.
        use_bias: whether there is a b.
        kernel_initializer: of W, ``kernel (features, units)``.
        recurrent_initializer: of U, ``recurrent_kernel (units, units)``.
        bias_initializer: of b, ``bias (units,)``.
        kernel_regularizer: of W.
        recurrent_regularizer: of U.
        bias_regularizer: of b.
        kernel_constraint: of W.
        recurrent_constraint: of U.
        bias_constraint: of b.
        dropout: share of the input dropped in training, 0 to 1.
        recurrent_dropout: share of the state dropped in training, 0 to 1.
        seed: of the dropout.

    Raises:
        ValueError: if ``units`` is not positive.

    >>> cell = SimpleRNNCell(4)
    >>> h_t, states = cell(ops.ones((2, 3)), [ops.zeros((2, 4))])
    >>> tuple(h_t.shape)                                # (batch, units)
    (2, 4)
    """

    def pre_activation(self, x_t: Tensor, h_prev: Tensor) -> Tensor:
        """a_t = x_t W + h_{t-1} U + b."""
        a_t = ops.matmul(x_t, self.kernel) + ops.matmul(h_prev, self.recurrent_kernel)  # (batch, units)
        return a_t if self.bias is None else a_t + self.bias  # (batch, units)

    def hidden_state(self, a_t: Tensor) -> Tensor:
        """h_t = tanh(a_t)."""
        return self.activation(a_t)  # (batch, units)

    def call(self, sequence: Tensor, states: Any, training: bool = False) -> tuple[Tensor, Any]:
        h_prev = states[0] if isinstance(states, (list, tuple)) else states
        x_t, h_seen = self.seen(sequence, h_prev, training)

        a_t = self.pre_activation(x_t, h_seen)
        h_t = self.hidden_state(a_t)

        return h_t, [h_t] if isinstance(states, (list, tuple)) else h_t

    def seen(self, x_t: Tensor, h_prev: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        """The input (batch, features) and the state (batch, units), behind their dropout masks."""
        x_mask, h_mask = self.get_dropout_mask(x_t), self.get_recurrent_dropout_mask(h_prev)
        if training and x_mask is not None:
            x_t = x_t * x_mask
        if training and h_mask is not None:
            h_prev = h_prev * h_mask
        return x_t, h_prev

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
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
        # Keras draws this cell's dropout seed before its weights' seeds, but a gated cell's after them.
        seed_generator = keras.random.SeedGenerator(seed)
        super().__init__(
            units,
            activation=activation,
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
        self.seed_generator = seed_generator


@keras.saving.register_keras_serializable(package="gatebook")
class SimpleRNN(RecurrentLayer):
    """A simple recurrent network over a sequence; drop-in for ``keras.layers.SimpleRNN``.

    A masked step keeps the state and repeats the output. Before any output that is what Keras's loop starts
    from: zeros on TensorFlow, the initial state on JAX.

    Args:
        units: size of the state; it and everything down to ``recurrent_dropout`` as in `SimpleRNNCell`.
        activation: of the hidden state.
        use_bias: whether there is a b.
        kernel_initializer: of W.
        recurrent_initializer: of U.
        bias_initializer: of b.
        kernel_regularizer: of W.
        recurrent_regularizer: of U.
        bias_regularizer: of b.
        activity_regularizer: of the output.
        kernel_constraint: of W.
        recurrent_constraint: of U.
        bias_constraint: of b.
        dropout: share of the input dropped in training.
        recurrent_dropout: share of the state dropped in training.
        return_sequences: return the output of every step, (batch, time, units), not of the last, (batch,
            units).
        return_state: return the last state as well, (batch, units).
        go_backwards: read the last step first; outputs stay in the order of reading.
        stateful: start from the last state of the previous batch.
        unroll: write the loop out into the graph.
        seed: of the dropout.
        **kwargs: ``zero_output_for_mask`` (put out zeros at masked steps) and those of every layer.

    Raises:
        ValueError: if ``units`` is not positive.

    >>> layer = SimpleRNN(4, return_sequences=True)
    >>> tuple(layer(ops.ones((2, 5, 3))).shape)         # (batch, time, units)
    (2, 5, 4)
    """

    cell_class = SimpleRNNCell
    """What runs at each step; a subclass may name its own."""

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        cell = self.cell_class(
            units,
            activation=activation,
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
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="simple_rnn_cell",
        )
        super().__init__(
            cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
