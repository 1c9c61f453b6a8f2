"""The trusted side: starts the fork server, hands out workers, and never waits for one longer than it said.

One `Zygote` serves any number of host threads; each `Worker` belongs to the thread that spawned it. What a
worker says is a claim: a message that is late, too long, of the wrong type or not a message at all ends the
worker, never the host.
"""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec

from autograder.answering import protocol
from autograder.answering.protocol import (
    Hello,
)
from autograder.running import devices
from autograder.running.devices import DeviceError, Gpu
from autograder.running.sandbox import Walls
from autograder.running.workers import (
    HELLO_SECONDS,
    Life,
    Limits,
    Worker,
    WorkerDied,
    WorkerError,
    ZygoteError,
)
from autograder.worker.isolation import Bounds

START_SECONDS = 120.0
GPU_MEMORY = 2**30
GPU_SECONDS = 60.0
"""How much longer a worker may take until it is ready that starts a GPU; mostly it is a second."""


class Host(Protocol):
    """Where workers come from: this machine's `Zygote`, or `cluster.Cluster`. level: of the sandbox. It starts with a
    `with` and closes at its end."""

    level: str

    def workers(self, wanted: int | None = None) -> int: ...

    def start(self) -> None: ...

    def close(self) -> None: ...

    def spawn(self, limits: Limits | None = None, forbidden: Sequence[str] = ()) -> Worker: ...

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Zygote(Host):
    """A warm process with Keras, its backend and IPython loaded, from which workers are forked.

    Start it with `with Zygote() as zygote:`. It starts anew by itself when it has died.

    level: `full`, `restricted` or `none`. backend: of Keras. private: further folders that workers must never see.
    preload: modules to import before the first fork; None: Keras, its backend, IPython, matplotlib.
    gpu: what workers compute with, the CPU by default. gpu_memory: bytes of it for each.

    Raises:
        SandboxError: the level cannot be had here (when entered).
        ZygoteError: the process did not start.
        DeviceError: workers cannot compute on the GPU.
    """

    def __init__(
        self,
        level: str = "full",
        *,
        backend: str = "tensorflow",
        private: Sequence[Path] = (),
        preload: Sequence[str] | None = None,
        gpu: Gpu | None = None,
        gpu_memory: int = GPU_MEMORY,
    ) -> None:
        self.level = level
        self.backend = backend
        self.private = tuple(private)
        self.gpu = gpu
        self.gpu_memory = gpu_memory
        self._computes = gpu is None
        self.settings: dict[str, Any] = {} if preload is None else {"modules": list(preload)}
        self.restarts = 0
        self._walls: Walls | None = None
        self._life: Life | None = None
        self._starting: Life | None = None
        self._closing = False
        self._lock = threading.Lock()
        self._ids = itertools.count(1)

    def start(self) -> None:
        """Start the process, if it does not run; takes a few seconds. A first worker tries the GPU."""
        with self._lock:
            self._living()
        if self.gpu is not None and not self._computes:
            try:
                self.spawn().close()
            except WorkerDied as error:
                raise DeviceError(f"{self.gpu.name} does not compute for workers: {error.reason}") from None
            self._computes = True

    def workers(self, wanted: int | None = None) -> int:
        """How many submissions run at a time: as many as are wanted, by default one for each core, and no more than the
        GPU has memory for.

        Raises:
            DeviceError: it has not enough for one.
        """
        number = wanted or len(os.sched_getaffinity(0))
        return number if self.gpu is None else self.gpu.workers(self.gpu_memory, number)

    def close(self) -> None:
        """End it and all its workers, also while another thread waits for it to start."""
        self._closing = True
        if (starting := self._starting) is not None:
            starting.kill()
        with self._lock:
            self._closing = False
            if self._life is not None:
                self._life.close()
                self._life = None
            if self._walls is not None:
                self._walls.remove()
                self._walls = None

    def spawn(self, limits: Limits | None = None, forbidden: Sequence[str] = ()) -> Worker:
        """Fork a worker and wait until it is locked in.

        forbidden: families of built-ins that compute something else in it, see `decoys`.

        Raises:
            WorkerDied: it did not come up, also not after the fork server was started anew.
        """
        limits = limits or Limits()
        for attempt in range(3):
            with self._lock:
                life = self._living()
            try:
                return self._spawn(life, limits, forbidden)
            except (OSError, WorkerError):
                if attempt == 2 or not (life.ended or life.process.poll() is not None):
                    raise
        raise AssertionError("unreachable")

    def _spawn(self, life: Life, limits: Limits, forbidden: Sequence[str]) -> Worker:
        ours, theirs = socket.socketpair()
        worker = Worker(next(self._ids), ours, life, limits)
        life.workers[worker.id] = worker
        seconds = HELLO_SECONDS if self.gpu is None else HELLO_SECONDS + GPU_SECONDS
        try:
            with theirs:
                bounds = msgspec.to_builtins(self._bounds(limits))
                order = {"order": "spawn", "id": worker.id, "bounds": bounds, "forbidden": list(forbidden)}
                life.order(order, [theirs.fileno()])
            hello = worker._receive(Hello, time.monotonic() + seconds)
        except TimeoutError:
            worker.close()
            raise WorkerDied(f"it was not ready within {seconds:g} seconds; {life.said()}") from None
        except BaseException as error:
            worker.close()
            if isinstance(error, WorkerDied) and life.said():
                raise WorkerDied(f"{error.reason}; {life.said()}") from None
            raise
        if hello.version != protocol.VERSION:
            worker.close()
            raise WorkerDied(f"it speaks version {hello.version} of the protocol, this is {protocol.VERSION}")
        if hello.refused:
            worker.close()
            raise WorkerDied(hello.refused)
        return worker

    def _bounds(self, limits: Limits) -> Bounds:
        bounds = limits.bounds()
        if self.gpu is None:
            return bounds
        return msgspec.structs.replace(
            bounds, memory=bounds.memory + devices.HOST_MEMORY, gpu=self.gpu.files(), gpu_memory=self.gpu_memory
        )

    def _living(self) -> Life:
        life = self._life
        if life is not None and not life.ended and life.process.poll() is None:
            return life
        if life is not None:
            life.close()
            self.restarts += 1
        if self._walls is None:
            self._walls = Walls.build(self.level, backend=self.backend, private=self.private, gpu=self.gpu)
        self._life = self._start(self._walls)
        return self._life

    def _start(self, walls: Walls) -> Life:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        errors = tempfile.TemporaryFile()
        with theirs:
            # Not tied to this thread's life (as by --die-with-parent): the closed control socket ends the
            # fork server.
            process = subprocess.Popen(
                walls.zygote_command(theirs.fileno(), self.settings),
                env=walls.environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                cwd="/",
                start_new_session=True,
            )
        life = Life(process, ours, errors)
        threading.Thread(target=life.listen, name="zygote-events", daemon=True).start()
        self._starting = life
        if self._closing:
            life.kill()
        life.ready.wait(START_SECONDS)
        self._starting = None
        if not life.ready.is_set() or life.ended:
            said = "\n".join(part for part in (life.failure, life.said()) if part)
            life.close()
            raise ZygoteError(f"The fork server did not start. It said:\n{said or '(nothing)'}")
        return life
