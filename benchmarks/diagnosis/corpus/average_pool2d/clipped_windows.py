import keras
import tensorflow as tf


def places(length, size, stride, padding):
    """(start, end) of every window, clipped to the image."""
    if padding == "valid":
        return [(s, s + size) for s in range(0, length - size + 1, stride)]
    number = (length + stride - 1) // stride
    before = max((number - 1) * stride + size - length, 0) // 2
    starts = [k * stride - before for k in range(number)]
    return [(max(s, 0), min(s + size, length)) for s in starts]


class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = tuple(strides) if strides is not None else self.pool_size
        self.padding = padding

    def call(self, x):
        rows = places(x.shape[1], self.pool_size[0], self.strides[0], self.padding)
        columns = places(x.shape[2], self.pool_size[1], self.strides[1], self.padding)
        return tf.stack(
            [tf.stack([tf.reduce_mean(x[:, a:b, c:d], axis=[1, 2]) for c, d in columns], axis=1) for a, b in rows],
            axis=1,
        )
