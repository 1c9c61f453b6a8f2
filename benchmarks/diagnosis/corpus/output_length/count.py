def output_length(length, kernel_size, stride, padding, dilation):
    # count the places one after the other
    span = (kernel_size - 1) * dilation + 1
    if padding != "valid":
        return len(range(0, length, stride))
    count = 0
    start = 0
    while start + span <= length:
        count += 1
        start += stride
    return count
