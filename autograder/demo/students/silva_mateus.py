"""All right; commented line by line. costa_rafael copied the lstm from here."""

# %% lstm forget_gate
def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    # how much of the old memory survives this step
    z_f = ops.matmul(x_t, W_f)
    z_f += ops.matmul(h_prev, U_f)
    z_f += b_f
    return ops.sigmoid(z_f)

# %% lstm lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    # all four blocks at once, Keras has them as i f c o
    z = ops.matmul(x_t, kernel)
    z += ops.matmul(h_prev, recurrent_kernel)
    z += bias
    width = int(z.shape[-1]) // 4
    blocks = [z[:, k * width : (k + 1) * width] for k in range(4)]
    doors = [ops.sigmoid(blocks[k]) for k in (0, 1, 3)]
    fresh = doors[0] * ops.tanh(blocks[2])
    memory = doors[1] * c_prev + fresh
    return doors[2] * ops.tanh(memory), memory

# %% lstm lstm
def build(self, input_shape):
    features = int(input_shape[-1])
    self.cell = LSTMCell(self.units)
    self.cell.build((None, features))

def call(self, inputs, initial_state=None):
    count = inputs.shape[1]
    # read from the right end if asked to
    places = [count - 1 - t if self.go_backwards else t for t in range(count)]
    if initial_state is None:
        empty = ops.zeros((ops.shape(inputs)[0], self.units), dtype=inputs.dtype)
        memory = {"h": empty, "c": empty}
    else:
        memory = {"h": initial_state[0], "c": initial_state[1]}
    shown = []
    for place in places:
        answer, (memory["h"], memory["c"]) = self.cell(inputs[:, place], [memory["h"], memory["c"]])
        shown.append(answer)
    result = shown[-1]
    if self.return_sequences:
        result = ops.stack(shown, axis=1)  # (batch, time, units)
    if self.return_state:
        return result, memory["h"], memory["c"]
    return result

# %% lstm stacked_lstm
def __init__(self, units, return_sequences=False, **kwargs):
    super().__init__(**kwargs)
    self.units = tuple(units)
    self.return_sequences = return_sequences
    floors = []
    for floor, width in enumerate(units):
        everything = return_sequences or floor < len(units) - 1
        floors.append(LSTM(width, return_sequences=everything))
    self.floors = floors

def call(self, inputs):
    going_up = inputs
    for floor in self.floors:
        going_up = floor(going_up)
    return going_up

# %% lstm bidirectional_lstm
def call(self, inputs):
    halves = [self.forward_layer(inputs), self.backward_layer(inputs)]
    if self.return_sequences:
        halves[1] = ops.flip(halves[1], axis=1)  # same position in both halves
    return ops.concatenate(halves, axis=-1)
