import keras
from keras import ops


class LSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences

    def build(self, input_shape):
        self.gates = {}
        for gate in "ifco":
            self.gates[gate] = [
                self.add_weight(name=f"W_{gate}", shape=(input_shape[-1], self.units)),
                self.add_weight(name=f"U_{gate}", shape=(self.units, self.units)),
                self.add_weight(name=f"b_{gate}", shape=(self.units,), initializer="zeros"),
            ]

    def call(self, inputs):
        h = ops.zeros((ops.shape(inputs)[0], self.units))
        c = h
        history = []
        for t in range(inputs.shape[1]):
            a = {gate: inputs[:, t] @ W + h @ U + b for gate, (W, U, b) in self.gates.items()}
            c = ops.sigmoid(a["f"]) * c + ops.sigmoid(a["i"]) * ops.tanh(a["c"])
            h = ops.sigmoid(a["o"]) * ops.tanh(c)
            history.append(h)
        if self.return_sequences:
            return ops.stack(history, axis=1)
        return h


class StackedLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = list(units)
        self.return_sequences = return_sequences
        self.lower = [LSTM(n, return_sequences=True) for n in self.units[:-1]]
        self.upper = LSTM(self.units[-1], return_sequences=return_sequences)

    def call(self, inputs):
        sequence = inputs
        for layer in self.lower:
            sequence = layer(sequence)
        return self.upper(sequence)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}
