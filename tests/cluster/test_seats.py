"""Workers on machines of a Dask cluster: they behave as those of this machine do, over TCP and over TLS."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.machines import Machines, kill, wait_until
from support.questions import LIMITS

from autograder.answering.protocol import Array, CallFunction, encode_array
from autograder.running import cluster as clusters
from autograder.running import seats
from autograder.running.cluster import Cluster
from autograder.running.host import Zygote
from autograder.running.workers import (
    NoWorkersError,
    Worker,
    WorkerDied,
    WorkerError,
    WorkerOutOfMemory,
    WorkerTimeout,
    WorkerVanished,
)

SHORT = replace(LIMITS, cell_seconds=1.0, grace_seconds=5.0)


def certificates(folder: Path) -> dict[str, str]:
    """Dask's configuration for a cluster whose members have a certificate."""
    folder.mkdir()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=gatebook -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    found = {"distributed.comm.tls.ca-file": str(certificate)}
    for role in ("scheduler", "worker", "client"):
        found[f"distributed.comm.tls.{role}.cert"] = str(certificate)
        found[f"distributed.comm.tls.{role}.key"] = str(key)
    return found


def in_environment(settings: dict[str, str]) -> dict[str, str]:
    """The same for processes."""
    names = {name: name.upper().replace(".", "__").replace("-", "_") for name in settings}
    return {f"DASK_{names[name]}": value for name, value in settings.items()}


@pytest.fixture(scope="module", params=["tcp", "tls"])
def machines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    import dask
    import distributed  # noqa: F401 - its defaults come before ours

    folder = tmp_path_factory.mktemp(request.param)
    settings = certificates(folder / "certificates") if request.param == "tls" else {}
    options = ["--protocol", "tls"] if settings else []
    with (
        dask.config.set(settings),
        Machines(folder / "machines", options=options, environment=in_environment(settings)) as started,
    ):
        started.start_worker(2)
        yield started


@pytest.fixture(scope="module")
def cluster(machines: Machines) -> Iterator[Cluster]:
    assert machines.address.startswith(("tcp://", "tls://"))
    with Cluster(machines.address) as joined:
        wait_until(lambda: joined.slots == 2, "the second seat")
        yield joined


def printed(worker: Worker, source: str) -> str:
    done = worker.run_cell("cell", source)
    assert done.problem is None, done.problem
    return "".join(output.get("text", "") for output in json.loads(done.outputs)).strip()


def test_what_is_large_arrives_whole(cluster: Cluster, tmp_path: Path) -> None:
    """Both ways, more than a network takes at once."""
    data = np.random.default_rng(3).bytes(19_000_001)
    (tmp_path / "data.bin").write_bytes(data)
    numbers = np.random.default_rng(4).normal(size=(751, 1303)).astype("float32")
    with cluster.spawn(LIMITS) as worker:
        worker.put("data.bin", tmp_path / "data.bin")
        told = printed(worker, "import hashlib; print(hashlib.sha256(open('data.bin', 'rb').read()).hexdigest())")
        assert told == hashlib.sha256(data).hexdigest()
        assert len(printed(worker, "print('x' * 3_000_001)")) == 3_000_001
        worker.run_cell("double", "def double(array):\n    return 2 * array")
        question = CallFunction("double", (encode_array(numbers),))
        (answer,) = worker.ask([question]).answers
        assert isinstance(answer.value, Array)
        assert answer.value.data == (2 * numbers).tobytes()


@pytest.mark.parametrize(
    ("source", "kind", "said"),
    [
        ("import os; os._exit(7)", WorkerDied, "status 7"),
        ("import ctypes; ctypes.string_at(0)", WorkerDied, "SIGSEGV"),
        ("import mmap\nheld = mmap.mmap(-1, 2**32)\nfor at in range(0, 2**32, 4096):\n    held[at] = 1",
         WorkerOutOfMemory, "900 MB"),
        ("while True:\n    pass", WorkerTimeout, "longer than 1 seconds"),
        ("while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
         WorkerTimeout, "did not stop"),
    ],
)  # fmt: skip
def test_ends_are_told_as_here(
    cluster: Cluster, full_zygote: Zygote, source: str, kind: type[WorkerError], said: str
) -> None:
    found = []
    for host in (full_zygote, cluster):
        limits = replace(SHORT, cell_seconds=20.0) if kind is WorkerOutOfMemory else SHORT
        with host.spawn(limits) as worker, pytest.raises(kind, match=said) as caught:
            worker.run_cell("cell", source)
        found.append((str(caught.value), getattr(caught.value, "alive", None)))
    assert found[0] == found[1]


def test_who_was_interrupted_goes_on(cluster: Cluster) -> None:
    with cluster.spawn(SHORT) as worker:
        with pytest.raises(WorkerTimeout) as caught:
            worker.run_cell("endless", "kept = 41\nwhile True:\n    pass")
        assert caught.value.alive
        assert printed(worker, "print(kept + 1)") == "42"


def test_what_does_not_read_is_not_waited_for(cluster: Cluster, tmp_path: Path) -> None:
    """What is written to a worker that reads nothing stays on the way, and the order to end it comes through."""
    (tmp_path / "data.bin").write_bytes(bytes(8 * 2**20))
    with cluster.spawn(replace(LIMITS, submission_seconds=3.0)) as worker:
        # A search that never ends and lets no other thread run meanwhile.
        busy = "threading.Timer(0.3, lambda: re.match('(a+)+$', 40 * 'a' + 'b')).start()"
        worker.run_cell("busy", f"import re, threading\n{busy}")
        time.sleep(0.6)
        with pytest.raises(WorkerTimeout):
            worker.put("data.bin", tmp_path / "data.bin")
    with cluster.spawn(LIMITS) as worker:
        assert printed(worker, "print(1)") == "1"


def test_without_the_token_nobody_is_heard(cluster: Cluster) -> None:
    seat = cluster._seats[0]
    for said in (b"", b"0" * 64, b'{"order": "spawn"}\n' * 8):
        with socket.create_connection(seat._end, 5) as stranger:
            stranger.sendall(said)
    stranger = socket.create_connection(seat._end, 5)
    with stranger:
        stranger.sendall(b"0" * 64)
        with cluster.spawn(LIMITS) as one, cluster.spawn(LIMITS) as other:
            assert printed(one, "print(1)") == printed(other, "print(1)") == "1"
        stranger.settimeout(5)
        try:
            assert stranger.recv(1) == b""
        except ConnectionResetError:
            pass


def test_a_cut_connection_is_not_the_submissions_doing(cluster: Cluster) -> None:
    """Something in the network ends the connection; the worker has done nothing."""
    with cluster.spawn(LIMITS) as worker:
        cut = threading.Timer(0.5, lambda: worker._connection.shutdown(socket.SHUT_RDWR))
        cut.start()
        with pytest.raises(WorkerVanished):
            worker.run_cell("cell", "import time; time.sleep(5)")
    with cluster.spawn(LIMITS) as worker:
        assert printed(worker, "print(1)") == "1"


def test_machines_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is killed, one is silent for a while as if its network had gone, and one comes."""
    monkeypatch.setattr(clusters, "ANSWER_SECONDS", 2.0)
    with Machines(tmp_path) as machines:
        first, second = machines.start_worker(1), machines.start_worker(1)
        with Cluster(machines.address) as joined:
            wait_until(lambda: joined.slots == 2, "the second seat")
            with joined.spawn(SHORT) as one, joined.spawn(SHORT) as other:
                os.kill(second.pid, signal.SIGSTOP)
                ends = []
                for worker in (one, other):
                    try:
                        printed(worker, "print(1)")
                    except WorkerError as error:
                        ends.append(type(error))
                assert ends == [WorkerVanished]
            assert joined.slots == 1
            with joined.spawn(LIMITS) as worker:
                killed = threading.Timer(0.5, kill, [first])
                killed.start()
                with pytest.raises(WorkerVanished):
                    worker.run_cell("cell", "import time; time.sleep(5)")
            third = machines.start_worker(2)
            with joined.spawn(LIMITS) as worker:
                assert printed(worker, "print(1)") == "1"
            wait_until(lambda: joined.slots == 2, "both seats of the third")
            assert _children(third)
            os.kill(second.pid, signal.SIGCONT)
            wait_until(lambda: joined.slots == 3, "the machine that was silent")
        wait_until(lambda: not _children(third), "the end of the fork server that nobody needs")


def test_judges_share_machines(tmp_path: Path) -> None:
    """Each takes no more seats than it was told."""
    with Machines(tmp_path) as machines:
        machines.start_worker(2)
        with Cluster(machines.address, most=1) as one, Cluster(machines.address, most=1) as other:
            assert (one.slots, other.slots) == (1, 1)
            with one.spawn(LIMITS) as mine, other.spawn(LIMITS) as yours:
                assert printed(mine, "print(1)") == printed(yours, "print(1)") == "1"


def _children(process: subprocess.Popen[bytes]) -> list[str]:
    """What runs below a process."""
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [child for thread in threads for child in thread.read_text().split()]


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "ANSWER_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(NoWorkersError, match=rf"No Dask scheduler answers at {address}.*dask scheduler"):
            Cluster(address).start()


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(NoWorkersError, match=r"pip install 'gatebook\[cluster\]'"):
        Cluster("tcp://127.0.0.1:1").start()


def test_versions_name_what_answers_depend_on() -> None:
    found = seats.versions()
    assert found.keys() == {"python", "gatebook", *seats.LIBRARIES}
    assert "missing" not in found.values()
