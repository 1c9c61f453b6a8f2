from keras import ops


def rnn_unroll(x, h_0, W, U, b):
    """输入投影一次算完,再逐步扫描。"""
    投影 = ops.matmul(x, W) + b

    def 步(h, a_t):
        h = ops.tanh(a_t + ops.matmul(h, U))
        return h, h

    最后, 全部 = ops.scan(步, ops.convert_to_tensor(h_0), ops.swapaxes(投影, 0, 1))
    return ops.swapaxes(全部, 0, 1), 最后
