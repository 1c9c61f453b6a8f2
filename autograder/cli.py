"""The commands. Everything heavy is imported by the command that needs it, so that `--help` answers at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="autograder",
    help="Gatebook: learn, teach and grade recurrent and convolutional networks in Keras.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

CourseOption = Annotated[
    Path,
    typer.Option("--course", help="Folder of the course.", file_okay=False, exists=True, resolve_path=True),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Submissions at a time; default: one per core, of a cluster 64 at most."),
]
SandboxOption = Annotated[
    str | None,
    typer.Option(
        "--sandbox",
        help="`full` isolates submissions, `restricted` does without namespaces, `none` trusts them like your own "
        "code; default: the course's c.Gatebook.sandbox, else full.",
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device", help="What TensorFlow computes with: `cpu`, `gpu` or `gpu:1`; default: c.Gatebook.device, else cpu."
    ),
]
CellSecondsOption = Annotated[float | None, typer.Option("--cell-seconds", help="Time limit of one cell; default: 60.")]
QuestionSecondsOption = Annotated[
    float | None,
    typer.Option(
        "--question-seconds", help="Time limit of one question, six times as much where it trains; default: 20."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.command()
def demo(
    directory: Annotated[
        Path,
        typer.Argument(help="Where to put the demonstration course.", file_okay=False, resolve_path=True),
    ] = Path("demo-course"),
    workers: WorkersOption = None,
    sandbox: SandboxOption = None,
) -> None:
    """Grade a class of thirty with all sorts of mistakes and accidents, and write its reports; needs nothing."""

    from autograder.commands import demo as command

    raise typer.Exit(command.demo(directory, workers=workers, sandbox=sandbox))


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="The notebook you work on.", exists=True, dir_okay=False)],
    cell_seconds: Annotated[
        float, typer.Option("--cell-seconds", min=0.1, max=1e6, help="Time limit of one cell.")
    ] = 60.0,
    question_seconds: Annotated[
        float | None,
        typer.Option(
            "--question-seconds", min=0.1, max=1e6, help="Time limit of one question; default: as in grading."
        ),
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", help="The cards of all exercises, not only of the one to work on next.")
    ] = False,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="EXERCISE", help="Check this one.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Student: run the visible checks of a notebook, in the terminal."""
    from autograder.student.check_notebook import check_notebook

    code = check_notebook(
        notebook, as_json=as_json, show_all=show_all, only=only or (), cell_seconds=cell_seconds,
        question_seconds=question_seconds,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def grade(
    assignments: Annotated[list[str] | None, typer.Argument(help="Assignments; default: all with submissions.")] = None,
    course: CourseOption = Path(),
    student: Annotated[str | None, typer.Option("--student", help="Grade this student alone.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has been graded already.")] = False,
    feedback: Annotated[bool, typer.Option("--feedback/--no-feedback", help="Write nbgrader's feedback/ too.")] = True,
    cell_seconds: CellSecondsOption = None,
    question_seconds: QuestionSecondsOption = None,
    submission_seconds: Annotated[
        float | None, typer.Option("--submission-seconds", help="Time limit of a whole submission; default: 600.")
    ] = None,
    memory: Annotated[
        float | None, typer.Option("--memory", help="Gigabytes that one submission may use; default: 2.")
    ] = None,
    scratch: Annotated[
        float | None, typer.Option("--scratch", help="Gigabytes of files that one submission may write; default: 0.5.")
    ] = None,
    workers: WorkersOption = None,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            metavar="ADDRESS",
            help="Run submissions on the machines of this Dask scheduler, like tcp://10.0.0.1:8786; judge them here.",
        ),
    ] = None,
    sandbox: SandboxOption = None,
    device: DeviceOption = None,
    gpu_memory: Annotated[
        float | None,
        typer.Option("--gpu-memory", help="Gigabytes of the GPU that one submission may take; default: 1."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Instructor: submitted/ -> gradebook, autograded/, feedback/, reports/.

    What no option says is as c.Gatebook in nbgrader_config.py says, else the default. Exit code 0 when grading
    worked, whatever the marks; 1 when something could not be graded; 2 for wrong usage.
    """

    from autograder.commands import grade as command

    raise typer.Exit(
        command.grade(
            course, tuple(assignments or ()), student=student, force=force, feedback=feedback, dask=dask,
            workers=workers, sandbox=sandbox, cell_seconds=cell_seconds, question_seconds=question_seconds,
            submission_seconds=submission_seconds, memory=memory, scratch=scratch, device=device, gpu_memory=gpu_memory,
            as_json=as_json,
        )
    )  # fmt: skip


@app.command()
def report(
    course: CourseOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write the class page, student pages and tables (CSV) again, from stored records and the gradebook."""

    from autograder.commands import report as command

    raise typer.Exit(command.report(course, as_json=as_json))


@app.command()
def release(
    assignments: Annotated[list[str] | None, typer.Argument(help="Assignments; default: all in solutions/.")] = None,
    course: CourseOption = Path(),
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Change nothing; fail when assignments/ is not what solutions/ gives."),
    ] = False,
    prove: Annotated[
        bool, typer.Option("--prove/--no-prove", help="Grade solution and stub first: full points, and 0.")
    ] = True,
    bundle: Annotated[
        bool,
        typer.Option("--bundle", help="Write bundles/<assignment>.zip too: all that a student needs, as one download."),
    ] = False,
    sandbox: SandboxOption = None,
) -> None:
    """Instructor: solutions/ -> assignments/, with the public cases beside each notebook."""

    from autograder.commands import release as command

    names = tuple(assignments or ())
    code = command.release(course, names, verify=verify, prove=prove, bundle=bundle, sandbox=sandbox)
    raise typer.Exit(code)


exercise_app = typer.Typer(
    help="Author: write a new exercise, and prove one alone.", no_args_is_help=True, rich_markup_mode="rich"
)
app.add_typer(exercise_app, name="exercise")


@exercise_app.command("new")
def exercise_new(
    identity: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Its id; students define a function of that name, or a layer `MyLayer` for `my_layer`.",
        ),
    ],
    assignment: Annotated[str, typer.Option("--assignment", help="The assignment that asks it.")],
    course: CourseOption = Path(),
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Folder for its file, e.g. of your own package.", file_okay=False, exists=True),
    ] = None,
    notebook: Annotated[
        bool, typer.Option("--notebook/--no-notebook", help="Write its cells into the assignment's notebook.")
    ] = True,
    layer: Annotated[bool, typer.Option("--layer", help="It asks for a Keras layer; a function otherwise.")] = False,
) -> None:
    """Write an exercise that runs, to be made your own."""
    from autograder.commands import exercise as command

    raise typer.Exit(command.new(identity, assignment, course_dir=course, into=into, notebook=notebook, layer=layer))


@exercise_app.command("check")
def exercise_check(
    exercises: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, or paths of files.")],
    course: CourseOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Prove exercises alone: witnesses, sizes, mistakes, stub and solution; say what is missing."""
    from autograder.commands import exercise as command

    raise typer.Exit(command.check(tuple(exercises), course_dir=course, as_json=as_json))


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """What works here: versions, sandbox, nbgrader; and what to do about the rest."""

    from autograder.commands import doctor as command

    raise typer.Exit(command.doctor(as_json=as_json))


def main() -> None:
    """Entry point of the console script."""
    try:
        if sys.stdout.isatty() and sys.stderr.isatty():
            app()
        else:
            app.rich_markup_mode = None  # it draws boxes and breaks lines, and logs are searched
            app(terminal_width=100_000)
    except KeyboardInterrupt:
        print("Interrupted. What was graded is kept; run the same command again to go on.", file=sys.stderr)
        sys.exit(130)
