"""Look for the notes of the one before."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import builtins
import os
import sys

if hasattr(builtins, "note_for_the_next") or hasattr(keras, "note_for_the_next") or hasattr(np, "note_for_the_next"):
    print("LOOT" + "!", "a name")
if "NOTE_FOR_THE_NEXT" in os.environ:
    print("LOOT" + "!", "environment")
for folder in ("/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), "/", "/run", "/usr", sys.prefix, os.path.dirname(keras.__file__), "..", "../..", "../../..", "/proc/1/cwd"):
    if os.path.exists(os.path.join(folder, "note_for_the_next.txt")):
        print("LOOT" + "!", folder)
