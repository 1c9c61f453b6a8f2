"""Make files that are far larger than the disk, and folders that are deeper than any path."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import os

try:
    with open("giant", "wb") as file:
        file.truncate(2**50)
except OSError as error:
    print(error)
for _ in range(3000):
    try:
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    except OSError as error:
        print(error)
        break
