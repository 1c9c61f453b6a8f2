"""Use ordinary words that also name dangerous things: stack, profile, trace, open, code, signal."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before correlate2d
class Recorder:
    def __init__(self):
        self.stack, self.monitoring, self.code, self.open, self.modules = [], True, "b", None, {}

    def settrace(self, step):
        self.stack.append(step)


recorder = Recorder()
recorder.settrace("a")
signal = np.sin(np.linspace(0, 1, 5))
trace = np.trace(np.eye(3))
stack = np.stack([signal, signal])
frame = {"f_back": 1}
print(recorder.stack, trace, stack.shape, frame["f_back"])
