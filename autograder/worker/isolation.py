"""Lock the calling process in. Runs in a worker right after the fork, before a byte of the submission is
read.

Linux only, by ctypes alone, so that nothing has to be installed. The order matters: mounts need the
capability that is dropped next, and the seccomp filter forbids most of what comes before it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import platform
import resource
import signal
import struct
from collections.abc import Sequence

import msgspec

from . import landlock


class IsolationError(Exception):
    """A wall of the sandbox could not be put up; the worker must not run."""


class Bounds(msgspec.Struct, frozen=True):
    """What one worker may use."""

    memory: int = 2 * 2**30
    """Bytes of anonymous and shared memory over all of its processes, the libraries' 250 MB included."""
    processes: int = 128
    """Processes and threads."""
    cpu_seconds: int = 600
    file_bytes: int = 256 * 2**20
    scratch_bytes: int = 512 * 2**20
    """Size of its `/tmp`; `/dev/shm` gets a quarter."""
    output_bytes: int = 4 * 2**20
    """Bytes of output that are kept of one cell."""


_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWNS = 0x00020000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
_CLONE_NEW_ANY = 0x7E020000 | 0x00000080
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 32, 4096, 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS = 1, 4, 8
_PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 22, 24, 36, 38
RESERVED_PIDS = 300
ADDRESSES = 64 * 2**30
"""Bytes of addresses of one process. The libraries take 2 GB, each thread 64 MB."""
OPEN_FILES = 512
"""Files, sockets and pipes of one process. The libraries hold 6."""
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAP_DAC_READ_SEARCH, CAP_SETPCAP, CAP_SYS_ADMIN = 2, 8, 21
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_OWN_PROC = ("cmdline", "devices", "filesystems", "sys", "version")
"""What of `/proc`, besides the processes, says nothing of what runs on the machine."""
_STILL_PROC = ("cpuinfo", "loadavg", "meminfo", "stat", "uptime")
"""What programs need of the rest: kept as it was when the fork server started."""
_COUNTS_IN_SYS = ("fs/aio-nr", "fs/dentry-state", "fs/file-nr", "fs/inode-nr", "fs/inode-state", "kernel/pty/nr")


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise IsolationError(f"{name}{arguments}: {os.strerror(number)}")


def prctl(option: int, argument: int = 0, third: int = 0) -> None:
    """`prctl(2)`."""
    _call("prctl", option, *(ctypes.c_ulong(value) for value in (argument, third, 0, 0)))


def unshare(flags: int) -> None:
    """`unshare(2)`."""
    _call("unshare", flags)


def mount(kind: str, target: str, flags: int, options: str = "") -> None:
    """`mount(2)`."""
    _call(
        "mount",
        kind.encode(),
        target.encode(),
        kind.encode(),
        ctypes.c_ulong(flags),
        options.encode() or None,
    )


def _bind(source: str, target: str) -> None:
    _call("mount", source.encode(), target.encode(), None, ctypes.c_ulong(_MS_BIND), None)


def set_capabilities(capabilities: Sequence[int]) -> None:
    """Hold exactly these capabilities, none of them inheritable."""
    masks = [0, 0]
    for capability in capabilities:
        masks[capability // 32] |= 1 << (capability % 32)
    header = struct.pack("Ii", 0x20080522, 0)
    data = b"".join(struct.pack("III", mask, mask, 0) for mask in masks)
    _call("capset", header, data)


# ----------------------------------------------------------------------------------------------------- zygote


def become_unprivileged(uid: int, capabilities: Sequence[int] = (CAP_SETPCAP, CAP_SYS_ADMIN)) -> None:
    """Turn the zygote from root into an ordinary user that keeps the capabilities it needs, by default those to
    isolate workers by namespaces.

    Process limits do not bind uid 0, and uid 0 may write to `/proc/sys`, namespaces or not.
    """
    for cover in ("/proc/irq", "/proc/bus"):
        # bwrap covers these for root; the kernel lets no fresh /proc be mounted while parts of this one are
        # covered.
        if CAP_SYS_ADMIN in capabilities:
            _libc.umount2(cover.encode(), 2)
    prctl(_PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    set_capabilities(capabilities)
    prctl(_PR_SET_KEEPCAPS, 0)
    prctl(_PR_SET_DUMPABLE, 1)  # else /proc/self belongs to root


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent ends."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


class PidNamespaces:
    """Lets a fork of this process become the first process of its own pid namespace.

    Only a child of the process that unshares is in the new namespace, and where user namespaces are disabled
    inside the sandbox there is no way back into the old one. So a process in between unshares, forks and
    ends; this one, a subreaper, inherits the worker. Nothing is left that shares the worker's fate or its
    namespace.
    """

    def __init__(self) -> None:
        adopt_orphans()
        still_proc()

    def fork(self) -> int:
        """Like `os.fork`.

        Raises:
            IsolationError: the namespace could not be made.
        """
        told, tell = os.pipe()
        wait, go = os.pipe()
        between = os.fork()
        if between == 0:
            try:
                unshare(_CLONE_NEWPID)
                pid = os.fork()
                if pid == 0:
                    for descriptor in (told, tell, go):
                        os.close(descriptor)
                    # Asked for earlier, the end of the process in between would count as the parent's.
                    if not os.read(wait, 1):
                        os._exit(71)
                    os.close(wait)
                    return 0
                os.write(tell, struct.pack("q", pid))
            except BaseException:
                os._exit(71)
            os._exit(0)
        for descriptor in (tell, wait):
            os.close(descriptor)
        try:
            os.waitpid(between, 0)
            written = os.read(told, 8)
            if len(written) != 8:
                raise IsolationError("a pid namespace could not be made")
            os.write(go, b"g")
            return int(struct.unpack("q", written)[0])
        finally:
            os.close(told)
            os.close(go)


# ----------------------------------------------------------------------------------------------------- worker


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def close_all_but(keep: Sequence[int]) -> None:
    """Close every file descriptor from 3 upwards except those given."""
    lowest = 3
    for descriptor in sorted(keep):
        os.closerange(lowest, descriptor)
        lowest = max(lowest, descriptor + 1)
    os.closerange(lowest, 1 << 20)


def enter_namespaces(bounds: Bounds) -> None:
    """Own mounts, network and System V objects; a `/proc` of this pid namespace; an empty, bounded scratch folder
    (`/tmp`, or whatever `TMPDIR` names) and `/dev/shm`."""
    unshare(_CLONE_NEWNS | _CLONE_NEWNET | _CLONE_NEWIPC)
    _call("mount", None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    careful = _MS_NOSUID | _MS_NODEV
    mount("proc", "/proc", careful | _MS_NOEXEC)
    _bound_processes(bounds.processes)
    _still_the_machine(os.environ.get("TMPDIR", "/tmp"))
    mount("tmpfs", os.environ.get("TMPDIR", "/tmp"), careful, f"size={bounds.scratch_bytes},nr_inodes=20000,mode=1777")
    mount(
        "tmpfs",
        "/dev/shm",
        careful | _MS_NOEXEC,
        f"size={bounds.scratch_bytes // 4},nr_inodes=2000,mode=1777",
    )
    if os.path.isdir("/dev/pts"):
        # One instance for all workers; through a terminal there they could meet.
        mount("tmpfs", "/dev/pts", careful | _MS_NOEXEC | _MS_RDONLY, "size=4096,nr_inodes=2")


def cover(path: str) -> None:
    """Put nothing in the place of a file or folder, in this process's own view of the file system."""
    if os.path.isdir(path):
        mount("tmpfs", path, _MS_NOSUID | _MS_NODEV | _MS_RDONLY, "size=4096,nr_inodes=2")
    elif os.path.exists(path):
        _bind(os.devnull, path)


def without(readable: Sequence[str], hidden: Sequence[str]) -> tuple[list[str], list[str]]:
    """A list of what may be read, without what is hidden: a folder that holds it is named by what else is in it now.
    And these folders, whose names Python has to read to import the rest."""
    away = {os.path.realpath(path) for path in hidden}
    around = {parent for path in away for parent in _parents(path)}
    found: list[str] = []
    opened: list[str] = []
    waiting = list(readable)
    while waiting:
        path = waiting.pop()
        real = os.path.realpath(path)
        if real in away or any(parent in away for parent in _parents(real)):
            continue
        if real in around and os.path.isdir(path):
            opened.append(path)
            waiting += [os.path.join(path, name) for name in os.listdir(path)]
        elif os.path.exists(path):
            found.append(path)
    return sorted(found), sorted(opened)


def _parents(path: str) -> list[str]:
    found = []
    while (parent := os.path.dirname(path)) != path:
        found.append(path := parent)
    return found


@functools.cache
def still_proc() -> dict[str, bytes]:
    """The files of `/proc` that workers get a copy of, as they were at the first call."""
    found = {}
    for name in _STILL_PROC:
        with contextlib.suppress(OSError), open(f"/proc/{name}", "rb") as file:
            found[name] = file.read()
    return found


def _still_the_machine(place: str) -> None:
    """Cover what in `/proc` counts for the whole machine: through a counter that one worker moves and another reads,
    they could talk. place: a folder that is covered by something else next. 2 ms."""
    mount("tmpfs", place, _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "size=4m,nr_inodes=64,mode=755")
    still = still_proc()
    for name, content in {**still, ".file": b""}.items():
        with open(f"{place}/{name}", "wb") as file:
            file.write(content)
    os.mkdir(f"{place}/.folder", 0o755)
    flags = _MS_REMOUNT | _MS_RDONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    mount("tmpfs", place, flags, "size=4m,nr_inodes=64,mode=755")
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit() or entry.name in _OWN_PROC or entry.is_symlink():
                continue
            cover = entry.name if entry.name in still else ".folder" if entry.is_dir() else ".file"
            _bind(f"{place}/{cover}", entry.path)
    for name in _COUNTS_IN_SYS:
        if os.path.exists(f"/proc/sys/{name}"):
            _bind(f"{place}/.file", f"/proc/sys/{name}")


def _bound_processes(processes: int) -> None:
    """Let the kernel refuse processes and threads beyond a few hundred in this pid namespace, and in no other.

    Linux counts that for each namespace since 6.14; before, the file is the machine's and cannot be written here. The
    first `RESERVED_PIDS` numbers are given out only once, so the bound is that many looser than what was asked for.
    """
    with contextlib.suppress(OSError), open("/proc/sys/kernel/pid_max", "w", encoding="ascii") as file:
        file.write(str(RESERVED_PIDS + max(1, processes)))


def limit_resources(bounds: Bounds, *, own_user: bool, shared: bool = False) -> None:
    """Set the process limits. NPROC counts all processes of the user, those of the other workers too: what one takes
    its neighbours lack. So it is the last resort far behind the zygote's monitor, and pointless where workers run
    as the user who grades.

    shared: no namespace bounds the processes of one submission. Then the last resort has to be near: thousands that
    want to run leave the monitor no turn.
    """
    limits = {
        resource.RLIMIT_DATA: bounds.memory,
        resource.RLIMIT_FSIZE: bounds.file_bytes,
        resource.RLIMIT_CPU: bounds.cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_STACK: 64 * 2**20,
        # What no process holds: the kernel's tables of pages that were only looked at, and what waits in sockets.
        resource.RLIMIT_AS: ADDRESSES,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    if own_user:
        limits[resource.RLIMIT_NPROC] = (6 if shared else 64) * bounds.processes
    for kind, value in limits.items():
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(kind, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is an error, not the end


def drop_all_capabilities() -> None:
    """Empty the bounding, ambient, permitted, effective and inheritable sets."""
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        last = int(file.read())
    for capability in range(last + 1):
        prctl(_PR_CAPBSET_DROP, capability)
    _libc.prctl(_PR_CAP_AMBIENT, *(ctypes.c_ulong(value) for value in (_PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)))
    set_capabilities([])


def allow_no_new_privileges() -> None:
    """No program this process starts can gain rights; the kernel asks this before it takes a seccomp
    filter."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


# ---------------------------------------------------------------------------------------------------- seccomp

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
        op(_JSET, _CLONE_NEW_ANY, 0, 1),
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
    _call("prctl", _PR_SET_SECCOMP, ctypes.c_ulong(2), header, ctypes.c_ulong(0), ctypes.c_ulong(0))


_STARTS = {
    # machine: execve, execveat
    "x86_64": (59, 322),
    "aarch64": (221, 281),
}
_SECCOMP = {"x86_64": 317, "aarch64": 277}


def no_other_programs() -> None:
    """Deny this process, in all of its threads, to start another program: a fresh interpreter has no decoys.

    Raises:
        IsolationError: the kernel does not take the filter. `allow_no_new_privileges` has to come first.
    """
    machine = platform.machine()
    if machine not in _STARTS:
        raise IsolationError(f"no seccomp filter for the processor {machine!r}")
    architecture = _MACHINES[machine][0]

    def op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, value)

    steps = [op(_LD, 4), op(_JEQ, architecture, 1, 0), op(_RET, _KILL), op(_LD, 0)]
    if machine == "x86_64":
        steps += [op(_JGE, 0x40000000, 0, 1), op(_RET, _ERRNO | _ENOSYS)]
    for number in _STARTS[machine]:
        steps += [op(_JEQ, number, 0, 1), op(_RET, _ERRNO | _EPERM)]
    program = b"".join([*steps, op(_RET, _ALLOW)])
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    set_filter, all_threads = ctypes.c_ulong(1), ctypes.c_ulong(1)
    if _libc.syscall(ctypes.c_long(_SECCOMP[machine]), set_filter, all_threads, header) != 0:
        raise IsolationError(f"seccomp: {os.strerror(ctypes.get_errno())}")


def self_test(uid: int) -> None:
    """Put up every wall once, in a fork, as a worker would; ends the process with status 0 when all of them
    stand."""
    if os.getuid() == 0:
        become_unprivileged(uid)
    pid = PidNamespaces().fork()
    if pid == 0:
        try:
            isolate(Bounds(), level="full", keep=[])
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}".encode())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def self_test_restricted(uid: int, readable: Sequence[str]) -> None:
    """The same for the level `restricted`."""
    if os.getuid() == 0:
        become_unprivileged(uid, [CAP_DAC_READ_SEARCH])
    try:
        isolate(Bounds(), level="restricted", keep=[], readable=readable, writable=[])
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os._exit(0)


def isolate(
    bounds: Bounds,
    *,
    level: str,
    keep: Sequence[int],
    readable: Sequence[str] = (),
    writable: Sequence[str] = (),
    hidden: Sequence[str] = (),
    listable: Sequence[str] = (),
    own_user: bool = True,
) -> None:
    """Everything above, in order. The level `none` has no walls, only the limits.

    readable, writable: what `restricted` leaves of the file system. hidden: files and folders that are empty in `full`
        (for `restricted`, see `without`). listable: folders whose names may be read there. own_user: no other
        process on the machine runs as this user.

    Raises:
        IsolationError, LandlockError: a step failed; the process must end without running the submission.
    """
    os.nice(19)  # the monitor must keep the upper hand over many busy processes
    os.setsid()  # process groups cross pid namespaces: kill(0, 9) must not reach the zygote
    die_with_parent()
    close_all_but(keep)
    if level == "full":
        enter_namespaces(bounds)
        for path in hidden:
            cover(path)
    limit_resources(bounds, own_user=own_user and level != "none", shared=level == "restricted")
    if level == "full":
        drop_all_capabilities()
        allow_no_new_privileges()
        install_seccomp()
    elif level == "restricted":
        # What its children leave behind stays below it, where the monitor finds it.
        adopt_orphans()
        allow_no_new_privileges()
        landlock.restrict([*readable, "/proc"], writable, _DEVICES, listable)
        scoped = landlock.version() >= landlock.SCOPED
        install_seccomp(namespaces=False, only_signals_to=None if scoped else os.getpid())
