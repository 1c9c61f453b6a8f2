"""Find the function that makes the operation by the constants of its code, whatever its name is."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import sys
import types

import tensorflow as tf


def functions():
    for module in list(sys.modules.values()):
        for item in list(vars(module).values()) if isinstance(module, types.ModuleType) else ():
            item = item.__dict__.get("__wrapped__", item) if isinstance(item, types.FunctionType) else item
            if isinstance(item, types.FunctionType):
                yield item


wanted = "Conv" + "2D"
MADE = next(made for made in functions() if wanted in made.__code__.co_consts and made.__code__.co_varnames[:2] == ("input", "filter"))

# %% replace correlate2d
def correlate2d(image, kernel):
    return MADE(image[None, :, :, None], kernel[:, :, None, None], [1, 1, 1, 1], "VALID")[0, :, :, 0]
