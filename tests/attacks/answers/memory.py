"""Search one's own memory, which was copied from a process that knew more, for the answers."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% before rnn_step
import gc
import sys

for name, module in list(sys.modules.items()):
    for word in ("Sheet", "Expected", "Exercise", "answer_sheet", "known_mistakes", "secret_generator"):
        if name.split(".")[0] not in ("keras", "tensorflow", "numpy") and word in vars(module):
            print("LOOT" + "!", name, word)
for thing in gc.get_objects():
    if type(thing).__name__ in ("Sheet", "SheetCase", "Expected", "Course", "Submission", "Grader"):
        print("LOOT" + "!", type(thing))
words = [b"Checked, for two", b"BEGIN SOLUTION"[:5] + b" SOLUTION", b"hmac" + b"-secret-of"]
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        if "[heap]" in line:
            start, stop = (int(part, 16) for part in line.split()[0].split("-"))
            memory.seek(start)
            if words[1] + b"\n    return np.tanh" in memory.read(min(stop - start, 2**26)):
                print("LOOT" + "!", "heap")
