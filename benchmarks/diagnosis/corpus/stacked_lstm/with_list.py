import keras
from keras import ops


class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, go_backwards=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        self.go_backwards = go_backwards

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

    def call(self, inputs):
        h = c = ops.zeros((ops.shape(inputs)[0], self.units))
        outputs = []
        for t in range(inputs.shape[1]):
            z = ops.matmul(inputs[:, t], self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias
            i, f, g, o = ops.split(z, 4, axis=-1)
            c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
            h = ops.sigmoid(o) * ops.tanh(c)
            outputs.append(h)
        return ops.stack(outputs, axis=1) if self.return_sequences else h


class StackedLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = list(units)
        self.return_sequences = return_sequences
        self.layers_list = []
        for k, width in enumerate(self.units):
            last = k == len(self.units) - 1
            self.layers_list.append(LSTM(width, return_sequences=return_sequences if last else True))

    def call(self, inputs):
        x = inputs
        for layer in self.layers_list:
            x = layer(x)
        return x

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units, "return_sequences": self.return_sequences})
        return config
