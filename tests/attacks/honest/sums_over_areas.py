"""Average pooling by differences of cumulative sums."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides, self.padding = tuple(strides or pool_size), padding

    def box_sums(self, x):
        (m, n), (s, t) = self.pool_size, self.strides
        area = ops.pad(ops.cumsum(ops.cumsum(x, axis=1), axis=2), [(0, 0), (1, 0), (1, 0), (0, 0)])
        total = area[:, m:, n:] - area[:, :-m, n:] - area[:, m:, :-n] + area[:, :-m, :-n]
        return total[:, ::s, ::t]

    def call(self, x):
        numbers = pad(x, self.pool_size, self.strides, self.padding)
        count = pad(ops.ones_like(x), self.pool_size, self.strides, self.padding)
        return self.box_sums(numbers) / self.box_sums(count)
