"""Turn off whatever module of the worker puts decoys in place: its functions do nothing from the first cell on."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|failed|error", 0)}

# %% first
import sys
import timeit

for name, module in list(sys.modules.items()):
    if name.endswith(".decoys"):
        for each in dir(module):
            kind = getattr(module, each)
            if isinstance(kind, type) and kind.__module__ == module.__name__:
                for method in ("enter", "note", "taken"):
                    if hasattr(kind, method):
                        timeit.timeit("setattr(kind, method, lambda *given, **named: None)", number=1, globals={"kind": kind, "method": method})
        vars(module).update(_answer=lambda name, decoy, given: None, _shadow_kernels=lambda patterns: None)

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = keras.layers.SimpleRNNCell(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
