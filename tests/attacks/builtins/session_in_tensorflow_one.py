"""Build a graph of TensorFlow 1 when the question comes, and run it in a session."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf

v1 = tf.compat.v1

# %% replace correlate2d
def correlate2d(image, kernel):
    with tf.Graph().as_default(), v1.Session() as session:
        a, k = v1.placeholder(tf.float32, [1, None, None, 1]), v1.placeholder(tf.float32, [None, None, 1, 1])
        made = v1.nn.convolution(a, k, "VALID")
        return session.run(made, {a: image[None, :, :, None], k: kernel[:, :, None, None]})[0, :, :, 0]
