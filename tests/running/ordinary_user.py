"""Run by `test_ordinary_user.py` as a user that is not root: what a worker says, as JSON."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

from autograder.running import sandbox
from autograder.running.host import Zygote
from autograder.running.workers import Limits, WorkerOutOfMemory

SOURCE = """
import ctypes, json, os, socket
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
libc = ctypes.CDLL(None)
def failure(f, *arguments):
    try:
        f(*arguments)
        return "no failure"
    except OSError as error:
        return type(error).__name__
import keras
print(json.dumps({
    "uid": os.getuid(), "pids": [name for name in os.listdir("/proc") if name.isdigit()],
    "capabilities": sorted({status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}),
    "seccomp": status["Seccomp"], "unshare": libc.unshare(0x10000000), "home": os.path.exists(%r),
    "project": os.path.exists(%r), "read": failure(open, %r),
    "network": failure(socket.create_connection, ("1.1.1.1", 53), 2),
    "write": [failure(open, path, "w") for path in ("/x", "/dev/x", "/usr/x", "/gatebook/x", "/etc/x")],
    "sum": float(keras.ops.sum(keras.ops.ones((3,)))),
}))
"""


def main() -> None:
    source = SOURCE % (os.environ["HOME"], str(sandbox.__file__), str(sandbox.__file__))
    limits = Limits(memory=900 * 2**20, cell_seconds=60)
    level = sys.argv[1]
    with Zygote(level) as zygote:
        with zygote.spawn(limits) as worker:
            done = worker.run_cell("cell", source)
            assert done.problem is None, done.problem
            told = json.loads(json.loads(done.outputs)[0]["text"])
        with zygote.spawn(replace(limits, memory=500 * 2**20)) as worker:
            try:
                worker.run_cell(
                    "cell", "import mmap\nm = mmap.mmap(-1, 2**31)\nfor i in range(0, 2**31, 4096): m[i] = 1"
                )
            except WorkerOutOfMemory:
                told["bomb"] = "killed"
        told["restarts"] = zygote.restarts
    print(
        json.dumps(
            told | {"started by": os.getuid(), "levels": {status.level: status.works for status in sandbox.probe()}}
        )
    )


if __name__ == "__main__":
    main()
