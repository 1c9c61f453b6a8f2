"""Write a cell that the parser, the compiler or the scanner chokes on."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("error", 0), "simple_rnn_cell": ("passed", None)}

# %% replace rnn_step
eval("(" * 100_000 + ")" * 100_000)

# %% before rnn_unroll
exec("x = " + "-" * 1_000_000 + "1")

# %% before simple_rnn_cell
exec("\n".join(f"y{n} = {n}" for n in range(300_000)))
9 ** 9 ** 9
