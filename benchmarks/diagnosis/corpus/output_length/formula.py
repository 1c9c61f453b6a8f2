def output_length(length, kernel_size, stride, padding, dilation):
    if padding == "valid":
        span = dilation * (kernel_size - 1) + 1
        return (length - span) // stride + 1
    return -(-length // stride)
