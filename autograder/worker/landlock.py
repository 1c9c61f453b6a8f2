"""Landlock: a process gives up, for itself and all it starts, every file but those on a list.

No namespace, no root and no other program is needed, only Linux 5.13 or later. What an older version of Landlock lacks
is said in `missing`. Interface: `Documentation/userspace-api/landlock.rst` of the kernel.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

_libc = ctypes.CDLL(None, use_errno=True)
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_ONLY, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL_DEV = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_BIND_TCP_AND_CONNECT_TCP = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3
SCOPED = 6
"""The version from which a process can be kept from signalling others."""


class LandlockError(Exception):
    """The rules could not be put in force."""


def version() -> int:
    """The version of Landlock's interface that the kernel speaks; 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_ONLY))))


def restrict(
    readable: Iterable[str],
    writable: Iterable[str],
    devices: Iterable[str] = (),
    listable: Iterable[str] = (),
    commanded: Iterable[str] = (),
) -> None:
    """From here on only `readable` (to read and execute), `writable` (everything), `devices` (to read and write) and
    `commanded` (devices that take `ioctl` too) can be opened, and of what is in `listable` the names be read; no TCP,
    no abstract unix socket and no signal reaches beyond this process and its children, as far as the kernel's version
    goes. Needs no-new-privs.

    Raises:
        LandlockError: the kernel refused.
    """
    abi = version()
    if not abi:
        raise LandlockError("this kernel has no Landlock")
    handled = _ALL_BY_ABI[max(number for number in _ALL_BY_ABI if number <= abi)]
    attributes = struct.pack("Q", handled)
    if abi >= 4:
        attributes += struct.pack("Q", _BIND_TCP_AND_CONNECT_TCP)
    if abi >= SCOPED:
        attributes += struct.pack("Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    rules = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    try:
        read = _EXECUTE | _READ_FILE | _READ_DIR
        for paths, access in (
            (readable, read),
            (writable, handled & ~_EXECUTE & ~_IOCTL_DEV),
            (devices, _READ_FILE | _WRITE_FILE),
            (commanded, _READ_FILE | _WRITE_FILE | _IOCTL_DEV),
            (listable, _READ_DIR),
        ):
            for path in paths:
                _allow(rules, path, access & handled)
        _call(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _allow(rules: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        raise LandlockError(f"{path}: {error.strerror}") from None
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            access &= _OF_FILES
        rule = struct.pack("=Qi", access, place)
        _call(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise LandlockError(f"system call {number}: {os.strerror(error)}")
    return result
