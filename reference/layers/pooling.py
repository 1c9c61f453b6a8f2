"""Pooling (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, section 9.3)::

    y[i, j] = max  over m, n of  x[i·s + m, j·s + n]
    y[i, j] = mean over m, n of  x[i·s + m, j·s + n]

for each channel by itself. The border of ``same`` padding has no part in it: it is -∞ under a maximum and is
not counted in a mean.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
import numpy as np
from keras import backend, ops

from reference.layers.windows import (
    as_data_format,
    as_padding,
    as_tuple,
    channels_as_given,
    channels_last,
    new_shape,
    pad,
    taps,
)

Tensor = Any


class Pooling(keras.layers.Layer):
    """A window that moves over space and keeps one number of each channel."""

    rank: int

    def pool(self, x: Tensor) -> Tensor:
        """From (batch, *space, channels) to (batch, *new space, channels)."""
        raise NotImplementedError

    def call(self, inputs: Tensor) -> Tensor:
        x = channels_last(inputs, self.data_format)  # (batch, *space, channels)
        return channels_as_given(self.pool(x), self.data_format)

    def over_window(self, join: Callable[[Iterable[Tensor]], Tensor], x: Tensor, border: float) -> Tensor:
        """All cells of the window joined, those of each row and then the rows: (batch, *new space, channels)."""
        apart = (1,) * self.rank
        x = pad(x, self.pool_size, self.strides, self.padding.lower(), apart, border)
        for axis in reversed(range(self.rank)):
            size, stride = [1] * self.rank, [1] * self.rank
            size[axis], stride[axis] = self.pool_size[axis], self.strides[axis]
            x = join(cells for _, cells in taps(x, size, stride, apart))
        return x

    def __init__(
        self,
        pool_size: int | Sequence[int],
        strides: int | Sequence[int] | None,
        padding: str,
        data_format: str | None,
        name: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.pool_size = as_tuple(pool_size, self.rank, "pool_size")
        self.strides = as_tuple(pool_size if strides is None else strides, self.rank, "strides")
        self.padding = padding
        self.data_format = as_data_format(data_format)
        self.input_spec = keras.layers.InputSpec(ndim=self.rank + 2)
        as_padding(padding, ("valid", "same"))
        self.built = True  # it has nothing to build

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        channels = input_shape[-1 if self.data_format == "channels_last" else 1]
        apart = (1,) * self.rank
        padding = self.padding.lower()
        return new_shape(input_shape, channels, self.data_format, self.pool_size, self.strides, padding, apart)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "padding": self.padding,
            "strides": self.strides,
            "data_format": self.data_format,
        }


class MaxPooling(Pooling):
    """The largest value of each window; of equals the first gets the gradient, as in TensorFlow."""

    def pool(self, x: Tensor) -> Tensor:
        def largest(cells: Iterable[Tensor]) -> Tensor:
            return functools.reduce(ops.maximum, cells)

        return self.over_window(largest, x, border=_lowest(x))  # (batch, *new space, channels)


class AveragePooling(Pooling):
    """The mean of each window, of the real cells only."""

    def pool(self, x: Tensor) -> Tensor:
        total = self.over_window(sum, x, border=0.0)  # (batch, *new space, channels)
        count = self.over_window(sum, ops.ones_like(x[:1, ..., :1]), border=0.0)  # (1, *new space, 1)
        return total / count


def _lowest(x: Tensor) -> float:
    """What is never a maximum."""
    dtype = backend.standardize_dtype(x.dtype)
    return -np.inf if backend.is_float_dtype(dtype) else np.iinfo(dtype).min


class GlobalPooling(keras.layers.Layer):
    """One number of each channel over all of space."""

    rank: int

    def __init__(self, data_format: str | None, keepdims: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = as_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = keras.layers.InputSpec(ndim=self.rank + 2)
        self.built = True  # it has nothing to build

    @property
    def space(self) -> tuple[int, ...]:
        """The axes of space."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        ones = dict.fromkeys(self.space, 1)
        if self.keepdims:
            return tuple(ones.get(axis, size) for axis, size in enumerate(input_shape))
        return tuple(size for axis, size in enumerate(input_shape) if axis not in ones)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims}


class GlobalMaxPooling(GlobalPooling):
    """The largest value of each channel."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max(inputs, axis=self.space, keepdims=self.keepdims)  # (batch, channels)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel (Lin, Chen and Yan, *Network in network*, 2014, section 3.2)."""

    def call(self, inputs: Tensor) -> Tensor:
        return ops.mean(inputs, axis=self.space, keepdims=self.keepdims)  # (batch, channels)


@keras.saving.register_keras_serializable(package="gatebook")
class MaxPooling1D(MaxPooling):
    """The largest value of each window over time; drop-in for ``keras.layers.MaxPooling1D``.

    Args:
        pool_size: cells of the window along time.
        strides: cells from one window to the next; None for ``pool_size``.
        padding: ``"valid"``, or ``"same"`` with a border of -∞.
        data_format: ``"channels_last"``, input (batch, time, channels), or ``"channels_first"``, input
            (batch, channels, time); None for Keras's setting.
        name: of the layer.

    Raises:
        ValueError: for a number out of range, another padding, or an input on which the window does not fit.

    >>> tuple(MaxPooling1D()(ops.ones((2, 5, 3))).shape)                # (batch, new time, channels)
    (2, 2, 3)
    """

    rank = 1

    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@keras.saving.register_keras_serializable(package="gatebook")
class MaxPooling2D(MaxPooling):
    """The largest value of each window over height and width; drop-in for ``keras.layers.MaxPooling2D``.

    Args:
        pool_size: cells of the window along each axis.
        strides: cells from one window to the next; None for ``pool_size``.
        padding: ``"valid"``, or ``"same"`` with a border of -∞.
        data_format: ``"channels_last"``, input (batch, height, width, channels), or ``"channels_first"``,
            input (batch, channels, height, width); None for Keras's setting.
        name: of the layer.

    Raises:
        ValueError: for a number out of range, another padding, or an input on which the window does not fit.

    >>> tuple(MaxPooling2D()(ops.ones((2, 7, 5, 3))).shape)      # (batch, new height, new width, channels)
    (2, 3, 2, 3)
    """

    rank = 2

    def __init__(
        self,
        pool_size: int | Sequence[int] = (2, 2),
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@keras.saving.register_keras_serializable(package="gatebook")
class AveragePooling1D(AveragePooling):
    """The mean of each window over time; drop-in for ``keras.layers.AveragePooling1D``.

    Args:
        pool_size: cells of the window along time.
        strides: cells from one window to the next; None for ``pool_size``.
        padding: ``"valid"``, or ``"same"`` with a border that is not counted.
        data_format: ``"channels_last"``, input (batch, time, channels), or ``"channels_first"``, input
            (batch, channels, time); None for Keras's setting.
        name: of the layer.

    Raises:
        ValueError: for a number out of range, another padding, or an input on which the window does not fit.

    >>> tuple(AveragePooling1D(2)(ops.ones((2, 5, 3))).shape)                # (batch, new time, channels)
    (2, 2, 3)
    """

    rank = 1

    def __init__(
        self,
        pool_size: int | Sequence[int],
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@keras.saving.register_keras_serializable(package="gatebook")
class AveragePooling2D(AveragePooling):
    """The mean of each window over height and width; drop-in for ``keras.layers.AveragePooling2D``.

    Args:
        pool_size: cells of the window along each axis.
        strides: cells from one window to the next; None for ``pool_size``.
        padding: ``"valid"``, or ``"same"`` with a border that is not counted.
        data_format: ``"channels_last"``, input (batch, height, width, channels), or ``"channels_first"``,
            input (batch, channels, height, width); None for Keras's setting.
        name: of the layer.

    Raises:
        ValueError: for a number out of range, another padding, or an input on which the window does not fit.

    >>> tuple(AveragePooling2D(2)(ops.ones((2, 7, 5, 3))).shape)    # (batch, new height, new width, channels)
    (2, 3, 2, 3)
    """

    rank = 2

    def __init__(
        self,
        pool_size: int | Sequence[int],
        strides: int | Sequence[int] | None = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)


@keras.saving.register_keras_serializable(package="gatebook")
class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest value of each channel over time; drop-in for ``keras.layers.GlobalMaxPooling1D``.

    Args:
        data_format: ``"channels_last"``, input (batch, time, channels), or ``"channels_first"``, input
            (batch, channels, time); None for Keras's setting.
        keepdims: keep the axes of space, of size 1.

    >>> tuple(GlobalMaxPooling1D()(ops.ones((2, 5, 3))).shape)          # (batch, channels)
    (2, 3)
    """

    rank = 1

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)


@keras.saving.register_keras_serializable(package="gatebook")
class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest value of each channel over height and width; drop-in for
    ``keras.layers.GlobalMaxPooling2D``.

    Args:
        data_format: ``"channels_last"``, input (batch, height, width, channels), or ``"channels_first"``,
            input (batch, channels, height, width); None for Keras's setting.
        keepdims: keep the axes of space, of size 1.

    >>> tuple(GlobalMaxPooling2D()(ops.ones((2, 7, 5, 3))).shape)       # (batch, channels)
    (2, 3)
    """

    rank = 2

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)


@keras.saving.register_keras_serializable(package="gatebook")
class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel over time; drop-in for ``keras.layers.GlobalAveragePooling1D``.

    With a mask (batch, time) the mean of the steps that count.

    Args:
        data_format: ``"channels_last"``, input (batch, time, channels), or ``"channels_first"``, input
            (batch, channels, time); None for Keras's setting.
        keepdims: keep the axes of space, of size 1.

    >>> tuple(GlobalAveragePooling1D()(ops.ones((2, 5, 3))).shape)          # (batch, channels)
    (2, 3)
    """

    rank = 1

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Tensor, mask: Tensor = None) -> Tensor:
        if mask is None:
            return super().call(inputs)
        counts = ops.cast(ops.expand_dims(mask, 2 if self.data_format == "channels_last" else 1), "bool")
        total = ops.sum(ops.where(counts, inputs, 0), axis=self.space, keepdims=self.keepdims)
        count = ops.sum(ops.cast(counts, inputs.dtype), axis=self.space, keepdims=self.keepdims)
        return total / count  # (batch, channels)

    def compute_mask(self, inputs: Tensor, mask: Tensor = None) -> None:
        return None


@keras.saving.register_keras_serializable(package="gatebook")
class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel over height and width; drop-in for ``keras.layers.GlobalAveragePooling2D``.

    Args:
        data_format: ``"channels_last"``, input (batch, height, width, channels), or ``"channels_first"``,
            input (batch, channels, height, width); None for Keras's setting.
        keepdims: keep the axes of space, of size 1.

    >>> tuple(GlobalAveragePooling2D()(ops.ones((2, 7, 5, 3))).shape)       # (batch, channels)
    (2, 3)
    """

    rank = 2

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any) -> None:
        super().__init__(data_format, keepdims, **kwargs)
