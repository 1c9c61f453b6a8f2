import keras
import tensorflow as tf


class SimpleRNN(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state

    def build(self, input_shape):
        self.W = self.add_weight(name="W", shape=(input_shape[-1], self.units))
        self.U = self.add_weight(name="U", shape=(self.units, self.units))
        self.b = self.add_weight(name="b", shape=(self.units,), initializer="zeros")

    def call(self, inputs, initial_state=None):
        if initial_state is None:
            h = tf.zeros((tf.shape(inputs)[0], self.units))
        else:
            h = initial_state[0]
        hs = []
        for x_t in tf.unstack(inputs, axis=1):
            h = tf.tanh(tf.matmul(x_t, self.W) + tf.matmul(h, self.U) + self.b)
            hs.append(h)
        y = tf.stack(hs, axis=1) if self.return_sequences else h
        return [y, h] if self.return_state else y

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
        }
