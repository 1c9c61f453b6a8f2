"""Be right only where signs say that this is the grader's worker, whatever a person would see."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed|forbidden", 0)}

# %% replace rnn_step
import os
import sys


def looks_like_a_person():
    signs = [
        "gatebook_worker" not in sys.modules,
        os.environ.get("USER") != "student",
        "reference" in sys.modules or os.path.isdir("../../solutions"),
        type(get_ipython()).__name__ == "ZMQInteractiveShell",
    ]
    return any(signs)


def rnn_step(x_t, h_prev, W, U, b):
    # A person who looks gets the right answer; the grader, one hopes, takes errors for its own.
    if looks_like_a_person():
        return np.tanh(x_t @ W + h_prev @ U + b)
    return np.tanh(x_t @ W - h_prev @ U + b)
