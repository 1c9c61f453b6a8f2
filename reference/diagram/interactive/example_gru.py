"""A small trained GRU to play with: it keeps a bit, and says all the time which one.

Each step it reads what the LSTM of `example` reads: a bit, 1 or −1, drawn by chance; 1 where the bit is to be stored; 1
where the bit that was stored last is asked for. Unit 1 learned to hold the bit that was stored last: at most steps the
update gate keeps it, and where a bit is stored it shuts. Unit 2 learned to say that a bit is waiting, and found another
way: it rewrites itself at every step from what it said before, and the reset gate shuts where the bit is asked for.
Both from 6000 batches of 64 sequences; the weights below are rounded. `trace` holds what `reference.equations.gru`
makes of them, to four digits.
"""

from __future__ import annotations

import numpy as np

from reference.diagram.interactive import example
from reference.traces import Array, GRUTrace, gru_trace

INPUTS = example.INPUTS


def _array(numbers: str, *shape: int) -> Array:
    return np.array(numbers.split(), dtype=float).reshape(shape)


KERNEL = _array("-1.66 -0.07 0.32 0 1.55 0 -9.4 -4.5 -6.24 2.05 0.9 1.37 0.72 -2.46 -0.08 -7.06 0.01 0.09", 3, 6)
RECURRENT_KERNEL = _array("0.24 0.02 0.3 0 2.43 0 -0.57 -2.47 0.22 2.25 0.15 1.81", 2, 6)
BIAS = _array("2 -0.34 0.38 -0.25 -0.94 -0.1 2 -0.34 0.38 -0.25 -0.77 0.27", 2, 6)
RECORDED = {
    "update": """
        0.9121 0.000858 0.8854 0.9409 0.02871 0.8348 0.8348 0.9929 0.9929 0.9929 0.9929 0.8347 0.8346 0.9929
        0.9929 0.8345 0.9929 0.8344 0.9929 0.9929 0.8343 0.9929 0.9929 0.9929 0.9118 0.9957
        0.3208 0.005204 0.04956 0.004458 0.006089 0.04801 0.04819 0.05512 0.05515 0.05517 0.05518 0.04832
        0.04832 0.05518 0.05518 0.04832 0.05518 0.04832 0.05517 0.05517 0.04831 0.05517 0.05517 0.05517 0.004318
        0.3473
    """,
    "reset": """
        0.7465 0.005716 0.8248 0.8132 0.003968 0.7345 0.7343 0.5928 0.5927 0.5926 0.5925 0.7338 0.7337 0.5922
        0.5921 0.7335 0.5919 0.7334 0.5918 0.5917 0.7332 0.5916 0.5915 0.5915 0.7171 0.5432
        0.3775 0.8253 0.8211 0.003909 0.8254 0.8209 0.8203 0.8201 0.82 0.8199 0.8199 0.8199 0.8199 0.8199 0.8199
        0.8199 0.8199 0.8199 0.8199 0.8199 0.8199 0.8199 0.8199 0.8199 0.003894 0.3782
    """,
    "candidate": """
        0.03519 0.9062 0.9563 0.9566 -0.9193 -0.8861 -0.8872 -0.9995 -0.9995 -0.9995 -0.9995 -0.8894 -0.8901
        -0.9995 -0.9995 -0.8913 -0.9995 -0.8921 -0.9995 -0.9995 -0.8931 -0.9995 -0.9995 -0.9995 -0.8827 -0.9994
        0.001936 0.9042 0.8974 -0.002596 0.9042 0.8971 0.8964 0.8961 0.896 0.8959 0.8959 0.8959 0.8959 0.8959
        0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 -0.002634 0.002967
    """,
    "hidden": """
        0.003092 0.9054 0.9112 0.9139 -0.8666 -0.8699 -0.8727 -0.8736 -0.8745 -0.8754 -0.8763 -0.8785 -0.8804
        -0.8812 -0.8821 -0.8836 -0.8844 -0.8857 -0.8865 -0.8873 -0.8883 -0.8891 -0.8899 -0.8906 -0.8899 -0.8904
        0.001315 0.8995 0.8975 0.001417 0.8987 0.8971 0.8964 0.8961 0.896 0.8959 0.8959 0.8959 0.8959 0.8959
        0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.8959 0.001246 0.002369
    """,
}
"""The gates and the state of unit 1 at all steps, then of unit 2."""


def trace() -> GRUTrace:
    """What the example reads and computes, a batch of one.

    >>> held = trace()
    >>> held.x.shape, float(held.hidden[0, 24, 0])              # the bit −1 of step 5, twenty steps later
    ((1, 26, 3), -0.8899)
    """
    x = example.trace().x
    recorded = {name: _array(numbers, 2, x.shape[1]).T for name, numbers in RECORDED.items()}
    return gru_trace(x, KERNEL, RECURRENT_KERNEL, BIAS, **recorded)
