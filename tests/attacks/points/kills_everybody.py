"""Kill parents, siblings and everything else that can be named."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import os
import signal

for pid in [os.getppid(), *range(2, 400)]:
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP):
        try:
            if pid not in (0, os.getpid()):
                os.kill(pid, number)
                print("signal sent to", pid)
        except OSError:
            pass
