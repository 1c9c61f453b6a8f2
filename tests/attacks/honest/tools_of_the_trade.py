"""Import and use what careful people use: gc, os, sys, inspect, time, typing, dataclasses, functools."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import copy
import dataclasses
import functools
import gc
import inspect
import itertools
import math
import os
import sys
import time
import traceback
import types
import warnings
from pathlib import Path
from typing import Any, Callable

gc.collect()
warnings.filterwarnings("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
print(sys.version_info[:2], os.getcwd() != "", Path.cwd().exists(), time.time() > 0, keras.__version__, np.__version__)
started = time.perf_counter()
np.random.seed(0)
keras.utils.set_random_seed(1)
plt.rcParams["figure.figsize"] = (4, 3)


@dataclasses.dataclass
class Sizes:
    batch: int = 2
    units: int = 3


def timed(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def inner(*arguments, **options):
        began = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            took = time.perf_counter() - began
            assert took >= 0
    return inner

# %% append rnn_step
rnn_step = timed(rnn_step)
print(inspect.signature(rnn_step), sys.getsizeof(rnn_step))
try:
    rnn_step(1)
except TypeError:
    traceback.print_exc()
