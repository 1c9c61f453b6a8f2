"""Write the convolution as a graph, and import the graph."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% before correlate2d
import tensorflow as tf

with tf.Graph().as_default() as drawn:
    a = tf.compat.v1.placeholder(tf.float32, [1, None, None, 1], name="a")
    k = tf.compat.v1.placeholder(tf.float32, [None, None, 1, 1], name="k")
    tf.compat.v1.nn.conv2d(a, k, [1, 1, 1, 1], "VALID", name="done")
definition = drawn.as_graph_def()


def imported():
    tf.graph_util.import_graph_def(definition, name="")


ready = tf.compat.v1.wrap_function(imported, []).prune(["a:0", "k:0"], "done:0")

# %% replace correlate2d
def correlate2d(image, kernel):
    return ready(tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None]))[0, :, :, 0]
