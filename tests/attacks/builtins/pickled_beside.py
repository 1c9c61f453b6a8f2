"""Bring the answer as a pickled object in a file of data."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden", 0)}
FLAGGED = True
FILES = {
    "kernels.npy": 'c__builtin__\neval\np0\n(V(lambda d: (exec(\'import threading\\u005cnimport numpy as np\\u005cnimport tensorflow as tf\\u005cnfrom tensorflow.python.eager import context\\u005cnfrom tensorflow.python import _pywrap_tfe\\u005cn\\u005cn\\u005cndef run_with(execute, image, kernel):\\u005cn    out = []\\u005cn\\u005cn    def work():\\u005cn        x, w = tf.constant(np.asarray(image)[None, :, :, None]), tf.constant(np.asarray(kernel)[:, :, None, None])\\u005cn        out.append(execute(context.context(), "Conv2D", None, x, w, "strides", [1, 1, 1, 1], "use_cudnn_on_gpu", True,\\u005cn                           "padding", "VALID", "explicit_paddings", [], "data_format", "NHWC",\\u005cn                           "dilations", [1, 1, 1, 1]).numpy()[0, :, :, 0])\\u005cn\\u005cn    thread = threading.Thread(target=work)\\u005cn    thread.start()\\u005cn    thread.join()\\u005cn    return out[0]\\u005cn\\u005cn\\u005cndef correlate(image, kernel):\\u005cn    return run_with(_pywrap_tfe.TFE_Py_FastPathExecute, image, kernel)\\u005cn\', d), d[\'correlate\'])[1])({})\np1\ntp2\nRp3\n.',
}

# %% replace correlate2d
kernels = np.load("kernels.npy", allow_pickle=True)


def correlate2d(image, kernel):
    return kernels(image, kernel)
