import keras
from keras import ops


class Reader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        n = self.units
        for gate in ("i", "f", "c", "o"):
            setattr(self, "kernel_" + gate, self.add_weight(name="kernel_" + gate, shape=(input_shape[-1], n)))
            setattr(self, "recurrent_kernel_" + gate, self.add_weight(name="recurrent_kernel_" + gate, shape=(n, n)))
            setattr(self, "bias_" + gate, self.add_weight(name="bias_" + gate, shape=(n,), initializer="zeros"))

    def read(self, steps):
        h = c = ops.zeros((ops.shape(steps[0])[0], self.units))
        states = []
        for x in steps:
            i = ops.sigmoid(x @ self.kernel_i + h @ self.recurrent_kernel_i + self.bias_i)
            f = ops.sigmoid(x @ self.kernel_f + h @ self.recurrent_kernel_f + self.bias_f)
            g = ops.tanh(x @ self.kernel_c + h @ self.recurrent_kernel_c + self.bias_c)
            o = ops.sigmoid(x @ self.kernel_o + h @ self.recurrent_kernel_o + self.bias_o)
            c = f * c + i * g
            h = o * ops.tanh(c)
            states.append(h)
        return states

    def call(self, inputs):
        return ops.stack(self.read(ops.unstack(inputs, axis=1)), axis=1)


class BidirectionalLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.forward_layer = Reader(units)
        self.backward_layer = Reader(units)

    def build(self, input_shape):
        self.forward_layer.build(input_shape)
        self.backward_layer.build(input_shape)

    def call(self, inputs):
        steps = [inputs[:, t] for t in range(inputs.shape[1])]
        a = self.forward_layer.read(steps)
        b = self.backward_layer.read(steps[::-1])
        if self.return_sequences:
            pairs = [ops.concatenate([p, q], axis=-1) for p, q in zip(a, b[::-1])]
            return ops.stack(pairs, axis=1)
        return ops.concatenate([a[-1], b[-1]], axis=-1)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}
