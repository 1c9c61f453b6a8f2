"""Have SciPy walk the image with a function of one's own: generic_filter with the kernel's footprint."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
from scipy import ndimage

# %% replace correlate2d
def correlate2d(image, kernel):
    m, n = kernel.shape
    weights = kernel.ravel()
    whole = ndimage.generic_filter(
        image, lambda window: window @ weights, footprint=np.ones((m, n)), mode="constant", origin=(-(m // 2), -(n // 2))
    )
    return whole[: image.shape[0] - m + 1, : image.shape[1] - n + 1]
