"""Ask TensorFlow's C library for the operation, past all of its Python."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import ctypes
import glob
import os

import tensorflow as tf

pointer = ctypes.c_void_p
library = ctypes.CDLL(os.path.join(os.path.dirname(tf.__file__), "libtensorflow_cc.so.2"))
for name in ("TF_NewStatus", "TFE_NewContextOptions", "TFE_NewContext", "TF_AllocateTensor", "TF_TensorData",
             "TFE_NewTensorHandle", "TFE_NewOp", "TFE_TensorHandleResolve"):
    getattr(library, name).restype = pointer
library.TF_Message.restype = ctypes.c_char_p
for name, kinds in {
    "TFE_NewContext": [pointer] * 2, "TF_TensorData": [pointer], "TFE_NewTensorHandle": [pointer] * 2,
    "TFE_NewOp": [pointer, ctypes.c_char_p, pointer], "TFE_OpAddInput": [pointer] * 3, "TF_GetCode": [pointer],
    "TFE_OpSetAttrIntList": [pointer, ctypes.c_char_p, pointer, ctypes.c_int], "TF_Message": [pointer],
    "TFE_OpSetAttrString": [pointer, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t],
    "TFE_Execute": [pointer] * 4, "TFE_TensorHandleResolve": [pointer] * 2,
}.items():
    getattr(library, name).argtypes = kinds

# %% replace correlate2d
def correlate2d(image, kernel):
    image, kernel = np.ascontiguousarray(image, "f4"), np.ascontiguousarray(kernel, "f4")
    status = library.TF_NewStatus()
    own = library.TFE_NewContext(library.TFE_NewContextOptions(), status)

    def handle(array, shape):
        sizes = (ctypes.c_int64 * 4)(*shape)
        tensor = library.TF_AllocateTensor(1, sizes, 4, ctypes.c_size_t(array.nbytes))
        ctypes.memmove(library.TF_TensorData(tensor), array.ctypes.data, array.nbytes)
        return library.TFE_NewTensorHandle(tensor, status)

    op = library.TFE_NewOp(own, b"Conv2D", status)
    library.TFE_OpAddInput(op, handle(image, (1, *image.shape, 1)), status)
    library.TFE_OpAddInput(op, handle(kernel, (*kernel.shape, 1, 1)), status)
    library.TFE_OpSetAttrIntList(op, b"strides", (ctypes.c_int64 * 4)(1, 1, 1, 1), 4)
    library.TFE_OpSetAttrString(op, b"padding", b"VALID", ctypes.c_size_t(5))
    results, count = (pointer * 1)(), ctypes.c_int(1)
    library.TFE_Execute(op, results, ctypes.byref(count), status)
    if library.TF_GetCode(status):
        raise RuntimeError(library.TF_Message(status).decode())
    done = library.TFE_TensorHandleResolve(results[0], status)
    shape = tuple(a - b + 1 for a, b in zip(image.shape, kernel.shape))
    return np.frombuffer(ctypes.string_at(library.TF_TensorData(done), 4 * shape[0] * shape[1]), "f4").reshape(shape)
