"""Hold locks that the grader may want, and die with them."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import fcntl
import glob
import os

for path in ["/tmp", "/gatebook", *glob.glob("/gatebook/*"), *glob.glob("../*"), "/proc/self/exe"]:
    try:
        fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass
import logging
import threading

logging._lock.acquire()
threading.Lock().acquire()
