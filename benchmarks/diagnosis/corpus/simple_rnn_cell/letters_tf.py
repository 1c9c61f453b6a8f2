import keras
import tensorflow as tf


class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape):
        self.W = self.add_weight(name="W", shape=(input_shape[1], self.units))
        self.U = self.add_weight(name="U", shape=(self.units, self.units))
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, inputs, states, training=False):
        (h,) = states
        new_h = tf.tanh(tf.matmul(inputs, self.W) + tf.matmul(h, self.U) + self.b)
        return new_h, [new_h]

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config
