"""The notebook that nbgrader keeps of a graded submission: cards and outputs, and points where tests stood."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.judging.policy import graded_points
from autograder.language import ENGLISH, Language, sentences, text_of, words
from autograder.model import Cell, CellRun, Record, Submission, Verdict
from autograder.notebooks.reading import RawCell, UnreadableError, as_text, decode, parsed, read_bytes, same_text
from autograder.notebooks.release import Release, ReleasedCell
from autograder.notebooks.shown import Kept

if TYPE_CHECKING:
    from nbformat import NotebookNode


def autograded_notebook(
    submission_path: str | Path,
    submission: Submission,
    release: Release,
    *,
    record: Record | None = None,
    runs: Sequence[CellRun] = (),
    cards: Mapping[str, str] | None = None,
    language: Language = ENGLISH,
) -> NotebookNode:
    """The notebook that goes to `autograded/`: every nbgrader cell of the source once, with the source's
    metadata.

    Without a record it is a sanitized notebook with no outputs. With one, each test carries its card and then
    its points as result, in the form in which nbgrader reads partial credit; other cells carry what running
    them gave, and demonstrations that were not run what they showed to their student.
    """
    from nbformat import v4

    raws: dict[int, RawCell] = {}
    if not submission.unreadable:
        try:
            raws = {raw.index: raw for raw in parsed(decode(read_bytes(Path(submission_path)))[0]).cells}
        except UnreadableError:
            raws = {}
    notebook = v4.new_notebook()
    for name, given in (("kernelspec", release.kernelspec), ("language_info", release.language_info)):
        if given:
            notebook.metadata[name] = dict(given)
    notes = tuple(dict.fromkeys((submission.unreadable, *submission.notes, *(record.notes if record else ()))))
    notes = tuple(note for note in notes if note)
    if notes:
        title = language.say(words("Notes of the autograder"))
        text = f"**{title}**\n\n" + "\n".join(f"- {_escaped(language.say(note))}" for note in notes)
        notebook.cells.append(_new_cell("markdown", text, "gatebook-notes", {}))
    verdicts = {verdict.cell_id: verdict for verdict in record.verdicts} if record else {}
    by_cell = {run.cell_id: run for run in runs}
    handed_in = Kept(language)
    for number, cell in enumerate(submission.cells, 1):
        released = release.cell(cell.id)
        raw = raws.get(cell.index) if cell.index is not None else None
        identity = released.cell_id if released else cell.id
        metadata = _cell_metadata(released)
        if not cell.is_code:
            kind = "raw" if raw and raw.kind == "raw" and not metadata else "markdown"
            made = _new_cell(kind, cell.source, identity, metadata)
            if raw and raw.attachments:
                made["attachments"] = {name: dict(data) for name, data in raw.attachments.items()}
            notebook.cells.append(made)
            continue
        # What is in autograded/ is what feedback is made of: hidden tests stay in the source.
        source = f"{cell.shown}\n\n{NOT_SHOWN}".strip() if cell.hidden else cell.source
        made = _new_cell("code", source, identity, metadata)
        run = by_cell.get(cell.id)
        if record:
            card = (cards or {}).get(cell.id, "")
            made.outputs = cell_outputs(cell, verdicts.get(cell.id), run, card, number, language)
            if cell.demo and not made.outputs and raw and same_text(raw.source, cell.source):
                made.outputs = handed_in.of(raw.outputs)
            if cell.role == "grade" or (run and run.ended != "skipped"):
                made.execution_count = number
        notebook.cells.append(made)
    if record:
        notebook.metadata["gatebook"] = {
            "sha256": record.sha256,
            "seed": record.seed,
            "status": record.status,
            "points": record.points,
            "max_points": record.max_points,
            "titles": {verdict.cell_id: language.say(text_of(verdict.title)) for verdict in record.verdicts},
        }
    return notebook


NOT_SHOWN = "# Tests that are not shown here were run as well."


def _new_cell(kind: str, source: str, identity: str, metadata: dict[str, Any]) -> NotebookNode:
    """nbformat's own makers validate each cell against the whole schema; the notebook is validated when it is
    written."""
    from nbformat import from_dict

    fields: dict[str, Any] = {"cell_type": kind, "id": identity, "metadata": metadata, "source": source}
    if kind == "code":
        fields |= {"execution_count": None, "outputs": []}
    made: NotebookNode = from_dict(fields)
    return made


def _new_output(kind: str, **fields: Any) -> NotebookNode:
    """As `_new_cell`, an output."""
    from nbformat import from_dict

    extra: dict[str, Any] = {"metadata": {}} if kind in ("display_data", "execute_result") else {}
    made: NotebookNode = from_dict({"output_type": kind, **extra, **fields})
    return made


def _cell_metadata(released: ReleasedCell | None) -> dict[str, Any]:
    if released is None or released.role == "student":
        return {}
    metadata: dict[str, Any] = {"nbgrader": dict(released.metadata), "deletable": False}
    if released.role in ("grade", "locked"):
        metadata["editable"] = False
    return metadata


def _escaped(text: str) -> str:
    """A note as Markdown that cannot become markup: notes quote file names and ids that a student chose."""
    return re.sub(r"([\\`*_<>\[\]&$])", r"\\\1", as_text(text).replace("\n", " "))


def cell_outputs(
    cell: Cell,
    verdict: Verdict | None,
    run: CellRun | None,
    card: str,
    number: int,
    language: Language = ENGLISH,
) -> list[NotebookNode]:
    """The outputs of a cell in `autograded/`.

    A test ends with its points as an `execute_result`, whatever the student's code printed: nbgrader takes
    the first result of a cell as its grade, an error or anything on stderr as 0, and no result as full marks.
    """
    shown = [output for output in map(_output, run.outputs if run else ()) if output is not None]
    if cell.role == "grade":
        points = graded_points(cell.points, verdict) or 0.0
        unjudged = words("Not graded: a person must look at this test.")
        summary = verdict_text(verdict, language) if verdict else language.say(unjudged)
        data = {"text/plain": summary}
        if card:
            data["text/html"] = as_text(card)
        # nbgrader takes the first result as the grade, and text on stderr or an error as none.
        printed = [output for output in shown if output.output_type in ("stream", "display_data")]
        for output in printed:
            if output.output_type == "stream":
                output.name = "stdout"
        return [
            *printed,
            _new_output("display_data", data=data),
            _new_output("execute_result", data={"text/plain": points_text(points)}, execution_count=number),
        ]
    outputs = shown
    if run and run.ended not in ("done", "skipped"):
        message = language.say(_ENDINGS.get(run.ended, words("The Python process ended in this cell.")))
        outputs.append(_new_output("error", ename=run.ended, evalue=message, traceback=[message]))
    elif run and run.problem and not any(output.output_type == "error" for output in outputs):
        problem = run.problem
        lines = as_text(problem.traceback or f"{problem.type}: {problem.message}").split("\n")
        outputs.append(
            _new_output("error", ename=as_text(problem.type), evalue=as_text(problem.message), traceback=lines)
        )
    return outputs


def points_text(points: float) -> str:
    """Points as the number that `determine_grade` of nbgrader reads back exactly."""
    return str(int(points)) if float(points).is_integer() else repr(float(points))


_ENDINGS = {
    "timed_out": words("This cell took too long and was stopped."),
    "out_of_memory": words("This cell used too much memory and was stopped."),
}


def verdict_text(verdict: Verdict, language: Language = ENGLISH) -> str:
    """A verdict in a line of plain text, for where HTML is not shown."""
    points, most = points_text(round(verdict.points, 2)), points_text(verdict.max_points)
    earned = words("{title}: {points} of {most} points.", title=text_of(verdict.title), points=points, most=most)
    return as_text(language.say(sentences(earned, verdict.message, verdict.look_at)))


_REQUIRED: dict[str, dict[str, type]] = {
    "stream": {"name": str, "text": str},
    "display_data": {"data": dict},
    "execute_result": {"data": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
}


def _output(output: Any) -> NotebookNode | None:
    """A worker's claim of an output as one of the notebook format, None when it is none."""
    if not isinstance(output, Mapping):
        return None
    kind = output.get("output_type")
    fields: dict[str, Any] = {}
    for name, wanted in _REQUIRED.get(str(kind), {}).items():
        value = output.get(name)
        if wanted is str:
            fields[name] = as_text(value)
        elif wanted is list:
            fields[name] = [as_text(line) for line in value] if isinstance(value, list) else []
        else:
            bundle: Mapping[Any, Any] = value if isinstance(value, Mapping) else {}
            fields[name] = {
                as_text(key): data if isinstance(data, dict) else as_text(data)
                for key, data in bundle.items()
                if isinstance(key, str) and (isinstance(data, str | list) or (isinstance(data, dict) and "json" in key))
            }
    if not fields:
        return None
    if kind == "stream" and fields["name"] not in ("stdout", "stderr"):
        fields["name"] = "stdout"
    if kind == "execute_result":
        count = output.get("execution_count")
        fields["execution_count"] = count if isinstance(count, int) and count >= 0 else None
    return _new_output(str(kind), **fields)
