"""Deleting a folder that somebody hostile filled."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable


def remove_tree(folder: str) -> None:
    """Delete a folder and all in it, however deep it is and whatever its permissions say; what cannot be deleted stays.

    No recursion, and no path longer than two names below the folder: what lies deeper is first moved up.
    """
    moved = 0
    progress = True
    while progress:
        progress = False
        for name in _open_up(folder):
            path = os.path.join(folder, name)
            if not _is_folder(path):
                progress |= _done(os.unlink, path)
                continue
            for inner in _open_up(path):
                below = os.path.join(path, inner)
                if _is_folder(below):
                    _open_up(below)
                    moved += 1
                    progress |= _done(os.rename, below, os.path.join(folder, f".{moved}.{os.getpid()}"))
                else:
                    progress |= _done(os.unlink, below)
            progress |= _done(os.rmdir, path)
    _done(os.rmdir, folder)


def _open_up(folder: str) -> list[str]:
    """What lies in a folder, which is made writable; nothing where it cannot be read."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
        return os.listdir(folder)
    return []


def _is_folder(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path)


def _done(work: Callable[..., object], *arguments: str) -> bool:
    try:
        work(*arguments)
    except OSError:
        return False
    return True
