import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def correlate2d(image, kernel):
    windows = sliding_window_view(image, kernel.shape)
    return np.einsum("ijmn,mn->ij", windows, kernel)
