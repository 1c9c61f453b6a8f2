from keras import ops


def correlate2d(image, kernel):
    # one shifted copy of the image for each number of the kernel
    高 = image.shape[0] - kernel.shape[0] + 1
    宽 = image.shape[1] - kernel.shape[1] + 1
    总和 = ops.zeros((高, 宽))
    for m in range(kernel.shape[0]):
        for n in range(kernel.shape[1]):
            总和 = 总和 + image[m : m + 高, n : n + 宽] * kernel[m, n]
    return 总和
