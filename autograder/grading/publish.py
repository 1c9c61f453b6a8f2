"""Make a release, after proving it: the solution earns all points, the stub none, and nothing gives an answer away."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.course.converters import compare_generated, generate_assignment
from autograder.course.folder import Course
from autograder.grading.pipeline import Grader, Options
from autograder.judging import policy
from autograder.judging import sheet_files as sheets
from autograder.model import Exercise, Record, Sheet, Verdict
from autograder.notebooks.beside import earlier_notebooks
from autograder.notebooks.release import Release, ReleaseError, read_release
from autograder.notebooks.submission import read_submission
from autograder.running.asking import Asking
from autograder.running.host import Zygote
from autograder.running.worlds import run_submission
from autograder.sheets import release as sheet_files
from autograder.sheets import standing
from autograder.sheets.proofs import public_sheet

SOLUTION_MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS")


def release(course: Course, assignment: str, options: Options | None = None, *, prove: bool = True) -> str:
    """Write `assignments/<name>/`: the stub notebook and the public cases. Says what was done.

    options: how the proof is graded; as the course's settings say by default.

    Raises:
        ReleaseError: the proof failed; what was there before stays.
    """
    source = course.path("source", ".", assignment)
    if not any(source.glob("*.ipynb")):
        raise ReleaseError(f"There is no notebook in {source}. Is the assignment's name right?")
    with tempfile.TemporaryDirectory(prefix=".release.", dir=course.root) as folder:
        path = sheet_files.public_path(source, assignment)
        fresh = generate_assignment(course.root, assignment, release_folder=Path(folder).name)
        stubs = [
            read_release(
                course.root,
                assignment,
                name,
                source_folder=course.directory.source_directory,
                release_folder=Path(folder).name,
            )
            for name in course.notebooks(assignment)
        ]
        public = _public(stubs, course)
        if public and not _are_current(path, public):
            sheets.write(path, public)
        if public:
            shutil.copyfile(path, fresh / path.name)
        leaks = "; ".join(f"{stub.name}: {found}" for stub in sorted(fresh.glob("*.ipynb")) if (found := _leaks(stub)))
        if leaks:
            raise ReleaseError(f"the stub would give answers away: {leaks}")
        target = course.path("release", ".", assignment)
        if target.exists():
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(fresh, target)
    tests = sum(cell.role == "grade" and cell.is_code and not cell.exercise for stub in stubs for cell in stub.cells)
    what = f"{len(public)} exercises" + (f" and {tests} ordinary tests" if tests else "")
    points = sum(cell.points for stub in stubs for cell in stub.cells if cell.role == "grade" and cell.is_code)
    if not prove:
        return f"released {what}, {points:g} points; not proved."
    earned, given = prove_release(course, assignment, options)
    return f"released {what}; the solution earns {earned:g} of {points:g} points, the stub {given:g}."


def prove_release(course: Course, assignment: str, options: Options | None = None) -> tuple[float, float]:
    """Grade the solutions and the stubs as if a student had handed them in; (points, points).

    Raises:
        ReleaseError: a solution does not earn all points, or an exercise of a stub is not `not_attempted`.
    """
    earned = given = 0.0
    options = options or Options.of(course.settings)
    with Zygote(level=options.sandbox, backend=options.backend, private=course.private) as zygote:
        for name in course.notebooks(assignment):
            grader = Grader(course, assignment, options, zygote, notebook=name)
            solution = grader.grade(course.path("source", ".", assignment) / f"{name}.ipynb", "solution").record
            stub = grader.grade(course.path("release", ".", assignment) / f"{name}.ipynb", "stub").record
            wrong = [f"{v.exercise}: {v.status}, {v.message}" for v in solution.verdicts if v.points != v.max_points]
            if wrong:
                raise ReleaseError(f"the solution does not earn all points: {'; '.join(wrong)}")
            earned += solution.points
            given += _unearned(stub)
    return earned, given


def prove_exercise(course: Course, exercise: Exercise) -> Iterator[str]:
    """Ask one exercise of the solution notebook and of its stub. Yields what is not as it should be.

    Raises:
        ReleaseError: no such notebook, or nbgrader makes no stub of it.
    """
    sheet = public_sheet(exercise)  # what an exception said there may be shown
    limits = course.settings.limits()
    source = course.path("source", ".", exercise.assignment)
    with tempfile.TemporaryDirectory(prefix=".release.", dir=course.root) as folder:
        fresh = generate_assignment(course.root, exercise.assignment, release_folder=Path(folder).name)
        settings = course.settings
        with Zygote(level=settings.sandbox, backend=settings.backend, private=course.private) as zygote:
            for path in sorted(source.glob("*.ipynb")):
                release = read_release(
                    course.root, exercise.assignment, path.stem,
                    source_folder=course.directory.source_directory, release_folder=Path(folder).name,
                )  # fmt: skip
                asked_here = any(cell.exercise == exercise.id for cell in release.cells)
                if asked_here and exercise.id not in {cell.id for cell in release.cells if cell.role == "solution"}:
                    yield f"No cell for the answer in {path.name} has the grade id `{exercise.id}`."
                for cell in release.cells:
                    if cell.exercise != exercise.id:
                        continue
                    for whose, notebook, wanted in (
                        ("solution", path, exercise.points),
                        ("stub", fresh / path.name, 0.0),
                    ):
                        earlier = earlier_notebooks(path, standing.earlier(release.exercises, exercise))
                        submission = dataclasses.replace(read_submission(notebook, whose, release), files=earlier)
                        asked = run_submission(zygote, submission, Asking({cell.id: sheet}), limits)
                        verdict = policy.judge(sheet, asked.observations[cell.id], cell.id)
                        if verdict.points != wanted:
                            yield (
                                f"The {whose} in {path.name} earns {verdict.points:g} points where it should earn "
                                f"{wanted:g}: {verdict.status}. {verdict.message}{_raised(verdict)}"
                            )
                    if cell.points != exercise.points:
                        yield f"{path.name} gives {cell.points:g} points for it, the exercise {exercise.points:g}."


def _raised(verdict: Verdict) -> str:
    problem = verdict.problem
    return f" {problem.type}: {problem.message}" if problem is not None and problem.message else ""


def _unearned(stub: Record) -> float:
    """The points of a stub. An ordinary test may give some; nbgrader does not mind."""
    exercises = [verdict for verdict in stub.verdicts if verdict.entry_point]
    attempted = [f"{v.exercise}: {v.status}" for v in exercises if v.status != "not_attempted" or v.points]
    if attempted:
        raise ReleaseError(f"the stub should read `not_attempted` everywhere: {'; '.join(attempted)}")
    return stub.points


def verify(course: Course, assignment: str) -> str:
    """Check that `assignments/` is what `solutions/` gives.

    Raises:
        ReleaseError: it is not; run `autograder release`.
    """
    difference = compare_generated(course.root, assignment)
    if difference:
        raise ReleaseError(f"assignments/ is not what solutions/ gives; run `autograder release`.\n{difference[:4000]}")
    if not course.exercises(assignment):
        return "assignments/ is what solutions/ gives."
    source, target = (course.path(step, ".", assignment) for step in ("source", "release"))
    published = sheet_files.public_path(target, assignment)
    kept = sheet_files.public_path(source, assignment)
    if not published.exists() or not kept.exists() or published.read_bytes() != kept.read_bytes():
        raise ReleaseError(f"{published} is not {kept}; run `autograder release`.")
    public = _public(course.releases(assignment), course)
    changed = sheets.difference(tuple(sheets.read(kept).values()), public)
    if changed:
        raise ReleaseError(f"{kept} is not what the exercises give; run `autograder release`. {changed}")
    return "assignments/ is what solutions/ gives."


def _are_current(path: Path, public: tuple[Sheet, ...]) -> bool:
    try:
        return not sheets.difference(tuple(sheets.read(path).values()), public)
    except (FileNotFoundError, sheets.SheetError):
        return False


def _public(stubs: Iterable[Release], course: Course) -> tuple[Sheet, ...]:
    exercises = dict.fromkeys(exercise for stub in stubs for exercise in stub.exercises)
    sheets_of = (sheet_files.public_sheet(exercise) for exercise in exercises)
    settings = course.settings
    return tuple(
        dataclasses.replace(sheet, language=settings.language, question_seconds=settings.question_seconds)
        for sheet in sheets_of
    )


def _leaks(stub: Path) -> str:
    text = stub.read_text("utf-8")
    return ", ".join(mark for mark in SOLUTION_MARKS if mark in text)
