import keras
import tensorflow as tf


class GlobalPooling2D(keras.layers.Layer):
    def __init__(self, mode="average", **kwargs):
        super().__init__(**kwargs)
        self.mode = mode

    def call(self, x):
        if self.mode == "max":
            return tf.reduce_max(x, axis=[1, 2])
        return tf.reduce_mean(x, axis=[1, 2])
