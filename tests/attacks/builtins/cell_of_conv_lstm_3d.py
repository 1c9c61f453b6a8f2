"""An LSTM cell is a convolutional one over a single voxel: borrow the cell of ConvLSTM3D."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm_step": ("forbidden", 0)}

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    cell = keras.layers.ConvLSTM3D(len(bias) // 4, 1, recurrent_activation="sigmoid").cell
    voxel = lambda matrix: ops.reshape(matrix, (len(matrix), 1, 1, 1, -1))
    cell.build((None, 1, 1, 1, x_t.shape[1]))
    cell.set_weights([kernel[None, None, None], recurrent_kernel[None, None, None], bias])
    _, states = cell(voxel(x_t), [voxel(h_prev), voxel(c_prev)])
    return tuple(state[:, 0, 0, 0] for state in states)
