"""Workers on the machines of a Dask cluster, for a judge who stays at home.

A `Cluster` hands out workers as a `Zygote` does. Each lives on a machine of the cluster, behind the same walls, and is
told its cells and questions over a connection of its own; how an answer is judged does not change, nor where. For each
thread of the cluster's Dask workers there is a seat, see `seats`. What machines come and go is seen while grading.

When a machine is lost its workers have vanished, and the submissions are played again elsewhere.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import itertools
import json
import logging
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec

from autograder.running import seats
from autograder.running.host import START_SECONDS, Host
from autograder.running.workers import (
    HELLO_SECONDS,
    ZYGOTE_ENDED,
    Limits,
    NoWorkersError,
    Worker,
    WorkerDied,
    WorkerError,
)

ANSWER_SECONDS = 10.0
"""How long a scheduler may take to answer, and a seat that is asked whether it is there."""
LOOK_SECONDS = 1.0
WAIT_SECONDS = 60.0
"""How long to wait for a machine where there is none."""
MOST_SEATS = 64
"""What one judge takes, unless it is told otherwise; `benchmarks/cluster.py` says how many it keeps busy."""
ATTEMPTS = 3


class _Event(msgspec.Struct, frozen=True):
    """What a seat says."""

    event: str
    id: int = 0
    reason: str = ""
    peak: int = 0


class Cluster(Host):
    """The machines behind a Dask scheduler, as a host of workers.

    address: of the scheduler. Where that is `tls://`, so is everything else, with the certificates of Dask's
    configuration. level, backend, private: as of `Zygote`, on each machine. most: seats to take; others are left to
    other judges.

    Raises (when started):
        NoWorkersError: nobody answers, or no machine can be used; says why.
    """

    def __init__(
        self,
        address: str,
        level: str = "full",
        *,
        backend: str = "tensorflow",
        private: Sequence[Path] = (),
        most: int = MOST_SEATS,
    ) -> None:
        self.address = address
        self.most = most
        self.level = level
        self.refused: dict[str, str] = {}
        """Machines that are not used, and why."""
        token = secrets.token_hex(seats.TOKEN_BYTES)
        run = f"gatebook-{secrets.token_hex(8)}"
        self.wanted = seats.Wanted(run, token, level, backend, tuple(map(str, private)), seats.versions())
        self._client: Any = None
        self._context: ssl.SSLContext | None = None
        self._error = ""
        self._starting = threading.Lock()
        self._changed = threading.Condition()
        self._known: set[tuple[str, str]] = set()
        """Addresses of Dask workers that were seen, with the names of their processes."""
        self._opening: set[str] = set()
        self._seats: list[_Seat] = []
        self._idle: collections.deque[_Seat] = collections.deque()
        self._closing = threading.Event()
        self._ids = itertools.count(1)

    @property
    def slots(self) -> int:
        """One for each thread of the Dask workers that are ready."""
        return max(1, sum(seat.ready for seat in list(self._seats)))

    def workers(self, wanted: int | None = None) -> int:
        """How many submissions run at a time, now: as many as are wanted, by default one for each slot."""
        return wanted or self.slots

    def start(self) -> None:
        """Ask the scheduler for its machines, and wait until the first is ready, and a moment for the others."""
        with self._starting:
            if self._error:
                raise NoWorkersError(self._error)
            if self._client is not None:
                return
            try:
                self._client = self._connected()
            except NoWorkersError as error:
                self._error = str(error)
                raise
            with contextlib.suppress(Exception):  # it is looked again
                self._look()
            threading.Thread(target=self._watch, name="cluster", daemon=True).start()
            self._wait_for_machines()

    def close(self) -> None:
        """Leave the cluster; its machines end their fork servers."""
        self._closing.set()
        for seat in list(self._seats):
            seat.leave()
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                if not self._error:
                    # The machines notice it by themselves; this is for seats that never had their turn.
                    run = self.wanted.run
                    _within(2, lambda: client.run(seats.close_seats, run, wait=False, on_error="ignore"))
            with contextlib.suppress(Exception):
                client.close(timeout=2)

    def spawn(self, limits: Limits | None = None, forbidden: Sequence[str] = ()) -> Worker:
        """Fork a worker on the machine of a seat that is free; waits for one.

        Raises:
            WorkerDied: it did not come up, on three seats.
            NoWorkersError: the scheduler is lost, or there is no machine.
        """
        attempts = 0
        while True:
            seat = self._free_seat()
            try:
                return seat.spawn(next(self._ids), limits or Limits(), forbidden)
            except OSError:
                seat.leave()
            except WorkerError:
                attempts += 1
                if attempts == ATTEMPTS:
                    raise

    # ------------------------------------------------------------------------------------------------ the scheduler

    def _connected(self) -> Any:
        try:
            from distributed import Client
        except ImportError:
            raise NoWorkersError(
                "Grading on a cluster needs Dask, which is not installed here: run `python -m pip install "
                "'gatebook[cluster]'`."
            ) from None
        # What it says of connections that break is said here, in a sentence.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            if not self.address:
                raise ValueError("there is no address")
            asyncio.run(_heard(self.address))
            client = Client(self.address, timeout=ANSWER_SECONDS, set_as_default=False)
        except Exception as error:  # of the network, the address or the certificates
            raise NoWorkersError(
                f"No Dask scheduler answers at {self.address} within {ANSWER_SECONDS:g} seconds "
                f"({_in_a_line(error)}). Start one by `dask scheduler`, and give the address that it prints, like "
                "tcp://10.0.0.1:8786."
            ) from None
        if client.scheduler.address.startswith("tls://"):
            self._context = client.security.get_connection_args("client")["ssl_context"]
        return client

    def _watch(self) -> None:
        """Runs in a thread of its own: sees machines come and go, and the scheduler too."""
        heard = time.monotonic()
        while not self._closing.wait(LOOK_SECONDS):
            with contextlib.suppress(Exception):
                self._look()
                heard = time.monotonic()
            if time.monotonic() - heard > ANSWER_SECONDS and not self._closing.is_set():
                self._lose(
                    f"The Dask scheduler at {self.address} does not answer any more. What is graded stays: start it "
                    "and its workers again, and run the same command."
                )
                return

    def _look(self) -> None:
        """Open seats on new machines, and leave those that are gone."""
        if self._client.status != "running":
            raise ConnectionError("the scheduler is gone")
        found = self._client.sync(self._client.scheduler.identity, callback_timeout=ANSWER_SECONDS)["workers"]
        there = {(address, str(worker["id"])): worker["nthreads"] for address, worker in found.items()}
        for seat in list(self._seats):
            if seat.place not in there:
                seat.leave()
        with self._changed:
            seated = {seat.place for seat in self._seats}
            # Who was lost and is there again may sit down again.
            self._known = {
                place for place in self._known & there.keys()
                if place in seated or place[0] in self._opening or place[0] in self.refused
            }  # fmt: skip
            new = there.keys() - self._known if len(self._seats) < self.most else set()
            self._known |= new
            self._opening |= {address for address, _ in new}
        for place in new:
            threading.Thread(target=self._open, args=[place], name=f"open-{place[0]}", daemon=True).start()

    def _open(self, place: tuple[str, str]) -> None:
        """Take the seats of a machine, or note why not."""
        from distributed.comm.addressing import get_address_host

        address, _ = place
        why = ""
        try:
            told = self._client.run(seats.open_seats, self.wanted, workers=[address])[address]
            if "differs" in told:
                why = self._differs(address, told["differs"])
        except ModuleNotFoundError as error:
            why = f"{address} has no {error.name}. Install the same Gatebook there, and start its Dask worker again."
        except Exception as error:
            why = f"{address} did not open: {_in_a_line(error)}"
        with self._changed:
            if why:
                self.refused[address] = why
            elif not self._closing.is_set():
                self.refused.pop(address, None)
                for number, port in enumerate(told["ports"][: self.most - len(self._seats)]):
                    task = self._client.submit(
                        seats.lend, self.wanted.run, number, key=f"{self.wanted.run}-{next(self._ids)}",
                        workers=[address], allow_other_workers=False, pure=False,
                    )  # fmt: skip
                    self._seats.append(_Seat(self, place, (get_address_host(address), port), task))
            self._opening.discard(address)
            self._changed.notify_all()

    def _differs(self, address: str, differs: dict[str, str]) -> str:
        here = self.wanted.versions
        found = ", ".join(f"{name} {there} is there and {here[name]} here" for name, there in sorted(differs.items()))
        needed = [f"{name}=={here[name]}" for name in sorted(differs) if name in seats.LIBRARIES]
        advice = [f"run `python -m pip install {' '.join(needed)}`"] if needed else []
        advice += ["install the same Gatebook"] if "gatebook" in differs else []
        advice += ["use the same Python"] if "python" in differs else []
        return (
            f"{address} is not used, because grades could differ: {found}. On that machine, {' and '.join(advice)}, "
            "then start its Dask worker again."
        )

    def _wait_for_machines(self) -> None:
        began = time.monotonic()
        with self._changed:
            while True:
                ready = sum(seat.ready for seat in self._seats)
                pending = self._opening or len(self._seats) > ready
                waited = time.monotonic() - began
                if self._error:
                    raise NoWorkersError(self._error)
                if ready and (not pending or waited > ANSWER_SECONDS):
                    return
                if not pending and self.refused:
                    self._error = f"No machine of the Dask cluster at {self.address} can be used. " + self._why_not()
                elif waited > (START_SECONDS if pending else WAIT_SECONDS):
                    self._error = self._nobody(pending)
                else:
                    self._changed.wait(0.2)

    def _why_not(self) -> str:
        few = list(self.refused.values())
        return " ".join(few[:3]) + (f" And {len(few) - 3} more." if len(few) > 3 else "")

    def _nobody(self, pending: object = False) -> str:
        if pending:
            return (
                f"The machines of the Dask cluster at {self.address} were not ready within {START_SECONDS:g} seconds: "
                "other tasks may keep them busy. Run the same command later; what is graded stays."
            )
        return (
            f"The Dask scheduler at {self.address} has had no machine for {WAIT_SECONDS:g} seconds. What is graded "
            f"stays: start one by `dask worker {self.address} --nworkers 1`, and run the same command again. "
            + self._why_not()
        ).strip()

    def _lose(self, why: str) -> None:
        """Whoever waits for a worker, and whoever will, is told."""
        with self._changed:
            self._error = self._error or why
            self._changed.notify_all()
        for seat in list(self._seats):
            seat.leave()

    # ---------------------------------------------------------------------------------------------------- the seats

    def _free_seat(self) -> _Seat:
        with self._changed:
            alone_since: float | None = None
            while True:
                if self._error:
                    raise NoWorkersError(self._error)
                if self._closing.is_set():
                    raise NoWorkersError("The cluster was left.")
                if self._idle:
                    return self._idle.popleft()
                now = time.monotonic()
                alone_since = None if any(seat.ready for seat in self._seats) else alone_since or now
                if alone_since is not None and now - alone_since > WAIT_SECONDS:
                    raise NoWorkersError(self._nobody())
                self._changed.wait(LOOK_SECONDS)

    def free(self, seat: _Seat) -> None:
        """A seat has no worker now."""
        with self._changed:
            if not seat.ended and seat not in self._idle:
                self._idle.append(seat)
            self._changed.notify_all()

    def gone(self, seat: _Seat) -> None:
        """A seat is not there any more."""
        with self._changed:
            if seat in self._seats:
                self._seats.remove(seat)
            if seat in self._idle:
                self._idle.remove(seat)
            self._changed.notify_all()

    def refuse(self, address: str, why: str) -> None:
        """A machine cannot do what is wanted of it."""
        with self._changed:
            self.refused[address] = f"{address} is not used: {why}"

    def connect(self, end: tuple[str, int]) -> socket.socket:
        """A connection to a seat.

        Raises:
            OSError: nobody is there.
        """
        return self.greet(socket.create_connection(end, seats.CONNECT_SECONDS))

    def greet(self, connection: socket.socket) -> socket.socket:
        """Say by which right it is made."""
        try:
            seats.tune(connection)
            if self._context is not None:
                connection.settimeout(START_SECONDS)  # a seat greets when its turn has come
                connection = self._context.wrap_socket(connection)
            connection.sendall(self.wanted.token.encode())
        except BaseException:
            connection.close()
            raise
        return connection


class _Seat:
    """A seat as the judge sees it: what is ordered of the worker on it, and what became of that."""

    def __init__(self, cluster: Cluster, place: tuple[str, str], end: tuple[str, int], task: Any) -> None:
        self.place = place
        self.ready = False
        self.ended = False
        self._cluster = cluster
        self._end = end
        self._task = task
        self._control: socket.socket | None = None
        self._worker: Worker | None = None
        self._failure: str | None = None
        self._spawned, self._heard = threading.Event(), threading.Event()
        self._writing, self._leaving = threading.Lock(), threading.Lock()
        threading.Thread(target=self._listen, name=f"seat-{place[0]}", daemon=True).start()

    def order(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        """See `workers.Control`."""
        with self._writing:
            if self._control is None or self.ended:
                raise ConnectionError("the seat is gone")
            self._control.sendall(json.dumps(message).encode() + b"\n")

    def answers(self) -> bool:
        """Whether its machine is there. One that is not is left."""
        self._heard.clear()
        with contextlib.suppress(OSError):
            self.order({"order": "ping"})
            if self._heard.wait(ANSWER_SECONDS) and not self.ended:
                return True
        self.leave()
        return False

    def spawn(self, identity: int, limits: Limits, forbidden: Sequence[str]) -> Worker:
        """Fork a worker there.

        Raises:
            OSError: the machine is gone.
            WorkerDied: it did not come up.
        """
        self._spawned.clear()
        self._failure = None
        wanted = {"limits": dataclasses.asdict(limits), "forbidden": list(forbidden)}
        self.order({"order": "spawn", "id": identity, **wanted})
        connection = self._cluster.connect(self._end)
        self._worker = worker = Worker(identity, connection, self, limits)
        if not self._spawned.wait(START_SECONDS + HELLO_SECONDS) or self.ended:
            connection.close()
            raise ConnectionError("the machine is gone")
        if self._failure is not None:
            connection.close()
            self._worker, failure = None, self._failure
            self._cluster.free(self)
            raise WorkerDied(failure)
        worker.started = time.monotonic()
        return worker

    def leave(self) -> None:
        """Be done with it; the worker on it has vanished."""
        with self._leaving:
            if self.ended:
                return
            self.ended, self.ready = True, False
        if self._control is not None:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
        worker, self._worker = self._worker, None
        if worker is not None:
            worker._ended(ZYGOTE_ENDED, 0)
            with contextlib.suppress(OSError):
                worker._connection.shutdown(socket.SHUT_RDWR)
        self._spawned.set()
        self._heard.set()
        self._cluster.gone(self)
        with contextlib.suppress(Exception):
            self._task.release()

    def _listen(self) -> None:
        """Runs in a thread of its own: takes what the seat reports."""
        with contextlib.suppress(OSError, ValueError, msgspec.DecodeError):
            try:
                connection = socket.create_connection(self._end, seats.CONNECT_SECONDS)
            except OSError as error:
                host, port = self._end
                why = f"nothing can be reached at port {port} of {host} ({_in_a_line(error)}); its seats listen at any."
                self._cluster.refuse(self.place[0], why)
                raise
            self._control = self._cluster.greet(connection)
            self._control.settimeout(None)
            with self._control, self._control.makefile("rb") as lines:
                while line := lines.readline(seats.PIECE):
                    self._hear(msgspec.json.decode(line, type=_Event))
        self.leave()

    def _hear(self, told: _Event) -> None:
        worker = self._worker
        mine = worker is not None and worker.id == told.id
        if told.event == "ready":
            self.ready = True
            self._cluster.free(self)
        elif told.event == "refused":
            self._cluster.refuse(self.place[0], told.reason)
        elif told.event == "pong":
            self._heard.set()
        elif told.event == "failed":
            self._failure = told.reason[:2000]
            self._spawned.set()
        elif told.event == "spawned":
            self._spawned.set()
        elif told.event == "interrupted" and mine and worker is not None:
            worker._interrupted.set()
        elif told.event == "exit" and mine and worker is not None:
            self._worker = None
            worker._ended(told.reason[:500], told.peak)
            self._cluster.free(self)


async def _heard(address: str) -> None:
    """Somebody of Dask's answers there. A client would wait without end for who listens and says nothing.

    Raises:
        OSError: nobody does.
    """
    from distributed import Security
    from distributed.comm import connect

    arguments = Security().get_connection_args("client")
    answer = connect(address, timeout=ANSWER_SECONDS, **arguments)
    (await asyncio.wait_for(answer, ANSWER_SECONDS)).abort()


def _in_a_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300].rstrip(": ")


def _within(seconds: float, do: Callable[[], Any]) -> Any:
    """What it gives; what it raises; TimeoutError."""
    done: Future[Any] = Future()

    def run() -> None:
        try:
            done.set_result(do())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result(seconds)
