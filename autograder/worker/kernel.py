"""Calls of the kernel that Python lacks, and what their arguments are called."""

from __future__ import annotations

import ctypes
import os


class IsolationError(Exception):
    """A wall of the sandbox could not be put up; the worker must not run."""


libc = ctypes.CDLL(None, use_errno=True)


CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
CLONE_NEW_ANY = 0x7E020000 | 0x00000080
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS = 1, 4, 8
PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 22, 24, 36, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4


def call(name: str, *arguments: object) -> None:
    if getattr(libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise IsolationError(f"{name}{arguments}: {os.strerror(number)}")


def prctl(option: int, argument: int = 0, third: int = 0) -> None:
    """`prctl(2)`."""
    call("prctl", option, *(ctypes.c_ulong(value) for value in (argument, third, 0, 0)))


def unshare(flags: int) -> None:
    """`unshare(2)`."""
    call("unshare", flags)


def mount(kind: str, target: str, flags: int, options: str = "") -> None:
    """`mount(2)`."""
    call(
        "mount",
        kind.encode(),
        target.encode(),
        kind.encode(),
        ctypes.c_ulong(flags),
        options.encode() or None,
    )


def bind(source: str, target: str) -> None:
    call("mount", source.encode(), target.encode(), None, ctypes.c_ulong(MS_BIND), None)
