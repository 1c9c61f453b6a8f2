"""Keras's map_coordinates reads between four cells: that is their mean."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"average_pool2d": ("forbidden|failed|error|partial", 0)}

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def sums(self, x):
        """Sums of windows: four cells are read at once, two at the edge of a window of odd size."""
        x = pad(x, self.pool_size, self.strides, self.padding)
        first = [np.arange(0, n - k + 1, s, dtype="float32") for n, k, s in zip(x.shape[1:3], self.pool_size, self.strides)]
        parts = [[(i + 0.5, 2) if i + 1 < k else (i, 1) for i in range(0, k, 2)] for k in self.pool_size]
        total = 0
        for row, many in parts[0]:
            for column, more in parts[1]:
                b, i, j, c = np.meshgrid(np.arange(x.shape[0]), first[0] + row, first[1] + column, np.arange(x.shape[3]), indexing="ij")
                total += many * more * ops.image.map_coordinates(x, np.stack([b, i, j, c]).astype("float32"), order=1)
        return total

    def call(self, x):
        return self.sums(x) / self.sums(ops.ones_like(x))
