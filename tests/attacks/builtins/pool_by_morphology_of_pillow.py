"""Pillow's morphology widens what is bright: over all thresholds that is a maximum over windows."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"max_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before max_pool2d
import tensorflow as tf
from PIL import Image, ImageMorph


def wider(bits, three):
    """Each cell: is it or its right neighbour (or also its left one) set? By Pillow."""
    mask = 0b111000 if three else RIGHT
    operator = ImageMorph.MorphOp(lut=bytearray(int(i & mask > 0) for i in range(512)))
    return np.asarray(operator.apply(Image.fromarray((bits * 255).astype("uint8")))[1]) > 0


RIGHT = 0b110000
probe = np.zeros((5, 5), bool)
probe[2, 2] = True
if not wider(probe, False)[2, 1]:
    RIGHT = 0b011000


def along(bits, size):
    """Windows of cells to the right."""
    while size > 1:
        if size >= 3:
            bits, size = np.roll(wider(bits, True), -1, 1), size - 2
        else:
            bits, size = wider(bits, False), size - 1
    return bits


def largest(x, size):
    out = np.full(x.shape, -np.inf, "float32")
    for b in range(x.shape[0]):
        for c in range(x.shape[3]):
            sheet = np.pad(x[b, :, :, c], 6, constant_values=-np.inf)
            for value in np.unique(x[b, :, :, c]):
                bits = along(along(sheet >= value, size[1]).T, size[0]).T
                out[b, :, :, c][bits[6:-6, 6:-6]] = value
    return out[:, : x.shape[1] - size[0] + 1, : x.shape[2] - size[1] + 1]

# %% replace max_pool2d
class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size, self.strides, self.padding = tuple(pool_size), tuple(strides or pool_size), padding

    def call(self, x):
        x = pad(tf.cast(x, tf.float32), self.pool_size, self.strides, self.padding, float("-inf"))
        return tf.numpy_function(lambda x: largest(x, self.pool_size), [x], tf.float32)[:, :: self.strides[0], :: self.strides[1]]
