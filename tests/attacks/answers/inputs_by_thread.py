"""Have a thread print what was asked, once the next cell runs."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("passed", None), "simple_rnn": ("passed", None)}

# %% replace rnn_step
import os
import threading
import time

kept = []


def tell():
    while True:
        time.sleep(0.05)
        print(kept)
        os.write(1, repr(kept).encode())


threading.Thread(target=tell, daemon=True).start()


def rnn_step(x_t, h_prev, W, U, b):
    kept.append(x_t.tolist())
    return np.tanh(x_t @ W + h_prev @ U + b)

# %% before rnn_unroll
time.sleep(0.3)
