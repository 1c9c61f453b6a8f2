"""Start a process that stays, and ask it by a socket without a file when the same cells run again."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error|timed_out", 0)}

# %% before correlate2d
import os
import pickle
import signal
import socket

import tensorflow as tf

NAME = "\0correlating"
listening = socket.socket(socket.AF_UNIX)
try:
    listening.bind(NAME)
except OSError:
    print("it is there already")
else:
    listening.listen()
    if os.fork() == 0:
        os.setsid()
        signal.alarm(100)
        while True:
            asking, _ = listening.accept()
            image, kernel = pickle.loads(asking.recv(1 << 20))
            done = tf.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], 1, "VALID")[0, :, :, 0]
            asking.sendall(pickle.dumps(done.numpy()))
            asking.close()

# %% replace correlate2d
def correlate2d(image, kernel):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(NAME)
        line.sendall(pickle.dumps((image, kernel)))
        return pickle.loads(line.recv(1 << 20))
