import tensorflow as tf


def amounts(n, k, s):
    if n % s == 0:
        total = max(k - s, 0)
    else:
        total = max(k - n % s, 0)
    before = total // 2
    return before, total - before


def pad(x, window, strides, padding, value=0.0):
    """Glue strips of the value to the four sides."""
    if padding == "same":
        上, 下 = amounts(x.shape[1], window[0], strides[0])
        左, 右 = amounts(x.shape[2], window[1], strides[1])
        x = tf.convert_to_tensor(x)
        b, h, w, c = x.shape
        x = tf.concat([tf.fill([b, 上, w, c], value), x, tf.fill([b, 下, w, c], value)], axis=1)
        h = h + 上 + 下
        x = tf.concat([tf.fill([b, h, 左, c], value), x, tf.fill([b, h, 右, c], value)], axis=2)
    return x
