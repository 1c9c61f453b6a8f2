"""Verdict records as versioned JSON, one per submission: the same record gives the same bytes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Literal

import msgspec

from autograder.course.files import write_atomically
from autograder.model import RECORD_VERSION, Record


class RecordError(ValueError):
    """A file is not a record, or one of another version."""


class _Head(msgspec.Struct):
    version: int


def encode_record(record: Record) -> bytes:
    """JSON with the fields in the order of the class and other keys sorted; arrays are base64 of their bytes.

    Not-a-number and infinities, which JSON lacks, are written as strings.
    """
    return msgspec.json.format(in_json(record, order="deterministic"), indent=1) + b"\n"


def in_json(document: Any, *, order: Literal["deterministic"] | None = None) -> bytes:
    """The same of anything that is made of records, in one line. order: of keys, as msgspec has it."""
    tree = msgspec.to_builtins(document, order=order)
    try:
        # Mostly there is nothing that JSON lacks, and this tells so in a fifth of the time that `printable` takes.
        json.dumps(tree, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        tree = printable(tree)
    return msgspec.json.encode(tree)


def decode_record(data: bytes) -> Record:
    """The record that `encode_record` wrote.

    Raises:
        RecordError: no record, damaged, or of another version.
    """
    try:
        record = msgspec.json.decode(data, type=Record, strict=False)
        version = record.version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        found = _version(data)  # another version may have other fields
        if found is None or found == RECORD_VERSION:
            raise RecordError(f"this is not a verdict record: {error}") from None
        version = found
    else:
        if version == RECORD_VERSION:
            return record
    older = version < RECORD_VERSION
    advice = "grade again to renew it" if older else "a newer Gatebook wrote it; update to read it"
    raise RecordError(f"this record has version {version}, and this Gatebook reads version {RECORD_VERSION}: {advice}")


def _version(data: bytes) -> int | None:
    try:
        return msgspec.json.decode(data, type=_Head).version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def write_record(record: Record, path: Path, *, durable: bool = True) -> None:
    """Write atomically: a crash leaves the old file or the new one. durable: as in `write_atomically`."""
    write_atomically(path, encode_record(record), durable=durable)


def read_record(path: Path) -> Record:
    """Read what `write_record` wrote.

    Raises:
        RecordError: no record, damaged, or of another version; the message names the file.
        OSError: the file cannot be read.
    """
    try:
        return decode_record(path.read_bytes())
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from None


class Asked(msgspec.Struct, frozen=True):
    """Of a record, whose it is and from which pool of cases it was asked."""

    student: str
    epoch: int = 0


def read_asked(path: Path) -> Asked:
    """The same of a record's file, without the rest.

    Raises:
        RecordError: no record. OSError: the file cannot be read.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(f"{path}: this is not a verdict record: {error}") from None


def printable(tree: Any) -> Any:
    """Built-in types as JSON can hold them: no number that is none, no text that UTF-8 lacks."""
    if isinstance(tree, dict):
        return {printable(key): printable(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [printable(item) for item in tree]
    if isinstance(tree, float) and not math.isfinite(tree):
        return str(tree)
    if isinstance(tree, str):
        # file names that are not UTF-8 reach us with lone surrogates; a grade must not be lost over one
        return tree.encode("utf-8", "backslashreplace").decode()
    return tree
