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
    int | None, typer.Option("--workers", min=1, help="Submissions at a time; default: one per core.")
]
SandboxOption = Annotated[
    str,
    typer.Option("--sandbox", help="`full` isolates submissions; `none` trusts them like your own code."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.command()
def demo(
    directory: Annotated[
        Path,
        typer.Argument(help="Where to put the demonstration course.", file_okay=False, resolve_path=True),
    ] = Path("demo-course"),
    workers: WorkersOption = None,
    sandbox: SandboxOption = "full",
) -> None:
    """Grade a bundled sample class of all sorts, and open-able reports; needs nothing."""
    from autograder import commands

    raise typer.Exit(commands.demo(directory, workers=workers, sandbox=sandbox))


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="The notebook you work on.", exists=True, dir_okay=False)],
    as_json: JsonOption = False,
) -> None:
    """Student: run the visible checks of a notebook, in the terminal."""
    from autograder.check_notebook import check_notebook

    raise typer.Exit(check_notebook(notebook, as_json=as_json))


@app.command()
def grade(
    assignments: Annotated[list[str] | None, typer.Argument(help="Assignments; default: all with submissions.")] = None,
    course: CourseOption = Path(),
    student: Annotated[str | None, typer.Option("--student", help="Grade this student alone.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has been graded already.")] = False,
    feedback: Annotated[bool, typer.Option("--feedback/--no-feedback", help="Write nbgrader's feedback/ too.")] = True,
    cell_seconds: Annotated[float, typer.Option("--cell-seconds", min=0.1, help="Time limit of one cell.")] = 60.0,
    memory: Annotated[float, typer.Option("--memory", min=0.5, help="Gigabytes that one submission may use.")] = 2.0,
    workers: WorkersOption = None,
    sandbox: SandboxOption = "full",
    as_json: JsonOption = False,
) -> None:
    """Instructor: submitted/ -> gradebook, autograded/, feedback/, reports/.

    Exit code 0 when grading worked, whatever the marks; 1 when something could not be graded; 2 for wrong usage.
    """
    from autograder import commands

    raise typer.Exit(
        commands.grade(
            course, tuple(assignments or ()), student=student, force=force, feedback=feedback,
            workers=workers, sandbox=sandbox, cell_seconds=cell_seconds, memory=memory, as_json=as_json,
        )
    )  # fmt: skip


@app.command()
def report(
    course: CourseOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Write the class page and the student pages again from stored records."""
    from autograder import commands

    raise typer.Exit(commands.report(course, as_json=as_json))


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
    sandbox: SandboxOption = "full",
) -> None:
    """Instructor: solutions/ -> assignments/, with the public cases beside each notebook."""
    from autograder import commands

    raise typer.Exit(commands.release(course, tuple(assignments or ()), verify=verify, prove=prove, sandbox=sandbox))


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """What works here: versions, sandbox, nbgrader; and what to do about the rest."""
    from autograder import commands

    raise typer.Exit(commands.doctor(as_json=as_json))


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
