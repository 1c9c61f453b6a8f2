import keras
from keras import ops


def 一维最大(x, 轴, 窗, 步, 补):
    长 = x.shape[轴]
    if 补 == "same":
        数 = -(-长 // 步)
        前 = max((数 - 1) * 步 + 窗 - 长, 0) // 2
        starts = [k * 步 - 前 for k in range(数)]
    else:
        starts = list(range(0, 长 - 窗 + 1, 步))
    pieces = []
    for s in starts:
        part = ops.take(x, ops.arange(max(s, 0), min(s + 窗, 长)), axis=轴)
        pieces.append(ops.max(part, axis=轴))
    return ops.stack(pieces, axis=轴)


class MaxPooling2D(keras.layers.Layer):
    """Clips the window at the border, so no padding is needed."""

    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = tuple(strides or pool_size)
        self.padding = padding

    def call(self, x):
        x = 一维最大(x, 1, self.pool_size[0], self.strides[0], self.padding)
        return 一维最大(x, 2, self.pool_size[1], self.strides[1], self.padding)
