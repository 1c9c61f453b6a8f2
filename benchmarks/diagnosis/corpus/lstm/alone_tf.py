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
        self.W = self.add_weight(name="kernel", shape=(input_shape[2], 4 * self.units))
        self.U = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.b = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def step(self, x, h, c):
        z = tf.matmul(x, self.W) + tf.matmul(h, self.U) + self.b
        z_i, z_f, z_g, z_o = tf.split(z, num_or_size_splits=4, axis=1)
        c_new = tf.sigmoid(z_f) * c + tf.sigmoid(z_i) * tf.tanh(z_g)
        h_new = tf.sigmoid(z_o) * tf.tanh(c_new)
        return h_new, c_new

    def call(self, inputs, initial_state=None):
        if initial_state is not None:
            h, c = initial_state[0], initial_state[1]
        else:
            h = tf.zeros_like(inputs[:, 0, :1]) * tf.zeros((1, self.units))
            c = h
        all_h = []
        time = inputs.shape[1]
        for t in range(time):
            if self.go_backwards:
                x_t = inputs[:, time - 1 - t]
            else:
                x_t = inputs[:, t]
            h, c = self.step(x_t, h, c)
            all_h.append(h)
        out = tf.stack(all_h, axis=1) if self.return_sequences else h
        return (out, h, c) if self.return_state else out

    def get_config(self):
        base = super().get_config()
        return {
            **base,
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
        }
