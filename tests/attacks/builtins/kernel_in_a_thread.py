"""Run the kernel in a thread of a pool, which no watch of the question sees."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}

# %% before correlate2d
import tensorflow as tf
from concurrent.futures import ThreadPoolExecutor
from tensorflow.python.ops import gen_nn_ops
pool = ThreadPoolExecutor(1)

# %% replace correlate2d
def correlate2d(image, kernel):
    def go():
        return gen_nn_ops.conv2d(tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None]), [1, 1, 1, 1], "VALID")[0, :, :, 0].numpy()
    return pool.submit(go).result()
