"""Stop the worker by a signal, so that it neither answers nor ends."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("timed_out|passed|error", 0), "simple_rnn": ("passed", None)}

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    import os
    import signal

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGALRM})
    while True:
        os.kill(os.getpid(), signal.SIGSTOP)
        signal.pause()

# %% append rnn_unroll
def rnn_step(x_t, h_prev, W, U, b):
    return np.tanh(x_t @ W + h_prev @ U + b)
