"""Memory that no process holds: fill the buffers of thousands of sockets."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import resource
import socket

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
pairs, sent, block = [], 0, bytes(65536)
while sent < 2**30:
    try:
        pairs.append(socket.socketpair())
    except OSError:
        break
    for one in pairs[-1]:
        one.setblocking(False)
        try:
            while True:
                sent += one.send(block)
        except OSError:
            pass
if sent >= 2**30:
    print("LOOT" + "!")
pairs.clear()
