"""Progress bars of emoji, far more of them than anybody keeps: they cost no point."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% append simple_rnn
for step in range(5000):
    print("🟩" * 1000)
