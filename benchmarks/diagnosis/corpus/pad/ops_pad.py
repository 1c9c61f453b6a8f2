from keras import ops


def same_amounts(length, size, stride):
    places = -(-length // stride)
    total = max(0, (places - 1) * stride + size - length)
    return total // 2, total - total // 2


def pad(x, window, strides, padding, value=0.0):
    if padding == "valid":
        return x
    rows = same_amounts(x.shape[1], window[0], strides[0])
    columns = same_amounts(x.shape[2], window[1], strides[1])
    return ops.pad(x, [(0, 0), rows, columns, (0, 0)], constant_values=value)
