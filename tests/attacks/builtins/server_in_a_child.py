"""Fork a child before any question, and let it do the work when it is asked."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("any", 0)}

# %% before rnn_step
import os
import pickle
import socket
import struct

mine, other = socket.socketpair()
if os.fork() == 0:
    while True:
        x_t, h_prev, W, U, b = pickle.loads(other.recv(1 << 20))
        cell = keras.layers.SimpleRNNCell(len(b))
        cell.build(x_t.shape)
        cell.set_weights([W, U, b])
        other.sendall(pickle.dumps(cell(x_t, [h_prev])[0].numpy()))

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    mine.sendall(pickle.dumps((x_t, h_prev, W, U, b)))
    return pickle.loads(mine.recv(1 << 20))
