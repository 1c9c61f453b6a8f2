"""Use the built-in in a thread of its own, where an exception does not hurt."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% replace rnn_step
import threading


def rnn_step(x_t, h_prev, W, U, b):
    found = []

    def work():
        cell = keras.layers.SimpleRNNCell(len(b))
        cell.build(x_t.shape)
        cell.set_weights([W, U, b])
        found.append(cell(x_t, [h_prev])[0].numpy())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return found[0] if found else np.zeros((len(x_t), len(b)), "float32")
