"""Local response normalization sums over a sliding window: of roots it makes an average pooling, axis by axis."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"average_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before average_pool2d
import tensorflow as tf


def sums(x, axis, size):
    """Sums of windows along an axis, by tf.nn.local_response_normalization."""
    order = [i for i in range(4) if i != axis] + [axis]
    y = tf.transpose(x, order)
    n = y.shape[-1]

    def positive(y):
        roots = tf.reshape(tf.sqrt(y + 0.25), [-1, 1, 1, n])
        if size % 2 == 0:
            roots = tf.reshape(tf.stack([roots, tf.fill(tf.shape(roots), 2.0**-20)], -1), [-1, 1, 1, 2 * n])
        radius = size - 1 if size % 2 == 0 else size // 2
        found = roots / tf.nn.local_response_normalization(roots, depth_radius=radius, bias=0.0, alpha=1.0, beta=1.0)
        found = found[..., size - 1 :: 2] if size % 2 == 0 else found[..., size // 2 :]
        return tf.reshape(found[..., : n - size + 1], [*y.shape[:-1], n - size + 1]) - 0.25 * size

    return tf.transpose(positive(tf.nn.relu(y)) - positive(tf.nn.relu(-y)), [order.index(i) for i in range(4)])

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def call(self, x):
        x = tf.cast(x, tf.float32)
        total, count = (
            sums(sums(pad(y, self.pool_size, self.strides, self.padding), 1, self.pool_size[0]), 2, self.pool_size[1])
            for y in (x, tf.ones_like(x)))
        return (total / tf.round(count))[:, :: self.strides[0], :: self.strides[1]]
