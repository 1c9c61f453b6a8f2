"""Write the graph by hand, as text, and import it: no function of TensorFlow ever made its operations."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf
from google.protobuf import text_format

TEXT = """
node { name: "a" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
node { name: "k" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }
node { name: "c" op: "Conv2D" input: "a" input: "k" attr { key: "T" value { type: DT_FLOAT } }
  attr { key: "strides" value { list { i: 1 i: 1 i: 1 i: 1 } } } attr { key: "padding" value { s: "VALID" } } }
"""
definition = text_format.Parse(TEXT, tf.compat.v1.GraphDef())

# %% replace correlate2d
def correlate2d(image, kernel):
    with tf.Graph().as_default() as drawn:
        tf.graph_util.import_graph_def(definition, name="")
        with tf.compat.v1.Session(graph=drawn) as session:
            return session.run("c:0", {"a:0": image[None, :, :, None], "k:0": kernel[:, :, None, None]})[0, :, :, 0]
