"""Operations of TensorFlow that do what a forbidden built-in does.

Whatever route led to a kernel, its type is among the operations that ran or were traced while a question was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CONVOLUTION = r"Conv(?:1D|2D|3D|V2|$)|Conv(?:2D|3D)Backprop|DepthwiseConv|XlaConv|Extract(?:Image|Volume)Patches"
_POOLING = r"(?:Max|Avg|Fractional\w*)Pool|ReduceWindow|Dilation2D"
_RECURRENCE = r"CudnnRNN|LSTMBlock|BlockLSTM|GRUBlock"
_BEHIND = {
    "keras.ops.conv": _CONVOLUTION,
    "keras.ops.max_pool": _POOLING,
    "keras.ops.average_pool": _POOLING,
    "keras.layers.RNN": _RECURRENCE,
}


def forbidden_operations(operations: Iterable[str], forbidden: Sequence[str]) -> tuple[str, ...]:
    """Those of the operations that stand for one of the forbidden built-ins.

    >>> forbidden_operations(["MatMul", "Conv2D", "DepthwiseConv2dNative"], ["keras.ops.conv"])
    ('Conv2D', 'DepthwiseConv2dNative')
    """
    patterns = [_BEHIND[name] for name in forbidden if name in _BEHIND]
    return tuple(sorted({op for op in operations if any(re.search(pattern, op) for pattern in patterns)}))
