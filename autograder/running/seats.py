"""What runs on a machine of a cluster: a fork server for each Dask worker process, and seats, each of which lends one
worker at a time to a judge elsewhere.

A seat is a task of Dask and keeps a thread of it busy, so that nobody else's task runs in its place. It moves bytes
between the judge's connection and its worker, and looks into none of them: what student code says is decoded by the
judge alone. There is no sheet, no seed and no right answer here, only cells, files beside them, and questions.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import hmac
import importlib.metadata
import json
import platform
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from autograder.running.host import Zygote
from autograder.running.sandbox import ROOMS, SandboxError
from autograder.running.workers import EXIT_SECONDS, ZYGOTE_ENDED, Limits, Worker, WorkerError, ZygoteError

LIBRARIES = ("tensorflow", "keras", "numpy", "ipython", "matplotlib")
"""What a worker's answers and outputs depend on, besides Python and Gatebook."""
CONNECT_SECONDS = 10.0
TURN_SECONDS = 1.0
"""How often a seat looks whether Dask wants it to end."""
PIECE = 2**16
TOKEN_BYTES = 32
_TOKEN_LENGTH = 2 * TOKEN_BYTES
_HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a judge wants of a machine. run: a name for its visit. token: what its connections begin with.

    level, backend, private: of `Zygote`; folders of the judge's machine may be there under the same names.
    versions: what answers depend on, as the judge has it.
    """

    run: str
    token: str
    level: str
    backend: str
    private: tuple[str, ...]
    versions: Mapping[str, str]


@functools.cache
def versions() -> dict[str, str]:
    """What the answers of a worker on this machine depend on; Gatebook with a hash of what runs there."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    digest = hashlib.sha256()
    for path in sorted([*_HERE.glob("*.py"), *(file for room in ROOMS for file in _HERE.parent.glob(f"{room}/*.py"))]):
        digest.update(f"{path.parent.name}/{path.name}\n".encode() + path.read_bytes())
    try:
        found["gatebook"] = importlib.metadata.version("gatebook")
    except importlib.metadata.PackageNotFoundError:
        found["gatebook"] = "unknown"
    found["gatebook"] += f" (files {digest.hexdigest()[:8]})"
    return found


def tune(connection: socket.socket) -> None:
    """No waiting for more to send; and an end that is silently gone is noticed within half a minute."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 30_000)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


# --------------------------------------------------------------------------------------------- called through Dask


def open_seats(wanted: Wanted, dask_worker: Any) -> dict[str, Any]:
    """Make ready to lend a worker for each thread of this Dask worker; what came of it: `ports`, or `differs`, by name
    the version here. Cheap: it runs in Dask's event loop."""
    differs = {name: there for name, there in versions().items() if there != wanted.versions.get(name)}
    if differs:
        return {"differs": differs}
    from distributed.comm.addressing import get_address_host

    address = dask_worker.address
    encrypted = address.startswith("tls://")
    context = dask_worker.security.get_listen_args("worker")["ssl_context"] if encrypted else None
    if wanted.run in dask_worker.extensions:
        dask_worker.extensions[wanted.run].close()
    machine = Machine(wanted, get_address_host(address), dask_worker.state.nthreads, context)
    dask_worker.extensions[wanted.run] = machine
    return {"ports": machine.ports}


def lend(run: str, number: int) -> None:
    """Be a seat, until the judge goes or Dask does. A task of Dask."""
    from distributed import get_worker

    worker: Any = get_worker()
    machine: Machine | None = worker.extensions.get(run)
    if machine is not None:
        machine.lend(number, lambda: worker.status.name in ("running", "paused"))


async def close_seats(run: str, dask_worker: Any) -> None:
    """The judge goes: take back what nobody came for. Dask waits for no coroutine that it is told not to wait for."""
    machine = dask_worker.extensions.pop(run, None)
    if machine is not None:
        machine.close()


# ------------------------------------------------------------------------------------------------------- the seats


class Machine:
    """The fork server of one Dask worker process, for one judge, and a listening socket for each seat.

    The fork server runs as long as one of the seats is taken.
    """

    def __init__(self, wanted: Wanted, host: str, seats: int, context: ssl.SSLContext | None) -> None:
        self._token = wanted.token.encode()
        self._context = context
        self._zygote = Zygote(wanted.level, backend=wanted.backend, private=[Path(path) for path in wanted.private])
        self._taken = 0
        self._lock = threading.Lock()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listeners = [socket.create_server((host, 0), family=family) for _ in range(seats)]
        self.ports = [listener.getsockname()[1] for listener in self._listeners]

    def close(self) -> None:
        """Close the listening sockets; who sits stays."""
        for listener in self._listeners:
            listener.close()

    def lend(self, number: int, goes_on: Callable[[], bool]) -> None:
        """Wait for the judge, and serve it until it goes; number: of the seat."""
        listener = self._listeners[number]
        try:
            with listener, self.accepted(listener) as control, self._warm(control) as started:
                if started:
                    _Seat(self, listener, control, goes_on).serve()
        except OSError:
            return  # the judge is gone

    def accepted(self, listener: socket.socket) -> socket.socket:
        """The next connection that begins with the token.

        Raises:
            OSError: none came.
        """
        until = time.monotonic() + CONNECT_SECONDS
        while True:
            listener.settimeout(max(0.01, until - time.monotonic()))
            connection, _ = listener.accept()
            try:
                connection.settimeout(CONNECT_SECONDS)
                tune(connection)
                if self._context is not None:
                    connection = self._context.wrap_socket(connection, server_side=True)
                said = b""
                while len(said) < _TOKEN_LENGTH and (piece := connection.recv(_TOKEN_LENGTH - len(said))):
                    said += piece
                if hmac.compare_digest(said, self._token):
                    return connection
            except OSError:
                pass
            connection.close()

    def spawn(self, limits: Limits, forbidden: list[str]) -> Worker:
        return self._zygote.spawn(limits, forbidden)

    @contextlib.contextmanager
    def _warm(self, control: socket.socket) -> Iterator[bool]:
        """The fork server runs meanwhile; whether it does. If not, the judge is told why."""
        with self._lock:
            self._taken += 1
        try:
            try:
                self._zygote.start()
            except (SandboxError, ZygoteError, OSError) as error:
                _tell(control, "refused", reason=str(error))
                yield False
            else:
                _tell(control, "ready")
                yield True
        finally:
            with self._lock:
                self._taken -= 1
                if not self._taken:
                    self._zygote.close()


def _tell(control: socket.socket, event: str, **more: Any) -> None:
    control.sendall(json.dumps({"event": event, **more}).encode() + b"\n")


class _End:
    """One end of a relay. `waiting`: what has come from the other one and could not be written yet."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.connection.setblocking(False)
        self.number = connection.fileno()
        self.waiting = b""

    def read(self) -> bytes | None:
        """What there is, empty at the end; None: nothing now."""
        try:
            return self.connection.recv(PIECE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError:
            return b""

    def write(self, more: bytes) -> None:
        """Write it, or keep the rest.

        Raises:
            OSError: nobody reads any more.
        """
        data = self.waiting + more if self.waiting else more
        try:
            sent = self.connection.send(data) if data else 0
        except (BlockingIOError, ssl.SSLWantWriteError):
            sent = 0
        self.waiting = data[sent:]

    def has_more(self) -> bool:
        """Something was read from the network already, and does not wake anybody up."""
        return isinstance(self.connection, ssl.SSLSocket) and self.connection.pending() > 0


class _Guest:
    """A worker, and the relay between it and the judge."""

    def __init__(self, identity: int, worker: Worker, judge: socket.socket, poll: select.poll) -> None:
        self.id = identity
        self.worker = worker
        self.cut_off = False
        """The judge's connection ended before the worker's."""
        self._poll = poll
        near, far = _End(worker._connection), _End(judge)
        self._across = {near.number: (near, far), far.number: (far, near)}
        """Descriptor -> its own end, and the other one."""
        self._near = near
        for end in (near, far):
            poll.register(end.number, select.POLLIN)

    def move(self, number: int, event: int) -> bool:
        """Move what there is; False: an end has ended, and nothing moves any more."""
        if number not in self._across:
            return True
        end, other = self._across[number]
        goes_on = True
        if event & select.POLLOUT:
            goes_on = self._write(end, b"")
            if not end.waiting:
                self._poll.modify(end.number, select.POLLIN)
                self._poll.modify(other.number, select.POLLIN)
                goes_on = goes_on and self._read(other, end)
        elif not end.waiting:
            goes_on = self._read(end, other)
        elif event & (select.POLLHUP | select.POLLERR):
            goes_on = self._ends(end)
        return goes_on

    def _read(self, end: _End, other: _End) -> bool:
        while (data := end.read()) is not None:
            if not data:
                return self._ends(end)
            if not self._write(other, data):
                return False
            if other.waiting:
                self._poll.modify(end.number, 0)
                self._poll.modify(other.number, select.POLLOUT)
                break
            if not end.has_more():
                break
        return True

    def _write(self, end: _End, data: bytes) -> bool:
        try:
            end.write(data)
        except OSError:
            return self._ends(end)
        return True

    def _ends(self, end: _End) -> bool:
        self.cut_off = end is not self._near
        if not self.cut_off:
            _, far = self._across[end.number]
            with contextlib.suppress(OSError):
                far.connection.settimeout(EXIT_SECONDS)
                far.connection.sendall(far.waiting)
        return False

    def close(self) -> None:
        """Close both ends."""
        for number, (end, _) in self._across.items():
            self._poll.unregister(number)
            end.connection.close()
        self._across = {}


class _Seat:
    """One worker after another, as the judge orders, which it does by lines of JSON."""

    def __init__(
        self, machine: Machine, listener: socket.socket, control: socket.socket, goes_on: Callable[[], bool]
    ) -> None:
        self._machine = machine
        self._listener = listener
        self._control = control
        self._goes_on = goes_on
        self._heard = b""
        self._guest: _Guest | None = None
        self._poll = select.poll()

    def serve(self) -> None:
        """Until the judge goes, or this machine.

        Raises:
            OSError: the judge is gone.
        """
        self._poll.register(self._control, select.POLLIN)
        number = self._control.fileno()
        try:
            while self._goes_on():
                for ready, event in self._poll.poll(1000 * TURN_SECONDS):
                    if ready == number:
                        for order in self._orders():
                            self._obey(order)
                    elif self._guest is not None and not self._guest.move(ready, event):
                        self._part(self._guest)
        finally:
            if self._guest is not None:
                self._guest.close()
                self._guest.worker.close()

    def _orders(self) -> Iterator[dict[str, Any]]:
        while True:
            piece = self._control.recv(PIECE)
            if not piece:
                raise ConnectionError("the judge has gone")
            *lines, self._heard = (self._heard + piece).split(b"\n")
            yield from map(json.loads, lines)
            if not (isinstance(self._control, ssl.SSLSocket) and self._control.pending()):
                return

    def _obey(self, order: dict[str, Any]) -> None:
        what, identity = order["order"], order.get("id", 0)
        guest = self._guest
        if what == "ping":
            _tell(self._control, "pong")
        elif what == "spawn":
            self._spawn(identity, msgspec.convert(order["limits"], Limits), order["forbidden"])
        elif guest is not None and guest.id == identity and what == "interrupt":
            guest.worker.interrupt()
            _tell(self._control, "interrupted", id=identity)
        elif guest is not None and guest.id == identity and what == "kill":
            guest.worker.kill()
            guest.worker._exit.wait(EXIT_SECONDS)
            self._farewell(guest)

    def _spawn(self, identity: int, limits: Limits, forbidden: list[str]) -> None:
        try:
            connection = self._machine.accepted(self._listener)
        except OSError:
            _tell(self._control, "failed", id=identity, reason="the connection for it was not made")
            return
        try:
            worker = self._machine.spawn(limits, forbidden)
        except (WorkerError, ZygoteError, SandboxError, OSError) as error:
            connection.close()
            _tell(self._control, "failed", id=identity, reason=str(error))
            return
        self._guest = _Guest(identity, worker, connection, self._poll)
        _tell(self._control, "spawned", id=identity)

    def _part(self, guest: _Guest) -> None:
        """The relay has ended: the worker did, as is told if it is known how, or the judge wants no more of it."""
        if guest.cut_off or not guest.worker._exit.wait(0.5):
            guest.close()
        else:
            self._farewell(guest)

    def _farewell(self, guest: _Guest) -> None:
        """Tell how a worker ended. Where the network cut it off, it is not to blame for what came of that."""
        worker = guest.worker
        reason = ZYGOTE_ENDED if guest.cut_off else worker._reason
        self._guest = None
        _tell(self._control, "exit", id=guest.id, reason=reason, peak=worker.peak_memory)
        guest.close()
        worker.close()
