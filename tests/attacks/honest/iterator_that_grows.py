"""Compare with Keras, then list an iterator of one's own that ends by raising."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace rnn_step
def rnn_step(x_t, h_prev, kernel, recurrent_kernel, bias):
    return np.tanh(x_t @ kernel + h_prev @ recurrent_kernel + bias)


class Batches:
    def __init__(self, images, size):
        self.images, self.size, self.at = images, size, 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.at >= len(self.images):
            raise StopIteration
        self.at += self.size
        return np.array(np.broadcast_to(self.images.mean(), (64, 28, 28)))


print(keras.layers.SimpleRNN(4)(np.ones((2, 5, 3), "float32")).shape)
print(len(list(Batches(np.ones((128, 28, 28)), 64))), "batches")
