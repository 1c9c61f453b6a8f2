"""Change settings and put them back: precision, float type, eager functions, warnings, limits, logging, seeds, the environment."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import logging
import os
import random
import sys
import warnings

import tensorflow as tf

logging.basicConfig(level=logging.INFO, force=True)
logging.getLogger("tensorflow").setLevel(logging.ERROR)
warnings.simplefilter("ignore")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["MY_NOTE"] = "hello"
sys.setrecursionlimit(5000)
random.seed(0), np.random.seed(0), tf.random.set_seed(0), keras.utils.set_random_seed(0)
rng = np.random.default_rng(0)
np.set_printoptions(precision=3, suppress=True)
keras.mixed_precision.set_global_policy("mixed_float16")
print(keras.layers.Dense(2)(np.ones((1, 2), "float32")).dtype)
keras.mixed_precision.set_global_policy("float32")
keras.config.set_floatx("float64")
print(keras.layers.Dense(2)(np.ones((1, 2))).dtype)
keras.config.set_floatx("float32")
keras.config.disable_traceback_filtering()
keras.utils.set_random_seed(812)
print(tf.config.list_physical_devices("GPU"), keras.backend.backend(), keras.config.epsilon())
tf.config.run_functions_eagerly(True)

# %% before simple_rnn
%%time
%matplotlib inline
plt.style.use("default")
keras.backend.clear_session()

# %% before simple_rnn
%%capture captured
print("nobody sees this")
keras.layers.SimpleRNN(3)(np.ones((1, 2, 3), "float32"))

# %% before stacked_rnn
tf.config.run_functions_eagerly(False)
print(len(captured.stdout))
from IPython.display import HTML, Markdown, clear_output, display

display(HTML("<b>done</b>"), Markdown("*done*"))
clear_output(wait=True)
