"""Which files of this machine a worker sees.

Workers see the system, the Python environment, and the folders that installers put libraries into. They see nothing of
a project, of the current folder, the home folder and the course. Each of these may be, hold or lie in the other: then
what the interpreter imports stays, and all else goes.
"""

from __future__ import annotations

import contextlib
import csv
import importlib.metadata
import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.exercises import EXERCISES
from autograder.worker import absent

SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin")
_SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/fonts",
)
_OWN = ("autograder", "reference", "gatebook*", "*editable*gatebook*", "__pycache__/*editable*gatebook*")
"""What an installation of Gatebook consists of, an editable one's pointers too."""
_SHARED = (
    "/usr/local/share/nbgrader",
    "/usr/local/share/jupyterhub",
    "/usr/local/etc/jupyter",
    "/usr/local/etc/jupyterhub",
)
"""Where nbgrader's exchange and the settings of a machine's JupyterHub are, unless something else was configured."""
_MARKS_OF_A_COURSE = (".gatebook", "nbgrader_config.py", "gradebook.db")
_RECORDS = "*.dist-info/RECORD"
"""What an installer writes into a folder of libraries: the files of one distribution."""


@dataclass(frozen=True)
class View:
    """Of the paths named here, the deepest one on the way to a file decides whether a worker sees it."""

    shown: tuple[Path, ...]
    """Parents before children."""
    hidden: tuple[Path, ...]
    """Each lies below something that is shown, or is that itself; existing."""

    def readable(self) -> list[str]:
        """The same as a list of what may be read. A list cannot take away, so folders that hold something hidden are
        named by what else is in them now."""
        allowed = set()
        waiting = list(self.shown)
        while waiting:
            path = waiting.pop()
            if path in self.hidden:
                continue
            if path.is_dir() and any(path in other.parents for other in self.hidden):
                # Links lead to where they were found, or out of what is shown.
                waiting.extend(child for child in _entries(path) if not child.is_symlink())
            elif path.exists():
                allowed.add(str(path))
        return sorted(allowed)


def view(private: Iterable[Path] = ()) -> View:
    """What a worker sees.

    private: folders that it must never see, besides the project, the current folder, the home folder and what looks
        like another course.
    """
    roots = environment()
    shown, hidden = set(roots), set()
    wanted = [*_always_private(), *private]
    for path in _as_named([*wanted, *_courses(wanted)], roots):
        if os.path.isdir(path) and path not in _indivisible() and not _is_of_the_interpreter(path):
            hidden.add(path)
            shown |= _needed_below(path)
    own = [*own_installation(), *graders_libraries(), *exercises_of_others()]
    hidden |= {path for path in [*own, *_as_named(own, roots)] if any(path.is_relative_to(root) for root in roots)}
    return View(tuple(sorted(shown - hidden, key=_depth)), tuple(sorted(hidden, key=_depth)))


def _depth(path: Path) -> tuple[int, str]:
    return len(path.parts), str(path)


def environment() -> list[Path]:
    """The system, the interpreter and its libraries: everything that a worker could see."""
    wanted = {
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.exec_prefix),
        Path(sys.executable).resolve().parent,
        *libraries(),
        *(Path(path) for path in (*SYSTEM, *_SYSTEM_FILES) if not os.path.islink(path)),
    }
    found: list[Path] = []
    for path in sorted(wanted - {Path("/")}):
        if path.exists() and not any(path.is_relative_to(root) for root in found):
            found.append(path)
    return found


def libraries() -> list[Path]:
    """The folders of `sys.path` into which an installer put libraries, Gatebook aside, whatever they are called."""
    return [
        Path(folder)
        for folder in dict.fromkeys(map(os.path.normpath, filter(os.path.isabs, sys.path)))
        if any(not _is_own(record) for record in Path(folder).glob(_RECORDS))
    ]


def search_path() -> tuple[list[str], list[str]]:
    """The folders of libraries that the interpreter does not look into by itself: those that come before its own
    modules, as by `PYTHONPATH`, and those that come after."""
    own = {os.path.normpath(folder) for folder in site.getsitepackages()}
    standard = str(_standard_library()[0])
    places = [os.path.normpath(folder) for folder in sys.path]
    first = places.index(standard) if standard in places else 0
    before: list[str] = []
    after: list[str] = []
    for folder in map(str, libraries()):
        if folder not in own:
            (before if places.index(folder) < first else after).append(folder)
    return before, after


def own_installation() -> list[Path]:
    """What of Gatebook is installed: reference layers, exercises, solutions, and the pointers an editable install
    leaves."""
    folders = dict.fromkeys([*map(Path, filter(os.path.isabs, sys.path)), _package_parent()])
    return [hit for folder in folders for pattern in _OWN for hit in folder.glob(pattern)]


def graders_libraries() -> list[Path]:
    """What is installed of libraries that only the grader needs."""
    return [
        entry
        for folder in dict.fromkeys(map(Path, filter(os.path.isabs, sys.path)))
        for entry in _entries(folder)
        if entry.name.partition("-")[0].removesuffix(".py").casefold() in absent.NAMES
        and (entry.name in absent.NAMES or entry.suffix in (".py", ".dist-info", ".egg-info"))
    ]


def exercises_of_others() -> list[Path]:
    """What is installed of packages that bring exercises: they hold right answers, wherever in them."""
    found: dict[Path, None] = {}
    for distribution in importlib.metadata.distributions():
        brought = [place for place in distribution.entry_points if place.group == EXERCISES]
        if not brought:
            continue
        for file in distribution.files or ():
            # Its folders, files and pointers beside other libraries; programs of an environment lie elsewhere.
            if ".." not in file.parts:
                found[Path(str(distribution.locate_file(file.parts[0])))] = None
        for package in {place.module.partition(".")[0] for place in brought}:
            with contextlib.suppress(ImportError, ValueError):
                spec = importlib.util.find_spec(package)
                if spec is not None:
                    places = spec.submodule_search_locations or ([spec.origin] if spec.origin else [])
                    found |= dict.fromkeys(map(Path, places))
    return [path for path in found if path.exists()]


def _package_parent() -> Path:
    return Path(__file__).resolve().parents[2]


def _always_private() -> Iterator[Path]:
    """The project, where this package lies in a checkout; the current folder; the home folder."""
    if not any(_package_parent().glob("gatebook*.dist-info")):
        yield _package_parent()
    with contextlib.suppress(OSError):  # it was deleted
        yield Path.cwd()
    with contextlib.suppress(RuntimeError):  # this user has none
        yield Path.home()
    yield from map(Path, _SHARED)


def _courses(private: Iterable[Path]) -> Iterator[Path]:
    """What looks like a course, beside the private folders and where courses of a machine may lie."""
    around = {Path(os.path.realpath(path)).parent for path in private}
    around |= {Path(path) for path in ("/usr/local", "/usr/local/share", "/usr/share")}
    around |= {Path(sys.prefix), Path(sys.prefix) / "share", Path(sys.base_prefix), Path(sys.base_prefix) / "share"}
    for folder in around - {Path("/")}:
        for path in _entries(folder):
            if any(os.path.lexists(path / mark) for mark in _MARKS_OF_A_COURSE):
                yield path


def _as_named(paths: Iterable[Path], roots: Sequence[Path]) -> list[Path]:
    """These paths as they are called below each of the roots that holds them."""
    named: dict[Path, None] = {}
    for path in map(os.path.realpath, paths):
        for root in roots:
            if Path(path).is_relative_to(real := os.path.realpath(root)):
                named[root / os.path.relpath(path, real)] = None
    return list(named)


def _indivisible() -> set[Path]:
    """Folders of programs and shared libraries. Nobody's course is one of these, though it may lie in one."""
    names = ("bin", "sbin", "lib", "lib32", "lib64", "libexec")
    folders = {Path(path) for path in SYSTEM if path != "/usr"} | {Path("/usr") / name for name in names}
    folders.add(Path(sys.base_prefix) / "lib")
    architecture = sysconfig.get_config_var("MULTIARCH")
    return folders | ({Path("/usr/lib") / architecture} if architecture else set())


def _standard_library() -> list[Path]:
    platform = sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})
    return [Path(path) for path in dict.fromkeys((sysconfig.get_path("stdlib"), platform))]


def _is_standard(name: str) -> bool:
    module = name.partition(".")[0]
    return module in sys.stdlib_module_names or module.startswith(("_sysconfigdata", "lib-dynload", "__pycache__"))


def _is_of_the_interpreter(path: Path) -> bool:
    return any(
        library in path.parents and _is_standard(path.relative_to(library).parts[0]) for library in _standard_library()
    )


def _needed_below(path: Path) -> set[Path]:
    """What the interpreter and the libraries in or around a private folder consist of there."""
    needed = {folder for folder in _indivisible() if path in folder.parents}
    needed |= {file for file in _interpreter() if path in file.parents}
    for library in _standard_library():
        if path in library.parents:
            needed.add(library)
        elif path == library:
            needed |= {entry for entry in _entries(path) if _is_standard(entry.name)}
    for library in libraries():
        if path in library.parents:
            needed.add(library)
        elif path.is_relative_to(library):
            needed |= _recorded(library, path)
    return {found for found in needed if os.path.lexists(found)}


def _interpreter() -> list[Path]:
    """The program, by all the names that lead to it, and the file that says where its environment is."""
    chain = [Path(sys.executable)]
    while chain[-1].is_symlink() and len(chain) < 40:
        chain.append(Path(os.path.normpath(chain[-1].parent / chain[-1].readlink())))
    return [*chain, Path(sys.prefix) / "pyvenv.cfg"]


def _recorded(library: Path, folder: Path) -> set[Path]:
    """The entries of a folder, which is a folder of libraries or lies in one, that installers know of."""
    inside = f"{folder}/"
    found = set()
    for record in library.glob(_RECORDS):
        if not _is_own(record):
            with open(record, encoding="utf-8", newline="") as file:
                for row in csv.reader(file):
                    path = os.path.normpath(library / row[0]) if row else ""
                    if path.startswith(inside):
                        found.add(folder / path[len(inside) :].partition("/")[0])
    return found


def _is_own(record: Path) -> bool:
    return record.parent.name.startswith("gatebook")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # who grades cannot read it, so neither does a worker
        return []
