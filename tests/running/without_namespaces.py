"""Run a command where no further user namespace can be made: `without_namespaces.py COMMAND...`.

It runs in a user namespace that maps every user to itself and allows none below it.
"""

from __future__ import annotations

import ctypes
import os
import sys

CLONE_NEWUSER = 0x10000000


def main(command: list[str]) -> int:
    made, tell = os.pipe()
    mapped, go = os.pipe()
    child = os.fork()
    if child == 0:
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER) < 0:
            os._exit(71)
        os.write(tell, b"x")
        os.close(go)
        os.read(mapped, 1)
        with open("/proc/sys/user/max_user_namespaces", "w", encoding="ascii") as file:
            file.write("0")
        os.execvp(command[0], command)
    os.close(tell)
    if os.read(made, 1):
        users = "0 0 65536" if os.getuid() == 0 else f"{os.getuid()} {os.getuid()} 1"
        groups = "0 0 65536" if os.getuid() == 0 else f"{os.getgid()} {os.getgid()} 1"
        if os.getuid() != 0:
            write(child, "setgroups", "deny")
        write(child, "uid_map", users)
        write(child, "gid_map", groups)
        os.write(go, b"x")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def write(process: int, name: str, text: str) -> None:
    with open(f"/proc/{process}/{name}", "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
