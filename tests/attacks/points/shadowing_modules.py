"""Hand in modules of the names that the grader imports."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("passed", 2), "rnn_unroll": ("not_attempted", 0)}
FILES = {
    "numpy.py": "raise SystemExit(0)\n",
    "keras.py": "def __getattr__(name): return lambda *a, **o: 1\n",
    "autograder.py": "def check(*arguments): return 26\n",
    "gatebook_worker.py": "raise SystemExit(0)\n",
    "sitecustomize.py": "import os; os._exit(0)\n",
    "usercustomize.py": "import os; os._exit(0)\n",
    "generous.pth": "import os; os._exit(0)\n",
    "nbgrader_config.py": "c = get_config()\nc.ClearSolutions.code_stub = {}\nraise SystemExit(0)\n",
    "conftest.py": "raise SystemExit(0)\n",
    "rnn.checks": "not the public cases\n",
}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
