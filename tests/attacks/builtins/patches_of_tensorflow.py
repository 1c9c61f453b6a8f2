"""Have TensorFlow cut the image into the patches under the kernel; the rest is one product."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf

# %% replace correlate2d
def correlate2d(image, kernel):
    m, n = kernel.shape
    cut = tf.image.extract_patches(image[None, :, :, None], [1, m, n, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    return tf.linalg.matvec(cut[0], kernel.ravel())
