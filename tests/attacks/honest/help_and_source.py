"""Look things up: help, dir, vars, and the source of a function of one's own."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import inspect

print(inspect.getsource(rnn_step)[:40])
help(rnn_step)
print([name for name in dir(keras.layers) if "RNN" in name][:3])
print(sorted(vars(plt.figure()))[:2], "rnn_step" in globals())
plt.close("all")
