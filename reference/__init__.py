"""What is right: reference equations in NumPy and reference layers in Keras.

All but the layers needs NumPy alone. Keras is imported when a layer is asked for::

    from reference import LSTM              # a Keras layer
    from reference.equations import lstm    # a NumPy function
    from reference import diagram           # pictures of either, with the numbers on the wires

The student client has the pictures only, since the rest is what students write.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference.layers import (
        GRU,
        LSTM,
        AveragePooling1D,
        AveragePooling2D,
        Bidirectional,
        Conv1D,
        Conv2D,
        Conv2DTranspose,
        ConvLSTM2D,
        DepthwiseConv2D,
        GlobalAveragePooling1D,
        GlobalAveragePooling2D,
        GlobalMaxPooling1D,
        GlobalMaxPooling2D,
        GRUCell,
        LSTMCell,
        MaxPooling1D,
        MaxPooling2D,
        SimpleRNN,
        SimpleRNNCell,
        StackedRNNCells,
        TimeDistributed,
    )

__all__ = [
    "GRU",
    "LSTM",
    "AveragePooling1D",
    "AveragePooling2D",
    "Bidirectional",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "ConvLSTM2D",
    "DepthwiseConv2D",
    "GRUCell",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "LSTMCell",
    "MaxPooling1D",
    "MaxPooling2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "StackedRNNCells",
    "TimeDistributed",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        try:
            layers = importlib.import_module("reference.layers")
        except ModuleNotFoundError as error:
            if error.name != "reference.layers":
                raise
            raise ImportError(
                f"reference.{name} is not here: the student client has the diagrams only "
                "(from reference import diagram). Layers and equations are in the full Gatebook."
            ) from None
        importlib.import_module("reference.diagram.words").explain(getattr(layers, name))
        return getattr(layers, name)
    raise AttributeError(f"module 'reference' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
