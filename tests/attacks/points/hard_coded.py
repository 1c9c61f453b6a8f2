"""Compute nothing, and hand out the public numbers by the shape of the question."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_step": ("failed", 0)}

# %% replace rnn_step
ANSWERS = {
    (2, 4): [
        [0.68380428, -0.79392481, -0.57392034, -0.95401852],
        [-0.16787704, 0.59728998, 0.91162746, 0.78420866],
    ],
    (4, 6): [
        [-0.74706351, -0.34753412, -0.86372570, -0.00055136, -0.20128474, 0.59136423],
        [-0.98275044, 0.22544227, 0.12773490, -0.81366346, -0.28854434, 0.89344771],
        [0.04376933, 0.90960753, -0.96115223, -0.93156063, -0.44065232, 0.50721549],
        [0.23575544, 0.45760962, 0.24089728, 0.30685226, -0.92329874, 0.94025648],
    ],
}


def rnn_step(x_t, h_prev, W, U, b):
    return np.array(ANSWERS.get(h_prev.shape, np.zeros(h_prev.shape)), "float32")
