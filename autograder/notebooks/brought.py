"""Code that a student handed in beside the notebook."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.model import FileBeside, Submission

DATA = (".csv", ".tsv", ".txt", ".md", ".json", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf", ".ipynb")
"""Files that are looked at and not run; notebooks are read where they were handed in. What holds pickled objects, such
as `.npy`, is none of them."""
SOURCE = ".py"
MOST_SOURCE = 200_000
"""Bytes of a module that is read; a longer one counts as code that nobody has read."""


def modules_of(submission: Submission) -> dict[str, str]:
    """The text of each module of the student's own, by its file's name."""
    return {file.name: text for file in _brought(submission) if (text := source_of(file)) is not None}


def unread(submission: Submission) -> list[str]:
    """Files of the student's own that could be run, and that cannot be read."""
    return [file.name for file in _brought(submission) if source_of(file) is None]


def _brought(submission: Submission) -> Iterator[FileBeside]:
    return (file for file in submission.files if not file.given and not file.name.lower().endswith(DATA))


def source_of(file: FileBeside) -> str | None:
    """The text of a module; None where it is none, or too long."""
    if not file.name.endswith(SOURCE) or file.size > MOST_SOURCE:
        return None
    try:
        return file.place.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
