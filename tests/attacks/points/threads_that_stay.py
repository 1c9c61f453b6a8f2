"""Leave threads, timers and an atexit function that meddle when a later question is asked."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0), "rnn_unroll": ("not_attempted", 0)}

# %% replace rnn_step
import atexit
import sys
import threading
import time


def meddle():
    while True:
        time.sleep(0.001)
        traps = sys.modules.get("gatebook_worker.answering.decoys")
        if traps is not None:
            traps.ForbiddenError = KeyError


for _ in range(5):
    threading.Thread(target=meddle, daemon=True).start()
threading.Thread(target=time.sleep, args=(3600,), daemon=False).start()
atexit.register(time.sleep, 3600)


def rnn_step(x_t, h_prev, W, U, b):
    return np.zeros((len(x_t), len(b)), "float32")
