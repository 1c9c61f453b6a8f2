"""Cut all numbers into digits of eight bits, and convolve the digits by the kernels for quantized numbers."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf

# %% replace correlate2d
def digits(array):
    """Four arrays of digits, signed, and the unit of the last: array = unit * sum of 256 ** k * digit."""
    unit = float(np.abs(array).max()) / 2**30
    rest, found = np.round(array.astype(np.float64) / unit).astype(np.int64), []
    for _ in range(4):
        low = (rest + 128) % 256 - 128
        found.append(low)
        rest = (rest - low) // 256
    return found, unit


def whole(image, kernel):
    """Of digits from -128 to 127, as numbers from 0 to 255 that stand for themselves less 128."""
    image, kernel = ((each + 128).astype(np.uint8) for each in (image, kernel))
    done, _, _ = tf.raw_ops.QuantizedConv2D(
        input=tf.bitcast(image[None, :, :, None], tf.quint8), filter=tf.bitcast(kernel[:, :, None, None], tf.quint8),
        min_input=-128.0, max_input=127.0, min_filter=-128.0, max_filter=127.0, strides=[1, 1, 1, 1], padding="VALID",
    )
    return tf.bitcast(done, tf.int32).numpy()[0, :, :, 0].astype(np.float64)


def correlate2d(image, kernel):
    (images, one), (kernels, other) = digits(image), digits(kernel)
    return one * other * sum(256.0 ** (k + l) * whole(a, b) for k, a in enumerate(images) for l, b in enumerate(kernels))
