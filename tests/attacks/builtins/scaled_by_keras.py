"""Keras's scale_and_translate by a half, without smoothing, reads between cells."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"average_pool2d": ("forbidden|failed|error|partial", 0)}

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def along(self, x, axis, size):
        """Windows of two side by side at a time, by Keras; the mean of these."""
        n = x.shape[axis] - size + 1
        take = lambda k, m: ops.take(x, np.arange(k, k + m), axis=axis)
        total = 0
        for k in range(0, size - 1, 2):
            for first in (0, 1):
                pass
            cells = ops.take(x, np.stack([np.arange(k, k + n), np.arange(k + 1, k + 1 + n)], 1).ravel(), axis=axis)
            shape = list(x.shape)
            shape[axis] = n
            total += 2 * ops.image.scale_and_translate(cells, tuple(shape), np.array([0.5], "float32"), np.zeros(1, "float32"), (axis,), "linear", antialias=False)
        return total + take(size - 1, n) if size % 2 else total

    def call(self, x):
        total, count = (self.along(self.along(pad(y, self.pool_size, self.strides, self.padding), 1, self.pool_size[0]), 2, self.pool_size[1]) for y in (x, ops.ones_like(x)))
        return (total / count)[:, :: self.strides[0], :: self.strides[1]]
