"""Comparing the submissions of a large class while they are graded.

It takes some milliseconds for each, and Python runs one thread at a time, so it is another process that does it. What
it finds is kept in the course, where `similarity` looks first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from autograder.course.folder import Course, open_course

MANY = 200
"""Submissions to be graded from which on a process of its own costs less than waiting for this at the end."""
_NICE = 19
"""As those who run submissions, which nothing else waits for so much."""


class ComparedBeside:
    """Processes that compare, one for each assignment. They end with `close`."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, assignment: str) -> None:
        """Compare what is handed in of it now."""
        if assignment in self._running:
            return
        package = Path(__file__).parents[2]
        # What lies in the working directory must not be taken for a library.
        command = [sys.executable, "-P", "-m", __name__, str(self._course.root), assignment]
        path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
        silent = subprocess.DEVNULL
        self._running[assignment] = subprocess.Popen(
            command, stdin=silent, stdout=silent, stderr=silent, env={**os.environ, "PYTHONPATH": path}
        )

    def wait(self) -> None:
        """Until all is compared. Where a process failed, it is done again by whoever needs it, who says why."""
        for process in self._running.values():
            process.wait()

    def close(self) -> None:
        """End them."""
        for process in self._running.values():
            process.kill()
            process.wait()


def _compare(root: str, assignment: str) -> None:
    from autograder.integrity.similarity import likeness_of

    os.nice(_NICE)
    course = open_course(root)
    handed_in = (
        one.student for name in course.notebooks(assignment) for one in course.submissions(assignment, None, name)
    )
    likeness_of(course, assignment, set(handed_in))


if __name__ == "__main__":
    _compare(sys.argv[1], sys.argv[2])
