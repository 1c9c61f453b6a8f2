"""What the scripts here share: getting a package by name and version, and writing the same file each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

FILES = Path(__file__).parents[2] / "reference" / "data" / "files"


def from_pypi(name: str, version: str, kind: Literal["sdist", "wheel"]) -> bytes:
    """The archive of a Python package, as pip gets it."""
    chosen = "--no-binary" if kind == "sdist" else "--only-binary"
    return _got(sys.executable, "-m", "pip", "download", "-q", "--no-deps", chosen, ":all:", f"{name}=={version}")


def from_npm(name: str, version: str) -> bytes:
    """The archive of a JavaScript package, as npm gets it."""
    return _got("npm", "pack", "--silent", f"{name}@{version}")


def members(archive: bytes) -> dict[str, bytes]:
    """The files in a zip or tar archive, by their paths in it."""
    if zipfile.is_zipfile(io.BytesIO(archive)):
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for member in opened:
            stream = opened.extractfile(member)
            if stream is not None:
                found[member.name] = stream.read()
    return found


def shuffled(lines: Iterable[str]) -> list[str]:
    """The lines, each once, ordered by their hashes: an order without meaning, and the same everywhere."""
    return sorted(set(lines), key=lambda line: hashlib.sha256(line.encode("utf-8")).digest())


def rough(text: str) -> bool:
    """Whether a sentence has a word that nobody should have to read in a lesson."""
    return re.search(r"\b(nigg|negro|fuck|shit|bitch|rape)", text, re.IGNORECASE) is not None


def write_text(name: str, lines: Iterable[str]) -> None:
    """Write `name` into the folder of vendored files, without a time in it, and say how large it is."""
    text = "".join(f"{line}\n" for line in lines)
    FILES.mkdir(exist_ok=True)
    packed = gzip.compress(text.encode("utf-8"), 9, mtime=0)
    (FILES / name).write_bytes(packed)
    print(f"{name}: {text.count(chr(10))} lines, {len(packed):,} bytes, sha256 of the text")
    print(hashlib.sha256(text.encode("utf-8")).hexdigest())


def _got(*command: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (path,) = Path(folder).iterdir()
        return path.read_bytes()
