"""When a submission was handed in: what its `timestamp.txt` says, whatever wrote the file."""

from __future__ import annotations

import codecs
import datetime
import os
import re
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

from autograder.cards.text import one_line
from autograder.language import words

NAME = "timestamp.txt"
UNKNOWN = words("Not known when this was handed in").template
"""The kind of the flag that a record has then."""
MOST = 1000
"""Bytes of the longest file that is read."""
SHOWN = 60
"""Characters of what stands there that are quoted."""
_EPOCH = re.compile(r"\d{9,11}(\.\d+)?|\d{13}")
_DAYS = ((2000, 1, 1), (2003, 5, 9))
"""Two days that fill in what a text leaves open."""


@dataclass(frozen=True)
class HandedIn:
    """time: in UTC and without a time zone, as nbgrader keeps it; None where there is no file, or none that can be
    read. unknown: what is there in its place."""

    time: datetime.datetime | None = None
    unknown: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """What a record says of it: nothing where all is well."""
        return (f"{UNKNOWN}: {self.unknown}",) if self.unknown else ()


def handed_in(folder: Path) -> HandedIn:
    """Read `timestamp.txt` of a submission; the file is the student's, so nothing in it raises.

    Read is what nbgrader reads, with a byte order mark or in UTF-16 too. No time is what would be another one tomorrow
    (`10:00`), or is read as a date by accident (seconds since 1970).
    """
    try:
        text = _text(folder / NAME)
    except FileNotFoundError:
        return HandedIn()
    except _NoTime as error:
        return HandedIn(unknown=f"{NAME} {error}")
    except OSError as error:
        return HandedIn(unknown=f"{NAME} cannot be read: {error.strerror}")
    if not text:
        return HandedIn(unknown=f"{NAME} is empty")
    try:
        return HandedIn(_time(text))
    except Exception:  # dateutil raises many kinds
        shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
        return HandedIn(unknown=f"{NAME} says “{shown}”")


def without_flag(flags: tuple[str, ...]) -> tuple[str, ...]:
    """The flags of a record but that of an unknown time."""
    return tuple(flag for flag in flags if not flag.startswith(f"{UNKNOWN}: "))


class _NoTime(Exception):
    """What is wrong with the file."""


def _text(path: Path) -> str:
    """Its text as one line.

    Raises:
        FileNotFoundError: there is none.
        _NoTime: it is no text file.
    """
    if path.is_symlink():
        raise _NoTime("is a link")
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise _NoTime("is a folder")
        if not stat.S_ISREG(status.st_mode):
            raise _NoTime("is no file")
        if status.st_size > MOST:
            raise _NoTime(f"has {status.st_size} bytes")
        data = os.read(descriptor, MOST + 1)
    finally:
        os.close(descriptor)
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError:
        raise _NoTime("is no text") from None
    if "\0" in text:
        raise _NoTime("is no text")
    return one_line(text)


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data and not any(data[1::2]):
        return "utf-16-le"
    if data and not any(data[::2]):
        return "utf-16-be"
    return "utf-8-sig"


def _time(text: str) -> datetime.datetime:
    """In UTC, as nbgrader keeps it. nbgrader reads less well what has three words: `+0100` as seconds, and
    `20 November 2026` as this year's.

    Raises:
        Exception: of many kinds, where it is no time.
    """
    from dateutil import parser, tz

    if _EPOCH.fullmatch(text):
        raise ValueError(text)
    rest, _, last = text.rpartition(" ")
    zone = tz.gettz(last) if rest and last[0].isalpha() else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a time zone that nobody knows is UTC to nbgrader
        first, second = (parser.parse(rest if zone else text, default=datetime.datetime(*day)) for day in _DAYS)
    if first != second:
        raise ValueError(text)
    if zone and first.tzinfo is None:
        first = first.replace(tzinfo=zone)
    return first.astimezone(datetime.UTC).replace(tzinfo=None) if first.tzinfo else first
