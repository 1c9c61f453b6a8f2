"""Right answers to `rnn` in other ways than the solution's; see `autograder.demo.pieces`."""

# %% rnn rnn_step in steps
def rnn_step(x_t, h_prev, W, U, b):
    z = np.dot(x_t, W) + np.dot(h_prev, U)
    return np.tanh(z + b)

# %% rnn rnn_step with indices
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(np.einsum("bf,fu->bu", x_t, W) + np.einsum("bv,vu->bu", h_prev, U) + b)

# %% rnn rnn_step with keras
def rnn_step(x_t, h_prev, W, U, b):
    return ops.tanh(ops.matmul(x_t, W) + ops.matmul(h_prev, U) + b)

# %% rnn rnn_step joined
def rnn_step(x_t, h_prev, W, U, b):
    both = np.concatenate([x_t, h_prev], axis=1)
    return np.tanh(both @ np.concatenate([W, U], axis=0) + b)

# %% rnn rnn_unroll into an array
def rnn_unroll(x, h_0, W, U, b):
    batch, time, _ = x.shape
    outputs = np.zeros((batch, time, len(b)), dtype=x.dtype)
    state = h_0
    for t in range(time):
        state = np.asarray(rnn_step(x[:, t, :], state, W, U, b))
        outputs[:, t] = state
    return outputs, state

# %% rnn rnn_unroll with all states
def rnn_unroll(x, h_0, W, U, b):
    states = [h_0]
    for x_t in np.moveaxis(x, 1, 0):
        states.append(rnn_step(x_t, states[-1], W, U, b))
    return np.stack(states[1:], axis=1), states[-1]

# %% rnn rnn_unroll joined
def rnn_unroll(x, h_0, W, U, b):
    h, all_h = h_0, []
    for step in range(x.shape[1]):
        h = rnn_step(x[:, step], h, W, U, b)
        all_h += [np.expand_dims(h, axis=1)]
    return np.concatenate(all_h, axis=1), h

# %% rnn rnn_unroll time first
def rnn_unroll(x, h_0, W, U, b):
    last = h_0
    collected = []
    for t in range(x.shape[1]):
        last = rnn_step(x[:, t], last, W, U, b)
        collected.append(last)
    return np.transpose(np.array(collected), (1, 0, 2)), last

# %% rnn simple_rnn_cell in steps
def build(self, input_shape):
    self.kernel = self.add_weight(
        name="kernel", shape=(input_shape[-1], self.units), initializer="glorot_uniform", trainable=True
    )
    self.recurrent_kernel = self.add_weight(
        name="recurrent_kernel", shape=(self.units, self.units), initializer="orthogonal", trainable=True
    )
    self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros", trainable=True)
    super().build(input_shape)

def call(self, inputs, states, training=False):
    from_input = ops.matmul(inputs, self.kernel)
    from_state = ops.matmul(states[0], self.recurrent_kernel)
    h = ops.tanh(from_input + from_state + self.bias)
    return h, [h]

# %% rnn simple_rnn_cell with short names
def build(self, input_shape):
    n = self.units
    self.W = self.add_weight(name="W", shape=(input_shape[-1], n))
    self.U = self.add_weight(name="U", shape=(n, n))
    self.b = self.add_weight(name="b", shape=(n,), initializer="zeros")

def call(self, inputs, states, training=False):
    (h_prev,) = states
    h_t = ops.tanh(ops.dot(inputs, self.W) + ops.dot(h_prev, self.U) + self.b)
    return h_t, [h_t]

# %% rnn simple_rnn_cell with the function from above
def build(self, input_shape):
    shapes = {"kernel": (input_shape[-1], self.units), "recurrent_kernel": (self.units, self.units)}
    for name, shape in shapes.items():
        setattr(self, name, self.add_weight(name=name, shape=shape, initializer="glorot_uniform"))
    self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

def call(self, inputs, states, training=False):
    z = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel)
    new_state = ops.tanh(ops.add(z, self.bias))
    return new_state, [new_state]

# %% rnn simple_rnn_cell with einsum
def build(self, input_shape):
    features = input_shape[-1]
    self.kernel = self.add_weight(shape=(features, self.units), name="kernel")
    self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), name="recurrent_kernel")
    self.bias = self.add_weight(shape=(self.units,), name="bias", initializer="zeros")

def call(self, inputs, states, training=False):
    total = ops.einsum("bf,fu->bu", inputs, self.kernel)
    total = total + ops.einsum("bv,vu->bu", states[0], self.recurrent_kernel)
    output = ops.tanh(total + self.bias)
    return output, [output]

# %% rnn simple_rnn_cell with update
def get_config(self):
    config = super().get_config()
    config.update({"units": self.units})
    return config

# %% rnn simple_rnn_cell by key
def get_config(self):
    config = super().get_config()
    config["units"] = self.units
    return config

# %% rnn simple_rnn with the state by itself
def build(self, input_shape):
    self.cell.build((None, input_shape[-1]))

def call(self, inputs, initial_state=None):
    if initial_state is None:
        h = ops.zeros((ops.shape(inputs)[0], self.units), inputs.dtype)
    else:
        h = initial_state[0]
    seen = []
    for t in range(inputs.shape[1]):
        h, _ = self.cell(inputs[:, t, :], [h])
        seen.append(h)
    out = ops.stack(seen, axis=1) if self.return_sequences else h
    if self.return_state:
        return [out, h]
    return out

# %% rnn simple_rnn unstacked
def build(self, input_shape):
    self.cell.build((input_shape[0], input_shape[-1]))

def call(self, inputs, initial_state=None):
    state = initial_state or [ops.zeros_like(inputs[:, 0, :1]) * ops.zeros((1, self.units), inputs.dtype)]
    columns = []
    for x_t in ops.unstack(inputs, axis=1):
        column, state = self.cell(x_t, state)
        columns.append(ops.expand_dims(column, 1))
    columns = ops.concatenate(columns, axis=1)
    answer = columns if self.return_sequences else columns[:, -1]
    return [answer, state[0]] if self.return_state else answer

# %% rnn simple_rnn with scan
def build(self, input_shape):
    self.cell.build((input_shape[0], input_shape[-1]))

def call(self, inputs, initial_state=None):
    if initial_state is None:
        start = ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype)
    else:
        start = initial_state[0]

    def step(h, x_t):
        output, (new,) = self.cell(x_t, [h])
        return new, output

    last, outputs = ops.scan(step, start, ops.transpose(inputs, (1, 0, 2)))
    result = ops.transpose(outputs, (1, 0, 2)) if self.return_sequences else last
    return [result, last] if self.return_state else result

# %% rnn simple_rnn in two branches
def build(self, input_shape):
    features = input_shape[2]
    self.cell.build((None, features))

def call(self, inputs, initial_state=None):
    states = list(initial_state) if initial_state is not None else None
    if states is None:
        batch = ops.shape(inputs)[0]
        states = [ops.zeros((batch, self.units), dtype=inputs.dtype)]
    history = []
    time = inputs.shape[1]
    for t in range(time):
        output, states = self.cell(inputs[:, t], states)
        if self.return_sequences or t == time - 1:
            history.append(output)
    if self.return_sequences:
        result = ops.stack(history, axis=1)
    else:
        result = history[0]
    if not self.return_state:
        return result
    return [result, states[0]]

# %% rnn simple_rnn with update
def get_config(self):
    config = super().get_config()
    config.update({
        "units": self.units,
        "return_sequences": self.return_sequences,
        "return_state": self.return_state,
    })
    return config

# %% rnn simple_rnn by key
def get_config(self):
    config = super().get_config()
    config["units"] = self.units
    config["return_sequences"] = self.return_sequences
    config["return_state"] = self.return_state
    return config

# %% rnn stacked_rnn in a loop
def __init__(self, units, **kwargs):
    super().__init__(**kwargs)
    self.units = list(units)
    self.layers = []
    for width in self.units[:-1]:
        self.layers.append(SimpleRNN(width, return_sequences=True))
    self.layers.append(SimpleRNN(self.units[-1]))

def build(self, input_shape):
    shape = tuple(input_shape)
    for layer in self.layers:
        layer.build(shape)
        shape = (shape[0], shape[1], layer.units)

def call(self, inputs):
    x = inputs
    for layer in self.layers:
        x = layer(x)
    return x

# %% rnn stacked_rnn sliced at the end
def __init__(self, units, **kwargs):
    super().__init__(**kwargs)
    self.units = list(units)
    self.below = [SimpleRNN(n, return_sequences=True) for n in self.units]

def build(self, input_shape):
    batch, time, features = input_shape
    for rnn in self.below:
        rnn.build((batch, time, features))
        features = rnn.units

def call(self, inputs):
    for rnn in self.below:
        inputs = rnn(inputs)
    return inputs[:, -1, :]

# %% rnn stacked_rnn with the top by itself
def __init__(self, units, **kwargs):
    super().__init__(**kwargs)
    self.units = list(units)
    *lower, top = units
    self.lower = [SimpleRNN(width, return_sequences=True) for width in lower]
    self.top = SimpleRNN(top)

def build(self, input_shape):
    self.built = True

def call(self, inputs):
    sequence = inputs
    for one in self.lower:
        sequence = one(sequence)
    return self.top(sequence)

# %% rnn output_or_state briefly
# 1. Both False; the last output (8, 16).
# 2. return_sequences=True; all outputs (8, 20, 16).
# 3. return_state=True; the state (8, 16) goes to the other layer.
# 4. Right for SimpleRNN and GRU, where output and state are the same. Wrong for the LSTM: c_t is missing.

# %% rnn output_or_state in sentences
# 1. The label belongs to the whole review, so only the last output is needed, which is (8, 16). Neither
#    switch is on.
# 2. Every word needs an output, so return_sequences=True. The tensor is (8, 20, 16).
# 3. Here the state is what counts: return_state=True, shape (8, 16), and it is the initial state of the second layer.
# 4. It works as long as the cell outputs its state. An LSTM keeps a second state that is not in the output, so the next
#    layer would start from half of the memory.

# %% rnn output_or_state with a guess
# 1. return_sequences False, (8, 16)
# 2. return_sequences True, (8, 20, 16)
# 3. return_state True, (8, 16)
# 4. It is always right I think, because the last output is the state.
