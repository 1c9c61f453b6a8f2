"""Right answers to `lstm` in other ways than the solution's; see `autograder.demo.pieces`."""

# %% lstm forget_gate in one line
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    return ops.sigmoid(x_t @ W_f + h_prev @ U_f + b_f)

# %% lstm forget_gate in steps
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    from_input = ops.matmul(x_t, W_f)
    from_state = ops.matmul(h_prev, U_f)
    return ops.sigmoid(from_input + from_state + b_f)

# %% lstm forget_gate with indices
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    z = ops.einsum("bf,fu->bu", x_t, W_f) + ops.einsum("bv,vu->bu", h_prev, U_f)
    return ops.sigmoid(z + b_f)

# %% lstm forget_gate with numpy
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    z = np.dot(x_t, W_f) + np.dot(h_prev, U_f) + b_f
    return 1 / (1 + np.exp(-z))

# %% lstm forget_gate joined
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    both = ops.concatenate([x_t, h_prev], axis=1)
    weights = ops.concatenate([W_f, U_f], axis=0)
    return ops.sigmoid(ops.matmul(both, weights) + b_f)

# %% lstm input_gate in one line
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    return ops.sigmoid(x_t @ W_i + h_prev @ U_i + b_i)

# %% lstm input_gate in steps
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    from_input = ops.matmul(x_t, W_i)
    from_state = ops.matmul(h_prev, U_i)
    return ops.sigmoid(from_input + from_state + b_i)

# %% lstm input_gate with indices
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    z = ops.einsum("bf,fu->bu", x_t, W_i) + ops.einsum("bv,vu->bu", h_prev, U_i)
    return ops.sigmoid(z + b_i)

# %% lstm input_gate with numpy
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    z = np.dot(x_t, W_i) + np.dot(h_prev, U_i) + b_i
    return 1 / (1 + np.exp(-z))

# %% lstm input_gate joined
def input_gate(x_t, h_prev, W_i, U_i, b_i):
    both = ops.concatenate([x_t, h_prev], axis=1)
    weights = ops.concatenate([W_i, U_i], axis=0)
    return ops.sigmoid(ops.matmul(both, weights) + b_i)

# %% lstm candidate in one line
def candidate(x_t, h_prev, W_c, U_c, b_c):
    return ops.tanh(x_t @ W_c + h_prev @ U_c + b_c)

# %% lstm candidate in steps
def candidate(x_t, h_prev, W_c, U_c, b_c):
    from_input = ops.matmul(x_t, W_c)
    from_state = ops.matmul(h_prev, U_c)
    return ops.tanh(from_input + from_state + b_c)

# %% lstm candidate with indices
def candidate(x_t, h_prev, W_c, U_c, b_c):
    z = ops.einsum("bf,fu->bu", x_t, W_c) + ops.einsum("bv,vu->bu", h_prev, U_c)
    return ops.tanh(z + b_c)

# %% lstm candidate with numpy
def candidate(x_t, h_prev, W_c, U_c, b_c):
    z = np.dot(x_t, W_c) + np.dot(h_prev, U_c) + b_c
    return np.tanh(z)

# %% lstm candidate joined
def candidate(x_t, h_prev, W_c, U_c, b_c):
    both = ops.concatenate([x_t, h_prev], axis=1)
    weights = ops.concatenate([W_c, U_c], axis=0)
    return ops.tanh(ops.matmul(both, weights) + b_c)

# %% lstm output_gate in one line
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    return ops.sigmoid(x_t @ W_o + h_prev @ U_o + b_o)

# %% lstm output_gate in steps
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    from_input = ops.matmul(x_t, W_o)
    from_state = ops.matmul(h_prev, U_o)
    return ops.sigmoid(from_input + from_state + b_o)

# %% lstm output_gate with indices
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    z = ops.einsum("bf,fu->bu", x_t, W_o) + ops.einsum("bv,vu->bu", h_prev, U_o)
    return ops.sigmoid(z + b_o)

# %% lstm output_gate with numpy
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    z = np.dot(x_t, W_o) + np.dot(h_prev, U_o) + b_o
    return 1 / (1 + np.exp(-z))

# %% lstm output_gate joined
def output_gate(x_t, h_prev, W_o, U_o, b_o):
    both = ops.concatenate([x_t, h_prev], axis=1)
    weights = ops.concatenate([W_o, U_o], axis=0)
    return ops.sigmoid(ops.matmul(both, weights) + b_o)

# %% lstm cell_state in steps
def cell_state(f_t, c_prev, i_t, g_t):
    kept = f_t * c_prev
    written = i_t * g_t
    return kept + written

# %% lstm cell_state with add
def cell_state(f_t, c_prev, i_t, g_t):
    return ops.add(ops.multiply(f_t, c_prev), ops.multiply(i_t, g_t))

# %% lstm hidden_state in steps
def hidden_state(o_t, c_t):
    squashed = ops.tanh(c_t)
    return ops.multiply(o_t, squashed)

# %% lstm hidden_state with numpy
def hidden_state(o_t, c_t):
    return np.multiply(np.tanh(c_t), o_t)

# %% lstm lstm_step in slices
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    n = h_prev.shape[-1]
    z = x_t @ kernel + h_prev @ recurrent_kernel + bias
    i_t = ops.sigmoid(z[:, :n])
    f_t = ops.sigmoid(z[:, n : 2 * n])
    g_t = ops.tanh(z[:, 2 * n : 3 * n])
    o_t = ops.sigmoid(z[:, 3 * n :])
    c_t = f_t * c_prev + i_t * g_t
    return o_t * ops.tanh(c_t), c_t

# %% lstm lstm_step with the gates from above
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    W_i, W_f, W_c, W_o = ops.split(kernel, 4, axis=1)
    U_i, U_f, U_c, U_o = ops.split(recurrent_kernel, 4, axis=1)
    b_i, b_f, b_c, b_o = ops.split(bias, 4)
    f = forget_gate(x_t, h_prev, W_f, U_f, b_f)
    i = input_gate(x_t, h_prev, W_i, U_i, b_i)
    g = candidate(x_t, h_prev, W_c, U_c, b_c)
    o = output_gate(x_t, h_prev, W_o, U_o, b_o)
    c_t = cell_state(f, c_prev, i, g)
    return hidden_state(o, c_t), c_t

# %% lstm lstm_step in blocks
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.add(ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel), bias)
    blocks = ops.reshape(z, (-1, 4, h_prev.shape[-1]))
    memory = ops.sigmoid(blocks[:, 1]) * c_prev
    memory = memory + ops.sigmoid(blocks[:, 0]) * ops.tanh(blocks[:, 2])
    return ops.sigmoid(blocks[:, 3]) * ops.tanh(memory), memory

# %% lstm lstm_step with a list
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    parts = ops.split(ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias, 4, axis=1)
    for k in (0, 1, 3):
        parts[k] = ops.sigmoid(parts[k])
    c_t = parts[1] * c_prev + parts[0] * ops.tanh(parts[2])
    h_t = parts[3] * ops.tanh(c_t)
    return h_t, c_t

# %% lstm lstm_cell with weights per gate
def build(self, input_shape):
    self.w, self.u, self.b = {}, {}, {}
    for gate in "ifco":
        self.w[gate] = self.add_weight(name=f"kernel_{gate}", shape=(input_shape[-1], self.units))
        self.u[gate] = self.add_weight(name=f"recurrent_kernel_{gate}", shape=(self.units, self.units))
        start = "ones" if gate == "f" else "zeros"
        self.b[gate] = self.add_weight(name=f"bias_{gate}", shape=(self.units,), initializer=start)

def call(self, inputs, states, training=False):
    h_prev, c_prev = states
    z = {gate: inputs @ self.w[gate] + h_prev @ self.u[gate] + self.b[gate] for gate in "ifco"}
    c_t = ops.sigmoid(z["f"]) * c_prev + ops.sigmoid(z["i"]) * ops.tanh(z["c"])
    h_t = ops.sigmoid(z["o"]) * ops.tanh(c_t)
    return h_t, [h_t, c_t]

# %% lstm lstm_cell joined
def build(self, input_shape):
    rows = input_shape[-1] + self.units
    self.joined_kernel = self.add_weight(name="joined_kernel", shape=(rows, 4 * self.units))
    self.bias = self.add_weight(name="bias", shape=(4 * self.units,), initializer="zeros")

def call(self, inputs, states, training=False):
    h_prev, c_prev = states
    z = ops.matmul(ops.concatenate([inputs, h_prev], axis=-1), self.joined_kernel) + self.bias
    i, f, g, o = ops.split(z, 4, axis=-1)
    c_t = ops.sigmoid(f) * c_prev + ops.sigmoid(i) * ops.tanh(g)
    h_t = ops.sigmoid(o) * ops.tanh(c_t)
    return h_t, [h_t, c_t]

# %% lstm lstm_cell step by step
def build(self, input_shape):
    features = input_shape[-1]
    self.kernel = self.add_weight(
        name="kernel", shape=(features, self.units * 4), initializer="glorot_uniform", trainable=True
    )
    self.recurrent_kernel = self.add_weight(
        name="recurrent_kernel", shape=(self.units, self.units * 4), initializer="orthogonal", trainable=True
    )
    self.bias = self.add_weight(name="bias", shape=(self.units * 4,), initializer="zeros", trainable=True)
    super().build(input_shape)

def call(self, inputs, states, training=False):
    new_h, new_c = lstm_step(inputs, states[0], states[1], self.kernel, self.recurrent_kernel, self.bias)
    return new_h, [new_h, new_c]

# %% lstm lstm_cell in Dense layers
def build(self, input_shape):
    self.from_input = keras.layers.Dense(4 * self.units)
    self.from_state = keras.layers.Dense(4 * self.units, use_bias=False)
    self.from_input.build((None, input_shape[-1]))
    self.from_state.build((None, self.units))

def call(self, inputs, states, training=False):
    h, c = states
    total = self.from_input(inputs) + self.from_state(h)
    first, second, third, fourth = ops.split(total, 4, axis=-1)
    c = ops.sigmoid(second) * c + ops.sigmoid(first) * ops.tanh(third)
    h = ops.sigmoid(fourth) * ops.tanh(c)
    return h, [h, c]

# %% lstm lstm_cell with update
def get_config(self):
    config = super().get_config()
    config.update({"units": self.units})
    return config

# %% lstm lstm_cell by key
def get_config(self):
    config = super().get_config()
    config["units"] = self.units
    return config

# %% lstm lstm turned round
def build(self, input_shape):
    self.cell = LSTMCell(self.units)
    self.cell.build((None, input_shape[2]))

def call(self, inputs, initial_state=None):
    if self.go_backwards:
        inputs = ops.flip(inputs, axis=1)
    if initial_state is None:
        h = ops.zeros_like(inputs[:, 0, :1]) * ops.zeros((1, self.units), dtype=inputs.dtype)
        c = h
    else:
        h, c = initial_state
    sequence = []
    for t in range(inputs.shape[1]):
        _, (h, c) = self.cell(inputs[:, t, :], [h, c])
        sequence.append(h)
    output = h
    if self.return_sequences:
        output = ops.stack(sequence, axis=1)
    if self.return_state:
        return output, h, c
    return output

# %% lstm lstm by steps forth or back
def build(self, input_shape):
    self.cell = LSTMCell(self.units)
    self.cell.build((input_shape[0], input_shape[-1]))

def call(self, inputs, initial_state=None):
    if initial_state is None:
        initial_state = [ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype) for _ in range(2)]
    h, c = initial_state
    position, forth = (inputs.shape[1] - 1, -1) if self.go_backwards else (0, 1)
    kept = []
    while len(kept) < inputs.shape[1]:
        h, (_, c) = self.cell(inputs[:, position], [h, c])
        kept.append(h)
        position += forth
    result = ops.stack(kept, axis=1) if self.return_sequences else kept[-1]
    return (result, h, c) if self.return_state else result

# %% lstm lstm unstacked
def build(self, input_shape):
    self.cell = LSTMCell(self.units)
    self.cell.build((input_shape[0], input_shape[-1]))

def call(self, inputs, initial_state=None):
    states = initial_state
    if states is None:
        batch = ops.shape(inputs)[0]
        states = [ops.zeros((batch, self.units), inputs.dtype), ops.zeros((batch, self.units), inputs.dtype)]
    columns = ops.unstack(inputs, axis=1)
    if self.go_backwards:
        columns = columns[::-1]
    outputs = []
    for column in columns:
        out, states = self.cell(column, states)
        outputs.append(ops.expand_dims(out, axis=1))
    everything = ops.concatenate(outputs, axis=1)
    answer = everything if self.return_sequences else everything[:, -1]
    return [answer, states[0], states[1]] if self.return_state else answer

# %% lstm lstm with its own weights
def build(self, input_shape):
    wide = 4 * self.units
    self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], wide))
    self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, wide))
    self.bias = self.add_weight(name="bias", shape=(wide,), initializer="zeros")

def call(self, inputs, initial_state=None):
    if initial_state is not None:
        h, c = initial_state[0], initial_state[1]
    else:
        h = c = ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype)
    order = list(range(inputs.shape[1]))
    if self.go_backwards:
        order.reverse()
    hs = []
    for t in order:
        h, c = lstm_step(inputs[:, t], h, c, self.kernel, self.recurrent_kernel, self.bias)
        hs.append(h)
    output = ops.stack(hs, axis=1) if self.return_sequences else hs[-1]
    if not self.return_state:
        return output
    return output, h, c

# %% lstm lstm with update
def get_config(self):
    config = super().get_config()
    config.update({
        "units": self.units,
        "return_sequences": self.return_sequences,
        "return_state": self.return_state,
        "go_backwards": self.go_backwards,
    })
    return config

# %% lstm lstm by key
def get_config(self):
    config = super().get_config()
    for name in ("units", "return_sequences", "return_state", "go_backwards"):
        config[name] = getattr(self, name)
    return config

# %% lstm stacked_lstm in a loop
def __init__(self, units, return_sequences=False, **kwargs):
    super().__init__(**kwargs)
    self.units = tuple(units)
    self.return_sequences = return_sequences
    self.layers = []
    for k, width in enumerate(self.units):
        is_top = k == len(self.units) - 1
        self.layers.append(LSTM(width, return_sequences=return_sequences if is_top else True))

def call(self, inputs):
    x = inputs
    for layer in self.layers:
        x = layer(x)
    return x

# %% lstm stacked_lstm with the top by itself
def __init__(self, units, return_sequences=False, **kwargs):
    super().__init__(**kwargs)
    self.units = tuple(units)
    self.return_sequences = return_sequences
    self.lower = [LSTM(n, return_sequences=True) for n in self.units[:-1]]
    self.top = LSTM(self.units[-1], return_sequences=return_sequences)

def call(self, inputs):
    for layer in self.lower:
        inputs = layer(inputs)
    return self.top(inputs)

# %% lstm stacked_lstm sliced at the end
def __init__(self, units, return_sequences=False, **kwargs):
    super().__init__(**kwargs)
    self.units = tuple(units)
    self.return_sequences = return_sequences
    self.rnns = [LSTM(u, return_sequences=True) for u in units]

def call(self, inputs):
    y = inputs
    for rnn in self.rnns:
        y = rnn(y)
    return y if self.return_sequences else y[:, -1, :]

# %% lstm stacked_lstm with update
def get_config(self):
    config = super().get_config()
    config.update({"units": self.units, "return_sequences": self.return_sequences})
    return config

# %% lstm stacked_lstm by key
def get_config(self):
    config = super().get_config()
    config["units"] = list(self.units)
    config["return_sequences"] = self.return_sequences
    return config

# %% lstm bidirectional_lstm by slices
def call(self, inputs):
    ahead = self.forward_layer(inputs)
    back = self.backward_layer(inputs)
    if not self.return_sequences:
        return ops.concatenate([ahead, back], axis=1)
    return ops.concatenate([ahead, back[:, ::-1]], axis=2)

# %% lstm bidirectional_lstm in one line
def call(self, inputs):
    left = self.forward_layer(inputs)
    right = self.backward_layer(inputs)
    right = ops.flip(right, 1) if self.return_sequences else right
    return ops.concatenate((left, right), axis=-1)

# %% lstm bidirectional_lstm with update
def get_config(self):
    config = super().get_config()
    config.update({"units": self.units, "return_sequences": self.return_sequences})
    return config

# %% lstm bidirectional_lstm by key
def get_config(self):
    config = super().get_config()
    config["units"] = self.units
    config["return_sequences"] = self.return_sequences
    return config

# %% lstm read_these_gates briefly
# 1. Forgot at step 5 (f = 0.02). Wrote at 2, 7 and 8, because i is 0.98 there.
# 2. The output gate. The cell can keep something without showing it.
# 3. -0.81 and then -0.95 were added. h is o times a tanh, so it stays between -1 and 1.
# 4. About 0: 0.86 from before and -0.83 cancel. It could not tell that from an empty memory.

# %% lstm read_these_gates in sentences
# 1. The unit forgot at step 5, where the forget gate is nearly 0, and wrote where the input gate is nearly 1, which
#    is at steps 2, 7 and 8.
# 2. It is the output gate (0.02). This way the memory does not disturb the others until somebody asks for it.
# 3. By adding two negative candidates, at steps 7 and 8. A tanh never leaves (-1, 1) and the gate makes it smaller.
# 4. Something like 0.03, since the old 0.86 is still there when -0.83 comes. The negative value would be lost.

# %% lstm read_these_gates with a guess
# 1. Step 5, and it wrote at 2, 7, 8.
# 2. Output gate; it hides the memory.
# 3. Sum of candidates. h has a tanh.
# 4. I think it would be 0.9.
