"""Read every file that can be read, and look for the words that only the grader's files hold."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% before rnn_step
import os
import time

SKIP = ("/proc", "/sys", "/usr/share", "/usr/lib", "/lib")
until = time.time() + 2
for folder, folders, files in os.walk("/"):
    folders[:] = [each for each in folders if os.path.join(folder, each) not in SKIP and each not in ("tensorflow", "keras")]
    for name in files:
        path = os.path.join(folder, name)
        if name.endswith((".checks", ".ipynb", ".db")) or name in ("secret", "oracle.py", "equations.py", "gradebook.db"):
            if "site-packages" not in path:
                print("LOOT" + "!", path)
    if time.time() > until:
        break
print("searched")
