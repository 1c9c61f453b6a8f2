"""A Dask scheduler and Dask workers, each a process of its own, as if they were machines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0


def wait_until(there: Callable[[], Any], what: str) -> Any:
    """What comes, as soon as it does."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := there():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {PATIENCE:g} seconds")


class Machines:
    """Use it as a context; `folder` holds what they leave."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        options: Sequence[str] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.host = host
        self.options = list(options)
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "", **(environment or {})}
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.address = ""
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Machines:
        self.start_scheduler()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            kill(process)

    def start_scheduler(self) -> None:
        """Another one, at a port of its own."""
        place = self.folder / f"scheduler-{len(self.processes)}.json"
        port = ["--port", "0", "--scheduler-file", str(place), "--no-dashboard"]
        protocol = "tls://" if "tls" in self.options else ""
        self.scheduler = self._run("scheduler", "--host", f"{protocol}{self.host}", *port)
        self.address = wait_until(lambda: _address(place), "the scheduler")

    def start_worker(self, threads: int = 1, *more: str, within: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """A machine with so many cores. within: the command that runs it, `ip netns exec there`."""
        local = ["--local-directory", str(self.folder / f"worker-{len(self.processes)}")]
        return self._run(
            "worker", self.address, "--nworkers", "1", "--nthreads", str(threads), "--no-nanny", "--no-dashboard",
            *local, *more, within=within,
        )  # fmt: skip

    def _run(self, what: str, *arguments: str, within: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        with open(self.folder / f"{what}-{len(self.processes)}.log", "wb") as log:
            process = subprocess.Popen(
                [*within, sys.executable, "-m", "dask", what, *arguments, *self.options],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment,
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process


def _address(place: Path) -> str:
    try:
        return str(json.loads(place.read_text())["address"])
    except (OSError, ValueError):
        return ""


def kill(process: subprocess.Popen[bytes] | None) -> None:
    """End it at once, as a machine that loses power does."""
    assert process is not None
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()
