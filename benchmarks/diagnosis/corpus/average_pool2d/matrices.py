import keras
import numpy as np
from keras import ops


def 平均矩阵(长, 窗, 步, 补):
    """One row per window: 1 / (cells of the window) where it lies."""
    if 补 == "same":
        数 = -(-长 // 步)
        前 = max((数 - 1) * 步 + 窗 - 长, 0) // 2
    else:
        数 = (长 - 窗) // 步 + 1
        前 = 0
    A = np.zeros((数, 长), dtype="float32")
    for k in range(数):
        A[k, max(k * 步 - 前, 0) : k * 步 - 前 + 窗] = 1
    return A / A.sum(axis=1, keepdims=True)


class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = tuple(strides or pool_size)
        self.padding = padding

    def call(self, x):
        R = 平均矩阵(x.shape[1], self.pool_size[0], self.strides[0], self.padding)
        C = 平均矩阵(x.shape[2], self.pool_size[1], self.strides[1], self.padding)
        return ops.einsum("ih,jw,bhwc->bijc", R, C, x)
