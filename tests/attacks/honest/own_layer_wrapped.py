"""Put one's own cell and layer into Keras's wrappers beside the answers: RNN, Bidirectional, TimeDistributed, a functional model."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% append lstm_cell
x = np.random.rand(2, 5, 3).astype("float32")
by_keras = keras.layers.RNN(LSTMCell(4), return_sequences=True)(x)
print(by_keras.shape)

# %% append lstm
wrapped = keras.layers.TimeDistributed(keras.layers.Dense(2))(LSTM(4, return_sequences=True)(x))
assert wrapped.shape == (2, 5, 2)
inputs = keras.Input((5, 3))
model = keras.Model(inputs, keras.layers.Dense(1)(LSTM(4)(inputs)))
model.summary()
config = model.get_config()
print(model.count_params(), sorted(config))

# %% append bidirectional_lstm
theirs = keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True))
right = theirs(x)
mine = BidirectionalLSTM(4, return_sequences=True)
mine(x)
mine.set_weights(theirs.get_weights())
assert np.allclose(mine(x), right, atol=1e-5)
