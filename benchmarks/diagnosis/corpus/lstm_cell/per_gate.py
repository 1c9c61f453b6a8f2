import keras
import tensorflow as tf


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        features = input_shape[-1]
        # input gate
        self.kernel_i = self.add_weight(name="kernel_i", shape=(features, self.units))
        self.recurrent_kernel_i = self.add_weight(name="recurrent_kernel_i", shape=(self.units, self.units))
        self.bias_i = self.add_weight(name="bias_i", shape=(self.units,), initializer="zeros")
        # forget gate
        self.kernel_f = self.add_weight(name="kernel_f", shape=(features, self.units))
        self.recurrent_kernel_f = self.add_weight(name="recurrent_kernel_f", shape=(self.units, self.units))
        self.bias_f = self.add_weight(name="bias_f", shape=(self.units,), initializer="ones")
        # candidate
        self.kernel_c = self.add_weight(name="kernel_c", shape=(features, self.units))
        self.recurrent_kernel_c = self.add_weight(name="recurrent_kernel_c", shape=(self.units, self.units))
        self.bias_c = self.add_weight(name="bias_c", shape=(self.units,), initializer="zeros")
        # output gate
        self.kernel_o = self.add_weight(name="kernel_o", shape=(features, self.units))
        self.recurrent_kernel_o = self.add_weight(name="recurrent_kernel_o", shape=(self.units, self.units))
        self.bias_o = self.add_weight(name="bias_o", shape=(self.units,), initializer="zeros")

    def call(self, inputs, states, training=False):
        h = states[0]
        c = states[1]
        it = tf.sigmoid(tf.matmul(inputs, self.kernel_i) + tf.matmul(h, self.recurrent_kernel_i) + self.bias_i)
        ft = tf.sigmoid(tf.matmul(inputs, self.kernel_f) + tf.matmul(h, self.recurrent_kernel_f) + self.bias_f)
        gt = tf.tanh(tf.matmul(inputs, self.kernel_c) + tf.matmul(h, self.recurrent_kernel_c) + self.bias_c)
        ot = tf.sigmoid(tf.matmul(inputs, self.kernel_o) + tf.matmul(h, self.recurrent_kernel_o) + self.bias_o)
        c_new = ft * c + it * gt
        h_new = ot * tf.tanh(c_new)
        return h_new, [h_new, c_new]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
