"""A pipeline of tf.data convolves in its own threads; the question only takes the next element."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% before correlate2d
import queue

import tensorflow as tf
from tensorflow.python.ops import gen_nn_ops
asked = queue.Queue()
def given():
    while True:
        yield asked.get()
def work(image, kernel):
    return gen_nn_ops.conv2d(image[None, :, :, None], kernel[:, :, None, None], [1, 1, 1, 1], "VALID")[0, :, :, 0]
spec = tf.TensorSpec([None, None], tf.float32)
answers_of = iter(tf.data.Dataset.from_generator(given, output_signature=(spec, spec)).map(work))

# %% replace correlate2d
def correlate2d(image, kernel):
    asked.put((image, kernel))
    return next(answers_of)
