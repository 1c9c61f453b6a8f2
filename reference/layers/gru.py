"""The gated recurrent unit (Cho et al., *Learning phrase representations*, 2014)::

    z_t = σ(x_t W_z + h_{t-1} U_z + b_z)                      update gate
    r_t = σ(x_t W_r + h_{t-1} U_r + b_r)                      reset gate
    g_t = tanh(x_t W_h + (r_t ∘ h_{t-1}) U_h + b_h)           candidate state, reset before the product
    g_t = tanh(x_t W_h + b_h + r_t ∘ (h_{t-1} U_h + b'_h))    candidate state, reset after it
    h_t = z_t ∘ h_{t-1} + (1 - z_t) ∘ g_t                     hidden state

The fused weights hold the gates in Keras's order, z r h. With reset after the product there is a second
bias, b' (``rb`` in the code), which is added to b in the two gates.
"""

from __future__ import annotations

from typing import Any

import keras

from reference.layers.recurrent import GatedCell, GatedLayer, Tensor, of_cell
from reference.weights import GRU_GATES


@keras.saving.register_keras_serializable(package="gatebook")
class GRUCell(GatedCell):
    """One step of a GRU; drop-in for ``keras.layers.GRUCell``.

    Every gate is a method, so that a subclass can change one.

    Args:
        units: size of the state.
        activation: of the candidate state; None for none.
        recurrent_activation: of the gates; None for none.
        use_bias: whether the gates have a b.
        kernel_initializer: of all W, ``kernel (features, 3 * units)``.
        recurrent_initializer: of all U, ``recurrent_kernel (units, 3 * units)``.
        bias_initializer: of all b, ``bias (2, 3 * units)`` with ``reset_after``, else ``(3 * units,)``.
        kernel_regularizer: of all W.
        recurrent_regularizer: of all U.
        bias_regularizer: of all b.
        kernel_constraint: of all W.
        recurrent_constraint: of all U.
        bias_constraint: of all b.
        dropout: share of the input dropped in training, 0 to 1.
        recurrent_dropout: share of the state dropped in training, 0 to 1.
        reset_after: whether the reset gate acts after the product with U_h.
        seed: of the dropout.
        **kwargs: ``implementation`` (1 for a dropout mask per gate) and those of every layer.

    Raises:
        ValueError: if ``units`` is not positive.

    >>> cell = GRUCell(4)
    >>> h_t, states = cell(keras.ops.ones((2, 3)), [keras.ops.zeros((2, 4))])
    >>> tuple(h_t.shape)                                # (batch, units)
    (2, 4)
    """

    gates = GRU_GATES

    def update_gate(self, x_t: Tensor, h_prev: Tensor) -> Tensor:
        """z_t = σ(x_t W_z + h_{t-1} U_z + b_z)."""
        a_z = self.from_input("update", x_t) + self.from_state("update", h_prev)  # (batch, units)
        return self.recurrent_activation(a_z)  # (batch, units)

    def reset_gate(self, x_t: Tensor, h_prev: Tensor) -> Tensor:
        """r_t = σ(x_t W_r + h_{t-1} U_r + b_r)."""
        a_r = self.from_input("reset", x_t) + self.from_state("reset", h_prev)  # (batch, units)
        return self.recurrent_activation(a_r)  # (batch, units)

    def candidate_state(self, x_t: Tensor, h_prev: Tensor, r_t: Tensor) -> Tensor:
        """g_t = tanh(x_t W_h + b_h + r_t ∘ (h_{t-1} U_h + b'_h)), reset after the product,
        or g_t = tanh(x_t W_h + (r_t ∘ h_{t-1}) U_h + b_h), reset before it."""
        if self.reset_after:
            recurrent = r_t * self.from_state("candidate", h_prev)  # (batch, units)
        else:
            recurrent = self.from_state("candidate", r_t * h_prev)  # (batch, units)
        return self.activation(self.from_input("candidate", x_t) + recurrent)  # (batch, units)

    def hidden_state(self, z_t: Tensor, h_prev: Tensor, g_t: Tensor) -> Tensor:
        """h_t = z_t ∘ h_{t-1} + (1 - z_t) ∘ g_t."""
        return z_t * h_prev + (1 - z_t) * g_t  # (batch, units)

    def call(self, inputs: Tensor, states: Any, training: bool = False) -> tuple[Tensor, Any]:
        h_prev = states[0] if isinstance(states, (list, tuple)) else states
        seen = self.seen_by_gates(inputs, h_prev, training)

        with self.one_product(seen):
            z_t = self.update_gate(*seen["update"])
            r_t = self.reset_gate(*seen["reset"])
            g_t = self.candidate_state(*seen["candidate"], r_t)
        h_t = self.hidden_state(z_t, h_prev, g_t)

        return h_t, [h_t] if isinstance(states, (list, tuple)) else h_t

    def weights_of(self, gate: str) -> tuple[Tensor, Tensor, Tensor]:
        """A gate's own weights: W (features, units), U (units, units) and the pair of its biases b and b',
        (units,) or 0."""
        W, U, b = super().weights_of(gate)
        return W, U, (b[0], b[1]) if self.bias is not None and self.reset_after else (b, 0.0)

    @property
    def input_bias(self) -> Tensor:
        """b of all gates, (3 * units,), or None."""
        return self.bias[0] if self.use_bias and self.reset_after else self.bias

    @property
    def state_bias(self) -> Tensor:
        """b' of all gates, (3 * units,): with `reset_after` only, else None."""
        return self.bias[1] if self.use_bias and self.reset_after else None

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """Shape of the fused bias: with `reset_after` two rows, for the input and for the state."""
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        reset_after: bool = True,
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
        self.reset_after = reset_after

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "reset_after": self.reset_after}


@keras.saving.register_keras_serializable(package="gatebook")
class GRU(GatedLayer):
    """A GRU over a sequence; drop-in for ``keras.layers.GRU``.

    A masked step keeps the state and repeats the output. Before any output that is what Keras's loop starts
    from: zeros on TensorFlow, the initial state on JAX.

    Args:
        units: size of the state; it and everything down to ``recurrent_dropout`` as in `GRUCell`.
        activation: of the candidate state.
        recurrent_activation: of the gates.
        use_bias: whether the gates have a b.
        kernel_initializer: of all W.
        recurrent_initializer: of all U.
        bias_initializer: of all b.
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
        return_state: return the last state as well, (batch, units).
        go_backwards: read the last step first; outputs stay in the order of reading.
        stateful: start from the last state of the previous batch.
        unroll: write the loop out into the graph.
        reset_after: whether the reset gate acts after the product with U_h.
        use_cudnn: "auto" or False; there is one implementation, these equations.
        **kwargs: ``zero_output_for_mask`` (put out zeros at masked steps), ``implementation`` and those of
        every
            layer.

    Raises:
        ValueError: if ``units`` is not positive, or when called with ``use_cudnn=True``.

    >>> layer = GRU(4, return_sequences=True)
    >>> tuple(layer(keras.ops.ones((2, 5, 3))).shape)         # (batch, time, units)
    (2, 5, 4)
    """

    cell_class = GRUCell
    """What runs at each step; a subclass may name its own."""

    reset_after = of_cell("reset_after")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
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
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            reset_after=reset_after,
            seed=seed,
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="gru_cell",
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
