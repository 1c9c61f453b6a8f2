"""Use ordinary words that also name dangerous things: stack, trace, open, code, signal, modules."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before correlate2d
class Recorder:
    def __init__(self):
        self.stack, self.monitoring, self.code, self.open, self.modules = [], True, "b", None, {}

    def trace(self, step):
        self.stack.append(step)


recorder = Recorder()
recorder.trace("a")
signal = np.sin(np.linspace(0, 1, 5))
trace = np.trace(np.eye(3))
stack = np.stack([signal, signal])
print(recorder.stack, trace, stack.shape)
