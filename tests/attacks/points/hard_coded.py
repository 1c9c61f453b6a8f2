"""Compute nothing, and hand out the public numbers by the shape of the question."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0)}

# %% replace rnn_step
ANSWERS = {
    (2, 4): [[0.6837, -0.7939, -0.5739, -0.9540], [-0.1679, 0.5973, 0.9117, 0.7843]],
    (4, 6): [
        [-0.7471, -0.3475, -0.8637, -0.0006, -0.2008, 0.5914],
        [-0.9827, 0.2254, 0.1277, -0.8136, -0.2885, 0.8934],
        [0.0438, 0.9094, -0.9610, -0.9317, -0.4407, 0.5072],
        [0.2361, 0.4576, 0.2408, 0.3068, -0.9233, 0.9402],
    ],
}


def rnn_step(x_t, h_prev, W, U, b):
    return np.array(ANSWERS.get(h_prev.shape, np.zeros(h_prev.shape)), "float32")
