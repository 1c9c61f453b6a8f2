import keras
import tensorflow as tf


class LSTM(keras.layers.Layer):
    """All hidden states, left to right."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, inputs):
        h = tf.zeros((tf.shape(inputs)[0], self.units))
        c = tf.zeros_like(h)
        outputs = []
        for t in range(inputs.shape[1]):
            z = tf.matmul(inputs[:, t], self.kernel) + tf.matmul(h, self.recurrent_kernel) + self.bias
            i, f, g, o = tf.split(z, 4, axis=-1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
            outputs.append(h)
        return tf.stack(outputs, axis=1)


class BidirectionalLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.forward_layer = LSTM(units)
        self.backward_layer = LSTM(units)

    def call(self, inputs):
        ltr = self.forward_layer(inputs)
        rtl = self.backward_layer(tf.reverse(inputs, axis=[1]))
        if not self.return_sequences:
            return tf.concat([ltr[:, -1], rtl[:, -1]], axis=1)
        rtl = tf.reverse(rtl, axis=[1])
        return tf.concat([ltr, rtl], axis=2)

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        config["return_sequences"] = self.return_sequences
        return config
