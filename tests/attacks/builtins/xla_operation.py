"""Write the convolution as XLA's own operation, XlaConvV2."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import tensorflow as tf
from tensorflow.compiler.tf2xla.ops import gen_xla_ops
from tensorflow.compiler.xla import xla_data_pb2

plan = xla_data_pb2.ConvolutionDimensionNumbers(
    input_batch_dimension=0, input_feature_dimension=3, input_spatial_dimensions=[1, 2],
    kernel_input_feature_dimension=2, kernel_output_feature_dimension=3, kernel_spatial_dimensions=[0, 1],
    output_batch_dimension=0, output_feature_dimension=3, output_spatial_dimensions=[1, 2],
).SerializeToString()


@tf.function(jit_compile=True, autograph=False)
def compiled(image, kernel):
    return gen_xla_ops.xla_conv_v2(
        image, kernel, [1, 1], [[0, 0], [0, 0]], [1, 1], [1, 1], 1, plan, b"", preferred_element_type=tf.float32
    )

# %% replace correlate2d
def correlate2d(image, kernel):
    return compiled(tf.constant(image[None, :, :, None]), tf.constant(kernel[:, :, None, None]))[0, :, :, 0]
