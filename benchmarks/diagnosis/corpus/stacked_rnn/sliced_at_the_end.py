import keras
import tensorflow as tf


class RNNLayer(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.W = self.add_weight(name="W", shape=(input_shape[-1], self.units))
        self.U = self.add_weight(name="U", shape=(self.units, self.units))
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, x):
        h = tf.zeros((tf.shape(x)[0], self.units))
        hs = []
        for x_t in tf.unstack(x, axis=1):
            h = tf.tanh(tf.matmul(x_t, self.W) + tf.matmul(h, self.U) + self.b)
            hs.append(h)
        return tf.stack(hs, axis=1)


class StackedRNN(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = list(units)
        self.stack = []
        for n in self.units:
            self.stack.append(RNNLayer(n))

    def call(self, inputs):
        for layer in self.stack:
            inputs = layer(inputs)
        return inputs[:, -1]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
