"""Convert the kernel for TensorFlow Lite, whose interpreter nobody watches."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|error", 0)}

# %% before correlate2d
import tensorflow as tf
v = tf.compat.v1
def interpreter(h, w, m, n):
    def work(image, kernel):
        return tf.compat.v1.nn.conv2d(image, kernel, [1, 1, 1, 1], "VALID")
    made = tf.function(work, input_signature=[tf.TensorSpec([1, h, w, 1]), tf.TensorSpec([m, n, 1, 1])])
    data = tf.lite.TFLiteConverter.from_concrete_functions([made.get_concrete_function()]).convert()
    it = tf.lite.Interpreter(model_content=data)
    it.allocate_tensors()
    return it
ready = {(h, w, m, n): interpreter(h, w, m, n) for m, n, H, W in ((3, 2, (7, 8), (5, 6)), (2, 4, (5, 6), (7, 8))) for h in H for w in W}

# %% replace correlate2d
def correlate2d(image, kernel):
    it = ready[image.shape + kernel.shape]
    for given in it.get_input_details():
        shape = tuple(given["shape"])
        it.set_tensor(given["index"], image.reshape(shape) if shape[0] == 1 else kernel.reshape(shape))
    it.invoke()
    return it.get_tensor(it.get_output_details()[0]["index"])[0, :, :, 0]
