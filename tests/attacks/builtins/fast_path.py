"""Run the convolution by the function that TensorFlow's own wrappers call."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% replace correlate2d
import tensorflow as tf
from tensorflow.python.eager import context, execute
from tensorflow.python import pywrap_tfe


def correlate2d(image, kernel):
    image, kernel = tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None])
    done = pywrap_tfe.TFE_Py_FastPathExecute(
        context.context(), "Conv2D", None, image, kernel, "strides", [1, 1, 1, 1], "padding", "VALID"
    )
    return done[0, :, :, 0]
