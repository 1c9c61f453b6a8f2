"""Fill the memory by shared mappings, which no process owns."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import mmap

hog = []
while True:
    hog.append(mmap.mmap(-1, 2**26, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))
    hog[-1].write(b"x" * 2**26)
