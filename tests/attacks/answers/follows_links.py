"""Hand in symbolic links to the answers."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}
LINKS = {
    "solution.ipynb.txt": "../../../solutions/rnn/rnn.ipynb",
    "gatebook": "../../../.gatebook",
    "root": "/",
    "passwd": "/etc/passwd",
    "self": "/proc/self/root",
}

# %% before rnn_step
import os

for name in ("solution.ipynb.txt", "gatebook/secret", "root/etc/shadow", "root/root/.bashrc", "self/../../solutions"):
    for folder in (".", os.path.expanduser("~"), "..", "/tmp"):
        try:
            with open(os.path.join(folder, name)) as file:
                print("LOOT" + "!", name, len(file.read(100)))
        except OSError:
            pass
os.symlink("/root", "mine")
os.symlink("../../../../../../../../etc", "there")
for name in ("mine", "there"):
    try:
        found = sorted(set(os.listdir(name)) & {".ssh", ".bash_history", "shadow", ".gatebook", ".netrc"})
        if found:
            print("LOOT" + "!", found)
    except OSError:
        pass
