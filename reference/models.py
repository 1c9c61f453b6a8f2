"""Three small classifiers as they are taught in PyTorch, made of the reference layers.

========== ==================================================== ===========================================
model      is                                                   in PyTorch
========== ==================================================== ===========================================
SimpleRNN  recurrent layers, and a Dense on the last output     ``nn.RNN``, ``nn.Linear``
SimpleLSTM the same with LSTMs                                  ``nn.LSTM``, ``nn.Linear``
SimpleGRU  the same with GRUs                                   ``nn.GRU``, ``nn.Linear``
SimpleCNN  convolution 3x3, relu, pooling 2x2, Dense            ``nn.Conv2d``, ``nn.MaxPool2d``, ``nn.Linear``
========== ==================================================== ===========================================

``from_torch(state_dict)`` makes a model of the weights of its PyTorch twin, whatever the attributes are called there,
and ``to_torch()`` gives them back by PyTorch's names. Neither needs PyTorch: arrays will do. A model of ours puts batch
first, and channels last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import keras
import numpy as np

from reference import layers, weights

Tensor = Any
Array = np.ndarray[Any, np.dtype[Any]]
_RECURRENT = re.compile(r"(?:(.+)\.)?(weight_ih|weight_hh|bias_ih|bias_hh)_l(\d+)(_reverse)?$")


class RecurrentClassifier(keras.Model):
    """Recurrent layers on top of each other, and a Dense layer on the last output.

    Args:
        units: width of the state.
        classes: numbers that come out, one per class (no softmax, as ``nn.CrossEntropyLoss`` wants it).
        num_layers: how many recurrent layers.
        bidirectional: whether each layer reads the sequence both ways.

    As with ``out[:, -1]`` in PyTorch, the backward half of the last output has read the last step alone.
    """

    layer: ClassVar[Any]
    torch_name: ClassVar[str]

    def call(self, inputs: Tensor) -> Tensor:
        x = inputs  # (batch, time, features)
        for layer in self.recurrent:
            x = layer(x)  # (batch, time, units), or 2 * units
        return self.dense(x[:, -1])  # (batch, classes)

    def __init__(
        self, units: int, classes: int, num_layers: int = 1, bidirectional: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if num_layers < 1:
            raise ValueError(f"{type(self).__name__}: num_layers is {num_layers}, expected 1 or more")
        self.units, self.classes, self.num_layers, self.bidirectional = units, classes, num_layers, bidirectional
        made = [type(self).layer(units, return_sequences=True, dtype=self.dtype_policy) for _ in range(num_layers)]
        if bidirectional:
            made = [layers.Bidirectional(layer, dtype=self.dtype_policy) for layer in made]
        self.recurrent = made
        self.dense = keras.layers.Dense(classes, dtype=self.dtype_policy)

    def build(self, input_shape: Any) -> None:
        shape = tuple(input_shape)
        for layer in self.recurrent:
            layer.build(shape)
            shape = (*shape[:-1], self.units * (2 if self.bidirectional else 1))
        self.dense.build((shape[0], shape[-1]))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("units", "classes", "num_layers", "bidirectional")}
        return {**super().get_config(), **own}

    # ----------------------------------------------------------------------------------------------- PyTorch

    @classmethod
    def from_torch(cls, state_dict: Mapping[str, Any]) -> RecurrentClassifier:
        """The model with the weights of its PyTorch twin; of the same dtype.

        Args:
            state_dict: what ``module.state_dict()`` gives, as tensors or arrays: ``*.weight_ih_l0`` (gates * units,
                features) and so on, and a ``weight`` (classes, units) with a ``bias`` (classes,).

        Raises:
            ValueError: it does not hold recurrent layers of one width and one linear layer that fits on them.
        """
        arrays = {name: _array(value) for name, value in state_dict.items()}
        found: dict[tuple[int, bool], dict[str, Array]] = {}
        for name, array in arrays.items():
            matched = _RECURRENT.match(name)
            if matched:
                found.setdefault((int(matched[3]), bool(matched[4])), {})[matched[2]] = array
        linear = _linear(cls.__name__, {name: array for name, array in arrays.items() if not _RECURRENT.match(name)})
        if (0, False) not in found:
            raise ValueError(f"{cls.__name__}: there is no `weight_ih_l0` among {', '.join(arrays) or 'no weights'}")
        num_layers = 1 + max(number for number, _ in found)
        bidirectional = any(reverse for _, reverse in found)
        for number in range(num_layers):
            for backward in (False, True)[: 1 + bidirectional]:
                for field in {"weight_ih", "weight_hh"} - found.get((number, backward), {}).keys():
                    raise ValueError(f"{cls.__name__}: `{field}_l{number}{'_reverse' * backward}` is missing")
        first = found[0, False]["weight_ih"]
        gates = len(_GATES[cls.torch_name])
        units = first.shape[0] // gates
        second = found[0, False]["weight_hh"]
        if second.shape != (gates * units, units) or first.shape[0] != gates * units:
            raise ValueError(
                f"{cls.__name__}: weight_ih_l0 has shape {first.shape} and weight_hh_l0 {second.shape}; in an "
                f"nn.{cls.torch_name.upper()} these are ({gates} * units, features) and ({gates} * units, units)"
            )
        model = cls(units, len(linear[0]), num_layers, bidirectional, dtype=str(first.dtype))
        model.build((None, None, first.shape[1]))
        for number, layer in enumerate(model.recurrent):
            directions = [layer.forward_layer, layer.backward_layer] if bidirectional else [layer]
            for reverse, one in enumerate(directions):
                torch = found[number, bool(reverse)]
                kept = _FROM_TORCH[cls.torch_name](
                    torch["weight_ih"], torch["weight_hh"], torch.get("bias_ih"), torch.get("bias_hh")
                )
                bias = np.zeros(one.cell.bias.shape, first.dtype) if kept.bias is None else kept.bias
                one.set_weights([kept.kernel, kept.recurrent_kernel, bias])
        _set_dense(model.dense, *linear)
        return model

    def to_torch(self, recurrent: str = "", linear: str = "fc") -> dict[str, Array]:
        """The weights by PyTorch's names, as arrays (``torch.from_numpy`` makes tensors of them).

        Args:
            recurrent: the attribute that holds the recurrent module; by default ``"rnn"``, ``"lstm"`` or ``"gru"``.
            linear: the attribute that holds the linear one.
        """
        name = recurrent or type(self).torch_name
        arrays: dict[str, Array] = {}
        for number, layer in enumerate(self.recurrent):
            directions = [layer.forward_layer, layer.backward_layer] if self.bidirectional else [layer]
            for reverse, one in enumerate(directions):
                torch = _TO_TORCH[type(self).torch_name](*one.get_weights())
                end = f"_l{number}" + ("_reverse" if reverse else "")
                for field, array in torch._asdict().items():
                    arrays[f"{name}.{field}{end}"] = np.ascontiguousarray(array)
        kernel, bias = self.dense.get_weights()
        return arrays | {f"{linear}.weight": np.ascontiguousarray(kernel.T), f"{linear}.bias": bias}


@keras.saving.register_keras_serializable(package="gatebook.models")
class SimpleRNN(RecurrentClassifier):
    """Simple recurrent layers and a Dense on the last output; see `RecurrentClassifier`.

    >>> model = SimpleRNN(units=4, classes=3)
    >>> tuple(model(np.ones((2, 5, 10))).shape)        # (batch, classes)
    (2, 3)
    >>> sorted(model.to_torch())
    ['fc.bias', 'fc.weight', 'rnn.bias_hh_l0', 'rnn.bias_ih_l0', 'rnn.weight_hh_l0', 'rnn.weight_ih_l0']
    """

    layer = layers.SimpleRNN
    torch_name = "rnn"


@keras.saving.register_keras_serializable(package="gatebook.models")
class SimpleLSTM(RecurrentClassifier):
    """LSTM layers and a Dense on the last output; see `RecurrentClassifier`.

    >>> tuple(SimpleLSTM(units=4, classes=3, num_layers=2)(np.ones((2, 5, 10))).shape)
    (2, 3)
    """

    layer = layers.LSTM
    torch_name = "lstm"


@keras.saving.register_keras_serializable(package="gatebook.models")
class SimpleGRU(RecurrentClassifier):
    """GRU layers and a Dense on the last output; see `RecurrentClassifier`. PyTorch's GRU is ``reset_after=True``.

    >>> tuple(SimpleGRU(units=4, classes=3, bidirectional=True)(np.ones((2, 5, 10))).shape)
    (2, 3)
    """

    layer = layers.GRU
    torch_name = "gru"


@keras.saving.register_keras_serializable(package="gatebook.models")
class SimpleCNN(keras.Model):
    """Convolution with a border that keeps the size, pooling, and a Dense layer on everything.

    Args:
        classes: numbers that come out, one per class (no softmax).
        filters: of the convolution, whose kernel is 3x3.
        image_size: (height, width) of the images; both even.
        activation: between convolution and pooling; None for none.

    Raises:
        ValueError: when called, for images of another size, with the arithmetic. In PyTorch ``x.view(-1, 32 * 7 * 7)``
            makes four rows of every image of 28x28, and says nothing.

    >>> tuple(SimpleCNN(image_size=(14, 14))(np.ones((2, 14, 14, 1))).shape)       # (batch, classes)
    (2, 10)
    >>> SimpleCNN(image_size=(14, 14)).flattened, SimpleCNN(image_size=(28, 28)).flattened
    (1568, 6272)
    """

    def call(self, inputs: Tensor) -> Tensor:
        x = self.pool(self.conv(inputs))  # (batch, height / 2, width / 2, filters)
        return self.dense(self.flatten(x))  # (batch, classes)

    def __init__(
        self,
        classes: int = 10,
        filters: int = 32,
        image_size: tuple[int, int] = (28, 28),
        activation: Any = "relu",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.classes, self.filters, self.image_size = classes, filters, tuple(image_size)
        self.activation = keras.activations.get(activation)
        policy = self.dtype_policy
        self.conv = layers.Conv2D(
            filters, 3, padding="same", data_format="channels_last", activation=self.activation, dtype=policy
        )
        self.pool = layers.MaxPooling2D(2, data_format="channels_last", dtype=policy)
        self.flatten = keras.layers.Flatten(data_format="channels_last", dtype=policy)
        self.dense = keras.layers.Dense(classes, dtype=policy)

    @property
    def flattened(self) -> int:
        """How many numbers the last layer takes: filters * height / 2 * width / 2."""
        height, width = self.image_size
        return self.filters * (height // 2) * (width // 2)

    def build(self, input_shape: Any) -> None:
        self._fits(tuple(input_shape))
        self.conv.build(tuple(input_shape))
        self.dense.build((input_shape[0], self.flattened))
        self.built = True

    def __call__(self, inputs: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if hasattr(inputs, "shape"):
            self._fits(tuple(inputs.shape))
        return super().__call__(inputs, *args, **kwargs)

    def _fits(self, shape: tuple[int | None, ...]) -> None:
        height, width = self.image_size
        if len(shape) == 4 and shape[1:3] == (height, width):
            return
        if len(shape) != 4 or None in shape[1:3]:
            raise ValueError(f"SimpleCNN: input of shape {shape}, expected (batch, {height}, {width}, channels)")
        rows, columns = shape[1] or 0, shape[2] or 0
        channels_first = shape[2:] == (height, width)
        hint = (
            "The channels stand first here, as in PyTorch: move that axis to the end."
            if channels_first
            else f"Make the model with image_size=({rows}, {columns}), or pool once more. "
            f"In PyTorch, view(-1, {self.flattened}) would take this for another number of images and say nothing."
        )
        raise ValueError(
            f"SimpleCNN: images of {rows}x{columns} are {rows // 2}x{columns // 2} after pooling, so "
            f"{self.filters} * {rows // 2} * {columns // 2} = {self.filters * (rows // 2) * (columns // 2)} numbers; "
            f"the last layer takes {self.filters} * {height // 2} * {width // 2} = {self.flattened}. {hint}"
        )

    def get_config(self) -> dict[str, Any]:
        own = {"classes": self.classes, "filters": self.filters, "image_size": self.image_size}
        return {**super().get_config(), **own, "activation": keras.activations.serialize(self.activation)}

    # ----------------------------------------------------------------------------------------------- PyTorch

    @classmethod
    def from_torch(
        cls, state_dict: Mapping[str, Any], image_size: tuple[int, int] | None = None, activation: Any = "relu"
    ) -> SimpleCNN:
        """The model with the weights of its PyTorch twin; of the same dtype.

        Args:
            state_dict: what ``module.state_dict()`` gives: a weight (filters, channels, 3, 3), one (classes, filters *
                height / 2 * width / 2) that reads the channels first, and their biases.
            image_size: (height, width) of the images; None where they are square.
            activation: see the model.

        Raises:
            ValueError: there is no such pair of layers, or the last one fits no image of that size.
        """
        arrays = {name: _array(value) for name, value in state_dict.items()}
        kernels = {name: array for name, array in arrays.items() if array.ndim == 4}
        if len(kernels) != 1:
            raise ValueError(
                f"SimpleCNN: expected one weight with four axes, got {len(kernels)} of {', '.join(arrays)}"
            )
        (name, kernel), *_ = kernels.items()
        conv_bias = arrays.get(f"{name.rpartition('.')[0]}.bias".lstrip("."))
        filters, channels, *size = kernel.shape
        if tuple(size) != (3, 3):
            raise ValueError(f"SimpleCNN: {name} has shape {kernel.shape}, expected (filters, channels, 3, 3)")
        rest = {other: array for other, array in arrays.items() if array is not kernel and array is not conv_bias}
        weight, bias = _linear("SimpleCNN", rest)
        cells = weight.shape[1] // filters
        side = round(cells**0.5)
        half = (side, side) if image_size is None else (image_size[0] // 2, image_size[1] // 2)
        if filters * half[0] * half[1] != weight.shape[1]:
            raise ValueError(
                f"SimpleCNN: the linear layer takes {weight.shape[1]} numbers, and {filters} maps of "
                f"{half[0]}x{half[1]} are {filters * half[0] * half[1]}. Say the image_size (height, width)."
            )
        size = image_size or (2 * half[0], 2 * half[1])
        model = cls(len(weight), filters, size, activation, dtype=str(kernel.dtype))
        model.build((None, *size, channels))
        model.conv.set_weights(
            [weights.conv_from_torch(kernel), np.zeros(filters, kernel.dtype) if conv_bias is None else conv_bias]
        )
        by_channel = weight.reshape(len(weight), filters, *half)  # (classes, filters, height, width)
        _set_dense(model.dense, np.moveaxis(by_channel, 1, -1).reshape(len(weight), -1), bias)
        return model

    def to_torch(self, conv: str = "conv1", linear: str = "fc1") -> dict[str, Array]:
        """The weights by PyTorch's names, as arrays; the linear layer reads the channels first.

        Args:
            conv, linear: the attributes that hold the two modules.
        """
        kernel, conv_bias = self.conv.get_weights()
        dense, bias = self.dense.get_weights()
        height, width = self.image_size
        by_place = dense.T.reshape(self.classes, height // 2, width // 2, self.filters)
        return {
            f"{conv}.weight": np.ascontiguousarray(weights.conv_to_torch(kernel)),
            f"{conv}.bias": conv_bias,
            f"{linear}.weight": np.ascontiguousarray(np.moveaxis(by_place, -1, 1).reshape(self.classes, -1)),
            f"{linear}.bias": bias,
        }


_GATES = {"rnn": ("hidden",), "lstm": weights.TORCH_LSTM_GATES, "gru": weights.TORCH_GRU_GATES}
_FROM_TORCH = {"rnn": weights.rnn_from_torch, "lstm": weights.lstm_from_torch, "gru": weights.gru_from_torch}
_TO_TORCH = {"rnn": weights.rnn_to_torch, "lstm": weights.lstm_to_torch, "gru": weights.gru_to_torch}


def _array(value: Any) -> Array:
    """A tensor of PyTorch's, or anything NumPy takes, as an array."""
    for step in ("detach", "cpu", "numpy"):
        value = getattr(value, step)() if hasattr(value, step) else value
    return np.asarray(value)


def _linear(model: str, arrays: Mapping[str, Array]) -> tuple[Array, Array]:
    """Weight (classes, numbers) and bias (classes,) of the one linear layer among these."""
    matrices = [name for name, array in arrays.items() if array.ndim == 2]
    if len(matrices) != 1:
        raise ValueError(f"{model}: expected one linear layer, got {len(matrices)} among {', '.join(arrays) or 'none'}")
    weight = arrays[matrices[0]]
    bias = arrays.get(f"{matrices[0].rpartition('.')[0]}.bias".lstrip("."))
    return weight, np.zeros(len(weight), weight.dtype) if bias is None else bias


def _set_dense(dense: Any, weight: Array, bias: Array) -> None:
    if dense.kernel.shape != weight.T.shape:
        raise ValueError(
            f"the linear layer has a weight of {weight.shape}; on what comes before it, it has "
            f"{tuple(reversed(dense.kernel.shape))}"
        )
    dense.set_weights([weight.T, bias])
