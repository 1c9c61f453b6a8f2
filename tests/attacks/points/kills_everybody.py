"""Kill the parent, the siblings and the first processes of the machine."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import os
import signal

parent = os.getppid()
try:
    with open(f"/proc/{parent}/task/{parent}/children") as file:
        siblings = [int(pid) for pid in file.read().split()]
except OSError:
    siblings = []
for pid in {parent, *siblings, 2, 3, 4} - {0, os.getpid()}:
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        try:
            os.kill(pid, number)
            print("LOOT" + "!", "signal sent to", pid)
        except OSError:
            pass
