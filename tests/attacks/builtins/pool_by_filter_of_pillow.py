"""Have Pillow find the largest number of windows three wide: each window is put into one with nothing around it."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"max_pool2d": ("forbidden|failed|error|partial", 0)}

# %% before max_pool2d
from PIL import Image, ImageFilter


def largest(sheet, m, n):
    """Of windows side by side, up to 3 high and wide, (height // m, width // n)."""
    rows, columns = sheet.shape[0] // m, sheet.shape[1] // n
    apart = np.full((rows * 3, columns * 3), -np.inf, "float32")
    for i in range(m):
        for j in range(n):
            apart[i::3, j::3] = sheet[i : rows * m : m, j : columns * n : n]
    # Pillow repeats the border, which lies in the window anyway.
    return np.asarray(Image.fromarray(apart).filter(ImageFilter.MaxFilter(3)))[1::3, 1::3]

# %% replace max_pool2d
class MaxPooling2D(keras.layers.Layer):
    def __init__(self, pool_size=(2, 2), strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.pool_size = tuple(pool_size)
        self.strides = self.pool_size if strides is None else tuple(strides)
        self.padding = padding

    def call(self, x):
        if self.strides != self.pool_size or self.padding != "valid":
            raise NotImplementedError
        sheets = np.moveaxis(np.asarray(x), 3, 1)
        done = np.array([[largest(sheet, *self.pool_size) for sheet in image] for image in sheets])
        return ops.convert_to_tensor(np.moveaxis(done, 1, 3))
