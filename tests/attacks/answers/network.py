"""Telephone home, and ask the services of this machine."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before rnn_step
import os
import socket

for address in (("1.1.1.1", 53), ("127.0.0.1", 22), ("127.0.0.1", 8888), ("169.254.169.254", 80), ("10.0.0.1", 80), ("::1", 22)):
    try:
        with socket.create_connection(address, timeout=0.3):
            print("LOOT" + "!", address)
    except OSError:
        pass
try:
    print("LOOT" + "!", socket.gethostbyname("example.org"))
except OSError:
    pass
for path in ("/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", "\0/tmp/.X11-unix/X0"):
    try:
        with socket.socket(socket.AF_UNIX) as local:
            local.connect(path)
            print("LOOT" + "!", path)
    except OSError:
        pass
for family in (17, 38, 40, 16):
    try:
        with socket.socket(family, socket.SOCK_RAW if family in (16, 17) else socket.SOCK_SEQPACKET):
            if family != 16:
                print("LOOT" + "!", "family", family)
    except OSError:
        pass
