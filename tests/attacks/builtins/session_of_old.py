"""A session of TensorFlow 1 runs a graph that was drawn before, with a kernel that is on no list."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% before correlate2d
import tensorflow as tf
v1 = tf.compat.v1
drawn = tf.Graph()
with drawn.as_default():
    a = v1.placeholder(tf.float32, [1, None, None, 1])
    k = v1.placeholder(tf.float32, [None, None, 1, 1])
    done = v1.raw_ops.FusedPadConv2D(input=a, paddings=tf.zeros((4, 2), tf.int32), filter=k, mode="REFLECT", strides=[1, 1, 1, 1], padding="VALID")
session = v1.Session(graph=drawn)

# %% replace correlate2d
def correlate2d(image, kernel):
    return session.run(done, {a: image[None, :, :, None], k: kernel[:, :, None, None]})[0, :, :, 0]
