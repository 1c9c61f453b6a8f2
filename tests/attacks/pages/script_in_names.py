"""Put scripts into names of types, weights and attributes that cards speak of."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0), "simple_rnn_cell": ("failed|error", 0), "rnn_unroll": ("failed", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return type("<img src=x onerror=alert('pwned')>\x1b[31m", (), {})()

# %% replace rnn_unroll
globals()["<script>alert('pwned')</script>rnn_unroll"] = 1
globals()["rnn_unrol<img src=x onerror=alert('pwned')>"] = 1

# %% replace simple_rnn_cell
class SimpleRNNCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.odd = self.add_weight(name="<img src=x onerror=alert('pwned')>", shape=(3, 3))

    def call(self, inputs, states, training=False):
        return inputs, states

    def get_config(self):
        return {**super().get_config(), "<script>alert('pwned')</script>": "</script>"}
