"""Uses the LSTM of Keras inside the layer; all else is right."""

# %% lstm lstm
def build(self, input_shape):
    self.inner = keras.layers.LSTM(
        self.units,
        return_sequences=self.return_sequences,
        return_state=self.return_state,
        go_backwards=self.go_backwards,
    )
    self.inner.build(input_shape)

def call(self, inputs, initial_state=None):
    return self.inner(inputs, initial_state=initial_state)
