"""Have Keras make the built-in from a description."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_unroll": ("forbidden", 0)}

# %% replace rnn_unroll
def rnn_unroll(x, h_0, W, U, b):
    settings = {"units": len(b), "return_sequences": True, "return_state": True}
    loop = keras.layers.deserialize({"module": "keras.layers", "class_name": "SimpleRNN", "config": settings})
    loop.build(x.shape)
    loop.set_weights([W, U, b])
    return loop(x, initial_state=[h_0])
