import keras
from keras import ops


class GlobalPooling2D(keras.layers.Layer):
    def __init__(self, mode="average", **kwargs):
        super().__init__(**kwargs)
        self.mode = mode

    def call(self, x):
        像素 = ops.reshape(x, (-1, x.shape[1] * x.shape[2], x.shape[3]))
        if self.mode == "average":
            return ops.sum(像素, axis=1) / 像素.shape[1]
        return ops.max(像素, axis=1)
