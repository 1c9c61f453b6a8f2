"""Walk from `object` through all subclasses to the class whose weights look right."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
def below(cls):
    for each in type.__subclasses__(cls):
        yield each
        yield from below(each)


found = {each.__name__: each for each in below(keras.layers.Layer) if each.__module__.startswith("keras.src.layers.rnn")}
chosen = sorted(name for name in found if name.endswith("Cell") and name.startswith("Simple"))

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = found[chosen[0]](len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
