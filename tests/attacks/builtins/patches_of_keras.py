"""Have Keras cut the image into the patches under the kernel; the rest is one product."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% replace correlate2d
def correlate2d(image, kernel):
    m, n = kernel.shape
    cut = keras.ops.image.extract_patches(image[None, :, :, None], (m, n), strides=1, padding="valid")
    return ops.matmul(cut[0], kernel.ravel())
