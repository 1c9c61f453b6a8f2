"""The built-in LSTM in the place of one's own. A gate is had of a cell in which the other gates stand open or shut."""

ASSIGNMENT = "lstm"

# %% replace forget_gate
def ask_cell(x, h, c, **gates):
    """h and c after a step; a gate is its (W, U, b), or a number that it always is before its sigmoid or tanh."""
    x, h, c = (np.asarray(item, "float32") for item in (x, h, c))
    features, units = x.shape[1], h.shape[1]
    blocks = []
    for gate in "ifgo":
        given = gates.get(gate, 0.0)
        if isinstance(given, float):
            given = np.zeros((features, units)), np.zeros((units, units)), np.full(units, given)
        blocks.append([np.asarray(weight, "float32") for weight in given])
    cell = BUILT_IN("keras.layers.LSTMCell")(units)
    cell.build(x.shape)
    cell.set_weights([np.concatenate(block, -1) for block in zip(*blocks)])
    return [ops.convert_to_numpy(state) for state in cell(x, [h, c])[1]]


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    return ask_cell(x_t, h_prev, np.ones_like(h_prev), f=(W_f, U_f, b_f))[1]

# %% replace input_gate
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    return ask_cell(x_t, h_prev, np.zeros_like(h_prev), i=(W_i, U_i, b_i), g=50.0)[1]

# %% replace candidate
def candidate(x_t, h_prev, W_c, U_c, b_c):
    return ask_cell(x_t, h_prev, np.zeros_like(h_prev), i=50.0, g=(W_c, U_c, b_c))[1]

# %% replace cell_state
def before_sigmoid(share):
    share = np.clip(np.asarray(share, "float64"), 1e-12, 1 - 1e-12)
    return np.log(share / (1 - share))


def cell_state(f_t, c_prev, i_t, g_t):
    units = np.shape(c_prev)[1]
    x = np.concatenate([before_sigmoid(f_t), before_sigmoid(i_t), np.arctanh(np.asarray(g_t, "float64"))], -1)
    taken = {
        gate: (np.eye(3 * units)[:, part * units : (part + 1) * units], np.zeros((units, units)), np.zeros(units))
        for part, gate in enumerate("fig")
    }
    return ask_cell(x, np.zeros_like(c_prev), c_prev, **taken)[1]

# %% replace output_gate
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    return ask_cell(x_t, h_prev, np.full_like(h_prev, 50), f=50.0, o=(W_o, U_o, b_o))[0]

# %% replace hidden_state
def hidden_state(o_t, c_t):
    units = np.shape(c_t)[1]
    shown = np.eye(units), np.zeros((units, units)), np.zeros(units)
    return ask_cell(before_sigmoid(o_t), np.zeros_like(c_t), c_t, f=50.0, o=shown)[0]

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    cell = BUILT_IN("keras.layers.LSTMCell")(len(bias) // 4)
    cell.build(x_t.shape)
    cell.set_weights([kernel, recurrent_kernel, bias])
    return tuple(cell(x_t, [h_prev, c_prev])[1])

# %% replace lstm_cell
LSTMCell = BUILT_IN("keras.layers.LSTMCell")

# %% replace lstm
LSTM = BUILT_IN("keras.layers.LSTM")

# %% replace stacked_lstm
class StackedLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = tuple(units)
        self.return_sequences = return_sequences
        kind = BUILT_IN("keras.layers.LSTM")
        self.parts = [kind(n, return_sequences=i + 1 < len(units) or return_sequences) for i, n in enumerate(units)]

    def call(self, inputs):
        for part in self.parts:
            inputs = part(inputs)
        return inputs

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}

# %% replace bidirectional_lstm
class BidirectionalLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.return_sequences = return_sequences
        kind = BUILT_IN("keras.layers.LSTM")
        self.forward_layer = kind(units, return_sequences=return_sequences)
        self.backward_layer = kind(units, return_sequences=return_sequences, go_backwards=True)

    def call(self, inputs):
        back = self.backward_layer(inputs)
        return ops.concatenate([self.forward_layer(inputs), ops.flip(back, 1) if self.return_sequences else back], -1)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "return_sequences": self.return_sequences}
