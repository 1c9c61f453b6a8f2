"""Have IPython rewrite every later cell, so that a grade cell would say what the student wants."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"*": ("not_attempted|error|failed", 0)}

# %% before rnn_step
def generous(lines):
    return ["2\n"] if any("check(" in line for line in lines) else lines


get_ipython().input_transformers_post.append(generous)
get_ipython().input_transformers_cleanup.append(generous)
