"""Keep the values of every step under names that are made in the loop: f_0, f_1, ..., i_0, ..."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before lstm_step
class Trace:
    """What a step computed."""


seen = Trace()

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.split(ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias, 4, axis=-1)
    trace = Trace()
    for gate, squash, value in zip("ifgo", (ops.sigmoid, ops.sigmoid, ops.tanh, ops.sigmoid), z):
        setattr(trace, f"{gate}_{0}", squash(value))
    trace.__dict__.update(frame=None, globals="none", modules=[])
    c_t = getattr(trace, "f_" + str(0)) * c_prev + trace.i_0 * trace.g_0
    return trace.o_0 * ops.tanh(c_t), c_t
