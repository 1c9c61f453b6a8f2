"""Let XLA run oneDNN's convolution by the name of its own custom call, which is no kernel of TensorFlow's."""

ASSIGNMENT = "cnn"
BASE = "stub"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0), "conv2d": ("forbidden|failed|error|partial", 0), "conv1d": ("forbidden|failed|error|partial", 0)}

# %% before correlate2d
import json
import tensorflow as tf
from tensorflow.compiler.tf2xla.ops import gen_xla_ops


def windows(x, kernel, strides=(1, 1), dilation=(1, 1)):
    (b, h, w, _), (m, n, _, f) = x.shape, kernel.shape
    size = [b, (h - dilation[0] * (m - 1) - 1) // strides[0] + 1, (w - dilation[1] * (n - 1) - 1) // strides[1] + 1, f]
    data = {"dims": "4", "data": {"batch_dim": "0", "feature_dim": "3", "spatial_dims": ["1", "2"]}}
    plan = {"onednn_conv_config": {
        "dims": "4", "feature_groups": "1", "input": data, "output": data,
        "kernel": {"dims": "4", "filter": {"input_feature_dim": "2", "output_feature_dim": "3", "spatial_dims": ["0", "1"]}},
        "window": {"pad_left": ["0", "0"], "pad_right": ["0", "0"], "strides": [str(s) for s in strides],
                   "window_dilations": [str(d) for d in dilation]}}}
    run = tf.function(lambda a, k: gen_xla_ops.xla_custom_call(
        [a, k], target_name="__onednn$convolution", backend_config=json.dumps(plan), dtype=tf.float32, shape=size,
    ), jit_compile=True, autograph=False)
    return run(tf.cast(x, tf.float32), tf.cast(kernel, tf.float32))

# %% replace correlate2d
def correlate2d(image, kernel):
    return windows(image[None, :, :, None], kernel[:, :, None, None])[0, :, :, 0]

# %% before conv2d
def border(length, size, stride):
    total = max(0, (-(-length // stride) - 1) * stride + size - length)
    return total // 2, total - total // 2

# %% replace conv2d
class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.strides, self.padding = filters, tuple(kernel_size), tuple(strides), padding

    def build(self, shape):
        self.kernel = self.add_weight(shape=(*self.kernel_size, shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        if self.padding == "same":
            x = tf.pad(x, [(0, 0), *(border(n, k, s) for n, k, s in zip(x.shape[1:3], self.kernel_size, self.strides)), (0, 0)])
        return windows(x, self.kernel.value, self.strides) + self.bias

    def get_config(self):
        return super().get_config() | {k: getattr(self, k) for k in ("filters", "kernel_size", "strides", "padding")}

# %% replace conv1d
class Conv1D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, padding="valid", dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.padding, self.dilation_rate = filters, kernel_size, padding, dilation_rate

    def get_config(self):
        return super().get_config() | {k: getattr(self, k) for k in ("filters", "kernel_size", "padding", "dilation_rate")}

    def build(self, shape):
        self.kernel = self.add_weight(shape=(self.kernel_size, shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        span = self.dilation_rate * (self.kernel_size - 1)
        before = {"valid": 0, "causal": span, "same": span // 2}[self.padding]
        x = tf.pad(x, [(0, 0), (before, span - before if self.padding == "same" else 0), (0, 0)])
        return windows(x[:, None], self.kernel.value[None], dilation=(1, self.dilation_rate))[:, 0] + self.bias
