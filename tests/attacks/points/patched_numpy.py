"""Patch NumPy, with which the worker packs and a naive grader compares."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0)}

# %% replace rnn_step
np.allclose = np.array_equal = lambda *arguments, **options: True
np.abs = np.absolute = np.subtract = lambda *arguments, **options: np.zeros(())
np.isnan = lambda *arguments, **options: False
np.testing.assert_allclose = lambda *arguments, **options: None


def rnn_step(x_t, h_prev, W, U, b):
    return np.zeros((len(x_t), len(b)), "float32")
