"""A process that makes the secret sheets of a class, so that those of the next assignment are made while this one is
graded.

Keras keeps settings for the whole process and Python runs one thread at a time, so a thread would help nobody. The
process that grades needs no TensorFlow then. Nothing of a submission ever gets here.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from autograder.answering.keras_internals import run_operations_directly
from autograder.quiet import quiet_stderr
from autograder.sheets import release
from autograder.sheets.oracle import GraderFault
from autograder.sheets.seeds import FIRST, Draw

_Wanted: TypeAlias = tuple[Path, str, tuple[str, ...], str, Draw]


class SheetMaker:
    """Makes secret sheets in a process of its own, one assignment after the other, in the order they are asked for.

    The process starts when it is first needed, or with `start`. It ends with `close`, and with this process.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sheets")
        self._starting = threading.Lock()
        self._asking = threading.Lock()
        self._closed = False
        self._asked: dict[_Wanted, Future[None]] = {}

    def start(self) -> None:
        """Let the process import its libraries now."""
        with self._starting:
            if self._process is None and not self._closed:
                self._start()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        package = Path(__file__).parents[2]
        # What lies in the working directory must not be taken for a library.
        command = [sys.executable, "-P", "-m", "autograder.sheets.maker", str(theirs.fileno())]
        path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
        # One backend's witnesses are held to the tolerances of all, see benchmarks/backends.py.
        environment = {**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": "tensorflow"}
        with ours, theirs:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment
            )
            self._connection = Connection(ours.detach())

    def make(
        self, course: Path, assignment: str, exercises: Sequence[str], grading_round: str, draw: Draw = FIRST
    ) -> Future[None]:
        """Have the sheets made, unless they are; they lie in `.gatebook/` when the future is done. It raises what
        `autograder.sheets.release.secret_sheets` raises."""
        wanted = (course, assignment, tuple(exercises), grading_round, draw)
        with self._asking:
            if wanted not in self._asked:
                self._asked[wanted] = self._thread.submit(self._make, wanted)
            return self._asked[wanted]

    def _make(self, wanted: _Wanted) -> None:
        if release.secret_sheets_are_made(*wanted):
            return
        self.start()
        if self._process is None or self._connection is None:
            raise GraderFault(f"The secret sheets of {wanted[1]} were not made: the maker was closed.")
        try:
            self._connection.send(wanted)
            failure = self._connection.recv()
        except (EOFError, OSError):
            ended = self._process.wait()
            self._connection.close()
            self._process = self._connection = None  # the next one starts it anew
            raise GraderFault(
                f"The process that makes the secret sheets of {wanted[1]} ended with exit status {ended}. Was it "
                "killed for its memory? Run again."
            ) from None
        if failure is not None:
            raise failure

    def close(self) -> None:
        """End the process; what is asked and not yet made is left."""
        with self._starting:
            self._closed = True
            for future in self._asked.values():
                future.cancel()
            if self._process is not None:
                self._process.terminate()
        self._thread.shutdown()
        if self._process is not None and self._connection is not None:
            self._process.wait()
            self._connection.close()


def _serve(connection: Connection) -> None:
    with quiet_stderr():
        gc.disable()  # a second less
        import keras  # noqa: F401  what takes longest, before anything is asked

        run_operations_directly()
        gc.freeze()
        gc.enable()
        while True:
            try:
                wanted = connection.recv()
            except EOFError:
                return
            failure: Exception | None = None
            try:
                release.secret_sheets(*wanted)
            except Exception as error:
                failure = error
            try:
                connection.send(failure)
            except OSError:
                return  # nobody waits any more
            except Exception:
                connection.send(GraderFault(f"{type(failure).__name__}: {failure}"))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's business, which then ends this process
    with contextlib.suppress(KeyboardInterrupt):
        _serve(Connection(int(sys.argv[1])))
