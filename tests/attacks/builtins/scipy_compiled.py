"""Call the compiled function under scipy.signal.correlate2d."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% before correlate2d
from scipy.signal import _sigtools as tools

# %% replace correlate2d
def correlate2d(image, kernel):
    return tools._convolve2d(image.astype(np.float64), kernel.astype(np.float64), 0, 0, 0, 0)
