"""What stops a command, in words that say what to do."""

from __future__ import annotations

import errno
import traceback

from rich.console import Console

from autograder import versions
from autograder.cards.text import clean
from autograder.course.database import GradebookError
from autograder.judging.sheet_files import SheetError
from autograder.notebooks.release import ReleaseError
from autograder.running.devices import DeviceError
from autograder.running.sandbox import SandboxError
from autograder.running.workers import NoWorkersError, ZygoteError
from autograder.sheets.oracle import GraderFault

EXPECTED_ERRORS = (
    DeviceError,
    GradebookError,
    GraderFault,
    NoWorkersError,
    ReleaseError,
    SandboxError,
    SheetError,
    ZygoteError,
    OSError,
    ValueError,
)
"""What stops an assignment with a message instead of a traceback."""
WHOLE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Errors that the next submission would meet too."""


def said(error: BaseException) -> str:
    """An error in words that say what to do."""
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        text += ". Make room on the disk, and run again: what is graded already stays."
    elif isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        text += ". Give yourself the right to write there, and run again: what is graded already stays."
    elif not isinstance(error, EXPECTED_ERRORS):
        text = f"{type(error).__name__}: {text}. This is a fault of Gatebook; please report it with these lines:\n"
        text += "".join(traceback.format_exception(error))
    return text


def show(console: Console, failure: str) -> None:
    console.print(clean(failure), style="red", markup=False, highlight=False)


def refused(console: Console) -> bool:
    """Whether a library has a version that does not work, which is said."""
    try:
        versions.require()
    except versions.VersionError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return True
    return False
