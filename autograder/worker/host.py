"""The trusted side: starts the fork server, hands out workers, and never waits for one longer than it said.

One `Zygote` serves any number of host threads; each `Worker` belongs to the thread that spawned it. What a
worker says is a claim: a message that is late, too long, of the wrong type or not a message at all ends the
worker, never the host.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import msgspec
import numpy as np

from autograder.time_limits import CELL_SECONDS, QUESTION_SECONDS, seconds_for

from . import protocol
from .isolation import Bounds
from .protocol import (
    Answer,
    Answers,
    Array,
    Ask,
    CallLine,
    CellDone,
    FilePut,
    FromWorker,
    Hello,
    Items,
    Names,
    NamesDefined,
    Other,
    Problem,
    ProtocolError,
    PutFile,
    Question,
    Reached,
    RunCell,
    ToWorker,
    Training,
    TrainModel,
    Value,
    WeightInfo,
)
from .sandbox import Walls
from .zygote import OUT_OF_MEMORY

START_SECONDS = 120.0
HELLO_SECONDS = 30.0
EXIT_SECONDS = 5.0
MOST_CONTAINERS = 100_000
"""Lists and dictionaries in the outputs of a cell; an honest one has some for each of its outputs."""
CUT = "\n[The rest of the output was left out: a cell may show {:,} bytes.]\n"
INTERRUPT_AGAIN = 1.0
"""After so many seconds: what C calls, as TensorFlow does amid tracing, may have swallowed an interrupt."""
PUT_SECONDS = 60.0
PIECE = 8 * 2**20
"""Bytes of a file that are sent at once."""
MAX_REPLY = 24 * 2**20
MAX_DEPTH = 50
"""Lists and dictionaries within each other in an output."""
TOO_DEEP = "(nested more deeply than is kept)"
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


# ----------------------------------------------------------------------------------------------------- zygote


@dataclass
class _Life:
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
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.control.close()
        self.errors.close()

    def said(self) -> str:
        self.errors.seek(0)
        return str(self.errors.read()[-3000:].decode("utf-8", "replace")).strip()


class Zygote:
    """A warm process with Keras, TensorFlow and IPython loaded, from which workers are forked.

    Start it with `with Zygote() as zygote:`. It starts anew by itself when it has died.

    level: `full`, `restricted` or `none`. backend: of Keras. private: further folders that workers must never see.
    preload: modules to import before the first fork; None: Keras, TensorFlow, IPython, matplotlib.

    Raises:
        SandboxError: the level cannot be had here (when entered).
        ZygoteError: the process did not start.
    """

    def __init__(
        self,
        level: str = "full",
        *,
        backend: str = "tensorflow",
        private: Sequence[Path] = (),
        preload: Sequence[str] | None = None,
    ) -> None:
        self.level = level
        self.backend = backend
        self.private = tuple(private)
        self.settings: dict[str, Any] = {} if preload is None else {"modules": list(preload)}
        self.restarts = 0
        self._walls: Walls | None = None
        self._life: _Life | None = None
        self._lock = threading.Lock()
        self._ids = itertools.count(1)

    def __enter__(self) -> Zygote:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the process, if it does not run; takes a few seconds."""
        with self._lock:
            self._living()

    def close(self) -> None:
        """End it and all its workers."""
        with self._lock:
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

    def _spawn(self, life: _Life, limits: Limits, forbidden: Sequence[str]) -> Worker:
        ours, theirs = socket.socketpair()
        worker = Worker(next(self._ids), ours, life, limits)
        life.workers[worker.id] = worker
        try:
            with theirs:
                bounds = msgspec.to_builtins(limits.bounds())
                order = {"order": "spawn", "id": worker.id, "bounds": bounds, "forbidden": list(forbidden)}
                life.order(order, [theirs.fileno()])
            hello = worker._receive(Hello, time.monotonic() + HELLO_SECONDS)
        except TimeoutError:
            worker.close()
            raise WorkerDied(f"it was not ready within {HELLO_SECONDS:g} seconds; {life.said()}") from None
        except BaseException as error:
            worker.close()
            if isinstance(error, WorkerDied) and life.said():
                raise WorkerDied(f"{error.reason}; {life.said()}") from None
            raise
        if hello.version != protocol.VERSION:
            worker.close()
            raise WorkerDied(f"it speaks version {hello.version} of the protocol, this is {protocol.VERSION}")
        return worker

    def _living(self) -> _Life:
        life = self._life
        if life is not None and not life.ended and life.process.poll() is None:
            return life
        if life is not None:
            life.close()
            self.restarts += 1
        if self._walls is None:
            self._walls = Walls.build(self.level, backend=self.backend, private=self.private)
        self._life = self._start(self._walls)
        return self._life

    def _start(self, walls: Walls) -> _Life:
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
        life = _Life(process, ours, errors)
        threading.Thread(target=life.listen, name="zygote-events", daemon=True).start()
        life.ready.wait(START_SECONDS)
        if not life.ready.is_set() or life.ended:
            said = "\n".join(part for part in (life.failure, life.said()) if part)
            life.close()
            raise ZygoteError(f"The fork server did not start. It said:\n{said or '(nothing)'}")
        return life


# ----------------------------------------------------------------------------------------------------- worker


class Worker:
    """One locked-in process for one submission. Use it from one thread."""

    def __init__(self, identity: int, connection: socket.socket, life: _Life, limits: Limits) -> None:
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
        self, cell_id: str, source: str, until: int = 0, before: int = 0, after: int = 0, *, seconds: float = 0.0
    ) -> CellDone:
        """Run one code cell. until, before, after: see `protocol.RunCell`. seconds: what it may take, where that is
        more than `Limits.cell_seconds`.

        Raises:
            WorkerTimeout, WorkerOutOfMemory, WorkerDied: see there.
        """
        order = RunCell(cell_id, source, until, before, after)
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
            cell_id, outputs, _checked_problem(done.problem), done.truncated, _checked_reached(done.reached),
            max(0, done.line),
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
                if not isinstance(known, Answers) or not _is_of_unfinished_training(known):
                    error.answers = tuple(answers)
                    raise
                reply = known
            if len(reply.answers) != 1:
                raise self._broken(f"{len(reply.answers)} answers to one question", tuple(answers))
            answers.append(_checked_answer(reply.answers[0], time.monotonic() - began))
        return Answers(tuple(answers))

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


# -------------------------------------------------------------------------------------------- claims, checked


_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")


def _without_addresses(text: str) -> str:
    """`<Layer object at 0x7f12...>` without what differs from run to run, so that records can be compared."""
    return _ADDRESS.sub("at 0x…", text)


def checked_outputs(text: str, bound: int) -> str:
    """Outputs that are a JSON list of nbformat outputs; anything else becomes a note that they were not."""
    try:
        given = json.loads(text) if len(text) <= bound else None
        outputs = _clean(given) if _has_few_containers(given) else None
    except (ValueError, RecursionError):
        outputs = None
    if not isinstance(outputs, list):
        outputs = []
    kept = [output for output in map(_checked_output, outputs[:10_000]) if output is not None]
    return json.dumps(kept)


def _has_few_containers(value: Any) -> bool:
    """Whether a walk through all of it takes no time to speak of: two characters can be a list of their own."""
    waiting, seen = [value], 0
    while waiting:
        item = waiting.pop()
        if isinstance(item, (list, dict)):
            seen += 1
            if seen > MOST_CONTAINERS:
                return False
            waiting += item if isinstance(item, list) else item.values()
    return True


def _clean(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Decoded JSON as any reader takes it: text that UTF-8 holds, numbers of 64 bits, bounded nesting."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else float(value) if abs(value) < 2**1000 else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth == 0:
        return TOO_DEEP
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value]
    return {_clean(str(name), depth - 1): _clean(item, depth - 1) for name, item in value.items()}


def _checked_output(output: Any) -> dict[str, Any] | None:
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream" and output.get("name") in ("stdout", "stderr") and isinstance(output.get("text"), str):
        return {"output_type": kind, "name": output["name"], "text": _without_addresses(output["text"])}
    if kind == "error":
        trace = output.get("traceback")
        lines = [_without_addresses(str(line)) for line in trace] if isinstance(trace, list) else []
        return {
            "output_type": kind,
            "ename": str(output.get("ename", "")),
            "evalue": _without_addresses(str(output.get("evalue", ""))),
            "traceback": lines,
        }
    data, metadata = output.get("data"), output.get("metadata")
    if kind in ("display_data", "execute_result") and isinstance(data, dict):
        checked: dict[str, Any] = {
            "output_type": kind,
            "data": {
                name: _without_addresses(value) if isinstance(value, str) else value
                for name, value in data.items()
                if isinstance(value, str) or name.endswith("json")
            },
            "metadata": metadata if isinstance(metadata, dict) else {},
        }
        if kind == "execute_result":
            count = output.get("execution_count")
            checked["execution_count"] = count if type(count) is int and 0 <= count < 2**31 else None
        return checked
    return None


def _is_of_unfinished_training(reply: Answers) -> bool:
    return len(reply.answers) == 1 and reply.answers[0].training is not None


def _checked_answer(answer: Answer, seconds: float) -> Answer:
    return msgspec.structs.replace(
        answer,
        value=_checked_value(answer.value),
        gradients={name[:200]: _checked_value(value) for name, value in answer.gradients.items()},
        weights=tuple(map(_checked_weight, answer.weights[:1000])),
        inputs_changed=answer.inputs_changed[:100],
        config={name[:200]: _checked_value(value) for name, value in answer.config.items()},
        problem=_checked_problem(answer.problem),
        reached=_checked_reached(answer.reached),
        seconds=seconds,
        training=_checked_training(answer.training, seconds),
    )


def _checked_weight(weight: WeightInfo) -> WeightInfo:
    return msgspec.structs.replace(
        weight, path=weight.path[:300], shape=weight.shape[:32], dtype=weight.dtype[:50], held=weight.held[:300]
    )


def _checked_training(training: Training | None, seconds: float) -> Training | None:
    if training is None:
        return None
    steps = min(max(training.steps, 0), 10**6)
    return Training(min(max(training.done, 0), steps), steps, seconds)


def _checked_value(value: Value) -> Value:
    """The value, with arrays that are none replaced, so that no one later stumbles over them."""
    if isinstance(value, Array):
        try:
            protocol.decode_array(value)
        except (ProtocolError, ValueError, TypeError, OverflowError, MemoryError):
            return Other("malformed array")
        return value
    if isinstance(value, Items):
        try:
            return Items(tuple(_checked_value(item) for item in value.items))
        except RecursionError:
            return Other("too deeply nested")
    if isinstance(value, Other):
        return Other(value.type_name[:200])
    if isinstance(value, str):
        return value[:10_000]
    if isinstance(value, int) and not isinstance(value, (bool, np.bool_)) and not -(2**63) <= value < 2**64:
        return Other("int of more than 64 bits")
    return value


def _checked_reached(reached: Sequence[Reached]) -> tuple[Reached, ...]:
    return tuple(Reached(one.line[:2000], one.built_in[:100], one.function[:500]) for one in reached[:100])


def _checked_problem(problem: Problem | None) -> Problem | None:
    if problem is None:
        return None
    return Problem(
        kind=problem.kind if problem.kind in ("missing", "not_implemented", "exception", "weights") else "exception",
        type=problem.type[:200],
        message=_without_addresses(problem.message)[:2000],
        traceback=_without_addresses(problem.traceback)[:8000],
        line=problem.line[:2000],
        raised_in=problem.raised_in[:500],
        shapes=_checked_shapes(problem.shapes),
        piece=problem.piece[:2000],
        callers=tuple(
            CallLine(call.line[:2000], call.function[:500], _checked_shapes(call.shapes))
            for call in problem.callers[:2]
        ),
    )


def _checked_shapes(shapes: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name[:80], shape[:80]) for name, shape in shapes[:6])
