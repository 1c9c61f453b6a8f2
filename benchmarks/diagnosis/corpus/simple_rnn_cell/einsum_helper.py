import keras
from keras import ops


def 乘(a, w):
    return ops.einsum("ij,jk->ik", a, w)


class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape):
        features = input_shape[-1]
        self.kernel = self.add_weight(shape=(features, self.units), initializer="glorot_uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, inputs, states, training=False):
        旧 = states[0]
        新 = 乘(inputs, self.kernel)
        新 = 新 + 乘(旧, self.recurrent_kernel)
        新 = ops.tanh(新 + self.bias)
        return 新, [新]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
