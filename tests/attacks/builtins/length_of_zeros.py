"""Take the length of what a convolution makes of zeros."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"output_length": ("passed", 3), "*": ("passed", None)}
FLAGGED = True

# %% replace output_length
def output_length(length, kernel_size, stride, padding, dilation):
    padded = ops.zeros((1, length + (dilation * (kernel_size - 1) if padding == "causal" else 0), 1))
    kernel = ops.zeros((kernel_size, 1, 1))
    padding = "valid" if padding == "causal" else padding
    return ops.conv(padded, kernel, padding=padding, dilation_rate=dilation)[:, ::stride].shape[1]
