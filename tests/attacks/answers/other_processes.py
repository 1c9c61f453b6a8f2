"""Look at the other processes: what they were started with, what they have open, what they remember."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}
BEYOND = {"restricted": "there is one /proc for all: names and arguments of processes can be seen"}

# %% before rnn_step
import os

for entry in os.listdir("/proc"):
    if entry.isdigit() and int(entry) != os.getpid():
        print("LOOT" + "!", entry)
        break
