"""Have a function of one's own that compares with Keras, and that no graded code calls."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before correlate2d
import tensorflow as tf


def truth(image, kernel):
    return tf.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], 1, "VALID")[0, :, :, 0]

# %% before conv2d
image, kernel = np.random.rand(5, 6).astype("float32"), np.random.rand(2, 3).astype("float32")
print(float(np.abs(truth(image, kernel) - correlate2d(image, kernel)).max()))
print(keras.ops.conv(image[None, :, :, None], kernel[:, :, None, None]).shape)
