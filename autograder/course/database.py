"""nbgrader's database: how it is opened, and what is said when it fails.

`directory` is nbgrader's `CourseDirectory`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SQLITE = "sqlite:///"


class GradebookError(Exception):
    """The gradebook cannot be read or written as asked; the message says what to do."""


class GradebookUnusableError(GradebookError):
    """The database or the disk fails as a whole, for everybody: going on is of no use."""


def environment_on_path() -> None:
    """Put the environment's programs on PATH: nbgrader runs `alembic` when it makes a new gradebook."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        if folder and folder not in folders:
            folders.insert(0, folder)
    os.environ["PATH"] = os.pathsep.join(folders)


def open_gradebook(directory: Any) -> Any:
    """nbgrader's gradebook; a new one appears complete or not at all."""
    from nbgrader.api import Gradebook

    environment_on_path()
    url = directory.db_url
    path = database_file(directory)
    try:
        if path is not None and not path.exists():
            folder = tempfile.mkdtemp(prefix=".gradebook.", dir=path.parent)
            try:
                fresh = os.path.join(folder, "gradebook.db")
                _write_schema_version(fresh)
                Gradebook(SQLITE + fresh, directory.course_id).close()
                with contextlib.suppress(FileExistsError):
                    os.link(fresh, path)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        with database_errors(directory, "cannot be opened"):
            return Gradebook(url, directory.course_id)
    except GradebookError:
        raise
    except Exception as error:
        raise GradebookUnusableError(
            f"The gradebook {url} cannot be opened: {type(error).__name__}: {error}. Can its folder be written? After "
            "an upgrade of nbgrader: back it up and run `nbgrader db upgrade`."
        ) from error


def database_file(directory: Any) -> Path | None:
    """The file of the gradebook; None where it is no SQLite file."""
    url = directory.db_url
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) and "?" not in url else None


def _write_schema_version(path: str) -> None:
    """Note in a new database which version of the tables it has, as nbgrader does. It would start a program for that
    which imports all of nbgrader again: six seconds."""
    import sqlite3

    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    version = ScriptDirectory(ALEMBIC_DIR).get_current_head()
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (version,))


@contextlib.contextmanager
def database_errors(directory: Any, what: str) -> Iterator[None]:
    """Turn what SQLAlchemy raises into our errors, which say what to do."""
    from sqlalchemy.exc import IntegrityError, SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error)
        advice = "After an upgrade of nbgrader: back it up and run `nbgrader db upgrade`."
        for sign, known in (
            ("locked", "Another program is writing to it: wait for it or end it, and run again."),
            ("readonly", "Give yourself the right to write it (and its folder), and run again."),
            ("disk is full", "Make room on the disk, and run again."),
            ("disk I/O", "Look at the disk (is it full, or gone?), and run again."),
            ("malformed", "It is damaged: restore it from a backup."),
            ("not a database", "It is damaged: restore it from a backup."),
        ):
            if sign in reason:
                advice = known
                break
        kind = GradebookError if isinstance(error, IntegrityError) else GradebookUnusableError
        raise kind(f"The gradebook {directory.db_url} {what}: {reason}. {advice}") from error


def recorded_sources(directory: Any, assignment: str, notebook: str) -> dict[str, str]:
    """The texts of the cells that nbgrader recorded, by grade id."""
    from nbgrader.api import MissingEntry

    with contextlib.closing(open_gradebook(directory)) as gradebook, database_errors(directory, "cannot be read"):
        try:
            return {cell.name: cell.source for cell in gradebook.find_notebook(notebook, assignment).source_cells}
        except MissingEntry:
            return {}
