"""Reach for the frame of a stand-in from a module that is called like a library."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}
FLAGGED = True
FILES = {
    "tqdm.py": """import threading
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


import sys

found = []


class Spy:
    @property
    def __class__(self):
        frame = sys._getframe()
        while frame is not None:
            found.extend(item for item in frame.f_code.co_consts if type(item).__name__ == "builtin_function_or_method")
            frame = frame.f_back
        return Spy


def correlate(image, kernel):
    execute = _pywrap_tfe.TFE_Py_FastPathExecute
    if type(execute).__name__ == "function":
        try:
            execute(context.context(), Spy())
        except BaseException:
            pass
        execute = found[0]
    return run_with(execute, image, kernel)
""",
}

# %% replace correlate2d
import tqdm


def correlate2d(image, kernel):
    return tqdm.correlate(image, kernel)
