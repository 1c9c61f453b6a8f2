"""The equations of recurrent and convolutional networks in NumPy, forward and backward.

Loops over time and space are written out, every intermediate comes back under its name, and gradients are
derived by hand. Nothing here needs Keras. Results have the dtype of the arguments: float64 serves as truth,
float32 shows what rounding costs.

`lstm` and `gru` are the functions, not the modules of the same name, and `hidden_state` is that of the LSTM;
that of the GRU is `reference.equations.gru.hidden_state`.

>>> import numpy as np
>>> from reference.equations import lstm
>>> rng = np.random.default_rng(0)
>>> trace = lstm(rng.normal(size=(2, 5, 3)), rng.normal(size=(3, 16)), rng.normal(size=(4, 16)))
>>> trace.forget.shape                                  # (batch, time, units)
(2, 5, 4)
"""

from reference.equations.activations import sigmoid, tanh
from reference.equations.convolution import (
    Conv1DTrace,
    Conv2DTrace,
    ConvGradients,
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    correlate2d,
    output_length,
    pad,
    pad_amounts,
)
from reference.equations.depthwise import depthwise_conv2d, depthwise_conv2d_backward
from reference.equations.gru import (
    GRUGradients,
    GRUStep,
    GRUStepGradients,
    GRUTrace,
    candidate_state,
    gru,
    gru_backward,
    gru_step,
    gru_step_backward,
    reset_gate,
    update_gate,
)
from reference.equations.lstm import (
    LSTMGradients,
    LSTMStep,
    LSTMStepGradients,
    LSTMTrace,
    candidate,
    cell_state,
    forget_gate,
    hidden_state,
    input_gate,
    lstm,
    lstm_backward,
    lstm_step,
    lstm_step_backward,
    output_gate,
)
from reference.equations.pooling import (
    GlobalPoolTrace,
    Pool1DTrace,
    Pool2DTrace,
    average_pool1d,
    average_pool1d_backward,
    average_pool2d,
    average_pool2d_backward,
    global_average_pool1d,
    global_average_pool2d,
    global_average_pool_backward,
    global_max_pool1d,
    global_max_pool2d,
    global_max_pool_backward,
    max_pool1d,
    max_pool1d_backward,
    max_pool2d,
    max_pool2d_backward,
)
from reference.equations.rnn import (
    RNNGradients,
    RNNStep,
    RNNStepGradients,
    RNNTrace,
    rnn_step,
    rnn_step_backward,
    simple_rnn,
    simple_rnn_backward,
)

__all__ = [
    "Conv1DTrace",
    "Conv2DTrace",
    "ConvGradients",
    "GRUGradients",
    "GRUStep",
    "GRUStepGradients",
    "GRUTrace",
    "GlobalPoolTrace",
    "LSTMGradients",
    "LSTMStep",
    "LSTMStepGradients",
    "LSTMTrace",
    "Pool1DTrace",
    "Pool2DTrace",
    "RNNGradients",
    "RNNStep",
    "RNNStepGradients",
    "RNNTrace",
    "average_pool1d",
    "average_pool1d_backward",
    "average_pool2d",
    "average_pool2d_backward",
    "candidate",
    "candidate_state",
    "cell_state",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "correlate2d",
    "depthwise_conv2d",
    "depthwise_conv2d_backward",
    "forget_gate",
    "global_average_pool1d",
    "global_average_pool2d",
    "global_average_pool_backward",
    "global_max_pool1d",
    "global_max_pool2d",
    "global_max_pool_backward",
    "gru",
    "gru_backward",
    "gru_step",
    "gru_step_backward",
    "hidden_state",
    "input_gate",
    "lstm",
    "lstm_backward",
    "lstm_step",
    "lstm_step_backward",
    "max_pool1d",
    "max_pool1d_backward",
    "max_pool2d",
    "max_pool2d_backward",
    "output_gate",
    "output_length",
    "pad",
    "pad_amounts",
    "reset_gate",
    "rnn_step",
    "rnn_step_backward",
    "sigmoid",
    "simple_rnn",
    "simple_rnn_backward",
    "tanh",
    "update_gate",
]
