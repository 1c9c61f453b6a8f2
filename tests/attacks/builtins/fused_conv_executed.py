"""Execute `_FusedConv2D`, which TensorFlow makes of a convolution and has no function for."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf
from tensorflow.python.eager import context, execute

# %% replace correlate2d
def correlate2d(image, kernel):
    given = [tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None]), tf.zeros([1])]
    real = tf.float32.as_datatype_enum
    settings = ("T", real, "TArgs", [real], "num_args", 1, "num_host_args", 0, "strides", [1, 1, 1, 1], "padding", b"VALID")
    settings += ("fused_ops", [b"BiasAdd"])
    (done,) = execute.execute(b"_FusedConv2D", 1, given, settings, context.context())
    return done[0, :, :, 0]
