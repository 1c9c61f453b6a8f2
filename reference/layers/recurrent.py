"""What the recurrent cells and layers have in common: weights, dropout, configuration.

Nothing here says how a cell computes; that is `simple_rnn`, `lstm` and `gru`.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import keras
from keras import activations, constraints, initializers, ops, regularizers

# Not published by Keras, and asked for by its `RNN`: the only such name here, seen there from 3.6 to 3.15.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell as DropoutRNNCell

Tensor = Any


class RecurrentCell(keras.layers.Layer, DropoutRNNCell):
    """A cell whose gates lie side by side in one kernel, one recurrent kernel and one bias.

    ``keras.layers.RNN`` prepares and forgets the dropout masks of cells that are a ``DropoutRNNCell``; that
    is why it is a base.
    """

    gates: Sequence[str] = ("hidden",)
    """The blocks of the fused weights, in order."""
    bias: Any

    def __init__(
        self,
        units: int,
        *,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        recurrent_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        recurrent_regularizer: Any,
        bias_regularizer: Any,
        kernel_constraint: Any,
        recurrent_constraint: Any,
        bias_constraint: Any,
        dropout: float,
        recurrent_dropout: float,
        seed: int | None,
        **kwargs: Any,
    ) -> None:
        if units <= 0:
            raise ValueError(
                f"Received an invalid value for argument `units`, expected a positive integer, got {units}."
            )
        super().__init__(**kwargs)
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.seed = seed
        self.state_size: int | list[int] = units
        self.output_size = units

    @property
    def bias_shape(self) -> tuple[int, ...]:
        """Shape of the fused bias."""
        return (len(self.gates) * self.units,)

    def initial_bias(self, shape: tuple[int, ...], dtype: Any = None, **kwargs: Any) -> Tensor:
        """The bias before any training, ``bias_shape``."""
        return self.bias_initializer(shape, dtype=dtype, **kwargs)

    def build(self, input_shape: Sequence[int | None]) -> None:
        super().build(input_shape)
        features, fused = input_shape[-1], len(self.gates) * self.units
        self.kernel = self.add_weight(
            shape=(features, fused),
            name="kernel",
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, fused),
            name="recurrent_kernel",
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=self.bias_shape,
                name="bias",
                initializer=self.initial_bias,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def weights_of(self, gate: str) -> tuple[Tensor, Tensor, Tensor]:
        """A gate's own weights: W (features, units), U (units, units), b (units,) or 0."""
        start = self.gates.index(gate) * self.units
        block = slice(start, start + self.units)
        b = 0.0 if self.bias is None else self.bias[..., block]
        return self.kernel[..., block], self.recurrent_kernel[..., block], b

    def get_initial_state(self, batch_size: int | None = None) -> list[Tensor]:
        """Zeros for every state, (batch, units)."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in sizes]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": initializers.serialize(self.recurrent_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "recurrent_regularizer": regularizers.serialize(self.recurrent_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "recurrent_constraint": constraints.serialize(self.recurrent_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }


@dataclasses.dataclass
class _Shared:
    """What all gates see in one step, and the gates' products with it once one of them has asked."""

    seen: Tensor = None
    blocks: list[Tensor] | None = None

    @classmethod
    def by_all(cls, seen: Sequence[Tensor]) -> _Shared:
        """Nothing, if they see it behind masks of their own."""
        first, *others = seen
        return cls(first if all(one is first for one in others) else None)


class GatedCell(RecurrentCell):
    """A cell with several gates, each of which may see the input and the state through a dropout mask of its
    own.

    Gal and Ghahramani, *A theoretically grounded application of dropout in recurrent neural networks*, 2016:
    one mask for all steps of a sequence. As in Keras each gate has its own where there is recurrent dropout
    (or ``implementation=1``); otherwise one mask serves all.
    """

    def __init__(
        self,
        units: int,
        *,
        recurrent_activation: Any,
        seed: int | None,
        implementation: int = 2,
        seed_generator: keras.random.SeedGenerator | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.implementation = 1 if self.recurrent_dropout else implementation
        if self.implementation == 1:
            self.dropout_mask_count = len(self.gates)
        self.seed_generator = seed_generator or keras.random.SeedGenerator(seed)
        self._input, self._state = _Shared(), _Shared()

    def from_input(self, gate: str, x_t: Tensor) -> Tensor:
        """x_t W + b with a gate's own W (features, units) and b (units,): (batch, units)."""
        return self._block_of(self._input, self.read, gate, x_t, self.kernel, self.input_bias)

    def from_state(self, gate: str, h_prev: Tensor) -> Tensor:
        """h_{t-1} U with a gate's own U (units, units), and + b' in a GRU that has one: (batch, units)."""
        return self._block_of(self._state, self.recall, gate, h_prev, self.recurrent_kernel, self.state_bias)

    def read(self, x_t: Tensor, W: Tensor) -> Tensor:
        """x_t W, (batch, columns of W)."""
        return ops.matmul(x_t, W)

    def recall(self, h_prev: Tensor, U: Tensor) -> Tensor:
        """h_{t-1} U, (batch, columns of U)."""
        return ops.matmul(h_prev, U)

    @property
    def input_bias(self) -> Tensor:
        """b of all gates, or None."""
        return self.bias

    @property
    def state_bias(self) -> Tensor:
        """b' of all gates, or None."""
        return None

    def _block_of(
        self, shared: _Shared, product: Any, gate: str, seen: Tensor, weights: Tensor, bias: Tensor
    ) -> Tensor:
        """A gate's block of a product, (batch, units)."""
        place = self.gates.index(gate)
        if seen is not shared.seen:
            block = slice(place * self.units, (place + 1) * self.units)
            y = product(seen, weights[..., block])
            return y if bias is None else y + bias[block]
        if shared.blocks is None:
            y = product(seen, weights)
            shared.blocks = ops.split(y if bias is None else y + bias, len(self.gates), axis=-1)
        return shared.blocks[place]

    def seen_by_gates(self, x_t: Tensor, h_prev: Tensor, training: bool) -> dict[str, tuple[Tensor, Tensor]]:
        """What each gate sees: input (batch, features) and state (batch, units), behind dropout masks."""
        x = dict.fromkeys(self.gates, x_t)
        h = dict.fromkeys(self.gates, h_prev)
        if training and 0.0 < self.dropout < 1.0:
            x = self._behind(self.get_dropout_mask(x_t), x_t)
        if training and 0.0 < self.recurrent_dropout < 1.0:
            h = self._behind(self.get_recurrent_dropout_mask(h_prev), h_prev)
        return {gate: (x[gate], h[gate]) for gate in self.gates}

    @contextlib.contextmanager
    def one_product(self, seen: dict[str, tuple[Tensor, Tensor]]) -> Iterator[None]:
        """While it lasts, what all gates see is multiplied once, by the weights of all, and each takes its block."""
        self._input, self._state = (_Shared.by_all(of_gates) for of_gates in zip(*seen.values(), strict=True))
        try:
            yield
        finally:
            self._input, self._state = _Shared(), _Shared()

    def _behind(self, masks: Any, seen: Tensor) -> dict[str, Tensor]:
        if not isinstance(masks, list):
            return dict.fromkeys(self.gates, seen * masks)
        return {gate: seen * mask for gate, mask in zip(self.gates, masks, strict=True)}

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "recurrent_activation": activations.serialize(self.recurrent_activation),
        }


def of_cell(name: str) -> property:
    """An attribute of the layer that is its cell's."""
    return property(lambda layer: getattr(layer.cell, name), doc=f"``{name}`` of the cell.")


class RecurrentLayer(keras.layers.RNN):
    """A cell in ``keras.layers.RNN``'s loop over time, configured flat, by the arguments of its cell."""

    units = of_cell("units")
    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")

    def __init__(self, cell: RecurrentCell, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def call(self, sequences: Tensor, initial_state: Any = None, mask: Tensor = None, training: bool = False) -> Any:
        if isinstance(mask, (list, tuple)):
            mask = mask[0]  # the sequence's; initial states carry none
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["cell"]
        own = ("name", "trainable", "dtype")
        cell = {key: value for key, value in self.cell.get_config().items() if key not in own}
        return {**config, **cell, "activity_regularizer": regularizers.serialize(self.activity_regularizer)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> RecurrentLayer:
        return cls(**config)


class GatedLayer(RecurrentLayer):
    """A gated cell in the loop. There is one implementation, these equations; cuDNN is never used."""

    recurrent_activation = of_cell("recurrent_activation")

    def __init__(self, cell: GatedCell, *, use_cudnn: bool | str, **kwargs: Any) -> None:
        if use_cudnn not in ("auto", True, False):
            raise ValueError(f"use_cudnn is {use_cudnn!r}, expected 'auto', True or False")
        super().__init__(cell, **kwargs)
        self.use_cudnn = use_cudnn
        if keras.config.backend() == "tensorflow" and use_cudnn:
            self.supports_jit = False  # as Keras's own: `fit` then does not spend seconds on compiling the loop

    def inner_loop(self, sequences: Tensor, initial_state: Any, mask: Tensor, training: bool = False) -> Any:
        if self.use_cudnn is True:
            raise ValueError("use_cudnn=True: this layer is its equations and never runs on cuDNN; use 'auto'")
        return super().inner_loop(sequences, initial_state, mask=mask, training=training)
