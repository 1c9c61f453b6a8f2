"""A small trained recurrent network to play with: it hears the movements of a lift, up 1, down −1, waiting 0.

Unit 1 learned to say which movement was the last one, however long ago; unit 2 learned to let it fade, by 0.6 at every
step of waiting. Both from 1500 batches of 64 sequences; the weights below are rounded. `trace` holds what
`reference.equations.simple_rnn` makes of them, to four digits.
"""

from __future__ import annotations

import numpy as np

from reference.traces import RNNTrace, rnn_trace

INPUTS = ("movement",)
KERNEL = np.array([[2.26, 1.76]])
RECURRENT_KERNEL = np.array([[1.4, 0.0], [-0.14, 0.64]])
BIAS = np.zeros(2)
MOVEMENTS = np.array("1 0 0 0 0 0 0 -1 0 0 0 1 -1 0 0 0 0 0 0 1 1 0 0 0".split(), dtype=float)
RECORDED = """
    0.9785 0.8449 0.8031 0.7924 0.7932 0.7976 0.8022 -0.8159 -0.7662 -0.7605 -0.7692 0.8374 -0.8388
    -0.7853 -0.7746 -0.7789 -0.7872 -0.7951 -0.8013 0.8161 0.9971 0.8506 0.8051 0.7929
    0.9425 0.5393 0.3321 0.2094 0.1332 0.08505 0.05438 -0.9385 -0.5375 -0.331 -0.2088 0.9255 -0.8235
    -0.4831 -0.2997 -0.1895 -0.1207 -0.07709 -0.04929 0.9389 0.9824 0.5572 0.3422 0.2156
"""
"""The states of unit 1 after all steps, then of unit 2."""


def trace() -> RNNTrace:
    """What the example reads and computes, a batch of one.

    >>> example = trace()
    >>> example.x.shape, float(example.hidden[0, 6, 0])         # after six steps of waiting
    ((1, 24, 1), 0.8022)
    """
    hidden = np.array(RECORDED.split(), dtype=float).reshape(2, len(MOVEMENTS)).T
    return rnn_trace(MOVEMENTS[:, np.newaxis], KERNEL, RECURRENT_KERNEL, BIAS, hidden=hidden)
