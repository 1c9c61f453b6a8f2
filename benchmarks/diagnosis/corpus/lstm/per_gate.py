import keras
from keras import ops


class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards

    def build(self, input_shape):
        d, n = input_shape[-1], self.units
        for gate in "ifco":
            setattr(self, f"kernel_{gate}", self.add_weight(name=f"kernel_{gate}", shape=(d, n)))
            setattr(self, f"recurrent_kernel_{gate}", self.add_weight(name=f"recurrent_kernel_{gate}", shape=(n, n)))
            setattr(self, f"bias_{gate}", self.add_weight(name=f"bias_{gate}", shape=(n,), initializer="zeros"))

    def call(self, inputs, initial_state=None):
        batch = ops.shape(inputs)[0]
        if initial_state is None:
            initial_state = [ops.zeros((batch, self.units)), ops.zeros((batch, self.units))]
        h, c = initial_state
        order = range(inputs.shape[1])
        if self.go_backwards:
            order = reversed(order)
        hs = []
        for t in order:
            x = inputs[:, t]
            f = ops.sigmoid(x @ self.kernel_f + h @ self.recurrent_kernel_f + self.bias_f)
            i = ops.sigmoid(x @ self.kernel_i + h @ self.recurrent_kernel_i + self.bias_i)
            g = ops.tanh(x @ self.kernel_c + h @ self.recurrent_kernel_c + self.bias_c)
            o = ops.sigmoid(x @ self.kernel_o + h @ self.recurrent_kernel_o + self.bias_o)
            c = f * c + i * g
            h = o * ops.tanh(c)
            hs.append(ops.expand_dims(h, 1))
        outputs = ops.concatenate(hs, axis=1)
        if not self.return_sequences:
            outputs = outputs[:, -1]
        if self.return_state:
            return outputs, h, c
        return outputs

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
        }
