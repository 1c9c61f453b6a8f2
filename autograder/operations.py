"""Operations of TensorFlow that do what a forbidden built-in does.

Whatever route led to a kernel, its type is among the operations that ran or were traced while a question was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from autograder.worker.traps import OPERATIONS_BEHIND


def forbidden_operations(operations: Iterable[str], forbidden: Sequence[str]) -> tuple[str, ...]:
    """Those of the operations that stand for one of the forbidden built-ins.

    >>> forbidden_operations(["MatMul", "Conv2D", "DepthwiseConv2dNative"], ["keras.ops.conv"])
    ('Conv2D', 'DepthwiseConv2dNative')
    """
    patterns = [OPERATIONS_BEHIND[name] for name in forbidden if name in OPERATIONS_BEHIND]
    return tuple(sorted({op for op in operations if any(re.search(pattern, op) for pattern in patterns)}))
