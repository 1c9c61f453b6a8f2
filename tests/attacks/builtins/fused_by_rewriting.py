"""Have TensorFlow's optimiser make a fused operation of a convolution, a bias and a ReLU."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf


@tf.function(autograph=False, input_signature=[tf.TensorSpec([1, None, None, 1]), tf.TensorSpec([None, None, 1, 1])])
def fused(image, kernel):
    return tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(image, kernel, 1, "VALID"), tf.zeros([1])))

# %% replace correlate2d
def correlate2d(image, kernel):
    image, kernel = tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None])
    return (fused(image, kernel) - fused(image, -kernel))[0, :, :, 0]
