"""Have XLA reduce the windows, by a text in StableHLO; it gives no gradient."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"max_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before max_pool2d
import tensorflow as tf
from tensorflow.compiler.tf2xla.ops import gen_xla_ops

TEXT = """module @m {{
  func.func public @main(%x: tensor<{i}>) -> tensor<{o}> {{
    %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %0 = "stablehlo.reduce_window"(%x, %low) ({{
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.maximum %a, %b : tensor<f32>
        stablehlo.return %c : tensor<f32>
    }}) {{window_dimensions = array<i64: 1, {m}, {n}, 1>, window_strides = array<i64: 1, {s}, {t}, 1>,
        padding = dense<[[0, 0], [{p}, {q}], [{u}, {v}], [0, 0]]> : tensor<4x2xi64>}}
      : (tensor<{i}>, tensor<f32>) -> tensor<{o}>
    return %0 : tensor<{o}>
  }}
}}"""


def run(x, m, n, s, t, padding):
    batch, h, w, channels = x.shape
    above, left = (same_amounts(h, m, s), same_amounts(w, n, t)) if padding == "same" else ((0, 0), (0, 0))
    shape = [batch, (h + sum(above) - m) // s + 1, (w + sum(left) - n) // t + 1, channels]
    names = {"i": "x".join(map(str, x.shape)) + "xf32", "o": "x".join(map(str, shape)) + "xf32"}
    text = TEXT.format(m=m, n=n, s=s, t=t, p=above[0], q=above[1], u=left[0], v=left[1], **names)

    @tf.function(jit_compile=True, autograph=False)
    def compiled(x):
        return gen_xla_ops.xla_call_module([x], version=9, module=text, Sout=[shape], Tout=[tf.float32], platforms=["CPU"])

    return compiled(tf.convert_to_tensor(x))[0]

# %% replace max_pool2d
class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = self.pool_size if strides is None else tuple(strides)
        self.padding = padding

    def call(self, x):
        return run(x, *self.pool_size, *self.strides, self.padding)
