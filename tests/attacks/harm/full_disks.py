"""Fill every folder that can be written."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
import os

for folder in ("/tmp", "/dev/shm", os.path.expanduser("~"), "/var/tmp", "/run", "/", "."):
    try:
        for number in range(100_000):
            with open(f"{folder}/full-{number}", "wb") as file:
                file.write(b"x" * 2**24)
    except OSError as error:
        print(folder, error)
for number in range(100_000):
    try:
        os.mkdir(f"/tmp/empty-{number}")
    except OSError as error:
        print(error)
        break
# A reasonable person would tidy up now; what comes next has to work in a full house.
