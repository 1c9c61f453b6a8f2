"""A small trained LSTM to play with: it keeps a bit until it is asked for.

Each step it reads three numbers: a bit, 1 or −1, drawn by chance; 1 where the bit is to be stored; 1 where the bit
that was stored last is asked for. Unit 1 learned to say the stored bit when it is asked for, and 0 otherwise: its
forget gate stays open, and c keeps the bit. Unit 2 learned to say that a bit is waiting, and found another way: it
forgets most of c at every step, hears by h_{t-1} what it said, and writes it again. Both started with a forget bias
of 3 and learned from 6000 batches of 64 sequences; the weights below are rounded. `trace` holds what
`reference.equations.lstm` makes of them, to four digits.
"""

from __future__ import annotations

import numpy as np

from reference.traces import Array, LSTMTrace, lstm_trace

FEATURES, UNITS = 3, 2
INPUTS = ("bit", "store", "ask")


def _array(numbers: str, *shape: int) -> Array:
    return np.array(numbers.split(), dtype=float).reshape(shape)


KERNEL = _array(
    """
    -0.02 0 0 0 2.69 0 0 0
    7.1 3.28 -6.97 -2.32 -0.4 2.44 -0.57 0.55
    -0.64 -3.63 0.88 -1.73 0.02 -1.6 7.54 -0.14
    """,
    FEATURES,
    4 * UNITS,
)
RECURRENT_KERNEL = _array(
    """
    0 0 -0.01 0 -0.08 0 -0.01 0
    0.29 2.74 -0.04 0.45 -0.04 1.43 -0.05 0.05
    """,
    UNITS,
    4 * UNITS,
)
BIAS = _array("-4.12 -0.15 4.78 -1.14 0.47 0 -4.08 4.2", 4 * UNITS)
BITS = _array("1 1 1 1 -1 1 1 -1 -1 -1 -1 1 1 -1 -1 1 -1 1 -1 -1 1 -1 -1 -1 1 -1", -1)
STORED, ASKED = (2, 5), (4, 25)
"""The steps, from 1, at which a bit is stored and asked for."""

RECORDED = {
    "input": """
        0.01567 0.9507 0.0193 0.01029 0.9525 0.0193 0.01933 0.02013 0.02014 0.02015 0.02016 0.01939 0.01939
        0.02017 0.02017 0.0194 0.02017 0.0194 0.02017 0.02017 0.0194 0.02017 0.02018 0.02018 0.01032 0.0163
        0.4626 0.9581 0.8643 0.1462 0.9578 0.8643 0.8659 0.8673 0.8683 0.8689 0.8693 0.8695 0.8697 0.8698
        0.8699 0.8699 0.8699 0.87 0.87 0.87 0.87 0.87 0.87 0.87 0.1507 0.4626
    """,
    "forget": """
        0.9917 0.1007 0.9914 0.9964 0.1 0.9914 0.9914 0.9914 0.9914 0.9914 0.9914 0.9914 0.9914 0.9914 0.9914
        0.9914 0.9914 0.9914 0.9914 0.9914 0.9914 0.9914 0.9914 0.9914 0.9964 0.9917
        0.2423 0.03047 0.3076 0.07317 0.03044 0.3076 0.3081 0.3085 0.3088 0.309 0.3091 0.3092 0.3093 0.3093
        0.3093 0.3093 0.3093 0.3093 0.3093 0.3093 0.3093 0.3093 0.3093 0.3093 0.07357 0.2423
    """,
    "candidate": """
        0.9964 0.992 0.9962 0.9963 -0.9906 0.9962 0.9962 -0.978 -0.978 -0.978 -0.978 0.9962 0.9962 -0.978
        -0.978 0.9962 -0.978 0.9962 -0.978 -0.978 0.9962 -0.978 -0.978 -0.978 0.9963 -0.9742
        0 0.9849 0.7797 -0.4992 0.9848 0.7796 0.7824 0.785 0.7866 0.7877 0.7883 0.7888 0.7891 0.7893 0.7894
        0.7895 0.7895 0.7896 0.7896 0.7896 0.7896 0.7896 0.7896 0.7896 -0.4851 9.175e-05
    """,
    "output": """
        0.01663 0.009471 0.01604 0.9684 0.009405 0.01604 0.01604 0.01603 0.01603 0.01603 0.01603 0.01603
        0.01603 0.01603 0.01603 0.01603 0.01603 0.01603 0.01603 0.01603 0.01603 0.01603 0.01603 0.01603 0.9684
        0.01673
        0.9852 0.9914 0.9857 0.9836 0.9914 0.9857 0.9858 0.9858 0.9858 0.9858 0.9858 0.9858 0.9858 0.9858
        0.9858 0.9858 0.9858 0.9858 0.9858 0.9858 0.9858 0.9858 0.9858 0.9858 0.9837 0.9852
    """,
    "cell": """
        0.01562 0.9447 0.9558 0.9627 -0.8473 -0.8208 -0.7945 -0.8074 -0.8202 -0.8329 -0.8454 -0.8189 -0.7925
        -0.8055 -0.8183 -0.7919 -0.8049 -0.7786 -0.7917 -0.8046 -0.7784 -0.7915 -0.8044 -0.8172 -0.804 -0.8133
        0 0.9437 0.9643 -0.002429 0.9432 0.964 0.9745 0.9815 0.9861 0.9891 0.991 0.9923 0.9931 0.9937 0.994
        0.9942 0.9944 0.9945 0.9945 0.9946 0.9946 0.9946 0.9946 0.9946 6.523e-05 5.825e-05
    """,
    "hidden": """
        0.0002596 0.006984 0.01191 0.7219 -0.006486 -0.01084 -0.0106 -0.01071 -0.01082 -0.01093 -0.01104
        -0.01081 -0.01058 -0.01069 -0.0108 -0.01057 -0.01069 -0.01045 -0.01057 -0.01068 -0.01045 -0.01057
        -0.01068 -0.0108 -0.6452 -0.01123
        0 0.7306 0.7355 -0.002389 0.7304 0.7354 0.74 0.743 0.7449 0.7462 0.747 0.7475 0.7479 0.7481 0.7483
        0.7484 0.7484 0.7485 0.7485 0.7485 0.7485 0.7485 0.7485 0.7485 6.416e-05 5.739e-05
    """,
}
"""The gates and states of unit 1 at all steps, then of unit 2."""


def trace() -> LSTMTrace:
    """What the example reads and computes, a batch of one.

    >>> example = trace()
    >>> example.x.shape, float(example.hidden[0, 24, 0])        # the bit −1 of step 5, asked for at step 25
    ((1, 26, 3), -0.6452)
    """
    x = np.zeros((len(BITS), FEATURES))
    x[:, 0] = BITS
    for feature, steps in ((1, STORED), (2, ASKED)):
        x[[step - 1 for step in steps], feature] = 1
    recorded = {name: _array(numbers, UNITS, len(BITS)).T for name, numbers in RECORDED.items()}
    return lstm_trace(x, KERNEL, RECURRENT_KERNEL, BIAS, **recorded)
