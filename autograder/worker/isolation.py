"""Lock the calling process in. Runs in a worker right after the fork, before a byte of the submission is
read.

Linux only, by ctypes alone, so that nothing has to be installed. The order matters: mounts need the
capability that is dropped next, and the seccomp filter forbids most of what comes before it.
"""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import functools
import glob
import os
import queue
import resource
import signal
import socket
import struct
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import NoReturn

import msgspec

from . import landlock
from .kernel import (
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    PR_CAP_AMBIENT,
    PR_CAP_AMBIENT_CLEAR_ALL,
    PR_CAPBSET_DROP,
    PR_SET_CHILD_SUBREAPER,
    PR_SET_DUMPABLE,
    PR_SET_KEEPCAPS,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    IsolationError,
    bind,
    call,
    libc,
    mount,
    prctl,
    unshare,
)
from .seccomp import ask_before_each_fork, install_seccomp


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
    gpu: tuple[str, ...] = ()
    """The device files of the GPU that it may use; it computes on the CPU without any."""
    gpu_memory: int = 0
    """Bytes of the GPU that TensorFlow may take."""


RESERVED_PIDS = 300
ADDRESSES = 64 * 2**30
"""Bytes of addresses of one process. The libraries take 2 GB, each thread 64 MB."""
STACK = 64 * 2**20
"""Bytes of the stack of a worker's main thread. Where that was a thread of the fork server, they count as data."""
OPEN_FILES = 512
"""Files, sockets and pipes of one process. The libraries hold 6."""
CAP_DAC_READ_SEARCH, CAP_SETPCAP, CAP_SYS_ADMIN = 2, 8, 21
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_OWN_PROC = ("cmdline", "devices", "filesystems", "sys", "version")
"""What of `/proc`, besides the processes, says nothing of what runs on the machine."""
_STILL_PROC = ("cpuinfo", "loadavg", "meminfo", "stat", "uptime")
"""What programs need of the rest: kept as it was when the fork server started."""
_STILL_PROC_OF_GPUS = ("nvidia/params", "nvidia/version", "nvidia/gpus/*/information")
"""What NVIDIA's libraries read of `/proc/driver`, as its container toolkit shows it."""
_COUNTS_IN_SYS = ("fs/aio-nr", "fs/dentry-state", "fs/file-nr", "fs/inode-nr", "fs/inode-state", "kernel/pty/nr")


def set_capabilities(capabilities: Sequence[int]) -> None:
    """Hold exactly these capabilities, none of them inheritable."""
    masks = [0, 0]
    for capability in capabilities:
        masks[capability // 32] |= 1 << (capability % 32)
    header = struct.pack("Ii", 0x20080522, 0)
    data = b"".join(struct.pack("III", mask, mask, 0) for mask in masks)
    call("capset", header, data)


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
            libc.umount2(cover.encode(), 2)
    prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    set_capabilities(capabilities)
    prctl(PR_SET_KEEPCAPS, 0)
    prctl(PR_SET_DUMPABLE, 1)  # else /proc/self belongs to root


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent ends."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def fork_first(run: Callable[[], NoReturn]) -> int:
    """Fork, and `run` in the child, which is the first process of a pid namespace of its own.

    Only a child of what unshares is in the new namespace, and where user namespaces are disabled inside the sandbox
    there is no way back into the old one. So a thread unshares, for itself alone, forks and ends. A process in its
    place would copy the tables of all pages once more, and these are half of what a fork costs.

    Returns:
        The child's process id, in the caller's own namespace.

    Raises:
        IsolationError, OSError: the namespace, the thread or the process could not be made.
    """
    wait, go = os.pipe()
    told: queue.SimpleQueue[int | Exception] = queue.SimpleQueue()
    threads = len(os.listdir("/proc/self/task"))

    def fork() -> None:
        try:
            unshare(CLONE_NEWPID)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # that the other thread waits is what is wanted
                pid = os.fork()
        except Exception as error:
            told.put(error)
            return
        if pid == 0:
            try:
                os.close(go)
                # Asked for earlier, the end of the thread would count as the parent's.
                if os.read(wait, 1):
                    os.close(wait)
                    run()
            finally:
                os._exit(71)
        told.put(pid)

    try:
        before = threading.stack_size(STACK)
        try:
            # A `Thread` would stay the child's main one, by its name.
            _thread.start_new_thread(fork, ())
        except RuntimeError as error:
            raise OSError(f"no thread could be started: {error}") from error
        finally:
            threading.stack_size(before)
        pid = told.get()
        if isinstance(pid, Exception):
            raise pid
        while len(os.listdir("/proc/self/task")) > threads:
            time.sleep(0.0001)
        os.write(go, b"g")
        return pid
    finally:
        os.close(wait)
        os.close(go)


# ----------------------------------------------------------------------------------------------------- worker


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


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
    unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC)
    call("mount", None, b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
    careful = MS_NOSUID | MS_NODEV
    mount("proc", "/proc", careful | MS_NOEXEC)
    _bound_processes(bounds.processes)
    _still_the_machine(os.environ.get("TMPDIR", "/tmp"), gpu=bool(bounds.gpu))
    mount("tmpfs", os.environ.get("TMPDIR", "/tmp"), careful, f"size={bounds.scratch_bytes},nr_inodes=20000,mode=1777")
    mount(
        "tmpfs",
        "/dev/shm",
        careful | MS_NOEXEC,
        f"size={bounds.scratch_bytes // 4},nr_inodes=2000,mode=1777",
    )
    if os.path.isdir("/dev/pts"):
        # One instance for all workers; through a terminal there they could meet.
        mount("tmpfs", "/dev/pts", careful | MS_NOEXEC | MS_RDONLY, "size=4096,nr_inodes=2")


def cover(path: str) -> None:
    """Put nothing in the place of a file or folder, in this process's own view of the file system."""
    if os.path.isdir(path):
        mount("tmpfs", path, MS_NOSUID | MS_NODEV | MS_RDONLY, "size=4096,nr_inodes=2")
    elif os.path.exists(path):
        bind(os.devnull, path)


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


@functools.cache
def still_proc_of_gpus(folder: str = "/proc/driver") -> dict[str, bytes]:
    """The files below `/proc/driver` that workers with a GPU get a copy of. The libraries are told to make no device
    files, which they would try with the help of a program of root's."""
    found = {}
    for pattern in _STILL_PROC_OF_GPUS:
        for path in glob.glob(f"{glob.escape(folder)}/{pattern}"):
            with contextlib.suppress(OSError), open(path, "rb") as file:
                text = file.read().replace(b"ModifyDeviceFiles: 1", b"ModifyDeviceFiles: 0")
                found[os.path.relpath(path, folder)] = text
    return found


def _still_the_machine(place: str, *, gpu: bool) -> None:
    """Cover what in `/proc` counts for the whole machine: through a counter that one worker moves and another reads,
    they could talk. place: a folder that is covered by something else next. gpu: show what is known of GPUs. 2 ms."""
    mount("tmpfs", place, MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4m,nr_inodes=64,mode=755")
    still = still_proc()
    for name, content in {**still, ".file": b""}.items():
        with open(f"{place}/{name}", "wb") as file:
            file.write(content)
    os.mkdir(f"{place}/.folder", 0o755)
    if gpu:
        os.mkdir(f"{place}/driver", 0o755)
    for name, content in still_proc_of_gpus().items() if gpu else ():
        os.makedirs(os.path.dirname(f"{place}/driver/{name}"), exist_ok=True)
        with open(f"{place}/driver/{name}", "wb") as file:
            file.write(content)
    flags = MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC
    mount("tmpfs", place, flags, "size=4m,nr_inodes=64,mode=755")
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit() or entry.name in _OWN_PROC or entry.is_symlink():
                continue
            cover = ".folder" if entry.is_dir() else ".file"
            if entry.name in still or (gpu and entry.name == "driver"):
                cover = entry.name
            bind(f"{place}/{cover}", entry.path)
    for name in _COUNTS_IN_SYS:
        if os.path.exists(f"/proc/sys/{name}"):
            bind(f"{place}/.file", f"/proc/sys/{name}")


def _bound_processes(processes: int) -> None:
    """Let the kernel refuse processes and threads beyond a few hundred in this pid namespace, and in no other.

    Linux counts that for each namespace since 6.14; before, the file is the machine's and cannot be written here. The
    first `RESERVED_PIDS` numbers are given out only once, so the bound is that many looser than what was asked for.
    """
    with contextlib.suppress(OSError), open("/proc/sys/kernel/pid_max", "w", encoding="ascii") as file:
        file.write(str(RESERVED_PIDS + max(1, processes)))


def limit_resources(bounds: Bounds, *, own_user: bool, shared: bool = False, was_thread: bool = False) -> None:
    """Set the process limits. NPROC counts all processes of the user, those of the other workers too: what one takes
    its neighbours lack. So it is the last resort far behind the zygote's monitor, and pointless where workers run
    as the user who grades.

    shared: neither a namespace nor the fork server bounds the processes of one submission. Then the last resort has to
    be near: thousands that want to run leave the monitor no turn. was_thread: this process is `fork_first`'s.
    """
    limits = {
        resource.RLIMIT_DATA: bounds.memory + (STACK if was_thread else 0),
        resource.RLIMIT_FSIZE: bounds.file_bytes,
        resource.RLIMIT_CPU: bounds.cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_STACK: STACK,
        # What no process holds: the kernel's tables of pages that were only looked at, and what waits in sockets. CUDA
        # takes addresses for all memory of the machine and of its GPUs; there only the monitor counts the tables.
        resource.RLIMIT_AS: resource.RLIM_INFINITY if bounds.gpu else ADDRESSES,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    if own_user:
        limits[resource.RLIMIT_NPROC] = (6 if shared else 64) * bounds.processes
    for kind, value in limits.items():
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            value = hard if value == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file that grows too large is an error, not the end


def drop_all_capabilities() -> None:
    """Empty the bounding, ambient, permitted, effective and inheritable sets."""
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        last = int(file.read())
    for capability in range(last + 1):
        prctl(PR_CAPBSET_DROP, capability)
    libc.prctl(PR_CAP_AMBIENT, *(ctypes.c_ulong(value) for value in (PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)))
    set_capabilities([])


def allow_no_new_privileges() -> None:
    """No program this process starts can gain rights; the kernel asks this before it takes a seccomp
    filter."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


# ---------------------------------------------------------------------------------------------------- seccomp


def _tell_of_forks(listener: socket.socket | None) -> bool:
    """Let the fork server bound the processes of this worker; whether it does. It must be tried before Landlock and
    the other filter, which may close the way."""
    allow_no_new_privileges()
    if listener is None:
        return False
    with listener:
        try:
            descriptor = ask_before_each_fork()
        except IsolationError:
            return False
        socket.send_fds(listener, [b"f"], [descriptor])
        os.close(descriptor)
    return True


def self_test(uid: int) -> None:
    """Put up every wall once, in a fork, as a worker would; ends the process with status 0 when all of them
    stand."""
    if os.getuid() == 0:
        become_unprivileged(uid)
    _, status = os.waitpid(fork_first(_put_up_every_wall), 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _put_up_every_wall() -> NoReturn:
    try:
        isolate(Bounds(), level="full", keep=[])
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}".encode())
        os._exit(1)
    os._exit(0)


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
    listener: socket.socket | None = None,
) -> None:
    """Everything above, in order. The level `none` has no walls, only the limits.

    readable, writable: what `restricted` leaves of the file system. hidden: files and folders that are empty in `full`
        (for `restricted`, see `without`). listable: folders whose names may be read there. own_user: no other
        process on the machine runs as this user. listener: takes the descriptor that tells of new processes; closed
        here.

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
    heard = level != "none" and _tell_of_forks(listener)
    limit_resources(
        bounds,
        own_user=own_user and level != "none",
        shared=level == "restricted" and not heard,
        was_thread=level == "full",
    )
    if level == "full":
        drop_all_capabilities()
        allow_no_new_privileges()
        install_seccomp()
    elif level == "restricted":
        # What its children leave behind stays below it, where the monitor finds it.
        adopt_orphans()
        landlock.restrict([*readable, "/proc"], writable, _DEVICES, listable, bounds.gpu)
        scoped = landlock.version() >= landlock.SCOPED
        install_seccomp(namespaces=False, only_signals_to=None if scoped else os.getpid())
