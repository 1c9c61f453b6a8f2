"""Run a command as an ordinary user, where the tests are run by root."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

USER = 12345
WITHOUT_NAMESPACES = [sys.executable, str(Path(__file__).parent / "running" / "without_namespaces.py")]
TOOLS = ("unshare", "setpriv", "mount")


def closed_folder(path: Path) -> Path | None:
    """The first folder on the way to `path` that others cannot enter, e.g. `/root`."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & 0o001:
            return folder
    return None


def as_user(command: Sequence[str], home: Path, *, namespaces: bool = True) -> list[str]:
    """The command, run by an ordinary user, with or without the right to make user namespaces. Where the interpreter
    lies in a folder of root's, that user sees an empty, open folder in its place with nothing but the interpreter (in
    a mount namespace of its own)."""
    steps = []
    base = Path(sys.base_prefix)
    closed = closed_folder(base)
    if closed is not None:
        held = home / "interpreter"
        held.mkdir(exist_ok=True)
        quoted = {name: shlex.quote(str(path)) for name, path in (("b", base), ("c", closed), ("h", held))}
        steps = [
            "mount --bind {b} {h}".format(**quoted),
            "mount -t tmpfs -o mode=755 none {c}".format(**quoted),
            "mkdir -p {b}".format(**quoted),
            "mount --bind {h} {b}".format(**quoted),
            "umount {h}".format(**quoted),
        ]
    drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--bounding-set=-all", "--"]
    alone = [] if namespaces else WITHOUT_NAMESPACES
    script = " && ".join([*steps, "exec " + shlex.join([*alone, *drop, *command])])
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
