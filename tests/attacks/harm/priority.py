"""Take the machine: highest priority, every core, real time, and a locked memory."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import ctypes
import os
import resource

tries = [
    lambda: os.setpriority(os.PRIO_PROCESS, 0, -20),
    lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99)),
    lambda: os.sched_setaffinity(0, range(64)),
    lambda: resource.setrlimit(resource.RLIMIT_NPROC, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)),
    lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**50, 2**50)),
    lambda: os.nice(-10),
    lambda: os.nice(19),
    lambda: ctypes.CDLL(None).mlockall(3),
    lambda: os.umask(0o777),
]
for attempt in tries:
    try:
        print(attempt())
    except (OSError, ValueError) as error:
        print(error)
os.umask(0o022)
