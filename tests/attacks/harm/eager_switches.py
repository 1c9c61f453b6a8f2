"""Turn global switches of Keras and TensorFlow, and leave them turned."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import tensorflow as tf

keras.config.set_floatx("float64")
keras.config.set_dtype_policy("mixed_float16")
keras.config.set_image_data_format("channels_first")
tf.config.run_functions_eagerly(True)
np.seterr(all="raise")
np.set_printoptions(precision=1)
