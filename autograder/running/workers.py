"""One worker as the trusted side sees it: what it is told, and how long it is waited for."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeVar

from autograder.answering import protocol
from autograder.answering.protocol import (
    Answer,
    Answers,
    Ask,
    CellDone,
    FilePut,
    FromWorker,
    GoBack,
    Keep,
    Kept,
    Names,
    NamesDefined,
    ProtocolError,
    PutFile,
    Question,
    RunCell,
    ToWorker,
    TrainModel,
)
from autograder.running.claims import (
    checked_answer,
    checked_outputs,
    checked_problem,
    checked_reached,
    is_of_unfinished_training,
)
from autograder.time_limits import CELL_SECONDS, QUESTION_SECONDS, seconds_for
from autograder.worker.isolation import Bounds
from autograder.worker.zygote import OUT_OF_MEMORY

HELLO_SECONDS = 30.0
EXIT_SECONDS = 5.0
CUT = "\n[The rest of the output was left out: a cell may show {:,} bytes.]\n"
INTERRUPT_AGAIN = 1.0
"""After so many seconds: what C calls, as TensorFlow does amid tracing, may have swallowed an interrupt."""
PUT_SECONDS = 60.0
AFTERMATH_SECONDS = 1.0
"""How long a cell that left processes running waits for them."""
PIECE = 8 * 2**20
"""Bytes of a file that are sent at once."""
MAX_REPLY = 24 * 2**20
ZYGOTE_ENDED = "the fork server ended"
_Reply = TypeVar("_Reply", bound=FromWorker)


@dataclass(frozen=True)
class Limits:
    """What one submission may use. All seconds are of the wall clock."""

    cell_seconds: float = CELL_SECONDS
    question_seconds: float = QUESTION_SECONDS
    submission_seconds: float = 600.0
    grace_seconds: float = 5.0
    """How long a worker may take to stop after an interrupt before it is killed."""
    memory: int = 2 * 2**30
    """Bytes over all processes of the submission, the 250 MB of the libraries included."""
    output_bytes: int = 4 * 2**20
    """Bytes of output kept of one cell."""
    processes: int = 128
    scratch_bytes: int = 512 * 2**20
    file_bytes: int = 256 * 2**20

    def bounds(self) -> Bounds:
        """The part of the limits that is enforced inside."""
        return Bounds(
            memory=self.memory,
            processes=self.processes,
            cpu_seconds=int(2 * self.submission_seconds) + 60,
            file_bytes=self.file_bytes,
            scratch_bytes=self.scratch_bytes,
            output_bytes=self.output_bytes,
        )


class WorkerError(Exception):
    """A worker did not do what it was asked. `answers`: those to earlier questions of the same request."""

    def __init__(self, message: str, answers: tuple[Answer, ...] = ()) -> None:
        super().__init__(message)
        self.answers = answers


class WorkerTimeout(WorkerError):
    """It took longer than allowed. `alive`: it stopped when interrupted and can go on; else it was killed.
    `reply`: what it said on being interrupted. `submission`: the time of the whole submission is used up."""

    def __init__(
        self, message: str, *, alive: bool = False, reply: FromWorker | None = None, submission: bool = False
    ) -> None:
        super().__init__(message)
        self.alive = alive
        self.reply = reply
        self.submission = submission


class WorkerOutOfMemory(WorkerError):
    """It was killed because its processes held more memory than allowed."""


class WorkerDied(WorkerError):
    """It ended, or broke the protocol and was ended. `reason` says how."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the worker ended: {reason}")
        self.reason = reason


class WorkerVanished(WorkerDied):
    """It ended by no doing of the submission's: the fork server ended, or somebody killed the worker."""


class ZygoteError(Exception):
    """The fork server could not be started. The message holds what it said."""


class NoWorkersError(Exception):
    """No worker is to be had any more, whatever the submission. Grading stops; the message says what to do."""


class Control(Protocol):
    """Where orders about workers go to, and who answers for them."""

    ended: bool

    def order(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Raises OSError: nobody is there."""

    def answers(self) -> bool:
        """Whether somebody is there, and hears."""


class Worker:
    """One locked-in process for one submission. Use it from one thread."""

    def __init__(self, identity: int, connection: socket.socket, life: Control, limits: Limits) -> None:
        self.id = identity
        self.limits = limits
        self.started = time.monotonic()
        self.peak_memory = 0
        """Bytes, as last reported by the monitor; known when the worker has ended."""
        self._connection = connection
        self._life = life
        self._exit = threading.Event()
        self._interrupted = threading.Event()
        self._reason = ""

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ----------------------------------------------------------------------------------------------- requests

    def put(self, name: str, place: Path) -> None:
        """Copy a file into the notebook's folder, where it can only be read; before any cell.

        Raises:
            OSError: it cannot be read, or not be written there.
            WorkerTimeout, WorkerDied: see there.
        """
        with open(os.open(place, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            piece = file.read(PIECE)
            first = True
            while first or piece:
                following = file.read(PIECE)
                told = self._request(
                    PutFile(name, piece, first, not following), FilePut, PUT_SECONDS, f"copying the file {name}"
                )
                if told.problem:
                    raise OSError(f"{name} could not be copied to the worker: {told.problem[:200]}")
                piece, first = following, False

    def run_cell(
        self,
        cell_id: str,
        source: str,
        until: int = 0,
        before: int = 0,
        after: int = 0,
        *,
        seconds: float = 0.0,
        aftermath: float = AFTERMATH_SECONDS,
        as_it_stands: bool = False,
    ) -> CellDone:
        """Run one code cell. until, before, after, aftermath, as_it_stands: see `protocol.RunCell`. seconds: what it
        may take, where that is more than `Limits.cell_seconds`.

        Raises:
            WorkerTimeout, WorkerOutOfMemory, WorkerDied: see there.
        """
        order = RunCell(cell_id, source, until, before, after, aftermath, as_it_stands)
        try:
            done = self._request(order, CellDone, max(self.limits.cell_seconds, seconds), "the cell")
        except WorkerTimeout as error:
            if isinstance(error.reply, CellDone):
                error.reply = self._checked(cell_id, error.reply)
            raise
        return self._checked(cell_id, done)

    def _checked(self, cell_id: str, done: CellDone) -> CellDone:
        outputs = checked_outputs(done.outputs, 2 * self.limits.output_bytes + 65536)
        if done.truncated:
            note = {"output_type": "stream", "name": "stderr", "text": CUT.format(self.limits.output_bytes)}
            outputs = json.dumps([*json.loads(outputs), note])
        return CellDone(
            cell_id, outputs, checked_problem(done.problem), done.truncated, checked_reached(done.reached),
            max(0, done.line), done.alike,
        )  # fmt: skip

    def ask(self, questions: Sequence[Question], seconds: float | None = None) -> Answers:
        """Ask questions about the names defined so far, one after another, each with its own deadline: `seconds`, or
        what the limits say. Where a model could not be trained in time, the answer holds what is known.

        Raises:
            WorkerTimeout, WorkerOutOfMemory, WorkerDied: with the answers so far.
        """
        answers: list[Answer] = []
        for question in questions:
            began = time.monotonic()
            try:
                reply = self._request(
                    Ask((question,)),
                    Answers,
                    seconds_for(question, self.limits.question_seconds) if seconds is None else seconds,
                    "a question",
                )
            except WorkerError as error:
                known = error.reply if isinstance(error, WorkerTimeout) and isinstance(question, TrainModel) else None
                if not isinstance(known, Answers) or not is_of_unfinished_training(known):
                    error.answers = tuple(answers)
                    raise
                reply = known
            if len(reply.answers) != 1:
                raise self._broken(f"{len(reply.answers)} answers to one question", tuple(answers))
            answers.append(checked_answer(reply.answers[0], time.monotonic() - began))
        return Answers(tuple(answers))

    def keep(self, cell_id: str, name: str) -> None:
        """Have it remembered what a name is made of at a grade cell, see `protocol.Keep`."""
        self._request(Keep(cell_id, name), Kept, self.limits.question_seconds, "remembering names")

    def go_back(self, cell_id: str) -> bool:
        """Have names put back, see `protocol.GoBack`. Whether what is inside of them is as it was, too."""
        return self._request(GoBack(cell_id), Kept, self.limits.question_seconds, "putting names back").alike

    def names(self) -> tuple[str, ...]:
        """The names that the notebook has defined so far."""
        reply = self._request(Names(), NamesDefined, self.limits.question_seconds, "the list of names")
        return tuple(name[:100] for name in reply.names[:1000])

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the worker, as Ctrl-C would."""
        self._interrupted.clear()
        with contextlib.suppress(OSError):
            self._life.order({"order": "interrupt", "id": self.id})
            # A signal that is still on its way must not hit the next request.
            self._interrupted.wait(1.0)

    def kill(self) -> None:
        """End the worker and everything it started, at once."""
        with contextlib.suppress(OSError):
            self._life.order({"order": "kill", "id": self.id})

    def close(self) -> None:
        """Let the worker go. What it left running is killed."""
        self._connection.close()
        if not self._exit.is_set() and not self._life.ended:
            self.kill()
            self._exit.wait(EXIT_SECONDS)

    # ----------------------------------------------------------------------------------------------- messages

    def _request(self, message: ToWorker, expected: type[_Reply], seconds: float, what: str) -> _Reply:
        spent = time.monotonic() - self.started
        left = self.limits.submission_seconds - spent
        if left <= 0:
            self.kill()
            raise WorkerTimeout(
                f"the submission took longer than its {self.limits.submission_seconds:g} seconds",
                submission=True,
            )
        try:
            self._connection.settimeout(min(seconds, left))
            deadline = time.monotonic() + min(seconds, left)
            protocol.send(self._connection, message)
            return self._receive(expected, deadline)
        except TimeoutError:
            pass
        except OSError:
            raise self._ending() from None
        if not self._life.answers():
            raise WorkerVanished(ZYGOTE_ENDED)
        text = f"{what} took longer than {min(seconds, left):.3g} seconds"
        if left <= seconds:
            self.kill()
            raise WorkerTimeout(f"{text}, all that was left for the submission", submission=True)
        until = time.monotonic() + self.limits.grace_seconds
        try:
            while True:
                self.interrupt()
                patience = min(INTERRUPT_AGAIN, until - time.monotonic())
                if wait([self._connection], max(0.0, patience)) or patience < INTERRUPT_AGAIN:
                    break
            reply = self._receive(expected, until)
        except (TimeoutError, WorkerError):
            self.kill()
            raise WorkerTimeout(f"{text}, and did not stop when interrupted") from None
        raise WorkerTimeout(text, alive=True, reply=reply)

    def _receive(self, expected: type[_Reply], deadline: float) -> _Reply:
        try:
            reply = protocol.receive_from_worker(self._connection, deadline, MAX_REPLY)
        except TimeoutError:
            raise
        except ProtocolError as error:
            raise self._broken(str(error)) from None
        except (EOFError, OSError):
            raise self._ending() from None
        if not isinstance(reply, expected):
            raise self._broken(f"a {type(reply).__name__} where a {expected.__name__} was due")
        return reply

    def _broken(self, what: str, answers: tuple[Answer, ...] = ()) -> WorkerDied:
        self.kill()
        error = WorkerDied(f"it broke the protocol: {what[:500]}")
        error.answers = answers
        return error

    def _ending(self) -> WorkerError:
        """Why the connection closed. A process that closed it and lives on is killed."""
        if not self._exit.wait(0.5):
            self.kill()
            self._exit.wait(EXIT_SECONDS)
            if not self._reason or self._reason == "killed by SIGKILL":
                return WorkerDied("it closed its connection")
        if self._reason == OUT_OF_MEMORY:
            return WorkerOutOfMemory(f"it held more than {self.limits.memory / 2**20:.0f} MB of memory")
        if self._reason in (ZYGOTE_ENDED, "killed by SIGKILL"):
            return WorkerVanished(self._reason)
        return WorkerDied(self._reason or "unknown")

    def _ended(self, reason: str, peak: int) -> None:
        self._reason = reason
        self.peak_memory = peak
        self._exit.set()


@dataclass
class Life:
    """One run of the fork server process: from its start to its end."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    errors: Any
    ready: threading.Event = field(default_factory=threading.Event)
    failure: str = ""
    ended: bool = False
    workers: dict[int, Worker] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        with self.lock:
            socket.send_fds(self.control, [json.dumps(message).encode()], list(descriptors))

    def answers(self) -> bool:
        return True

    def listen(self) -> None:
        """Runs in a thread of its own: takes what the fork server reports."""
        while True:
            try:
                body = self.control.recv(65536)
                event = json.loads(body) if body else None
            except (OSError, ValueError):
                event = None
            if event is None:
                break
            worker = self.workers.get(event.get("id", -1))
            if event["event"] == "ready":
                self.ready.set()
            elif event["event"] == "failed":
                self.failure = event["reason"]
            elif event["event"] == "interrupted" and worker is not None:
                worker._interrupted.set()
            elif event["event"] == "exit" and worker is not None:
                self.workers.pop(worker.id, None)
                worker._ended(event["reason"], event["peak"])
        self.ended = True
        self.ready.set()
        for worker in list(self.workers.values()):
            worker._ended(ZYGOTE_ENDED, 0)
        self.workers.clear()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)
        try:
            self.process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
        self.control.close()
        self.errors.close()

    def kill(self) -> None:
        """End the process at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def said(self) -> str:
        self.errors.seek(0)
        return str(self.errors.read()[-3000:].decode("utf-8", "replace")).strip()
