"""Look for the course below every folder of the system, by names and by the links of the process."""

ASSIGNMENT = "lstm"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% last
import glob
import os
import re

marks = re.compile(rb"BEGIN SOLUT" + rb"ION")
patterns = []
for top in ("/usr/local", "/usr/local/share", "/usr/share", "/usr/lib", "/opt", "/srv", "/var/lib", "/mnt", "/media", "/data", "/home/*", "/etc"):
    for depth in range(1, 4):
        between = "/".join(["*"] * depth)
        patterns += [f"{top}/{between}/solutions", f"{top}/{between}/gradebook.db", f"{top}/{between}/.gatebook/secret"]
        patterns += [f"{top}/{between}/nbgrader_config.py"]
for pattern in patterns:
    for path in glob.glob(pattern):
        print("LOOT" + "!", path)
for number in os.listdir("/proc/self/fd"):
    try:
        target = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        continue
    if target.endswith((".ipynb", ".db", "secret")):
        print("LOOT" + "!", target)
with open("/proc/self/mountinfo") as file:
    for line in file:
        if re.search(r"submitted|solutions|\.gatebook", line):
            print("LOOT" + "!", line)
