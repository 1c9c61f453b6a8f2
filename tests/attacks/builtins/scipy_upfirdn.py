"""Functions of SciPy that are named after something else."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% replace correlate2d
from scipy import ndimage, signal
def correlate2d(image, kernel):
    m, n = kernel.shape
    full = sum(signal.upfirdn(kernel[r, ::-1], image[r:image.shape[0] - m + 1 + r], axis=1) for r in range(m))
    return full[:, n - 1:image.shape[1]]
