import keras
from keras import ops


class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        if strides is None:
            strides = pool_size
        self.strides = tuple(strides)
        self.padding = padding

    def border(self, n, k, s):
        n_out = (n + s - 1) // s
        p = max(0, (n_out - 1) * s + k - n)
        return [p // 2, p - p // 2]

    def call(self, x):
        ph, pw = self.pool_size
        sh, sw = self.strides
        if self.padding == "same":
            vertical = self.border(x.shape[1], ph, sh)
            horizontal = self.border(x.shape[2], pw, sw)
            x = ops.pad(x, [[0, 0], vertical, horizontal, [0, 0]], constant_values=float("-inf"))
        picture = []
        for top in range(0, x.shape[1] - ph + 1, sh):
            line = []
            for left in range(0, x.shape[2] - pw + 1, sw):
                line.append(ops.max(x[:, top : top + ph, left : left + pw], axis=[1, 2]))
            picture.append(ops.stack(line, axis=1))
        return ops.stack(picture, axis=1)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }
