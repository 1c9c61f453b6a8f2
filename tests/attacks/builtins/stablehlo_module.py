"""Hand the convolution to XLA as a text in StableHLO."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf
from tensorflow.compiler.tf2xla.ops import gen_xla_ops

TEXT = """module @m {{
  func.func public @main(%image: tensor<{i}>, %kernel: tensor<{k}>) -> tensor<{o}> {{
    %0 = stablehlo.convolution(%image, %kernel)
      dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
      window = {{stride = [1, 1], pad = [[0, 0], [0, 0]]}}
      {{batch_group_count = 1 : i64, feature_group_count = 1 : i64}} : (tensor<{i}>, tensor<{k}>) -> tensor<{o}>
    return %0 : tensor<{o}>
  }}
}}"""

# %% replace correlate2d
def correlate2d(image, kernel):
    (h, w), (m, n) = image.shape, kernel.shape
    text = TEXT.format(i=f"1x{h}x{w}x1xf32", k=f"{m}x{n}x1x1xf32", o=f"1x{h - m + 1}x{w - n + 1}x1xf32")

    @tf.function(jit_compile=True, autograph=False)
    def compiled(image, kernel):
        return gen_xla_ops.xla_call_module(
            [image, kernel], version=9, module=text, Sout=[[1, h - m + 1, w - n + 1, 1]], Tout=[tf.float32], platforms=["CPU"],
        )

    return compiled(tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None]))[0][0, :, :, 0]
