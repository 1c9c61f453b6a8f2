"""Files of sheets: `release` puts the public one beside the notebook, `grade` keeps the secret one for the class.

A file is zlib-compressed MessagePack of a version and the sheets of one assignment.
"""

from __future__ import annotations

import dataclasses
import math
import os
import tempfile
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from autograder.answering.protocol import Array, decode_array
from autograder.model import Expected, Sheet, SheetCase

VERSION = 5
MOST_ROUNDING = 4.0
"""How many times as large as on another processor a tolerance may be: it comes of what rounding does there."""
SUFFIX = ".checks"


class SheetFile(msgspec.Struct, frozen=True):
    version: int
    sheets: tuple[Sheet, ...]


class _Version(msgspec.Struct, frozen=True):
    """What can be read of a file of any version."""

    version: int


class SheetError(Exception):
    """A file of sheets cannot be used; the message says why and what to do."""


def write(path: Path, sheets: tuple[Sheet, ...]) -> None:
    """Write atomically: the file is whole or as it was before."""
    body = zlib.compress(_encoded(sheets), 9)
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
        raw = zlib.decompress(path.read_bytes())
        found = msgspec.msgpack.decode(raw, type=_Version).version
        if found == VERSION:
            content = msgspec.msgpack.decode(raw, type=SheetFile)
    except (zlib.error, msgspec.DecodeError) as error:
        raise SheetError(f"{path} is damaged ({error}); get a fresh copy from your course.") from None
    if found != VERSION:
        raise SheetError(
            f"{path} has version {found}, this autograder reads {VERSION}; "
            "get the file that came with the notebook, or the autograder that wrote it."
        )
    return {sheet.exercise: sheet for sheet in content.sheets}


def difference(before: tuple[Sheet, ...], now: tuple[Sheet, ...]) -> str:
    """The first place where sheets differ, in words; empty where they say the same. The rounding of a processor makes
    no difference: it shows in tolerances, in what a network reaches, and in the last digits of values."""
    # As they are read from a file: 2 points are 2.0 there.
    read = [msgspec.msgpack.decode(_encoded(given), type=SheetFile).sheets for given in (before, now)]
    first, second = ({sheet.exercise: sheet for sheet in given} for given in read)
    return _difference(first, second, "the sheets")


def _encoded(sheets: tuple[Sheet, ...]) -> bytes:
    return msgspec.msgpack.encode(SheetFile(VERSION, sheets))


def _difference(before: Any, now: Any, place: str) -> str:
    if type(before) is not type(now):
        return f"{place} was {_shown(before)}, and is {_shown(now)}."
    if isinstance(before, Array):
        return _of_arrays(before, now, place)
    if isinstance(before, dict):
        if before.keys() != now.keys():
            return f"{place} has other entries: {', '.join(sorted(map(str, before.keys() ^ now.keys())))}."
        return next(filter(None, (_difference(before[name], now[name], f"{place}.{name}") for name in before)), "")
    if isinstance(before, (tuple, list)):
        if len(before) != len(now):
            return f"{place} had {len(before)} entries, and has {len(now)}."
        pairs = enumerate(zip(before, now, strict=True))
        return next(filter(None, (_difference(*pair, f"{place}[{index}]") for index, pair in pairs)), "")
    names = _fields(before)
    if isinstance(before, Expected):
        least, most = sorted((before.tolerance, now.tolerance))
        if most > MOST_ROUNDING * least:
            return f"{place}.tolerance was {before.tolerance:.3g}, and is {now.tolerance:.3g}."
    if names:
        fields = ((getattr(before, name), getattr(now, name), f"{place}.{name}") for name in names)
        return next(filter(None, (_difference(*one) for one in fields)), "")
    same = math.isclose(before, now, rel_tol=1e-6) if isinstance(before, float) else before == now
    return "" if same else f"{place} was {_shown(before)}, and is {_shown(now)}."


def _fields(item: Any) -> list[str]:
    """The names of what a structure holds, but for what a processor's rounding and speed decide; none of what is no
    structure."""
    names = [field.name for field in dataclasses.fields(item)] if dataclasses.is_dataclass(item) else []
    names = names or list(getattr(type(item), "__struct_fields__", ()))
    measured = "seconds" if isinstance(item, SheetCase) else "value" if _is_threshold(item) else ""
    return [name for name in names if name not in (measured, "tolerance")]


def _is_threshold(item: Any) -> bool:
    return isinstance(item, Expected) and item.at_least


def _of_arrays(before: Array, now: Array, place: str) -> str:
    if (before.dtype, before.shape) != (now.dtype, now.shape):
        return f"{place} was {before.dtype} {before.shape}, and is {now.dtype} {now.shape}."
    numbers = decode_array(before), decode_array(now)
    if numbers[0].dtype.kind not in "fc":
        return "" if np.array_equal(*numbers) else f"{place} has other values."
    return "" if np.allclose(*numbers, rtol=1e-4, atol=1e-6, equal_nan=True) else f"{place} has other values."


def _shown(item: Any) -> str:
    return msgspec.json.encode(item, enc_hook=repr).decode()[:200]
