"""A small trained GRU to play with: it keeps a bit, and says all the time which one.

Each step it reads what the LSTM of `example` reads: a bit, 1 or −1, drawn by chance; 1 where the bit is to be stored; 1
where the bit that was stored last is asked for. Unit 1 learned to hold the bit that was stored last: at most steps the
update gate keeps it, and where a bit is stored it shuts. Unit 2 learned to say that a bit is waiting, and found another
way: it rewrites itself at every step, from what it said before. Both from 4000 batches of 64 sequences; the weights
below are rounded. `trace` holds what `reference.equations.gru` makes of them, to four digits.
"""

from __future__ import annotations

import numpy as np

from reference.diagram.interactive import example
from reference.traces import Array, GRUTrace, gru_trace

INPUTS = example.INPUTS


def _array(numbers: str, *shape: int) -> Array:
    return np.array(numbers.split(), dtype=float).reshape(shape)


KERNEL = _array("1.85 0 -0.14 0 1.7 0 -8.01 -2.83 -5.48 3.13 -0.77 1.3 1.63 -3.82 0.12 -7.36 -0.11 0.16", 3, 6)
RECURRENT_KERNEL = _array("0.39 0 -0.2 0 2.46 0 -0.24 -0.93 0.39 3.12 -0.27 1.45", 2, 6)
BIAS = _array("1.74 -0.37 0.32 -0.38 0.92 -0.16 1.74 -0.37 0.32 -0.38 1.12 0.51", 2, 6)
RECORDED = {
    "update": """
        0.9952 0.06425 0.9958 0.9992 0.002387 0.9915 0.9916 0.7454 0.7441 0.7431 0.7423 0.9915 0.9915 0.7439
        0.7429 0.9915 0.7433 0.9915 0.7436 0.7426 0.9915 0.743 0.7422 0.7415 0.9983 0.7796
        0.323 0.02734 0.1715 0.004531 0.02707 0.1711 0.1717 0.172 0.1721 0.1722 0.1722 0.1722 0.1722 0.1722
        0.1722 0.1722 0.1722 0.1722 0.1722 0.1722 0.1722 0.1722 0.1722 0.1722 0.004542 0.3204
    """,
    "reset": """
        0.6225 0.006825 0.6619 0.688 0.007589 0.7374 0.7364 0.7864 0.787 0.7874 0.7878 0.7376 0.737 0.787
        0.7875 0.7373 0.7873 0.7372 0.7872 0.7876 0.7374 0.7874 0.7878 0.7881 0.7604 0.7254
        0.3186 0.9149 0.885 0.004832 0.9176 0.8859 0.8846 0.8839 0.8836 0.8835 0.8834 0.8833 0.8833 0.8833
        0.8833 0.8833 0.8833 0.8833 0.8833 0.8833 0.8833 0.8833 0.8833 0.8833 0.004793 0.3273
    """,
    "candidate": """
        0.9974 0.9525 0.9998 0.9998 -0.9095 0.9253 0.9295 -0.9448 -0.9484 -0.9512 -0.9533 0.9195 0.924
        -0.9491 -0.9517 0.9215 -0.9508 0.9226 -0.9501 -0.9525 0.9206 -0.9514 -0.9535 -0.955 0.8916 -0.9265
        0.00251 0.923 0.8944 0.008735 0.9253 0.8955 0.8939 0.8931 0.8927 0.8925 0.8925 0.8924 0.8924 0.8924
        0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.008646 0.01292
    """,
    "hidden": """
        0.004808 0.8916 0.892 0.8921 -0.9052 -0.8897 -0.8744 -0.8923 -0.9067 -0.9181 -0.9272 -0.9114 -0.8958
        -0.9095 -0.9203 -0.9046 -0.9165 -0.9008 -0.9135 -0.9235 -0.9078 -0.919 -0.9279 -0.9349 -0.9318
        -0.9306
        0.001699 0.8978 0.895 0.01275 0.9006 0.8963 0.8943 0.8933 0.8928 0.8926 0.8925 0.8924 0.8924 0.8924
        0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.8924 0.01266 0.01284
    """,
}
"""The gates and the state of unit 1 at all steps, then of unit 2."""


def trace() -> GRUTrace:
    """What the example reads and computes, a batch of one.

    >>> held = trace()
    >>> held.x.shape, float(held.hidden[0, 24, 0])              # the bit −1 of step 5, twenty steps later
    ((1, 26, 3), -0.9318)
    """
    x = example.trace().x
    recorded = {name: _array(numbers, 2, x.shape[1]).T for name, numbers in RECORDED.items()}
    return gru_trace(x, KERNEL, RECURRENT_KERNEL, BIAS, **recorded)
