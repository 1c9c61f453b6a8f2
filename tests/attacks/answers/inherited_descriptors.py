"""Read every descriptor that was left open."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted|blocked|error|failed", 0)}

# %% before rnn_step
import os
import stat

for entry in os.listdir("/proc/self/fd"):
    number = int(entry)
    try:
        target, mode = os.readlink(f"/proc/self/fd/{number}"), os.fstat(number).st_mode
    except OSError:
        continue
    if number > 2 and (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) and not target.startswith(("/proc", "/memfd", "anon")):
        print("LOOT" + "!", number, target)
    if number > 2 and stat.S_ISREG(mode) and os.pread(number, 100, 0):
        print("LOOT" + "!", number, target)
