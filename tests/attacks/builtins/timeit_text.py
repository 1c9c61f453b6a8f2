"""Run the text that builds the layer by `timeit`, which is there for measuring."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import timeit

kept = []
timeit.timeit("kept.append(keras.layers.SimpleRNNCell)", setup="import keras", number=1, globals={"kept": kept})

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = kept[0](len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
