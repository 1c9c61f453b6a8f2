"""What other cells of the notebook have to do with it: an answer beside its stub, a name that an import took over."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable
from typing import Any

from autograder.judging.roots import used_by
from autograder.language import Said, sentences, words
from autograder.model import Cell, Submission, Verdict
from autograder.syntax import defined_names, parse_cell


def told(submission: Submission, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts with what other cells have to do with them."""
    verdicts = tuple(verdicts)
    code = [cell for cell in submission.cells if cell.is_code and not cell.demo]
    used = used_by(submission)
    entries = {verdict.entry_point for verdict in verdicts}
    found = []
    for verdict in verdicts:
        more: Said = ""
        if verdict.status == "not_attempted" and (beside := _written_beside(verdict, code)) is not None:
            place, more = beside
            verdict = dataclasses.replace(verdict, written_in=place)
        elif verdict.status == "forbidden":
            taken = used.get(verdict.cell_id, frozenset()) & entries - {verdict.entry_point}
            more = _taken_over(sorted(taken), code, verdict.cell_id)
        found.append(dataclasses.replace(verdict, message=sentences(verdict.message, more)) if more else verdict)
    return tuple(found)


def _written_beside(verdict: Verdict, code: list[Cell]) -> tuple[int, Said] | None:
    """In which cell an answer stands whose stub is untouched, and what is said of it."""
    name = verdict.entry_point
    defining = [cell for cell in code if cell.role in ("student", "solution") and name in defined_names(cell.source)]
    stub = next((cell for cell in defining if cell.role == "solution" and cell.unchanged), None)
    if stub is None or stub.index is None:
        return None
    order = {cell.id: n for n, cell in enumerate(code)}
    start = order[stub.id]
    asked = range(start + 1, order.get(verdict.cell_id, start))  # what stands here takes the stub's place
    beside = next((cell for cell in defining if not cell.unchanged and order[cell.id] not in asked), None)
    if beside is None or beside.index is None:
        return None
    place: dict[str, Any] = {"name": name, "cell": beside.index + 1, "stub": stub.index + 1}
    if beside.index < stub.index:
        return beside.index, words(
            "Cell {cell} of your notebook defines a `{name}`, and the stub in cell {stub}, which comes later, takes "
            "its place: move it into the cell of the stub.", **place,
        )  # fmt: skip
    return beside.index, words(
        "Cell {cell} of your notebook defines a `{name}`, but it is checked before that, right after the stub in cell "
        "{stub}: move it into the cell of the stub.", **place,
    )  # fmt: skip


def _taken_over(names: list[str], code: list[Cell], until: str) -> Said:
    """The import by which one of these names, which is to be the student's own, is a library's when the cell with the
    id `until` is reached."""
    taken: dict[str, ast.Import | ast.ImportFrom] = {}
    for cell in code:
        if cell.id == until:
            break
        tree = parse_cell(cell.source)
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.Import | ast.ImportFrom):
                bound = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
                taken |= {name: node for name in names if name in bound or _all_layers(node)}
            else:
                for name in defined_names(ast.unparse(node)) & taken.keys():
                    del taken[name]
    for name, node in taken.items():
        return words(
            "`{name}` is not yours there: `{line}` gives the name to a library's.", name=name, line=ast.unparse(node)
        )
    return ""


def _all_layers(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether it takes every name that a library of layers has."""
    return (
        any(alias.name == "*" for alias in node.names)
        and isinstance(node, ast.ImportFrom)
        and ((node.module or "").partition(".")[0] in ("keras", "tensorflow", "tf_keras"))
    )
