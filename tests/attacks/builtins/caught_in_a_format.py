"""Catch the built-in while a text is formatted: the field of a nested format is handed to one's own formatter."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import string


class Catching(string.Formatter):
    caught = []

    def format_field(self, value, how):
        self.caught.append(value)
        return ""


Catching().format("{net.layers.SimpleRNNCell} has {n} units", net=keras, n=4)

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = Catching.caught[0](len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
