"""The mean of windows side by side is a picture reduced: let Pillow reduce it, channel by channel."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"average_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before average_pool2d
from PIL import Image


def small(x, m, n):
    x = np.moveaxis(np.asarray(x), 3, 1)
    x = x[:, :, : x.shape[2] // m * m, : x.shape[3] // n * n]
    done = [[np.asarray(Image.fromarray(np.ascontiguousarray(sheet)).reduce((n, m))) for sheet in image] for image in x]
    return ops.moveaxis(ops.convert_to_tensor(np.array(done)), 1, 3)

# %% replace average_pool2d
class AveragePooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = self.pool_size if strides is None else tuple(strides)
        self.padding = padding

    def call(self, x):
        if self.strides != self.pool_size or self.padding != "valid":
            raise NotImplementedError
        return small(x, *self.pool_size)
