"""Reference layers on ``keras.ops``, drop-in for the layers of the same name in ``keras.layers``.

They run on any backend, and are written to be read: every gate is a method, convolution is a sum over the
taps of its kernel. Weights have the names, shapes, order and initial values that Keras gives them.
"""

from reference.layers.bidirectional import Bidirectional
from reference.layers.conv_lstm import ConvLSTM2D
from reference.layers.convolution import Conv1D, Conv2D
from reference.layers.depthwise import DepthwiseConv2D
from reference.layers.gru import GRU, GRUCell
from reference.layers.lstm import LSTM, LSTMCell
from reference.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
)
from reference.layers.simple_rnn import SimpleRNN, SimpleRNNCell
from reference.layers.stacked import StackedRNNCells
from reference.layers.time_distributed import TimeDistributed
from reference.layers.transposed import Conv2DTranspose

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
