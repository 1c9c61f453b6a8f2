"""Definitions in a try, a loop or a main function, below a comparison that raises."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before rnn_step
def compare(step):
    cell = keras.layers.SimpleRNNCell(4)
    cell.build((None, 3))
    data = np.ones((2, 3), "float32"), np.ones((2, 4), "float32")
    np.testing.assert_allclose(step(*data, *cell.get_weights()), cell(data[0], [data[1]])[0], atol=1e-4)
    if not np.allclose(step(*data, *cell.get_weights()), cell(data[0], [data[1]])[0], atol=1e-4):
        raise ValueError("not like Keras")

# %% replace rnn_step
try:
    def attempt(x_t, h_prev, W, U, b):
        return np.tanh(x_t @ W + h_prev @ U + b)
    compare(attempt)
    rnn_step = attempt
except ValueError as problem:
    print("not yet:", problem)

# %% replace rnn_unroll
def main():
    global rnn_unroll
    compare(lambda x_t, h_prev, W, U, b: np.tanh(x_t @ W + h_prev @ U + b))

    def rnn_unroll(x, h_0, W, U, b):
        hs = [h_0]
        for t in range(x.shape[1]):
            hs.append(np.tanh(x[:, t] @ W + hs[-1] @ U + b))
        return np.stack(hs[1:], 1), hs[-1]


main()

# %% replace stacked_rnn
for _ in range(1):
    compare(lambda x_t, h_prev, W, U, b: np.tanh(x_t @ W + h_prev @ U + b))

    class StackedRNN(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = list(units)
            self.rnns = [SimpleRNN(u, return_sequences=True) for u in self.units[:-1]] + [SimpleRNN(self.units[-1])]

        def build(self, input_shape):
            for rnn, width in zip(self.rnns, (input_shape[-1], *self.units)):
                rnn.build((None, None, width))

        def call(self, inputs):
            for rnn in self.rnns:
                inputs = rnn(inputs)
            return inputs

        def get_config(self):
            return {**super().get_config(), "units": self.units}
