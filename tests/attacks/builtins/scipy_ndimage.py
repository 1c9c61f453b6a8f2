"""Use the correlation of SciPy's image library, cropped."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% replace correlate2d
import scipy.ndimage


def correlate2d(image, kernel):
    height, width = kernel.shape
    whole = scipy.ndimage.correlate(image, kernel, mode="constant", origin=(-(height // 2), -(width // 2)))
    return whole[: image.shape[0] - height + 1, : image.shape[1] - width + 1]
