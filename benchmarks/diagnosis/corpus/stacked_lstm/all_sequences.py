import keras
import tensorflow as tf


class LSTM(keras.layers.Layer):
    """Always gives all hidden states."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.W = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units))
        self.U = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.b = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, x):
        h = tf.zeros((tf.shape(x)[0], self.units))
        c = tf.zeros((tf.shape(x)[0], self.units))
        steps = []
        for x_t in tf.unstack(x, axis=1):
            i, f, g, o = tf.split(x_t @ self.W + h @ self.U + self.b, 4, axis=1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
            steps.append(h)
        return tf.stack(steps, axis=1)


class StackedLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = tuple(units)
        self.return_sequences = return_sequences
        self.floors = [LSTM(n) for n in self.units]

    def call(self, inputs):
        for floor in self.floors:
            inputs = floor(inputs)
        return inputs if self.return_sequences else inputs[:, -1, :]

    def get_config(self):
        return {**super().get_config(), "units": list(self.units), "return_sequences": self.return_sequences}
