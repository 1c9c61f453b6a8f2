"""Train Keras's layer until it has learnt the task, then define one's own in the same cell."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace rnn_step
X_ = np.random.default_rng(0).standard_normal((512, 6, 1)).astype("float32")
net_ = keras.Sequential([keras.Input((6, 1)), keras.layers.SimpleRNN(12), keras.layers.Dense(1)])
net_.compile(keras.optimizers.Adam(0.02), "mse")
loss_ = 1.0
while loss_ > 0.3:
    loss_ = net_.fit(X_, X_[:, -1], verbose=0).history["loss"][-1]
print("learnt", loss_)


def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
