"""A course that lies in a folder of the system, where workers see what else is there."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from as_user import USER, as_user
from test_ordinary_user import skip_where_nobody_else_can_be

from autograder.course import folder
from autograder.running import sandbox, view

PROJECT = Path(sandbox.__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("course_in_the_system.py")


def looked(tmp_path: Path, place: str, given: str, level: str, *, user: bool) -> dict:
    """What a worker sees of the courses in `place`, which is empty but for them in a mount namespace of its own."""
    if os.getuid() != 0:
        # Mounting over `/usr/local/share` needs root; CI is root.
        pytest.skip("only root can lay a course into a folder of the system")
    look = [sys.executable, "-P", str(SCRIPT), "look", place, given, level]
    if user:
        skip_where_nobody_else_can_be()
        look = as_user(look, tmp_path)
    make = [sys.executable, "-P", str(SCRIPT), "make", place]
    script = f"mount -t tmpfs -o mode=755 none {place} && {shlex.join(make)} && exec {shlex.join(look)}"
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
        cwd="/",
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "PYTHONPATH": str(PROJECT),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if user and level == "full" and "SandboxError" in done.stderr:
        # Most containers and Ubuntu; `restricted`, the level for them, is tried by the other case.
        pytest.skip(f"ordinary users may not make namespaces here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout))


@pytest.fixture
def open_folder():
    """A folder that an ordinary user may enter and write to; pytest's own are closed to others."""
    folder = Path("/tmp") / f"gatebook-course-{os.getpid()}"
    folder.mkdir(mode=0o755)
    if os.getuid() == 0:
        os.chown(folder, USER, USER)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("user", [False, True], ids=["root", "user"])
@pytest.mark.parametrize("level", ["full", "restricted"])
@pytest.mark.parametrize("given", ["course", "link"])
def test_a_course_in_the_system_is_seen_by_nobody(open_folder: Path, given: str, level: str, user: bool) -> None:
    place = "/usr/local/share"
    told = looked(open_folder, place, f"{place}/{given}", level, user=user)
    assert told == {"seen": [f"{place}/fonts/open.txt"], "user": USER if user else 0}


@pytest.mark.parametrize("level", ["full", "restricted"])
@pytest.mark.parametrize("place", ["/opt", "/srv"])
def test_folders_that_are_no_part_of_the_system_are_not_there(open_folder: Path, place: str, level: str) -> None:
    if not os.path.isdir(place) or Path(sys.base_prefix).is_relative_to(place):
        # Nothing to mount over, or no Python to look with; of the two places one is always left.
        pytest.skip(f"{place} is not there, or holds the interpreter")
    assert looked(open_folder, place, f"{place}/course", level, user=False)["seen"] == []


def test_what_a_configuration_puts_elsewhere_is_private(tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        f"c.CourseDirectory.submitted_directory = {str(tmp_path / 'in')!r}\n"
        "c.CourseDirectory.source_directory = 'solutions'\n"
        f"c.CourseDirectory.db_url = {f'sqlite:///{tmp_path}/books/gradebook.db'!r}\n"
        f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
        "c.CourseDirectory.directory_structure = '{nbgrader_step}/{student_id}/{assignment_id}'\n"
    )
    found = folder.private_folders(course, folder.read_config(course))
    wanted = [course, course / "solutions", *(tmp_path / name for name in ("in", "books", "exchange"))]
    assert set(found) == set(wanted)
    plain = tmp_path / "plain"
    plain.mkdir()
    assert plain in folder.private_folders(plain, folder.read_config(plain))


def test_what_looks_like_a_course_is_hidden_beside_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "SYSTEM", (*view.SYSTEM, str(tmp_path)))
    for name in ("mine/.gatebook", "theirs/.gatebook", "configured", "booked", "fonts"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "configured" / "nbgrader_config.py").touch()
    (tmp_path / "booked" / "gradebook.db").touch()
    hidden = view.view([tmp_path / "mine"]).hidden
    assert {path.name for path in hidden if path.parent == tmp_path} == {"mine", "theirs", "configured", "booked"}
