import math


def output_length(length, kernel_size, stride, padding, dilation):
    effective = kernel_size + (kernel_size - 1) * (dilation - 1)
    if padding == "same":
        n = math.ceil(length / stride)
    elif padding == "causal":
        n = math.ceil(length / stride)
    else:
        n = math.ceil((length - effective + 1) / stride)
    return n
