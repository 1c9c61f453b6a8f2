import keras
from keras import ops


class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape):
        features = input_shape[-1]
        self.W = self.add_weight(name="kernel", shape=(features, self.units), initializer="glorot_uniform")
        self.U = self.add_weight(name="recurrent_kernel", shape=(self.units, self.units), initializer="orthogonal")
        self.b = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs, states, training=False):
        h_prev = states[0]
        from_input = ops.matmul(inputs, self.W)
        from_state = ops.matmul(h_prev, self.U)
        total = from_input + from_state + self.b
        h_t = ops.tanh(total)
        return h_t, [h_t]

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config
