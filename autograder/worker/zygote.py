"""A single-threaded fork server: imports the libraries once, then forks one isolated worker per submission.

It runs inside bwrap, as an ordinary user that may still make namespaces. It runs no TensorFlow operation
(thread pools do not survive a fork) and never reads what a worker says: the submission's socket is passed on
and closed.

Control messages are JSON datagrams. From the host: `spawn` (with the worker's socket attached), `interrupt`,
`kill`. To the host: `ready`, `failed`, `interrupted`, `exit`.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import glob
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from ..answering.forbidden import hidden_paths
from . import absent, isolation, processes
from .folders import remove_tree
from .isolation import Bounds
from .seccomp import Listener

END_SECONDS = 4.0
"""How long what submissions left running is killed when the server ends; its host waits a little longer."""
POLL_SECONDS = 0.02
ORPHANS_SECONDS = 0.2
"""How long the end of a worker waits for that of what it left running."""
MAX_FILES = 20_000
OUT_OF_MEMORY = "out_of_memory"
TOO_MANY_PROCESSES = "too_many_processes"
TOO_MUCH_WRITTEN = "its files took more room than allowed"


def main(arguments: list[str]) -> None:
    """`zygote CONTROL_FD SETTINGS`, the settings as JSON: level, uid, modules."""
    control = socket.socket(fileno=int(arguments[0]))
    settings = json.loads(arguments[1])
    try:
        server = _prepare(control, settings)
    except BaseException:
        _say(control, event="failed", reason=traceback.format_exc(limit=-8)[-4000:])
        raise
    server.serve()


@dataclass
class _Worker:
    """A forked worker as the zygote sees it."""

    id: int
    pid: int
    bounds: Bounds
    namespace: str
    home: str = ""
    """Its scratch folder, where it has no file system of its own."""
    logs: Sequence[int] = ()
    """Descriptors of the files in memory behind its stdout and stderr: no process's memory, but its own doing."""
    reason: str = ""
    peak: int = 0
    exact_after: float = 0.0
    """When its memory may be asked exactly again."""
    files_after: float = 0.0
    """When its files may be counted again."""
    ends: int = -1
    """A descriptor that can be read when it has ended, where the kernel knows such a thing."""
    forks: int = 0
    """Processes and threads at the last count, and those allowed since: never fewer than there are."""


def _say(control: socket.socket, **message: Any) -> None:
    with contextlib.suppress(OSError):
        control.send(json.dumps(message).encode())


def _prepare(control: socket.socket, settings: dict[str, Any]) -> _Server:
    level = settings["level"]
    as_root = os.getuid() == 0
    if level == "full" and as_root:
        isolation.become_unprivileged(settings["uid"])
    elif level == "restricted" and as_root:
        # Only where the interpreter lies below a folder that is closed to others does it need to look in there.
        closed = [isolation.CAP_DAC_READ_SEARCH] if settings["closed"] else []
        isolation.become_unprivileged(settings["uid"], closed)
    for folder in ("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR"):
        os.makedirs(os.environ[folder], exist_ok=True)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at the terminal is the host's business
    absent.hide()

    from .child import Preparation

    # Looking for garbage again and again takes a second while libraries are imported; a collection in a child would
    # touch, and so copy, every object of theirs.
    gc.disable()
    preparation = Preparation.load(settings)
    gc.collect()
    gc.freeze()
    gc.enable()
    return _Server(control, preparation, level, settings.get("readable", ()), own_user=as_root or level == "full")


class _Server:
    """Forks, watches and reaps workers until the control socket closes."""

    def __init__(
        self, control: socket.socket, preparation: Any, level: str, readable: Sequence[str], *, own_user: bool
    ) -> None:
        self.control = control
        self.preparation = preparation
        self.level = level
        self.full = level == "full"
        self.backend = os.environ["KERAS_BACKEND"]
        self.readable = readable
        self.own_user = own_user
        self.hidden: dict[tuple[str, ...], list[str]] = {}
        self.readable_of: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
        if self.full:
            isolation.still_proc(), isolation.still_proc_of_gpus()
        if level == "restricted":
            isolation.adopt_orphans()
        self.workers: dict[int, _Worker] = {}
        self.poll = select.poll()
        self.coming: dict[int, tuple[_Worker, socket.socket]] = {}
        """Where a worker's listener will arrive, by descriptor."""
        self.listeners: dict[int, tuple[_Worker, Listener]] = {}
        self.baseline = processes.usage(os.getpid())[0]
        """Bytes that every fork shares with this process, as long as it does not write to them."""

    def serve(self) -> None:
        _say(self.control, event="ready", pid=os.getpid(), level=self.level)
        self.poll.register(self.control, select.POLLIN)
        watched = 0.0
        while True:
            for descriptor, _ in self.poll.poll(POLL_SECONDS * 1000 if self.workers else 1000):
                if descriptor in self.listeners:
                    self.listeners[descriptor][1].answer()
                elif descriptor in self.coming:
                    self._listen(descriptor)
                elif descriptor == self.control.fileno() and not self._take():
                    return self._end()
            self._reap()
            # Who waits for leave to start a process must not wait until everybody has been looked at.
            if time.monotonic() - watched >= POLL_SECONDS:
                if self.level == "restricted":
                    self._kill_orphans()
                self._watch()
                watched = time.monotonic()

    def _take(self) -> bool:
        """Do what the host says; whether it is still there."""
        try:
            body, descriptors, _, _ = socket.recv_fds(self.control, 65536, 4)
        except ConnectionError:
            return False
        if body:
            self._obey(json.loads(body), descriptors)
        return bool(body)

    def _end(self) -> None:
        for worker in list(self.workers.values()):
            self._kill(worker)
        if self.level == "restricted":
            self._kill_everybody()

    def _listen(self, descriptor: int) -> None:
        """Take a worker's listener; one that could not make any closes the way it would have come."""
        worker, end = self.coming.pop(descriptor)
        self.poll.unregister(descriptor)
        with end, contextlib.suppress(OSError):
            _, descriptors, _, _ = socket.recv_fds(end, 1, 1)
            for found in descriptors:
                self.listeners[found] = worker, Listener(found, functools.partial(self._may_fork, worker))
                self.poll.register(found, select.POLLIN)

    def _forget(self, worker: _Worker) -> None:
        """Nobody below a worker that has ended may start anything."""
        for descriptor, (owner, listener) in list(self.listeners.items()):
            if owner is worker:
                self.poll.unregister(descriptor)
                del self.listeners[descriptor]
                listener.close()
        for descriptor, (owner, end) in list(self.coming.items()):
            if owner is worker:
                self.poll.unregister(descriptor)
                del self.coming[descriptor]
                end.close()

    def _may_fork(self, worker: _Worker) -> bool:
        """Whether a worker may have one more process or thread. Who asks for too many is killed at once."""
        worker.forks += 1
        if not worker.reason and worker.forks > worker.bounds.processes:
            worker.forks = 1 + sum(processes.usage(pid)[1] for pid in processes.descendants(worker.pid))
            if worker.forks > worker.bounds.processes:
                worker.reason = TOO_MANY_PROCESSES
                self._kill(worker)
        return not worker.reason

    def _kill_everybody(self) -> None:
        """Go on until nothing is left below this process: what still forks would outlive it."""
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline and (children := processes.children(os.getpid())):
            processes.kill_trees(children)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            time.sleep(0.002)

    def _obey(self, order: dict[str, Any], descriptors: list[int]) -> None:
        if order["order"] == "spawn":
            self._spawn(order, descriptors[0])
        else:
            worker = self.workers.get(order["id"])
            if worker is not None and order["order"] == "interrupt":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGINT)
                _say(self.control, event="interrupted", id=worker.id)
            elif worker is not None:
                self._kill(worker)
        for descriptor in descriptors:
            os.close(descriptor)

    def _spawn(self, order: dict[str, Any], descriptor: int) -> None:
        bounds = msgspec.convert(order["bounds"], Bounds)
        forbidden = tuple(order["forbidden"])
        home = "" if self.full else os.path.join(os.environ["HOME"], f"worker-{order['id']}")
        logs: list[int] = []
        self._readable(forbidden), self._hidden(forbidden)
        here, there = (None, None) if self.level == "none" else socket.socketpair()
        try:
            logs += [os.memfd_create("output", os.MFD_CLOEXEC) for _ in range(2)]
            if home:
                os.mkdir(home, 0o700)
            become = functools.partial(self._become_worker, bounds, descriptor, home, logs, forbidden, there)
            pid = isolation.fork_first(become) if self.full else os.fork()
        except (OSError, isolation.IsolationError) as error:
            _say(self.control, event="exit", id=order["id"], reason=f"could not fork: {error}", peak=0)
            for log in logs:
                os.close(log)
            for end in (here, there):
                if end is not None:
                    end.close()
            return
        if pid == 0:
            become()
        namespace = ""
        if self.full:
            with contextlib.suppress(OSError):
                namespace = os.readlink(f"/proc/{pid}/ns/pid")
        worker = self.workers[order["id"]] = _Worker(order["id"], pid, bounds, namespace, home, logs)
        if self.full:
            # Else its end would be seen at the next look at everybody, and its host waits for that. In a pid namespace
            # alone it is the end of all that it started, too.
            with contextlib.suppress(OSError):
                worker.ends = os.pidfd_open(pid)
                self.poll.register(worker.ends, select.POLLIN)
        if here is not None and there is not None:
            there.close()
            self.coming[here.fileno()] = worker, here
            self.poll.register(here, select.POLLIN)

    def _hidden(self, forbidden: tuple[str, ...]) -> list[str]:
        """What must not be imported again where these built-ins are decoys; looked up once."""
        if forbidden not in self.hidden:
            self.hidden[forbidden] = hidden_paths(forbidden, _library_folders(), self.backend)
        return self.hidden[forbidden]

    def _readable(self, forbidden: tuple[str, ...]) -> tuple[Sequence[str], Sequence[str]]:
        """What Landlock leaves to be read, and to be listed."""
        if self.level != "restricted" or not forbidden:
            return self.readable, ()
        if forbidden not in self.readable_of:
            self.readable_of[forbidden] = isolation.without(self.readable, self._hidden(forbidden))
        return self.readable_of[forbidden]

    def _become_worker(
        self,
        bounds: Bounds,
        descriptor: int,
        home: str,
        logs: Sequence[int],
        forbidden: tuple[str, ...],
        listener: socket.socket | None,
    ) -> NoReturn:
        status = 70
        try:
            connection = self.preparation.isolate(
                bounds,
                descriptor,
                logs=logs,
                level=self.level,
                home=home or os.environ["HOME"],
                readable=self._readable(forbidden)[0],
                listable=self._readable(forbidden)[1],
                hidden=self._hidden(forbidden),
                own_user=self.own_user,
                listener=listener,
            )
            hidden = self._hidden(forbidden)
            self.preparation.run(connection, bounds, level=self.level, forbidden=forbidden, hidden=hidden)
            status = 0
        except BaseException:
            with contextlib.suppress(BaseException):
                os.write(2, traceback.format_exc()[-4000:].encode("utf-8", "replace"))
        finally:
            os._exit(status)

    def _kill(self, worker: _Worker) -> None:
        if self.full:
            processes.send(worker.pid, signal.SIGKILL)  # the first process of a pid namespace takes all others with it
        else:
            processes.kill_trees([worker.pid])

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for worker in list(self.workers.values()):
                if worker.pid == pid:
                    if not self.full:
                        self._kill(worker)
                    del self.workers[worker.id]
                    self._forget(worker)
                    if worker.ends >= 0:
                        self.poll.unregister(worker.ends)
                        os.close(worker.ends)
                    for log in worker.logs:
                        os.close(log)
                    if worker.home:
                        remove_tree(worker.home)
                    if self.level == "restricted":
                        self._end_orphans()
                    reason = worker.reason or _ending(status)
                    _say(self.control, event="exit", id=worker.id, reason=reason, peak=worker.peak)

    # ------------------------------------------------------------------------------------------------ monitor

    def _processes(self) -> dict[int, list[int]]:
        """The processes of every worker, by its id."""
        if not self.full:
            return {worker.id: processes.descendants(worker.pid) for worker in self.workers.values()}
        # Who became an orphan in there belongs to it all the same.
        by_namespace = {worker.namespace: worker.id for worker in self.workers.values()}
        found: dict[int, list[int]] = {worker.id: [] for worker in self.workers.values()}
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError):
                    owner = by_namespace.get(os.readlink(f"/proc/{name}/ns/pid"))
                    if owner is not None:
                        found[owner].append(int(name))
        return found

    def _kill_orphans(self) -> list[int]:
        """Kill what a worker left running; it has become a child of this process. `_reap` collects it."""
        known = {worker.pid for worker in self.workers.values()}
        orphans = [pid for pid in processes.children(os.getpid()) if pid not in known]
        processes.kill_trees(orphans)
        return orphans

    def _end_orphans(self) -> None:
        """Kill them, and wait a moment until they have ended: what is killed may be long in getting its turn to."""
        orphans = self._kill_orphans()
        deadline = time.monotonic() + ORPHANS_SECONDS
        while not all(map(processes.has_ended, orphans)) and time.monotonic() < deadline:
            time.sleep(0.002)

    def _watch(self) -> None:
        if not self.workers:
            return
        for identity, pids in self._processes().items():
            worker = self.workers[identity]
            if worker.reason:
                continue
            # Counted first and by itself: under a fork bomb every further look at a process costs dearly.
            worker.reason = TOO_MANY_PROCESSES if len(pids) > worker.bounds.processes else self._look_at(worker, pids)
            if worker.reason:
                self._kill(worker)

    def _look_at(self, worker: _Worker, pids: list[int]) -> str:
        """The reason to kill a worker, if there is one."""
        used = own = sum(os.fstat(log).st_blocks * 512 for log in worker.logs)
        tasks = 0
        for pid in pids:
            memory, threads = processes.usage(pid)
            used += memory
            own += max(0, memory - self.baseline)
            tasks += threads
        if self.level == "restricted" and _too_much_written(worker):
            return TOO_MUCH_WRITTEN
        worker.peak = max(worker.peak, used if len(pids) == 1 else own + self.baseline)
        bound = worker.bounds.memory
        if tasks > worker.bounds.processes:
            return TOO_MANY_PROCESSES
        if used <= bound:
            worker.exact_after = 0.0
            return ""
        if len(pids) == 1 or own > 2 * bound:
            return OUT_OF_MEMORY
        # Several forks share most of their pages, those of this process above all. What they really hold is
        # dear to ask, so it is not asked all the time, and not before a fork bomb would have been counted.
        began = time.monotonic()
        if not worker.exact_after:
            worker.exact_after = began + 0.15
        if began < worker.exact_after:
            return ""
        exact = processes.proportional(pids, bound) + sum(os.fstat(log).st_blocks * 512 for log in worker.logs)
        worker.exact_after = time.monotonic() + 4 * (time.monotonic() - began)
        return OUT_OF_MEMORY if exact > bound else ""


def _library_folders() -> list[str]:
    """Where libraries are installed that this interpreter could run, also when it does not look there by itself."""
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr", "/usr/local"}
    found = {path for path in sys.path if os.path.isdir(path)}
    for place in places:
        for kind in ("site-packages", "dist-packages"):
            found.update(glob.glob(os.path.join(glob.escape(place), "lib*", "python3*", kind)))
    return sorted(found)


def _too_much_written(worker: _Worker) -> bool:
    """Whether the files in its scratch folder take more room than allowed, or are too many to tell."""
    began = time.monotonic()
    if began < worker.files_after:
        return False
    size = files = 0
    folders = [worker.home]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue
        if size > worker.bounds.scratch_bytes or files > MAX_FILES:
            return True
    worker.files_after = time.monotonic() + 0.1 + 4 * (time.monotonic() - began)
    return False


def _ending(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return f"killed by {signal.Signals(number).name}"
        except ValueError:
            return f"killed by signal {number}"
    return f"ended with exit status {os.WEXITSTATUS(status)}"
