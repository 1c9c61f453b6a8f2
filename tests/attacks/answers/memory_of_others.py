"""Open the environment, the memory, the folder and the files of other processes."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% before rnn_step
import os

for entry in [str(os.getppid()), *os.listdir("/proc")]:
    if not entry.isdigit() or int(entry) in (0, os.getpid()):
        continue
    for name in ("environ", "mem", "cwd", "root", "fd/0", "fd/3", "root/etc", "cwd/."):
        path = f"/proc/{entry}/{name}"
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            if name != "environ" or os.stat(f"/proc/{entry}").st_uid != os.getuid():
                print("LOOT" + "!", name)
        except OSError:
            pass
