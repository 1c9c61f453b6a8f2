"""The sandbox when an ordinary user starts it: a user namespace instead of root's rights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from as_user import TOOLS, USER, WITHOUT_NAMESPACES, as_user, closed_folder

from autograder.running import sandbox

PROJECT = Path(sandbox.__file__).resolve().parents[2]


def skip_where_nobody_else_can_be() -> None:
    """Skip where root cannot become an ordinary user who reads the project."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"cannot become an ordinary user here without {', '.join(missing)}")
    if closed_folder(PROJECT / "x") or closed_folder(Path(sys.prefix) / "x"):
        pytest.skip(f"{PROJECT} or {sys.prefix} lies in a folder that only root may enter")


@pytest.mark.parametrize(
    ("level", "namespaces"), [("full", True), ("restricted", True), ("restricted", False)],
    ids=["full", "restricted", "restricted-without-namespaces"],
)  # fmt: skip
def test_started_by_an_ordinary_user(tmp_path, level, namespaces):
    script = Path(__file__).with_name("ordinary_user.py")
    command = [sys.executable, str(script), level]
    home = tmp_path
    if os.getuid() == 0:
        skip_where_nobody_else_can_be()
        # pytest's own temporary folders are closed to others.
        home = Path("/tmp") / f"gatebook-user-{os.getpid()}"
        home.mkdir(mode=0o755)
        os.chown(home, USER, USER)
        command = as_user(command, home, namespaces=namespaces)
    else:
        status = next(status for status in sandbox.probe() if status.level == level)
        if not status.works:
            pytest.skip(f"no sandbox here: {status.missing} {status.advice}")
        command = command if namespaces else [*WITHOUT_NAMESPACES, *command]
    try:
        done = subprocess.run(
            command,
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "TMPDIR": str(home),
                "PYTHONPATH": str(PROJECT),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        if home != tmp_path:
            shutil.rmtree(home, ignore_errors=True)
    if level == "full" and os.getuid() == 0 and "SandboxError" in done.stderr:
        # Ubuntu and most containers; the level for them is tested by the other two cases.
        pytest.skip(f"ordinary users may not make namespaces here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["started by"] == told["uid"] != 0
    assert told["capabilities"] == ["0" * 16]
    assert told["seccomp"] == "2"
    assert told["unshare"] == -1
    assert told["read"] != "no failure"
    assert told["network"] != "no failure"
    assert "no failure" not in told["write"]
    assert told["sum"] == 3
    assert told["bomb"] == "killed"
    assert told["restarts"] == 0
    assert told["levels"]["restricted"]
    assert namespaces or not told["levels"]["full"]
    if level == "full":
        assert told["pids"] == ["1"]
        assert not told["home"]
        assert not told["project"]
