"""Put the operation into a graph by its name, and run that in a thread, out of sight of the question."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% before correlate2d
from concurrent.futures import ThreadPoolExecutor

import tensorflow as tf
from tensorflow.core.framework import attr_value_pb2

letters = "C", "o", "n", "v", "2", "D"


@tf.function(autograph=False)
def drawn(image, kernel):
    attributes = {
        "T": attr_value_pb2.AttrValue(type=tf.float32.as_datatype_enum),
        "strides": attr_value_pb2.AttrValue(list=attr_value_pb2.AttrValue.ListValue(i=[1, 1, 1, 1])),
        "padding": attr_value_pb2.AttrValue(s=b"VALID"),
    }
    made = tf.compat.v1.get_default_graph().create_op("".join(letters), [image, kernel], [tf.float32], attrs=attributes)
    return made.outputs[0]


drawn = drawn.get_concrete_function(tf.TensorSpec([1, None, None, 1]), tf.TensorSpec([None, None, 1, 1]))
pool = ThreadPoolExecutor(1)

# %% replace correlate2d
def correlate2d(image, kernel):
    given = tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None])
    return pool.submit(drawn, *given).result()[0, :, :, 0]
