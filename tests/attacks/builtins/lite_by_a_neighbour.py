"""The interpreter of TensorFlow Lite is hidden by the name of its 4 KB stub; its kernels are in the library below, and a neighbour's stub reaches them."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import importlib.machinery, importlib.util, os, tempfile
import tensorflow as tf

FOLDER = os.path.join(os.path.dirname(tf.__file__), "lite", "python")
OTHER = b"_pywrap_tensorflow_lite_metrics_wrapper"


import functools


@functools.cache
def interpreter_module():
    stub = open(os.path.join(FOLDER, OTHER.decode() + ".so"), "rb").read()
    old, new = b"Wrapped_PyInit_" + OTHER + b"\0", b"Wrapped_PyInit__pywrap_tensorflow_interpreter_wrapper\0"
    stub = stub.replace(old, new.ljust(len(old), b"\0"))
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, OTHER.decode() + ".so")
    open(path, "wb").write(stub)
    import tensorflow.lite.python._pywrap_tensorflow_lite_metrics_wrapper  # loads the library below
    loader = importlib.machinery.ExtensionFileLoader(OTHER.decode(), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(OTHER.decode(), path, loader=loader))
    loader.exec_module(module)
    return module


import base64, zlib
MODEL = zlib.decompress(base64.b64decode("""eJx9Uz1v01AUvU6cNAQrDcKCCnXI0IEBWUmABTEQpUWq1A+URjAaVzFgKXGi1Kn4AYiZAYmFgQGJCjEwVQyImYGRkQExdUIMjFBz7nvXHw0IS8d+vu+e+3HefctE1L+5cdmmBi3TEtlUJwu2CplYE2xEL4FfwA8DrwLRgUlUxJJ/68RPVbGYU8WfJbzrwCKw50/3g/C+O/DvebNhpHgIQY/iOC7JugKMZ9FkFrlN0mlQjd57fRzHpuTbBd6Dl8Tgryf+V8T2BfsVWZ8Futtbt9d6O+vbW+7mWr+z2ul3kE/Xy34LOd9RELrTWRgFI9/d96d7wTikU9w7cAR8BT6JJs+Bp0Ak/F6s67yb6sJ91dI8bFtR1rKylYVHSrNEe1Pp92rn45Nn3z/fKUpvpmIRtZ12y4FCHyQXx2w5V50mZc+l33HcBL7lfFinJJbxjxqSOh6ANwQmAJ/d5sZ6r9Edh9Ai8geO4trKs5ZWzHFqYudzfwO8Bd5J3JEXhMmZTnL8C8I/LfyGLsG4yD2kdfJsLaazZaR2MvhbomwWTcnBnGSGq6Rny/rLJ+OVcjZDdH6IhW3o8z4Abgn3ELPIbnXRtSx1v4D9DPt50yiIMDX+oOsNh9ealM1pWXLx+nguTkl0OYKd55Elb6+2U+7Jszun7up5UV8/C7DqFmyJJWda4PWNOB+3lWrxOD5ZR1G4E9jLqX+m++GcfyHpH3a+P3N33fWgQNJDRTRIelhSmf7fA/uuqFrN9I7O59iVHHmNjFxtvPcT9RXl2C01c6R2LFWJLugPWJWqFA=="""))

# %% replace correlate2d
def correlate2d(image, kernel):
    wrapper = interpreter_module()
    model = MODEL
    one = wrapper.CreateWrapperFromBuffer(model, 1, [], [], False, False, 1, False)
    ins = one.InputIndices()
    for place, value in zip(ins, (kernel[:, :, None, None], image[None, :, :, None])):
        one.ResizeInputTensor(int(place), np.array(value.shape, np.int32), False)
    one.AllocateTensors()
    for place, value in zip(ins, (kernel[:, :, None, None], image[None, :, :, None])):
        one.SetTensor(int(place), np.ascontiguousarray(value, np.float32))
    one.Invoke()
    return one.GetTensor(int(one.OutputIndices()[0]))[0, :, :, 0]
