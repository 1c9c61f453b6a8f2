"""Ask for a kernel by its label: what stands before the others under the same operation has none."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf

v1 = tf.compat.v1

# %% replace correlate2d
def correlate2d(image, kernel):
    (h, w), (m, n) = image.shape, kernel.shape
    with tf.Graph().as_default() as drawn, v1.Session() as session, drawn._kernel_label_map({"Conv2DBackpropFilter": "custom"}):
        done = tf.raw_ops.Conv2DBackpropFilter(
            input=tf.constant(image[None, :, :, None]), filter_sizes=[h - m + 1, w - n + 1, 1, 1],
            out_backprop=tf.constant(kernel[None, :, :, None]), strides=[1, 1, 1, 1], padding="VALID",
        )
        return session.run(done)[:, :, 0, 0]
