import keras
import tensorflow as tf


class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards

    def build(self, input_shape):
        batch, time, features = input_shape
        self.kernel = self.add_weight(name="kernel", shape=(features, 4 * self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,))

    def one_step(self, x, h, c):
        n = self.units
        s = tf.matmul(x, self.kernel) + tf.matmul(h, self.recurrent_kernel) + self.bias
        inp = tf.sigmoid(s[:, 0:n])
        forget = tf.sigmoid(s[:, n : 2 * n])
        cand = tf.tanh(s[:, 2 * n : 3 * n])
        out = tf.sigmoid(s[:, 3 * n : 4 * n])
        c = forget * c + inp * cand
        h = out * tf.tanh(c)
        return h, c

    def call(self, inputs, initial_state=None):
        if initial_state is None:
            batch = tf.shape(inputs)[0]
            h = tf.zeros((batch, self.units))
            c = tf.zeros((batch, self.units))
        else:
            h, c = initial_state
        steps = list(range(inputs.shape[1]))
        if self.go_backwards:
            steps.reverse()
        all_h = []
        for t in steps:
            h, c = self.one_step(inputs[:, t, :], h, c)
            all_h.append(h)
        if self.return_sequences:
            result = tf.stack(all_h, axis=1)
        else:
            result = all_h[-1]
        if self.return_state:
            return result, h, c
        return result

    def get_config(self):
        config = super().get_config()
        config.update(
            units=self.units,
            return_sequences=self.return_sequences,
            return_state=self.return_state,
            go_backwards=self.go_backwards,
        )
        return config
