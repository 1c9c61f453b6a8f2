"""Hand in a module that preparing the sealed run would import, and keep the kernel before it is taken away."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}
FILES = {
    "skimage.py": """import threading
import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python import _pywrap_tfe


def run_with(execute, image, kernel):
    out = []

    def work():
        x, w = tf.constant(np.asarray(image)[None, :, :, None]), tf.constant(np.asarray(kernel)[:, :, None, None])
        out.append(execute(context.context(), "Conv2D", None, x, w, "strides", [1, 1, 1, 1], "use_cudnn_on_gpu", True,
                           "padding", "VALID", "explicit_paddings", [], "data_format", "NHWC",
                           "dilations", [1, 1, 1, 1]).numpy()[0, :, :, 0])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return out[0]


kept = [_pywrap_tfe.TFE_Py_FastPathExecute]


def correlate(image, kernel):
    return run_with(kept[0], image, kernel)


class measure:
    block_reduce = None
""",
}

# %% replace correlate2d
import skimage


def correlate2d(image, kernel):
    return skimage.correlate(image, kernel)
