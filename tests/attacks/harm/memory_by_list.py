"""Fill the memory with a list."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
hog = [b"x" * 2**20]
while True:
    hog.append(bytes(2**20) + hog[0])
