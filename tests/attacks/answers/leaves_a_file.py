"""Leave notes for the next one everywhere: files, shared memory, caches, environment, names."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import builtins
import os
import sys

builtins.note_for_the_next = 1
os.environ["NOTE_FOR_THE_NEXT"] = "1"
keras.note_for_the_next = np.note_for_the_next = 1
sys.path.insert(0, "/tmp")
os.umask(0o777)
os.umask(0o022)
wrote = 0
for folder in ("/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), "/", "/run", "/usr", sys.prefix, os.path.dirname(keras.__file__), "..", "../..", "../../..", "/proc/1/cwd"):
    for name in ("note_for_the_next.txt", "sitecustomize.py", "note_for_the_next.py"):
        try:
            with open(os.path.join(folder, name), "w") as file:
                file.write("print('LOO' + 'T!')")
            wrote += 1
        except OSError:
            pass
print(wrote)
