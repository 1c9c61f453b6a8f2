"""The filter of system calls that a worker lives under."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import struct
from collections.abc import Callable, Mapping

from .kernel import CLONE_NEW_ANY, PR_SET_SECCOMP, IsolationError, call, libc

_DENIED: dict[str, tuple[int | None, int | None]] = {
    # name: (x86_64, aarch64)
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "personality": (135, 92),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "syslog": (103, 116),
    # What tells which files others read, now or a while ago. All workers share the files of the system.
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "mincore": (27, 232),
    "cachestat": (451, 451),
    "io_setup": (206, 0),
}


_IDLE: dict[str, tuple[int | None, int | None]] = {
    # Succeed and do nothing: advice need not be taken, and a lock that other workers would see is a message to them.
    "fadvise64": (221, 223),
    "readahead": (187, 213),
    "flock": (73, 32),
}


_FLAGGED = {"preadv2": (327, 286), "pwritev2": (328, 287)}
"""May be called with no flags only: `RWF_NOWAIT` tells what is in the page cache."""
_FCNTL = (72, 25)
_TELLING_COMMANDS = (1024, 1026, 5, 36)
"""`F_SETLEASE` and `F_NOTIFY`, which watch files; `F_GETLK` and `F_OFD_GETLK`, which see the locks of others."""
_LOCKING_COMMANDS = (6, 7, 37, 38)
"""`F_SETLK`, `F_SETLKW`, `F_OFD_SETLK`, `F_OFD_SETLKW`."""
_DENIED_WITHOUT_NAMESPACES: dict[str, tuple[int | None, int | None]] = {
    # What reaches other processes or files of the same user, which no namespace hides and Landlock does not ask about.
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "process_madvise": (440, 440),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "socket": (41, 198),
}


_SIGNALS = {
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send": (424, 424),
}


_KILLS = {"kill": (62, 129), "tgkill": (234, 131)}
_PRLIMIT = (302, 261)
_MACHINES = {
    # machine: (audit architecture, column of _DENIED, clone, clone3, ioctl, socket)
    "x86_64": (0xC000003E, 0, 56, 435, 16, 41),
    "aarch64": (0xC00000B7, 1, 220, 435, 29, 198),
}


_TIOCSTI = 0x5412
_FAMILIES = (1, 2, 10, 16)
"""Socket families that may be opened: unix, inet, inet6, netlink. Others (vsock, alg, packet) reach past the
network namespace."""
_EPERM, _ENOSYS, _EOPNOTSUPP, _EAFNOSUPPORT = 1, 38, 95, 97
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06


def seccomp_program(machine: str, *, namespaces: bool = True, only_signals_to: int | None = None) -> bytes:
    """The filter as BPF instructions: most system calls pass, those that reach or look across walls fail with EPERM or
    do nothing.

    namespaces: without them more has to be denied. only_signals_to: the one process that signals may be sent to,
        where Landlock does not see to that.

    Raises:
        IsolationError: the filter is not written for this processor.
    """
    if machine not in _MACHINES:
        raise IsolationError(
            f"no seccomp filter for the processor {machine!r}; it exists for {', '.join(sorted(_MACHINES))}"
        )
    architecture, column, clone, clone3, ioctl, socket = _MACHINES[machine]
    number, argument_0, argument_1, argument_5 = 0, 16, 24, 56  # offsets in struct seccomp_data, low words

    def op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    def fail(error: int) -> bytes:
        return op(_RET, _ERRNO | error)

    program = [
        op(_LD, 4),
        op(_JEQ, architecture, 1, 0),
        op(_RET, _KILL),
        op(_LD, number),
    ]
    if machine == "x86_64":
        program += [op(_JGE, 0x40000000, 0, 1), fail(_ENOSYS)]  # the x32 numbers of the same calls
    # clone3 hides its flags behind a pointer; without it, libc falls back to clone.
    program += [op(_JEQ, clone3, 0, 1), fail(_ENOSYS)]
    denied = dict(_DENIED)
    if not namespaces:
        denied |= _DENIED_WITHOUT_NAMESPACES
    if only_signals_to is not None:
        denied |= _SIGNALS
    for numbers in denied.values():
        value = numbers[column]
        if value is not None:
            program += [op(_JEQ, value, 0, 1), fail(_EPERM)]
    for numbers in _IDLE.values():
        value = numbers[column]
        if value is not None:
            program += [op(_JEQ, value, 0, 1), fail(0)]
    for numbers in _FLAGGED.values():
        flags = [op(_LD, argument_5), op(_JEQ, 0, 1, 0), fail(_EOPNOTSUPP), op(_RET, _ALLOW)]
        program += [op(_JEQ, numbers[column], 0, len(flags)), *flags]
    commands = [op(_LD, argument_1)]
    for refused, error in ((_TELLING_COMMANDS, _EPERM), (_LOCKING_COMMANDS, 0)):
        commands += [step for command in refused for step in (op(_JEQ, command, 0, 1), fail(error))]
    program += [op(_JEQ, _FCNTL[column], 0, len(commands) + 1), *commands, op(_RET, _ALLOW)]
    to_itself = [] if namespaces else [(_PRLIMIT[column], 0)]
    if only_signals_to is not None:
        to_itself += [(numbers[column], only_signals_to) for numbers in _KILLS.values()]
    for value, process in to_itself:
        program += [op(_JEQ, value, 0, 4), op(_LD, argument_0), op(_JEQ, process, 1, 0), fail(_EPERM), op(_RET, _ALLOW)]
    program += [
        op(_JEQ, clone, 0, 4),
        op(_LD, argument_0),
        op(_JSET, CLONE_NEW_ANY, 0, 1),
        fail(_EPERM),
        op(_RET, _ALLOW),
        op(_JEQ, ioctl, 0, 4),
        op(_LD, argument_1),
        op(_JEQ, _TIOCSTI, 0, 1),
        fail(_EPERM),
        op(_RET, _ALLOW),
        op(_JEQ, socket, 0, 3 + len(_FAMILIES)),
        op(_LD, argument_0),
        *(op(_JEQ, family, len(_FAMILIES) - index, 0) for index, family in enumerate(_FAMILIES)),
        fail(_EAFNOSUPPORT),
        op(_RET, _ALLOW),
        op(_RET, _ALLOW),
    ]
    return b"".join(program)


def install_seccomp(*, namespaces: bool = True, only_signals_to: int | None = None) -> None:
    """Put the filter in force for this process and all it starts."""
    program = seccomp_program(platform.machine(), namespaces=namespaces, only_signals_to=only_signals_to)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    call("prctl", PR_SET_SECCOMP, ctypes.c_ulong(2), header, ctypes.c_ulong(0), ctypes.c_ulong(0))


_STARTS = {
    # machine: execve, execveat
    "x86_64": (59, 322),
    "aarch64": (221, 281),
}


_FORKS = {
    # machine: clone, fork, vfork; of clone3 the other filter says that there is none
    "x86_64": (56, 57, 58),
    "aarch64": (220,),
}


_SECCOMP = {"x86_64": 317, "aarch64": 277}
_IN_ALL_THREADS, _NEW_LISTENER = 1, 8
_USER_NOTIF = 0x7FC00000
_CONTINUE = 1
_NOTIF_BYTES = 80
_NOTIF_RECV, _NOTIF_SEND = 0xC0502100, 0xC0182101


def no_other_programs() -> None:
    """Deny this process, in all of its threads, to start another program: a fresh interpreter has no decoys.

    Raises:
        IsolationError: the kernel does not take the filter. `allow_no_new_privileges` has to come first.
    """
    _add_filter(_STARTS, _ERRNO | _EPERM, _IN_ALL_THREADS)


def ask_before_each_fork() -> int:
    """Let every new process and thread of this process and of all below it wait for leave, which `Listener` gives. The
    bound on processes of Linux counts those of a user, so of all workers that share one.

    Returns: the descriptor that the listener reads. This process must not keep it, nor fork before it was passed on.

    Raises:
        IsolationError: the kernel has none of this (it came with Linux 5.5), or somebody else listens already.
    """
    return _add_filter(_FORKS, _USER_NOTIF, _NEW_LISTENER)


def _add_filter(calls: Mapping[str, tuple[int, ...]], action: int, flags: int) -> int:
    machine = platform.machine()
    if machine not in calls:
        raise IsolationError(f"no seccomp filter for the processor {machine!r}")
    architecture = _MACHINES[machine][0]

    def op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    steps = [op(_LD, 4), op(_JEQ, architecture, 1, 0), op(_RET, _KILL), op(_LD, 0)]
    if machine == "x86_64":
        steps += [op(_JGE, 0x40000000, 0, 1), op(_RET, _ERRNO | _ENOSYS)]
    for number in calls[machine]:
        steps += [op(_JEQ, number, 0, 1), op(_RET, action)]
    program = b"".join([*steps, op(_RET, _ALLOW)])
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    set_filter = ctypes.c_ulong(1)
    got = int(libc.syscall(ctypes.c_long(_SECCOMP[machine]), set_filter, ctypes.c_ulong(flags), header))
    if got < 0:
        raise IsolationError(f"seccomp: {os.strerror(ctypes.get_errno())}")
    return got


class Listener:
    """Hears of every process and thread that others want to start, and says whether they may.

    may: asked once for each.
    """

    def __init__(self, descriptor: int, may: Callable[[], bool]) -> None:
        self.descriptor = descriptor
        self.may = may

    def answer(self) -> None:
        """Answer one; where it can be read, that does not block."""
        asked = bytearray(_NOTIF_BYTES)
        try:
            fcntl.ioctl(self.descriptor, _NOTIF_RECV, asked)
        except OSError:
            return  # who asked was killed meanwhile
        (identity,) = struct.unpack_from("Q", asked)
        answer = (0, 0, _CONTINUE) if self.may() else (0, -errno.EAGAIN, 0)
        try:
            fcntl.ioctl(self.descriptor, _NOTIF_SEND, struct.pack("=QqiI", identity, *answer))
        except OSError:
            return

    def close(self) -> None:
        """Stop listening; nothing can be started any more."""
        os.close(self.descriptor)
