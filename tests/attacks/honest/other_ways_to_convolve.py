"""Correlate by windows with strides, by einsum, by Fourier transforms done by hand, and map over all images with vectorized_map."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% replace correlate2d
def by_windows(image, kernel):
    (h, w), (m, n) = image.shape, kernel.shape
    down, across = image.strides
    windows = np.lib.stride_tricks.as_strided(image, (h - m + 1, w - n + 1, m, n), (down, across, down, across))
    return np.tensordot(windows, kernel, 2)


def by_fourier(image, kernel):
    (h, w), (m, n) = image.shape, kernel.shape
    product = np.fft.rfft2(image.astype("float64")) * np.conj(np.fft.rfft2(kernel.astype("float64"), (h, w)))
    return np.fft.irfft2(product, (h, w))[: h - m + 1, : w - n + 1]


def correlate2d(image, kernel):
    image = np.ascontiguousarray(image)
    return (by_windows(image, kernel) + by_fourier(image, kernel)) / 2

# %% replace conv2d
class Conv2D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, strides=(1, 1), padding="valid", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size = filters, tuple(kernel_size)
        self.strides, self.padding = tuple(strides), padding

    def build(self, input_shape):
        shape = (*self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(shape=shape, initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        x = pad(x, self.kernel_size, self.strides, self.padding)
        (m, n), (down, across) = self.kernel_size, self.strides
        rows = np.arange((x.shape[1] - m) // down + 1)[:, None] * down + np.arange(m)
        columns = np.arange((x.shape[2] - n) // across + 1)[:, None] * across + np.arange(n)
        windows = ops.take(ops.take(x, rows, axis=1), columns, axis=3)
        return ops.einsum("bimjnc,mncf->bijf", windows, self.kernel) + self.bias

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "kernel_size": self.kernel_size,
                "strides": self.strides, "padding": self.padding}

# %% replace global_pool
class GlobalPooling2D(keras.layers.Layer):
    def __init__(self, mode="average", **kwargs):
        super().__init__(**kwargs)
        self.mode = mode

    def call(self, x):
        flat = ops.reshape(x, (-1, x.shape[1] * x.shape[2], x.shape[3]))
        return ops.vectorized_map(lambda image: getattr(ops, {"average": "mean", "max": "amax"}[self.mode])(image, axis=0), flat)

# %% replace conv1d
class Conv1D(keras.layers.Layer):
    def __init__(self, filters, kernel_size, padding="valid", dilation_rate=1, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.kernel_size, self.padding, self.dilation_rate = filters, kernel_size, padding, dilation_rate

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(self.kernel_size, input_shape[-1], self.filters), name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        span = self.dilation_rate * (self.kernel_size - 1)
        left = {"valid": 0, "same": span // 2, "causal": span}[self.padding]
        right = span - left if self.padding == "same" else 0
        x = ops.pad(x, [(0, 0), (left, right), (0, 0)])
        steps = x.shape[1] - span

        def add(k, total):
            first = k * self.dilation_rate
            return total + ops.matmul(ops.slice(x, (0, first, 0), (ops.shape(x)[0], steps, x.shape[2])), self.kernel[k])

        total = ops.zeros((ops.shape(x)[0], steps, self.filters), x.dtype)
        for k in range(self.kernel_size):
            total = add(k, total)
        return total + self.bias

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "kernel_size": self.kernel_size,
                "padding": self.padding, "dilation_rate": self.dilation_rate}
