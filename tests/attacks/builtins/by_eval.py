"""Hide the built-in in strings that are run."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0), "rnn_unroll": ("forbidden", 0)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = eval("".join(map(chr, (107, 101, 114, 97, 115))) + ".layers.SimpleRNN" + "Cell")(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]

# %% replace rnn_unroll
import codecs

exec(codecs.decode("sebz xrenf.ynlref vzcbeg FvzcyrEAA nf Ybbc", "rot13"))


def rnn_unroll(x, h_0, W, U, b):
    loop = Loop(len(b), return_sequences=True, return_state=True)
    loop.build(x.shape)
    loop.set_weights([W, U, b])
    return loop(x, initial_state=[h_0])
