"""Leave a daemon behind, in a session of its own, that goes on for ever."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import os
import subprocess
import sys

subprocess.Popen(["setsid", "sleep", "100000"], stdout=subprocess.DEVNULL)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1e5)"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            pass
    os._exit(0)
