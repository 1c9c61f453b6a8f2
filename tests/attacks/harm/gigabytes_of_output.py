"""Print without end, by Python, by the descriptor, by the shell and as results."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
print("x" * 2**28)
"y" * 2**27

# %% before rnn_unroll
import os

os.system("head -c 3000000000 /dev/zero | tr '\\0' z")

# %% before simple_rnn_cell
from IPython.display import HTML, display

for _ in range(3000):
    display(HTML("<b>" + "h" * 2**16 + "</b>"))

# %% before simple_rnn
while True:
    print("for ever")
