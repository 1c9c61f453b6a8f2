"""What layers are asked for no points: contracts that whoever knows Keras counts on. Cases are small, since every right
answer is asked them.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from autograder.model import LayerCase

RESIZED = "What has the first call left on `self`, or `build` kept, that fits inputs of one size only?"
FLOAT64 = "Which of your lines makes an array without saying of which dtype it is, or casts one?"
WHOLE_NUMBER = "Whoever knows Keras writes 2 for (2, 2). Which of your lines takes such an argument apart?"
LOOP = "A loop that knows nothing of your cell has to make its first states. Where can it read how wide they are?"
FORGET_BIAS = (
    "At a bias of 0 a fresh forget gate stands near one half. How much of the memory is left after ten steps? And at a "
    "bias of 1?"
)


def in_float64(case: LayerCase) -> LayerCase:
    """The same case with all numbers, and the layer, in float64."""
    exact = {name: weight.astype(np.float64) for name, weight in case.weights.items()}
    return dataclasses.replace(case, dtype="float64", inputs=case.inputs.astype(np.float64), weights=exact)
