"""A class graded on machines of a Dask cluster: the records of a run at home, whatever happens to the machines."""

from __future__ import annotations

import hmac
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from support.machines import ROOT, Machines, kill, wait_until

from autograder.answering.protocol import Array, decode_array
from autograder.judging import sheet_files

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
SAMPLES = ROOT / "tests" / "class"
CLASS = (
    "submitted/perfect", "submitted/star_for_product", "submitted/leaves_early", "submitted/huge_output",
    "submitted/infinite_loop", "submitted/state_never_advanced", "submitted/not_a_notebook", "submitted/half_finished",
    "more/cut_off",
)  # fmt: skip
"""Right answers, wrong ones, and accidents."""
SECRET = "5ec2e7" * 10 + "c1a5"
TIMES = frozenset(("started", "seconds"))


def make_course(root: Path) -> Path:
    """A course that nobody has graded, with a secret that is known here."""
    for step in ("solutions", "assignments"):
        shutil.copytree(ROOT / step / "rnn", root / step / "rnn")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / ".gatebook").mkdir(mode=0o700)
    (root / ".gatebook" / "secret").write_text(SECRET + "\n")
    for sample in CLASS:
        folder, student = sample.split("/")
        shutil.copytree(SAMPLES / folder / student / "rnn", root / "submitted" / student / "rnn")
    reads_a_file(root / "submitted" / "perfect" / "rnn")
    return root


def reads_a_file(folder: Path) -> None:
    """A cell that says what is in a file beside the notebook."""
    (folder / "beside.txt").write_text("seventeen apples")
    notebook = nbformat.read(folder / "rnn.ipynb", 4)
    cell = nbformat.v4.new_code_cell("print(open('beside.txt').read())", id="reads-a-file")
    notebook.cells.insert(1, cell)
    nbformat.write(notebook, folder / "rnn.ipynb")


def grade(course: Path, address: str | None = None, *, wait: bool = True) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "autograder", "grade", "rnn", "--course", str(course), "--no-feedback"]
    command += ["--cell-seconds", "6"] + (["--dask", address] if address else [])
    with open(course / "said", "wb") as log:
        run = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    if wait:
        run.wait(400)
    return run


def said(course: Path) -> str:
    """What the last run did, in one line."""
    return " ".join((course / "said").read_text("utf-8").split())


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_times(item) for name, item in value.items() if name not in TIMES}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def graded(course: Path) -> dict[str, bytes]:
    """Records, and what the cells printed, as bytes without times."""
    records = (course / ".gatebook" / "records" / "rnn" / "rnn").glob("*.json")
    found = {path.stem: json.loads(path.read_bytes()) for path in records}
    for student in found:
        notebook = json.loads((course / "autograded" / student / "rnn" / "rnn.ipynb").read_bytes())
        found[student] = [found[student], [cell.get("outputs") for cell in notebook["cells"]]]
    return {student: json.dumps(without_times(one)).encode() for student, one in found.items()}


def number_graded(course: Path) -> int:
    return len(list((course / ".gatebook" / "records" / "rnn" / "rnn").glob("*.json")))


@pytest.fixture(scope="module")
def at_home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    course = make_course(tmp_path_factory.mktemp("home") / "course")
    run = grade(course)
    assert run.returncode == 0, said(course)
    found = graded(course)
    assert len(found) == len(CLASS)
    assert b"seventeen apples" in found["perfect"]
    return found


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course")


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    with Machines(tmp_path / "machines") as started:
        yield started


def test_the_same_records_and_nothing_but_questions_travels(
    course: Path, tmp_path: Path, at_home: dict[str, bytes]
) -> None:
    relayed = tmp_path / "relayed"
    relayed.mkdir()
    recording = {"GATEBOOK_RELAYED": str(relayed)}
    with Machines(tmp_path / "machines", environment=recording) as machines:
        for _ in range(2):
            machines.start_worker(1, "--preload", str(HERE / "record_relay.py"))
        run = grade(course, machines.address)
    assert run.returncode == 0, said(course)
    assert graded(course) == at_home
    assert len(list(relayed.glob("to-*"))) == 2, "one machine had nothing to do"
    sent = b"".join(path.read_bytes() for path in sorted(relayed.glob("to-*")))
    questions, answers, tolerances, seeds = secrets_of(course)
    # What is looked for is found where it is: files and questions in what was sent, the others in the sheets.
    assert b"seventeen apples" in sent
    assert sum(question in sent for question in questions) > 0.9 * len(questions) > 20
    sheets = b"".join(zlib.decompress(path.read_bytes()) for path in sheets_of(course))
    assert sum(answer in sheets for answer in answers) >= len(answers) / 2 > 20
    assert sum(tolerance in sheets for tolerance in tolerances) >= len(tolerances) / 2 > 5
    assert any(seed in sheets for seed in seeds)
    for what in (answers, tolerances, seeds):
        assert [one for one in what if one in sent] == []


def sheets_of(course: Path) -> list[Path]:
    return sorted((course / ".gatebook" / "sheets").rglob(f"*{sheet_files.SUFFIX}"))


def secrets_of(course: Path) -> tuple[set[bytes], set[bytes], set[bytes], set[bytes]]:
    """Of the secret sheets: arrays of questions, of answers, tolerances, and what they are drawn from, as bytes."""
    questions: set[bytes] = set()
    answers: set[bytes] = set()
    tolerances: set[bytes] = set()
    seeds = {SECRET.encode(), bytes.fromhex(SECRET)}
    for path in sheets_of(course):
        for sheet in sheet_files.read(path).values():
            drawn = hmac.digest(bytes.fromhex(SECRET), f"cases/1/{sheet.exercise}".encode(), "sha256")
            seeds |= {sheet.seed.encode(), drawn, drawn.hex().encode()}
            for case in sheet.cases:
                questions |= {array.data for array in arrays_in(case.question) if len(array.data) >= 16}
                for layout in case.expected:
                    for expected in layout:
                        value = decode_array(expected.value)
                        if value.size >= 4:
                            answers |= {value.astype(kind).tobytes() for kind in ("float32", "float64")}
                        if expected.tolerance and not expected.at_least:
                            tolerances |= {struct.pack(kind, expected.tolerance) for kind in ("<d", ">d")}
    return questions, answers - questions, tolerances, seeds


def arrays_in(value: Any) -> Iterator[Array]:
    if isinstance(value, Array):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from arrays_in(item)
    elif isinstance(value, dict):
        yield from arrays_in(list(value.values()))
    elif hasattr(value, "__struct_fields__"):
        yield from arrays_in([getattr(value, name) for name in value.__struct_fields__])


def test_a_machine_is_killed_in_the_middle(course: Path, machines: Machines, at_home: dict[str, bytes]) -> None:
    workers = [machines.start_worker(1), machines.start_worker(1)]
    run = grade(course, machines.address, wait=False)
    wait_until(lambda: number_graded(course) >= 1, "the first record")
    kill(workers[0])
    left = len(CLASS) - number_graded(course)
    assert left > 1, "it was too late to kill anything"
    assert run.wait(400) == 0, said(course)
    assert graded(course) == at_home


def test_the_scheduler_is_killed_in_the_middle(course: Path, machines: Machines, at_home: dict[str, bytes]) -> None:
    machines.start_worker(1)
    run = grade(course, machines.address, wait=False)
    wait_until(lambda: number_graded(course) >= 1, "the first record")
    kill(machines.scheduler)
    assert run.wait(400) == 1
    told = said(course)
    assert f"The Dask scheduler at {machines.address} does not answer any more" in told
    assert "run the same command" in told
    assert "Traceback" not in told
    before = graded(course)
    assert 1 <= len(before) < len(CLASS)
    assert before.items() <= at_home.items()
    machines.start_scheduler()
    machines.start_worker(2)
    run = grade(course, machines.address)
    assert run.returncode == 0, said(course)
    assert graded(course) == at_home


def test_a_machine_of_other_versions_is_refused(course: Path, machines: Machines, at_home: dict[str, bytes]) -> None:
    machines.start_worker(1, "--preload", str(HERE / "other_keras.py"))
    run = grade(course, machines.address)
    told = said(course)
    assert run.returncode == 1
    assert re.search(
        r"keras 3\.6\.0 is there and [\d.]+ here\. On that machine, run `python -m pip install keras==", told
    )
    assert number_graded(course) == 0
    machines.start_worker(2)
    run = grade(course, machines.address)
    told = said(course)
    assert run.returncode == 0, told
    assert "keras 3.6.0 is there" in told
    assert graded(course) == at_home


@pytest.fixture
def hosts() -> Iterator[list[str]]:
    """Two hosts with a network between them and this one: network namespaces, and a bridge. Here is 10.77.0.1."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        # Only root may lay a cable between namespaces. That machines are lost or killed is held by the other tests for
        # every user; this one adds that nobody says so.
        pytest.skip("hosts are made by root, with iproute2")
    names = [f"gatebook-{os.getpid()}-{number}" for number in (2, 3)]
    bridge = f"gb{os.getpid()}"
    try:
        ip("link", "add", bridge, "type", "bridge")
        ip("address", "add", "10.77.0.1/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        for number, name in enumerate(names, 2):
            ip("netns", "add", name)
            ip("link", "add", f"{bridge}-{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"{bridge}-{number}", "master", bridge, "up")
            ip("-n", name, "address", "add", f"10.77.0.{number}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", name, "link", "set", device, "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", bridge], check=False, capture_output=True)


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def test_the_network_of_a_host_goes_in_the_middle(
    course: Path, tmp_path: Path, at_home: dict[str, bytes], hosts: list[str]
) -> None:
    """Not a word comes from it any more: neither an end nor an answer."""
    with Machines(tmp_path / "machines", host="10.77.0.1") as machines:
        for number, name in enumerate(hosts, 2):
            machines.start_worker(1, "--host", f"10.77.0.{number}", within=("ip", "netns", "exec", name))
        run = grade(course, machines.address, wait=False)
        wait_until(lambda: number_graded(course) >= 1, "the first record")
        ip("-n", hosts[0], "link", "set", "eth0", "down")
        assert len(CLASS) - number_graded(course) > 1, "it was too late"
        assert run.wait(400) == 0, said(course)
    assert graded(course) == at_home
