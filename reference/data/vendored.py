"""Reading the files that are kept in `files/`: arrays from npz, never as pickles, and text from gzip."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

FILES = Path(__file__).parent / "files"
"""Where the files are."""


def find(name: str) -> Path:
    """The path of the file `name`, or a `FileNotFoundError` that says what to do."""
    path = FILES / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{name} is missing: it should be at {path}. It is a part of Gatebook, so install Gatebook again."
        )
    return path


def arrays(name: str) -> dict[str, np.ndarray]:
    """All arrays of an npz file, by name; a `ValueError` that names the file where it cannot be read."""
    path = find(name)
    try:
        with zipfile.ZipFile(path) as archive:  # which compares checksums before NumPy believes what a header says
            whole = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
        return {name: np.lib.format.read_array(io.BytesIO(data), allow_pickle=False) for name, data in whole.items()}
    except Exception as error:  # damage shows in many ways
        raise damaged(path, error) from error


def text(name: str) -> str:
    """The text of a gzip file in UTF-8; a `ValueError` that names the file where it cannot be read."""
    path = find(name)
    try:
        packed = path.read_bytes()
        if not packed:
            raise EOFError("it is empty")
        return gzip.decompress(packed).decode("utf-8")
    except (zlib.error, EOFError, OSError, UnicodeDecodeError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> ValueError:
    """What is raised where a file is there and cannot be read."""
    return ValueError(f"{path.name} cannot be read ({error}): {path} is damaged. Install Gatebook again.")
