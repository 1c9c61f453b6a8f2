"""The class hands in: `submitted/` of a course."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path

from autograder.demo.compose import handed_in
from autograder.demo.pieces import students

DUE = {"rnn": datetime.datetime(2026, 11, 6, 18), "lstm": datetime.datetime(2026, 11, 20, 18)}
"""The assignments of the class, and when they were due."""
GROUPS = ("Tuesday", "Thursday")
"""The sections of the class."""
LATE = """
# In the demonstration, what comes late loses a point for every day that has begun.
from nbgrader.plugins import LateSubmissionPlugin


class PointADay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return min(score, 1 + total_seconds_late // 86_400)


c.AssignLatePenalties.plugin_class = PointADay
"""
"""What the demonstration adds to the configuration of the course."""


def hand_in(course: Path) -> Counter[str]:
    """Write what every student hands in. Gives back how many did, by assignment."""
    found = {student.id: student for student in students()}
    groups = [f"{name},{GROUPS[number % len(GROUPS)]}\n" for number, name in enumerate(sorted(found))]
    (course / "sections.csv").write_text("student,section\n" + "".join(groups))
    counts: Counter[str] = Counter()
    for student in found.values():
        for assignment in DUE:
            work = handed_in(course, student, assignment, found)
            if work is None:
                continue
            folder = course / "submitted" / student.id / assignment
            folder.mkdir(parents=True)
            (folder / work.name).write_bytes(work.data)
            if work.time:
                (folder / "timestamp.txt").write_text(work.time + "\n")
            counts[assignment] += 1
    return counts
