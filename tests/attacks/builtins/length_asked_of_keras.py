"""Ask a convolution of Keras's for the size of what it would give. Decoys have the shapes of what they stand for."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"output_length": ("passed", 3), "*": ("passed", None)}
FLAGGED = True

# %% replace output_length
def output_length(length, kernel_size, stride, padding, dilation):
    layer = keras.layers.Conv1D(1, kernel_size, padding=padding, dilation_rate=dilation)
    places = layer.compute_output_shape((1, length, 1))[1]
    return -(-places // stride)
