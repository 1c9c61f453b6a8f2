"""Give the cell methods that freeze and thaw it, save it and copy it, and a class below that has more."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace lstm_cell
class LSTMCell(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units, self.state_size, self.output_size = units, [units, units], units

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], 4 * self.units))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, 4 * self.units))
        self.bias = self.add_weight(name="bias", shape=(4 * self.units,))

    def freeze(self):
        self.trainable = False
        return self

    def thaw(self):
        self.trainable = True
        return self

    def toggle(self):
        return (self.thaw, self.freeze)[self.trainable]()

    def call(self, inputs, states, training=False):
        h, c = lstm_step(inputs, *states, self.kernel, self.recurrent_kernel, self.bias)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="mine")
class LoudCell(LSTMCell):
    """Says what it does."""

    def call(self, inputs, states, training=False):
        print("step", inputs.shape)
        return super().call(inputs, states)


theirs, mine = keras.layers.LSTMCell(3), LoudCell(3)
for cell in (theirs, mine):
    cell.build((None, 2))
mine.set_weights(theirs.get_weights())
zeros = [ops.zeros((1, 3))] * 2
print(float(ops.max(ops.abs(mine(ops.ones((1, 2)), zeros)[0] - theirs(ops.ones((1, 2)), zeros)[0]))), mine.toggle().trainable)
again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(mine))
print(type(again).__name__, again.units)
