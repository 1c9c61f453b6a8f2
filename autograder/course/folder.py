"""A course's folder: where its configuration puts things, and who may grade in it now."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from autograder.course.database import GradebookError, recorded_sources
from autograder.course.settings import Settings, SettingsError
from autograder.notebooks.beside import Beside, files_beside
from autograder.notebooks.finding import SubmittedFile, find_submissions
from autograder.notebooks.release import Release, read_release


@dataclass(frozen=True)
class Course:
    """A course folder with its `nbgrader_config.py`. `config` is traitlets', `directory` nbgrader's
    `CourseDirectory`."""

    root: Path
    config: Any
    directory: Any

    def path(self, step: str, student: str, assignment: str) -> Path:
        """Folder of a step (`submitted`, `autograded`, `feedback`, ...) as the course's configuration lays it
        out."""
        folder = getattr(self.directory, f"{step}_directory")
        return Path(os.path.normpath(self.directory.format_path(folder, student, assignment)))

    @property
    def language(self) -> str:
        """What the course is taught in, `c.Gatebook.language` of its configuration; `""` where it does not say."""
        return self.settings.language

    @property
    def settings(self) -> Settings:
        """`c.Gatebook` of its configuration.

        Raises:
            GradebookError: an unknown name there, or an impossible value.
        """
        return _settings(self.root, self.config)

    @property
    def has_late_rule(self) -> bool:
        """Whether submissions may lose points for being late: such a rule may look at anything, so it is asked each
        time."""
        own = dict(self.config.get("LateSubmissionPlugin", {})) or {"penalty_method": "none"}
        return "AssignLatePenalties" in {*self.config} or own != {"penalty_method": "none"}

    @property
    def private(self) -> tuple[Path, ...]:
        """The folders that no worker may look into."""
        return private_folders(self.root, self.config)

    def notebooks(self, assignment: str) -> tuple[str, ...]:
        """The names of the notebooks of an assignment; that of the assignment's own name where there are none yet."""
        found = (path.stem for path in self.path("source", ".", assignment).glob("*.ipynb"))
        return tuple(sorted(name for name in found if not name.startswith("."))) or (assignment,)

    def release(self, assignment: str, notebook: str | None = None) -> Release:
        """A notebook of an assignment as handed out, by default that of its name, else its first; see
        `autograder.notebooks.release.read_release`."""
        names = self.notebooks(assignment)
        name = notebook or (assignment if assignment in names else names[0])
        return read_release(
            self.root,
            assignment,
            name,
            source_folder=self.directory.source_directory,
            release_folder=self.directory.release_directory,
            recorded=lambda: recorded_sources(self.directory, assignment, name),
        )

    def releases(self, assignment: str) -> tuple[Release, ...]:
        """All notebooks of an assignment as handed out."""
        return tuple(self.release(assignment, name) for name in self.notebooks(assignment))

    def submissions(
        self, assignment: str, student: str | None = None, notebook: str | None = None
    ) -> tuple[SubmittedFile, ...]:
        """What was handed in of a notebook of an assignment, see `autograder.notebooks.finding.find_submissions`."""
        return find_submissions(
            self.root,
            assignment,
            student,
            notebook=notebook,
            several=len(self.notebooks(assignment)) > 1,
            folder=self.directory.submitted_directory,
        )

    def exercises(self, assignment: str) -> tuple[str, ...]:
        """The exercises of all notebooks of an assignment, each once."""
        return tuple(dict.fromkeys(one for release in self.releases(assignment) for one in release.exercises))


def open_course(course_dir: str | Path, config: Any = None) -> Course:
    """A course folder with its configuration (what `read_config` gives, if it was read already).

    Raises:
        GradebookError: no such folder, or its configuration does not load or holds an impossible setting.
    """
    config = read_config(course_dir) if config is None else config
    with _without_grammar_of_iris():
        from nbgrader.coursedir import CourseDirectory

    root = Path(course_dir).resolve()
    return Course(root, config, CourseDirectory(root=str(root), config=config))


def read_config(course_dir: str | Path) -> Any:
    """`nbgrader_config.py` of a course folder, as traitlets' Config; nbgrader is not imported. Without such a file,
    Gatebook's own folder names hold.

    Raises:
        GradebookError: no such folder, or its configuration does not load or holds an impossible setting.
    """
    from traitlets.config import Config, PyFileConfigLoader

    root = Path(course_dir).resolve()
    if not root.is_dir():
        raise GradebookError(f"{root} is not a folder. Give the folder of the course, which holds nbgrader_config.py.")
    config = Config()
    if (root / "nbgrader_config.py").is_file():
        try:
            config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
        except Exception as error:
            raise GradebookError(
                f"{root / 'nbgrader_config.py'} does not load: {type(error).__name__}: {error}. "
                "`nbgrader --help` in that folder fails in the same way; repair the file."
            ) from error
    else:
        config.CourseDirectory.source_directory = "solutions"
        config.CourseDirectory.release_directory = "assignments"
    _settings(root, config)
    return config


def private_folders(course_dir: str | Path, config: Any) -> tuple[Path, ...]:
    """The folders of a course, and of what its configuration puts elsewhere: steps, gradebook, exchange. No worker may
    look into any of them, wherever they are.

    config: what `read_config` gives.
    """
    root = Path(course_dir).resolve()
    found = {root}
    directory = config.get("CourseDirectory", {})
    for name, value in directory.items():
        if isinstance(value, str) and (name == "root" or name.endswith("_directory")):
            found.add(root / value)
    url = directory.get("db_url")
    if isinstance(url, str) and url.startswith("sqlite:///"):
        found.add((root / url.removeprefix("sqlite:///").partition("?")[0]).parent)
    for name, section in config.items():
        if name.startswith("Exchange"):
            found |= {root / section[key] for key in ("root", "cache") if isinstance(section.get(key), str)}
    return tuple(sorted(path for path in found if path != Path(path.anchor)))


def _settings(root: Path, config: Any) -> Settings:
    try:
        return Settings.of(config)
    except SettingsError as error:
        raise GradebookError(f"{root / 'nbgrader_config.py'}: {error}") from None


@contextlib.contextmanager
def _without_grammar_of_iris() -> Iterator[None]:
    """nbgrader imports jsonschema, which imports, where there is one, a package that compiles a grammar for seconds. It
    checks texts of the format "iri", which no schema of a notebook has."""
    name, modules = "rfc3987_syntax", cast("dict[str, Any]", sys.modules)
    known = name in modules
    if not known:
        modules[name] = None  # Python's own way to say that there is no such module
    try:
        yield
    finally:
        if not known:
            del modules[name]


@contextlib.contextmanager
def grading_lock(course: Course, assignment: str) -> Iterator[None]:
    """Hold the right to grade an assignment; a second process that asks for it is refused.

    Raises:
        GradebookError: another process is grading it.
    """
    import fcntl

    path = course.root / ".gatebook" / "locks" / assignment
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            raise GradebookError(
                f"Another process is grading {assignment!r} in {course.root}. Wait for it, or end it, and run again."
            ) from None
        yield


@contextlib.contextmanager
def reports_lock(course: Course, *, patiently: bool = True) -> Iterator[None]:
    """Wait for the right to write the reports, so that of two processes the later one knows all grades.

    Raises:
        BlockingIOError: another process has it, and it was not to be waited for.
    """
    import fcntl

    path = course.root / ".gatebook" / "locks" / ".reports"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX if patiently else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def files_of(course: Course, assignment: str, submitted: Path) -> Beside:
    """The files beside the notebooks in a folder of `submitted/`."""
    kept = course.config.get("Autograde", {}).get("exclude_overwriting", {}).get(assignment, [])
    return files_beside(submitted, course.path("source", ".", assignment), course.directory, kept)
