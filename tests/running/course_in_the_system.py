"""Run by `test_course_in_the_system.py`: `make` lays courses into a folder of the system, `look` grades in one of them
and says, as JSON, what a worker sees there."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from autograder.course.folder import private_folders, read_config
from autograder.running.host import Zygote
from autograder.running.workers import Limits

CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "gatebook"
c.CourseDirectory.submitted_directory = "{place}/handed-in"
c.CourseDirectory.db_url = "sqlite:///{place}/books/gradebook.db"
c.Exchange.root = "{place}/exchange"
"""
PRIVATE = (
    "course/solutions/lstm/lstm.ipynb",
    "course/.gatebook/secret",
    "course/gradebook.db",
    "handed-in/ada/lstm/lstm.ipynb",
    "books/gradebook.db",
    "exchange/gatebook/inbound/ada.ipynb",
    "another-course/solutions/rnn/rnn.ipynb",
    "nbgrader/exchange/other/outbound/x.ipynb",
)
"""Files that lie there; the last one where nbgrader's exchange is by itself."""
SOURCE = """
import json, os
seen = []
for top in {tops!r}:
    for folder, _, names in os.walk(top, followlinks=True):
        if folder.count("/") > 12:
            continue
        for name in names:
            try:
                if b"CANARY" in open(os.path.join(folder, name), "rb").read(2000):
                    seen.append(os.path.join(folder, name))
            except OSError:
                pass
for path in {paths!r}:
    try:
        seen.append(open(path).read() and path)
    except OSError:
        pass
print(json.dumps(sorted(set(seen))))
"""


def make(place: Path) -> None:
    """Lay them there; everybody may read everything."""
    os.umask(0o022)
    for name in (*PRIVATE, "another-course/nbgrader_config.py", "fonts/open.txt"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("CANARY")
    (place / "course" / "nbgrader_config.py").write_text(CONFIG.format(place=place))
    (place / "link").symlink_to(place / "course")


def look(place: Path, given: Path, level: str) -> None:
    """Start a worker for the course that is given by this path."""
    paths = [str(place / name) for name in (*PRIVATE, "fonts/open.txt")] + [
        str(place / "link" / "solutions/lstm/lstm.ipynb")
    ]
    private = private_folders(given, read_config(given))
    with (
        Zygote(level, private=private, preload=["numpy"]) as zygote,
        zygote.spawn(replace(Limits(), cell_seconds=60)) as worker,
    ):
        done = worker.run_cell("cell", SOURCE.format(tops=[str(place)], paths=paths))
        assert done.problem is None, done.problem
        print(json.dumps({"seen": json.loads(json.loads(done.outputs)[0]["text"]), "user": os.getuid()}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    else:
        look(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
