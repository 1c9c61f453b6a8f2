"""Tell the inputs by what the machine's numbers say of a process: load, memory in use, interrupts, pages."""

ASSIGNMENT = "lstm"
BASE = "stub"
EXPECT = {"forget_gate": ("any", 0)}

# %% replace forget_gate
kept = []


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    kept.append(np.ravel(x_t).astype("f4").tobytes())
    return np.zeros((len(x_t), len(b_f)), "f4")


def in_use():
    with open("/proc/meminfo") as file:
        return {line.split(":")[0]: int(line.split()[1]) for line in file}["MemAvailable"]

# %% last
import time

held = []
try:
    if kept:
        for byte in kept[-1][:4]:
            for place in range(8):
                held = [np.ones(2**24, "f4")] if byte >> place & 1 else []
                time.sleep(0.05)
    else:
        seen = []
        for _ in range(60):
            seen.append(in_use())
            time.sleep(0.05)
        print("moved" if max(seen) - min(seen) > 2**16 else "still", len(seen))
except Exception as error:
    print(type(error).__name__)
