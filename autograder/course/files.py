"""Writing files so that a reader never sees half of one, under names that every system accepts."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

_SAFE = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_HASHED = re.compile(r".*-[0-9a-f]{12}")
_RESERVED = frozenset(["con", "prn", "aux", "nul"]) | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}


def safe_name(name: str) -> str:
    """A file name for any text: itself where that is safe everywhere, else its readable letters and a hash.

    Different texts get different names, on file systems that ignore case too. `--` never occurs in one, so
    that it can join two.

    >>> safe_name("alice.smith")
    'alice.smith'
    """
    plain = _SAFE.fullmatch(name) and len(name) <= 64 and name.split(".")[0] not in _RESERVED
    if plain and not _HASHED.fullmatch(name):
        return name
    letters = re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-") or "id"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{letters}-{digest}"


def write_atomically(path: Path, content: str | bytes, *, durable: bool = False) -> None:
    """Put the content at the path, whole or not at all; folders are made as needed. Text is written as UTF-8.

    durable: wait until the disk has it, for what cannot be made again.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f".writing-{secrets.token_hex(8)}"
    try:
        with beside.open("xb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
