"""Processes as `/proc` shows them: who is below whom, what they hold, and their end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence

STOP_SECONDS = 1.0


def children(parent: int) -> list[int]:
    """The processes that the threads of a process have forked, and the orphans that it has adopted."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{parent}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{parent}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    return found


def descendants(pid: int) -> list[int]:
    """A process and all below it."""
    found = {pid: None}
    waiting = [pid]
    while waiting:
        new = [child for child in children(waiting.pop()) if child not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return list(found)


def send(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def kill_trees(roots: Sequence[int]) -> None:
    """Kill processes and all below them. They are stopped first: what is only killed takes long to get its turn to end,
    and meanwhile the others fork on."""
    stopped: dict[int, None] = {}
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        new = [pid for root in roots for pid in descendants(root) if pid not in stopped]
        if not new:
            break
        for pid in new:
            send(pid, signal.SIGSTOP)
        stopped.update(dict.fromkeys(new))
    for pid in stopped:
        send(pid, signal.SIGKILL)


def usage(pid: int) -> tuple[int, int]:
    """Anonymous and shared memory and tables of pages in bytes, and the number of threads."""
    memory = threads = 0
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            for line in file:
                if line.startswith((b"RssAnon:", b"RssShmem:", b"VmPTE:")):
                    memory += int(line.split()[1]) * 1024
                elif line.startswith(b"Threads:"):
                    threads = int(line.split()[1])
                    break
    except (OSError, ValueError):
        pass
    return memory, threads


def proportional(pids: list[int], bound: int, seconds: float = 0.2) -> int:
    """Memory of the processes, pages shared by n of them counted 1/n; it stops when the bound or the time is
    passed. 14 ms a process, more while it forks."""
    deadline = time.monotonic() + seconds
    memory = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
                for line in file:
                    if line.startswith((b"Pss_Anon:", b"Pss_Shmem:")):
                        memory += int(line.split()[1]) * 1024
        except (OSError, ValueError):
            # A process may forbid to look at it in detail; then all it shows is its own.
            memory += usage(pid)[0]
        if memory > bound or time.monotonic() > deadline:
            break
    return memory


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits for nothing but that its parent takes note."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    return True
