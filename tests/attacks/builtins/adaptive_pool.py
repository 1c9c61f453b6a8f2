"""Ask for one window in all: the layer that pools to any size."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"global_pool": ("forbidden|failed|error|partial", 0)}

# %% replace global_pool
class GlobalPooling2D(keras.layers.Layer):
    def __init__(self, mode="average", **kwargs):
        super().__init__(**kwargs)
        self.mode = mode

    def call(self, x):
        return ops.adaptive_average_pool(x, 1)[:, 0, 0] if self.mode == "average" else ops.adaptive_max_pool(x, 1)[:, 0, 0]
