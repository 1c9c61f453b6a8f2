"""Find the largest number of every window as a grey dilation of SciPy's."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"max_pool2d": ("forbidden|failed", 0)}

# %% append max_pool2d
from scipy.ndimage import grey_dilation


class MaxPooling2D(MaxPooling2D):
    def call(self, x):
        x = np.asarray(pad(x, self.pool_size, self.strides, self.padding, value=-np.inf))
        (height, width), (down, across) = self.pool_size, self.strides
        largest = grey_dilation(x, size=(1, height, width, 1), origin=(0, -((height - 1) // 2), -((width - 1) // 2), 0))
        rows, columns = x.shape[1] - height + 1, x.shape[2] - width + 1
        return ops.convert_to_tensor(largest[:, :rows:down, :columns:across])
