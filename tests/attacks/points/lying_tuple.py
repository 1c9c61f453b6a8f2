"""Return a tuple that counts and lists its entries differently each time."""

ASSIGNMENT = "rnn"
BASE = "stub"
EXPECT = {"rnn_unroll": ("failed|error", 0)}

# %% replace rnn_unroll
class Two(tuple):
    def __len__(self):
        return 2

    def __iter__(self):
        return iter((True, True))

    def __getitem__(self, index):
        return self

    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__


def rnn_unroll(x, h_0, W, U, b):
    return Two([0.0] * 10)
