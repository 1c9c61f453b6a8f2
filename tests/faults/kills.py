"""Kill `autograder grade` at random moments, run it again, and see whether anything was lost.

    python tests/faults/kills.py --kills 200       writes benchmarks/kills.json (`make kills`)

A life is a class that is graded by runs of which all but the last are killed. In every second life the class was
graded before, a TA has given scores and comments, and the students hand in again. Each run is a process of its own,
forked from this one, which has imported what a run needs; it grades with `grade`, real workers and all.
Half of the kills come at a random moment, half at the n-th call of something that writes.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import platform
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

ASSIGNMENT = "rnn"
FIRST = {
    "ada": "assignments", "bob": "perfect", "cyd": "state_never_advanced",
    "dee": "last_output_only", "eve": "star_for_product",
}  # fmt: skip
"""Student -> the submission of the sample class that is handed in first."""
AGAIN = {
    "ada": "perfect", "bob": "last_output_only", "cyd": "perfect", "dee": "tensorflow_ops", "eve": "assignments",
}  # fmt: skip
BY_HAND: dict[str, Any] = {"manual_score": 1.5, "extra_credit": 0.25, "comment": "Come and see me about this one."}
STAGES = ("starting", "grading", "writing", "feedback", "reports")


class Course:
    """A course of five students in a folder, with the sheets made."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def submit(self, what: dict[str, str]) -> None:
        for student, source in what.items():
            folder = self.root / "submitted" / student / ASSIGNMENT
            folder.mkdir(parents=True, exist_ok=True)
            if source == "assignments":
                notebook = self.root / source / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            else:
                notebook = ROOT / "tests" / "class" / "submitted" / source / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            shutil.copy(notebook, folder)

    def copy(self, root: Path) -> Course:
        shutil.copytree(self.root, root)
        return Course(root)

    def records(self) -> dict[str, Any]:
        paths = (self.root / ".gatebook" / "records" / ASSIGNMENT / ASSIGNMENT).glob("*.json")
        return {path.stem: json.loads(path.read_bytes()) for path in paths}

    def database(self) -> dict[tuple[str, str], tuple[float | None, float | None, float | None]]:
        """(student, grade cell) -> automatic and manual score and extra credit."""
        with contextlib.closing(sqlite3.connect(self.root / "gradebook.db")) as connection:
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
            rows = connection.execute(
                "select submitted_assignment.student_id, base_cell.name, auto_score, manual_score, extra_credit"
                " from grade join base_cell on base_cell.id = grade.cell_id"
                " join submitted_notebook on submitted_notebook.id = grade.notebook_id"
                " join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id"
            ).fetchall()
        found = {(row[0], row[1]): row[2:] for row in rows}
        assert len(found) == len(rows), "a submission is in the gradebook twice"
        return found

    def comments(self) -> dict[str, str]:
        with contextlib.closing(sqlite3.connect(self.root / "gradebook.db")) as connection:
            return dict(
                connection.execute(
                    "select submitted_assignment.student_id, manual_comment"
                    " from comment join submitted_notebook on submitted_notebook.id = comment.notebook_id"
                    " join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id"
                    " where manual_comment is not null"
                ).fetchall()
            )

    def mark_by_hand(self) -> None:
        """Give everybody in the database a manual score, extra credit and a comment."""
        with contextlib.closing(sqlite3.connect(self.root / "gradebook.db")) as connection:
            connection.execute(
                "update grade set manual_score = ?, extra_credit = ? where cell_id in"
                " (select id from base_cell where name = 'simple_rnn_check')",
                (BY_HAND["manual_score"], BY_HAND["extra_credit"]),
            )
            connection.execute(
                "update comment set manual_comment = ? where id in (select min(id) from comment group by notebook_id)",
                (BY_HAND["comment"],),
            )
            connection.commit()


def make_course(root: Path) -> Course:
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name / ASSIGNMENT, root / name / ASSIGNMENT)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return Course(root)


# ---------------------------------------------------------------------------------------------------------- one run


def in_child(work: Callable[[], int]) -> int:
    """Fork, run, and end without anything of this process's; returns the process id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        log = os.open(os.environ.get("KILLS_LOG", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.stdout = os.fdopen(1, "w", closefd=False)  # pytest has its own
        sys.stderr = os.fdopen(2, "w", closefd=False)
        code = work()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def grade(
    course: Course, stage_file: Path, *, die_at: int | None = None, warm: bool = False, count: Path | None = None
) -> int:
    """The command, which tells in a file at which stage it is.

    die_at: kill ourselves at this call that writes; with `warm` they are counted once grading has begun.
    count: the file to write their number to.
    """
    from sqlalchemy.orm import Session

    from autograder.commands import grade as grading
    from autograder.course import feedback_writer, files, gradebook
    from autograder.grading.pipeline import Grader

    calls = 0
    reached = ""

    def at(stage: str) -> None:
        nonlocal reached
        reached = stage
        stage_file.write_text(stage)

    def staged(stage: str, function: Any, after: str = "") -> Any:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            at(stage)
            try:
                return function(*args, **kwargs)
            finally:
                if after:
                    at(after)

        return wrapped

    def deadly(function: Any) -> Any:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += not (warm and reached == "starting")
            if die_at and calls == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return wrapped

    at("starting")
    # This process is a fork that ends with the run, so nothing is put back.
    stages: tuple[tuple[Any, str, str, str], ...] = (
        (Grader, "grade_class", "grading", ""),
        (gradebook.ClassGradebook, "write_record", "writing", "grading"),
        (feedback_writer.FeedbackWriter, "write", "feedback", "grading"),
        (grading, "write_reports", "reports", ""),
    )
    for owner, name, stage, after in stages:
        setattr(owner, name, staged(stage, getattr(owner, name), after))
    writers: tuple[tuple[Any, str], ...] = (
        (os, "rename replace fsync link rmdir"),
        (Path, "replace"),
        (Session, "commit flush"),
        (files, "write_atomically"),
        (shutil, "copyfileobj rmtree"),
    )
    if die_at is not None:
        for owner, names in writers:
            for name in names.split():
                setattr(owner, name, deadly(getattr(owner, name)))
    code = grading.grade(course.root, (ASSIGNMENT,))
    if count is not None:
        count.write_text(str(calls))
    return code


def zygote_of(pid: int) -> int | None:
    """The process group of the fork server that a run has started."""
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError):
            stat = Path("/proc", name, "stat").read_text()
            if name.isdigit() and int(stat.rpartition(")")[2].split()[1]) == pid:
                return int(name)
    return None


def run_to_the_end(course: Course, stage_file: Path) -> int:
    pid = in_child(lambda: grade(course, stage_file))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run_and_kill(course: Course, stage_file: Path, generator: random.Random, calls: int, seconds: float) -> str | None:
    """The stage in which a run was killed; None where it ended before. calls, seconds: what grading takes."""
    stage_file.unlink(missing_ok=True)
    warm = generator.random() < 0.85  # starting takes most of the time, and does little that could be lost
    most = calls if generator.random() < 0.3 else max(1, calls // 3)  # the last two thirds are feedback and reports
    die_at = generator.randint(1, most) if generator.random() < 0.6 else 0
    pid = in_child(lambda: grade(course, stage_file, die_at=die_at, warm=warm))
    if not die_at:
        wait = generator.uniform(0.0, seconds)
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            if warm and (not stage_file.exists() or stage_file.read_text() in ("", "starting")):
                deadline = time.monotonic() + wait
            if os.waitpid(pid, os.WNOHANG)[0]:
                return None
            time.sleep(0.005)
        zygote = zygote_of(pid) if generator.random() < 0.5 else None
        os.kill(pid, signal.SIGKILL)
        if zygote is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(zygote, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status == 0:
        return None
    assert status == -signal.SIGKILL, f"the run ended with {status}"
    return stage_file.read_text() if stage_file.exists() else "starting"


# ---------------------------------------------------------------------------------------------------------- the study


def judged(record: dict[str, Any]) -> Any:
    """What a record says, without when and how fast."""
    return {key: value for key, value in record.items() if key not in ("started", "seconds")}


def difference(one: Any, other: Any, where: str) -> str:
    """The places in which two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict) and set(one) == set(other):
        return "".join(difference(one[key], other[key], f"{where}/{key}") for key in one if one[key] != other[key])
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return "".join(difference(a, b, f"{where}/{index}") for index, (a, b) in pairs if a != b)
    return f"{where}: {str(one)[:300]!r} instead of {str(other)[:300]!r}\n"


class Study:
    """Lives of a class, and what is counted over them.

    expected: the records of undisturbed runs, of the first submissions and of the second.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kills: Counter[str] = Counter()
        self.lives = self.endings = 0
        self.survived = 0
        fresh = make_course(folder / "fresh")
        fresh.submit(FIRST)
        graded = fresh.copy(folder / "graded")
        code = run_to_the_end(graded, folder / "stage")
        assert code == 0, f"the undisturbed run ended with {code}"
        shutil.copytree(graded.root / ".gatebook" / "sheets", fresh.root / ".gatebook" / "sheets")
        shutil.copy(graded.root / ".gatebook" / "secret", fresh.root / ".gatebook" / "secret")
        self.first = {student: judged(record) for student, record in graded.records().items()}
        assert set(self.first) == set(FIRST)
        again = graded.copy(folder / "again")
        again.submit(AGAIN)
        pid = in_child(lambda: grade(again, folder / "stage", die_at=0, warm=True, count=folder / "calls"))
        began = 0.0
        while not os.waitpid(pid, os.WNOHANG)[0]:
            if not began and (folder / "stage").read_text() == "grading":
                began = time.monotonic()
            time.sleep(0.01)
        self.seconds = time.monotonic() - began
        self.calls = int((folder / "calls").read_text())
        self.second = {student: judged(record) for student, record in again.records().items()}
        self.fresh, self.graded = fresh, graded

    def life(self, kills: int, generator: random.Random) -> int:
        """One class with at most so many killed runs; returns how many there were."""
        self.lives += 1
        regraded = self.lives % 2 == 0
        course = (self.graded if regraded else self.fresh).copy(self.folder / f"life-{self.lives}")
        expected = self.second if regraded else self.first
        marked: set[str] = set()
        if regraded:
            course.mark_by_hand()
            marked = set(FIRST)
            course.submit(AGAIN)
        died = 0
        finished: dict[str, str] = {}
        for _ in range(kills):
            left = max(0.3, 1 - len(finished) / len(FIRST))
            stage = run_and_kill(
                course, self.folder / "stage", generator, round(0.9 * self.calls * left), 0.7 * self.seconds * left
            )
            self._not_twice(course, finished, expected)
            if stage is None:
                break
            died += 1
            self.kills[stage] += 1
            if not regraded and died == 3 and (course.root / "gradebook.db").exists():
                course.mark_by_hand()
                marked = {student for student, _ in course.database()}
        else:
            assert run_to_the_end(course, self.folder / "stage") == 0
        self._not_twice(course, finished, expected)
        self._whole(course, expected, marked)
        self.endings += 1
        shutil.rmtree(course.root)
        return died

    def _not_twice(self, course: Course, finished: dict[str, str], expected: dict[str, Any]) -> None:
        """What was graded to the end keeps its record: it is not graded again."""
        records = course.records()
        for student, record in records.items():
            if judged(record) != expected[student]:
                continue  # of the earlier submission
            assert finished.setdefault(student, record["started"]) == record["started"], f"{student} was graded twice"
        assert set(finished) <= set(records), "a record is lost"
        self.survived += len(finished)

    def _whole(self, course: Course, expected: dict[str, Any], marked: set[str]) -> None:
        records = course.records()
        assert set(records) == set(expected)
        for student, record in records.items():
            assert judged(record) == expected[student], difference(judged(record), expected[student], student)
        database = course.database()
        assert {student for student, _ in database} == set(expected)
        for student, record in records.items():
            for verdict in record["verdicts"]:
                auto, manual, extra = database[student, verdict["cell_id"]]
                assert auto == verdict["points"], (student, verdict["cell_id"])
                if verdict["cell_id"] == "simple_rnn_check" and student in marked:
                    assert (manual, extra) == (BY_HAND["manual_score"], BY_HAND["extra_credit"]), student
            notebook = course.root / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            assert json.loads(notebook.read_bytes())["metadata"]["gatebook"]["sha256"] == record["sha256"]
            assert os.listdir(notebook.parents[1]) == [ASSIGNMENT], "something of a killed run was left"
            page = course.root / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
            assert page.stat().st_mtime_ns >= notebook.stat().st_mtime_ns, f"{student} has the feedback of before"
            assert page.read_text("utf-8").rstrip().endswith("</html>")
        comments = course.comments()
        assert comments == dict.fromkeys(marked, BY_HAND["comment"]), comments
        index = (course.root / "reports" / "index.html").read_text("utf-8")
        assert all(student in index for student in expected)


@contextlib.contextmanager
def study() -> Iterator[Study]:
    # What a run imports, once; TensorFlow is needed for making sheets alone, and the first run makes them.
    import autograder.commands.grade
    import autograder.nbgrader_steps  # noqa: F401

    with tempfile.TemporaryDirectory(prefix="kills.") as folder:
        yield Study(Path(folder))


def share(kills: int, seed: int, until: float) -> dict[str, Any]:
    """So many kills, one after another, and what came of them."""
    generator = random.Random(seed)
    with study() as lives:
        while lives.kills.total() < kills and time.time() < until:
            lives.life(min(8, kills - lives.kills.total()), generator)
            print(f"seed {seed}: {lives.kills.total()} kills in {lives.lives} classes", flush=True)
        return {
            "kills": lives.kills.total(),
            **{stage: lives.kills[stage] for stage in STAGES},
            "classes": lives.lives,
            "finished": lives.endings,
            "survived": lives.survived,
        }


def added(earlier: dict[str, Any], figures: dict[str, Any]) -> dict[str, Any]:
    """The sum of two studies of different seeds."""
    assert not set(earlier["seeds"]) & set(figures["seeds"]), "these seeds were studied before"
    assert earlier["students_in_a_class"] == figures["students_in_a_class"]
    sums = ("kills", "classes", "classes_that_ended_as_undisturbed", "records_found_unchanged_after_a_kill", "minutes")
    return {
        **figures,
        **{name: round(earlier[name] + figures[name], 1) for name in sums},
        "by_stage": {stage: earlier["by_stage"][stage] + figures["by_stage"][stage] for stage in STAGES},
        "seeds": [*earlier["seeds"], *figures["seeds"]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=600.0, help="begin no class after so many minutes")
    parser.add_argument("--add", action="store_true", help="add to the figures that are there, of other seeds")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "kills.json")
    options = parser.parse_args()
    began = time.monotonic()
    each = -(-options.kills // options.jobs)
    until = time.time() + 60 * options.minutes
    with ProcessPoolExecutor(options.jobs) as pool:
        total: Counter[str] = Counter()
        seeds = range(options.seed, options.seed + options.jobs)
        for found in pool.map(share, [each] * options.jobs, seeds, [until] * options.jobs):
            total.update(found)
    figures = {
        "kills": total["kills"],
        "by_stage": {stage: total[stage] for stage in STAGES},
        "classes": total["classes"],
        "students_in_a_class": len(FIRST),
        "classes_that_ended_as_undisturbed": total["finished"],
        "records_found_unchanged_after_a_kill": total["survived"],
        "seeds": list(seeds),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
    }
    if options.add:
        figures = added(json.loads(options.output.read_text()), figures)
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"{options.output} is written.")


if __name__ == "__main__":
    main()
