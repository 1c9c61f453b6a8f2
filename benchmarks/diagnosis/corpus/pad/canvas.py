import numpy as np


def how_many(n, k, s):
    out = (n + s - 1) // s
    return max((out - 1) * s + k - n, 0)


def pad(x, window, strides, padding, value=0.0):
    if padding == "valid":
        return x
    batch, height, width, channels = x.shape
    extra_h = how_many(height, window[0], strides[0])
    extra_w = how_many(width, window[1], strides[1])
    top = extra_h // 2
    left = extra_w // 2
    canvas = np.full((batch, height + extra_h, width + extra_w, channels), value, dtype="float32")
    canvas[:, top : top + height, left : left + width, :] = x
    return canvas
