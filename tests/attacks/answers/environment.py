"""Look for secrets in the environment of one's own process."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% before rnn_step
import os

WORDS = ("SECRET", "TOKEN", "KEY", "PASS", "SSH", "AWS", "SUDO", "VIRTUAL_ENV", "OLDPWD", "GATEBOOK", "COURSE")
for name in os.environ:
    if any(word in name.upper() for word in WORDS):
        print("LOOT" + "!", name)
