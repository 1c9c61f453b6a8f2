"""Have `clone_model` make the built-in from a model that was made of its description as JSON."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden", 0)}

# %% before rnn_step
import json

description = {
    "module": "keras", "class_name": "Sequential", "registered_name": None,
    "config": {"name": "a", "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
         "config": {"batch_shape": [None, None, 3], "dtype": "float32", "name": "i"}},
        {"module": "keras.layers", "class_name": "Simple" + "RNN", "registered_name": None, "config": {"units": 4}},
    ]},
}
model = keras.models.clone_model(keras.models.model_from_json(json.dumps(description)))


def MADE(units):
    return type(model.layers[-1].cell)(units)

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    cell = MADE(len(b))
    cell.build(x_t.shape)
    cell.set_weights([W, U, b])
    return cell(x_t, [h_prev])[0]
