"""Fill the memory in children, each with a little."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import os
import time

for _ in range(30):
    if os.fork() == 0:
        hog = bytearray(os.urandom(2**20) * 150)
        time.sleep(1000)
time.sleep(1000)
