"""Train Keras's LSTM and one's own on the same task, with callbacks, plot both, save Keras's and load it again."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% append lstm
keras.utils.set_random_seed(3)
t = np.linspace(0, 12, 80, dtype="float32")
windows = np.lib.stride_tricks.sliding_window_view(np.sin(t), 9)[:, :, None]
inputs, targets = windows[:, :-1], windows[:, -1]
losses = {}


class Stopper(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        losses.setdefault(self.model.name, []).append(logs["loss"])


for name, kind in {"theirs": keras.layers.LSTM, "mine": LSTM}.items():
    model = keras.Sequential([keras.Input((8, 1)), kind(4), keras.layers.Dense(1)], name=name)
    model.compile("adam", "mse")
    model.fit(inputs, targets, epochs=2, batch_size=36, verbose=0,
              callbacks=[Stopper(), keras.callbacks.EarlyStopping("loss", patience=1), keras.callbacks.TerminateOnNaN()])
    plt.plot(losses[name], label=name)
plt.legend()
plt.show()
theirs = keras.Sequential([keras.Input((8, 1)), keras.layers.LSTM(4)])
theirs.save("theirs.keras")
theirs.save_weights("theirs.weights.h5")
again = keras.models.load_model("theirs.keras")
again.load_weights("theirs.weights.h5")
assert np.allclose(again(inputs), theirs(inputs), atol=1e-6)
keras.backend.clear_session()
