import numpy as np


def correlate2d(image, kernel):
    H, W = image.shape
    h, w = kernel.shape
    result = np.zeros((H - h + 1, W - w + 1), dtype=image.dtype)
    for i in range(H - h + 1):
        for j in range(W - w + 1):
            total = 0.0
            for m in range(h):
                for n in range(w):
                    total += image[i + m, j + n] * kernel[m, n]
            result[i, j] = total
    return result
