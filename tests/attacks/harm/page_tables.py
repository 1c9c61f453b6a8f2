"""Memory that no process holds: look at a page of every piece of an endless mapping."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import mmap

mapped = mmap.mmap(-1, 700 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=mmap.PROT_READ)
for at in range(0, len(mapped), 2 << 20):
    mapped[at]
print("LOOT" + "!")
