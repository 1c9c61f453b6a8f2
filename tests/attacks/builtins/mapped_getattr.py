"""Let `map`, `reduce` and `attrgetter` do the getting."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import functools
import operator

(first,) = map(getattr, [keras], ["".join(reversed("sreyal"))])
second = functools.reduce(getattr, ["layers", "SimpleRNN" "Cell"], keras)
third = operator.attrgetter("SimpleRNN" + "Cell")(first)
assert second is third

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = third(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
