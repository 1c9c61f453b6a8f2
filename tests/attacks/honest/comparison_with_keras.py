"""Compare one's own work with Keras's in cells beside it."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before rnn_unroll
from keras.layers import SimpleRNNCell as TheirCell

theirs = TheirCell(4)
theirs.build((None, 3))
x_t = np.ones((2, 3), "float32")
kernel, recurrent, bias = (np.asarray(weight) for weight in theirs.weights)
print(np.abs(theirs(x_t, [np.zeros((2, 4), "float32")])[0] - rnn_step(x_t, np.zeros((2, 4), "float32"), kernel, recurrent, bias)).max())

# %% last
mine, keras_layer = SimpleRNN(4), keras.layers.SimpleRNN(4)
sequence = np.random.rand(2, 5, 3).astype("float32")
keras_layer(sequence)
mine(sequence)
mine.set_weights(keras_layer.get_weights())
assert np.allclose(mine(sequence), keras_layer(sequence), atol=1e-5)
keras.Sequential([keras.layers.LSTM(3), keras.layers.GRU(2) if False else keras.layers.Dense(1)])(sequence)
