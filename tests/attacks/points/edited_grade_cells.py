"""Write the points into the grade cells oneself."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted", 0)}

# %% replace rnn_step_check
2

# %% replace rnn_unroll_check
print("passed")
4.0

# %% replace simple_rnn_cell_check
# nothing to see

# %% replace simple_rnn_check
points = 10
points
