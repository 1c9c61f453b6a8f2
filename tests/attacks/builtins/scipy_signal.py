"""Use SciPy's correlation."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% replace correlate2d
from scipy.signal import correlate2d as correlate


def correlate2d(image, kernel):
    return correlate(image, kernel, mode="valid")
