"""Get the cell by `keras.activations.get`, which makes any object from a description."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm_step": ("forbidden", 0)}

# %% before lstm_step
described = {"module": "keras.layers", "class_name": "xLSTMCellx".strip("x"), "config": {"units": 1}, "registered_name": None}
KIND = type(keras.activations.get(described))

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    cell = KIND(len(bias) // 4)
    cell.build(x_t.shape)
    cell.set_weights([kernel, recurrent_kernel, bias])
    return cell(x_t, [h_prev, c_prev])[1]
