"""Compare convolutions and poolings with Keras, TensorFlow and SciPy in the answers' cells, and plot the differences."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace correlate2d
import tensorflow as tf
from scipy import ndimage, signal

image, kernel = np.random.rand(7, 6).astype("float32"), np.random.rand(3, 2).astype("float32")
hoped = signal.correlate2d(image, kernel, mode="valid")
assert hoped.shape == (5, 5)
assert ndimage.correlate(image, kernel).shape == image.shape


def correlate2d(image, kernel):
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    return sum(kernel[i, j] * image[i : i + rows, j : j + columns] for i in range(height) for j in range(width))


assert np.allclose(correlate2d(image, kernel), hoped, atol=1e-5)
by_tensorflow = tf.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], 1, "VALID")
tf.debugging.assert_near(by_tensorflow[0, :, :, 0], correlate2d(image, kernel))
plt.imshow(correlate2d(image, kernel) - hoped)
plt.show()

# %% append conv2d
x = np.random.rand(2, 9, 8, 3).astype("float32")
for settings in ({"strides": (2, 1)}, {"padding": "same"}, {}):
    theirs, mine = keras.layers.Conv2D(4, (3, 2), **settings), Conv2D(4, (3, 2), **settings)
    right = theirs(x)
    mine(x)
    mine.set_weights(theirs.get_weights())
    assert np.allclose(mine(x), right, atol=1e-5), settings
    np.testing.assert_allclose(mine(x), right, atol=1e-5)

# %% append max_pool2d
assert np.array_equal(MaxPooling2D((2, 2))(x), keras.layers.MaxPooling2D(2)(x))
if not np.allclose(MaxPooling2D((3, 2), padding="same")(x), tf.nn.max_pool2d(x, (3, 2), (3, 2), "SAME")):
    raise ValueError("no maximum")

# %% append average_pool2d
worst = float(ops.max(ops.abs(AveragePooling2D((2, 2))(x) - keras.layers.AveragePooling2D(2)(x))))
print(worst)
assert worst < 1e-6

# %% append global_pool
for mode, theirs in {"average": keras.layers.GlobalAveragePooling2D(), "max": keras.layers.GlobalMaxPooling2D()}.items():
    np.testing.assert_array_almost_equal(GlobalPooling2D(mode)(x), theirs(x), decimal=5)
