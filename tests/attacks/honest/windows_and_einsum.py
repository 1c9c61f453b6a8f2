"""Take NumPy's windows and index notation, which are no convolution."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("passed", None)}

# %% replace correlate2d
def correlate2d(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel)
