import keras
from keras import ops


class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        d = input_shape[-1]
        self.kernel = self.add_weight(shape=(d, self.units * 4), name="kernel", initializer="glorot_uniform")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units * 4), name="recurrent_kernel", initializer="orthogonal"
        )
        self.bias = self.add_weight(shape=(self.units * 4,), name="bias", initializer="zeros")

    def call(self, inputs, states, training=False):
        h, c = states
        W = ops.reshape(self.kernel, (-1, 4, self.units))
        U = ops.reshape(self.recurrent_kernel, (-1, 4, self.units))
        b = ops.reshape(self.bias, (4, self.units))
        a = ops.einsum("bf,fgu->gbu", inputs, W) + ops.einsum("bv,vgu->gbu", h, U) + b[:, None, :]
        c = ops.sigmoid(a[1]) * c + ops.sigmoid(a[0]) * ops.tanh(a[2])
        h = ops.sigmoid(a[3]) * ops.tanh(c)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
