"""Never end, and swallow every interrupt."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_unroll
while True:
    try:
        while True:
            pass
    except BaseException:
        continue
