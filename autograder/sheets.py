"""Files of sheets: `release` puts the public one beside the notebook, `grade` keeps the secret one for the class.

A file is zlib-compressed MessagePack of a version and the sheets of one assignment.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from pathlib import Path

import msgspec

from autograder.model import Sheet

VERSION = 4
SUFFIX = ".checks"


class SheetFile(msgspec.Struct, frozen=True):
    version: int
    sheets: tuple[Sheet, ...]


class SheetError(Exception):
    """A file of sheets cannot be used; the message says why and what to do."""


def write(path: Path, sheets: tuple[Sheet, ...]) -> None:
    """Write atomically: the file is whole or as it was before."""
    body = zlib.compress(msgspec.msgpack.encode(SheetFile(VERSION, sheets)), 9)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read(path: Path) -> dict[str, Sheet]:
    """The sheets of a file by exercise id.

    Raises:
        SheetError: the file is damaged or of another version.
    """
    try:
        content = msgspec.msgpack.decode(zlib.decompress(path.read_bytes()), type=SheetFile)
    except (zlib.error, msgspec.DecodeError) as error:
        raise SheetError(f"{path} is damaged ({error}); get a fresh copy from your course.") from None
    if content.version != VERSION:
        raise SheetError(
            f"{path} has version {content.version}, this autograder reads {VERSION}; "
            "get the file that came with the notebook, or the autograder that wrote it."
        )
    return {sheet.exercise: sheet for sheet in content.sheets}
