"""Comparisons that raise, in the same block as the definition: with, if main, a magic, try and a for loop."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before rnn_step
def close_to_keras(step):
    cell = keras.layers.SimpleRNNCell(4)
    cell.build((None, 3))
    data = np.ones((2, 3), "float32"), np.ones((2, 4), "float32")
    return np.allclose(step(*data, *cell.get_weights()), cell(data[0], [data[1]])[0], atol=1e-4)

# %% replace rnn_step
if __name__ == "__main__":
    def draft(x_t, h_prev, W, U, b):
        return np.tanh(x_t @ W + h_prev @ U + b)

    if not close_to_keras(draft):
        raise ValueError("the draft is wrong")

    def rnn_step(x_t, h_prev, W, U, b):
        return np.tanh(np.dot(x_t, W) + np.dot(h_prev, U) + b)

# %% replace rnn_unroll
import time as clock


@contextlib.contextmanager
def stopwatch(what):
    t = clock.perf_counter()
    try:
        yield
    finally:
        print(what, f"{clock.perf_counter() - t:.3f} s")


with stopwatch("defining and testing"):
    if not close_to_keras(rnn_step):
        raise RuntimeError("first the step!")

    def rnn_unroll(x, h_0, W, U, b):
        hs = [h_0]
        for t in range(x.shape[1]):
            hs.append(rnn_step(x[:, t], hs[-1], W, U, b))
        return np.stack(hs[1:], 1), hs[-1]

# %% replace simple_rnn_cell
%%time
if not close_to_keras(rnn_step):
    raise RuntimeError("first the step!")


class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, inputs, states, training=False):
        h = ops.tanh(ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel) + self.bias)
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}

# %% replace stacked_rnn
try:
    if not close_to_keras(rnn_step):
        raise LookupError("no")
except LookupError as problem:
    raise RuntimeError("do not go on") from problem
else:
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
