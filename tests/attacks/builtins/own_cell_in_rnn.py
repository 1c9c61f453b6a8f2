"""Leave the loop to keras.layers.RNN, with a cell of one's own."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"simple_rnn_cell": ("passed", None), "simple_rnn": ("forbidden", 0)}

# %% replace simple_rnn
class SimpleRNN(keras.layers.RNN):
    def __init__(self, units, return_sequences=False, return_state=False, **kwargs):
        super().__init__(SimpleRNNCell(units), return_sequences=return_sequences, return_state=return_state, **kwargs)
        self.units = units

    def get_config(self):
        return {"units": self.units, "return_sequences": self.return_sequences, "return_state": self.return_state}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
