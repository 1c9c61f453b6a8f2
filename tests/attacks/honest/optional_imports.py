"""Try to import what may not be there."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
try:
    import torch
except ImportError:
    torch = None
try:
    import seaborn as sns
except ModuleNotFoundError:
    sns = None
try:
    import google.colab

    IN_COLAB = True
except ImportError:
    IN_COLAB = False
if IN_COLAB:
    get_ipython().system("pip install keras")
