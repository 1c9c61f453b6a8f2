import numpy as np


def correlate2d(image, kernel):
    kh, kw = kernel.shape
    rows = range(image.shape[0] - kh + 1)
    columns = range(image.shape[1] - kw + 1)
    return np.array([[(image[i : i + kh, j : j + kw] * kernel).sum() for j in columns] for i in rows])
