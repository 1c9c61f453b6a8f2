"""Ask for the class that the module of an innocent layer knows."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    found = [
        each for each in keras.layers.Layer.__subclasses__() if each.__name__.endswith("RNNCell") and "keras" in each.__module__
    ]
    cell = next(each for each in found if each.__name__.startswith("Simple"))(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
