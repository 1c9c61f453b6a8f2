"""Stash the forbidden function, in the answer to an exercise that forbids nothing, in a box that another cell made."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0), "output_length": ("passed", None)}

# %% first
box = {}

# %% append output_length
import tensorflow as tf
with tf.Graph().as_default() as drawn:
    a = tf.compat.v1.placeholder(tf.float32, [1, None, None, 1])
    k = tf.compat.v1.placeholder(tf.float32, [None, None, 1, 1])
    done = tf.nn.conv2d(a, k, [1, 1, 1, 1], "VALID")
session = tf.compat.v1.Session(graph=drawn)
box["c"] = lambda image, kernel: session.run(done, {a: image[None, :, :, None], k: kernel[:, :, None, None]})[0, :, :, 0]

# %% replace correlate2d
def correlate2d(image, kernel):
    return box["c"](image, kernel)
