"""From a notebook file to the program that is graded.

A submission is whatever bytes a student handed in. `read_submission` always answers: with the notebook as it
will be run (given cells as in the source, answers as the student wrote them), or with the released cells and
the reason why the file cannot be read. It runs nothing and needs neither nbgrader nor TensorFlow.

How a notebook is put in order again, and why:

- A submitted cell is a released one by its nbgrader id; else by its notebook cell id; else, for given cells,
  by its text; else, for answers, by defining what the exercise asks for.
- Given cells (locked, or autograder tests) get the source's text. Imports and definitions that a student
  added to them are kept in a cell of their own, unless they rebind a name of the given cell.
- Order is the student's: a notebook is a program. A given cell that was deleted comes back beside its
  neighbours, a test at the end of its section, so that everything the student wrote there runs before it.
- Of copies of a test the last counts, of copies of an answer the last changed one; other copies stay in place
  as ordinary cells, and copies of an untouched stub are left out, since running them would undo the answer.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder import syntax
from autograder.language import Said, Text, sentences, words
from autograder.model import Cell, Submission
from autograder.notebooks.reading import RawCell, UnreadableError, _squeezed, decode, parsed, read_bytes, same_text
from autograder.notebooks.release import Release, ReleasedCell, bound_names

UNREAD = hashlib.sha256(b"").hexdigest()
"""The hash of what cannot be read."""


def read_submission(path: str | Path, student: str, release: Release) -> Submission:
    """Read what a student handed in, with the given cells as in the source.

    Never raises for anything in the file: what cannot be read becomes a submission with `unreadable` set and
    the cells of the release.
    """
    path = Path(path)
    data = b""
    try:
        data = read_bytes(path)
        value, notes = decode(data)
        notebook = parsed(value)
        restoring = _Restoring(release, notebook.cells)
        cells = restoring.cells()
    except Exception as error:  # one notebook must not cost a class its grades, whatever is in it
        return unread(student, release, _why(path, error), data)
    if path.name != f"{release.notebook}.ipynb":
        expected = f"{release.notebook}.ipynb"
        notes += (words("The file is called {file}; {expected} was expected.", file=path.name, expected=expected),)
    return Submission(
        student,
        release.assignment,
        release.notebook,
        hashlib.sha256(data).hexdigest(),
        tuple(cells),
        (*notes, *notebook.notes, *restoring.notes),
        {cell: tuple(texts) for cell, texts in restoring.cell_notes.items()},
    )


def hash_of(path: Path) -> str:
    """The SHA-256 that `read_submission` gives a notebook, which is not looked into for that."""
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except Exception:  # for which it answers too
        return UNREAD


def unread(student: str, release: Release, why: Text, data: bytes = b"") -> Submission:
    """The submission of a file that cannot be read: the cells of the release, and the reason."""
    return Submission(
        student,
        release.assignment,
        release.notebook,
        hashlib.sha256(data).hexdigest(),
        tuple(_from_release(cell) for cell in release.cells),
        unreadable=why,
    )


def _why(path: Path, error: Exception) -> Text:
    if isinstance(error, UnreadableError):
        return error.why
    return words("{file} could not be read: {why}.", file=path.name, why=type(error).__name__)


def _from_release(cell: ReleasedCell, index: int | None = None) -> Cell:
    return Cell(
        cell.id,
        cell.role,
        cell.source,
        index,
        cell.is_code,
        cell.exercise,
        cell.points,
        demo=cell.demo,
        unchanged=True,
        handed_out=cell.handed_out,
        task=cell.task,
    )


class _Restoring:
    """Puts one notebook in order; see the top of this module for the rules."""

    def __init__(self, release: Release, raws: Sequence[RawCell]) -> None:
        self.release = release
        self.raws = raws
        self.notes: list[Text] = []
        self.cell_notes: dict[str, list[Said]] = {}
        self._used = {cell.id for cell in release.cells} | {cell.cell_id for cell in release.cells}
        self._counts: dict[str, int] = {}

    def cells(self) -> list[Cell]:
        matches = self._match()
        if self.release.cells and not any(
            matches.get(cell.id) for cell in self.release.cells if cell.role in ("grade", "solution", "written")
        ):
            self.notes.append(
                words(
                    "None of the cells of the assignment {name} were found. Is this the right notebook?",
                    name=repr(self.release.assignment),
                )
            )
        sequence: list[Cell] = []
        chosen, left_out = self._choose(matches)
        for raw in self.raws:
            released = chosen.get(raw.index)
            if raw.index in left_out:
                continue
            if released is None:
                sequence.append(self._own(raw))
            else:
                sequence.extend(self._restored(raw, released))
        self._put_back(sequence, {released.id for released in chosen.values()})
        return sequence

    def _note(self, cell: ReleasedCell, text: Said) -> None:
        self.notes.append(words("{cell}: {what}", cell=cell.id, what=text))
        self.cell_notes.setdefault(cell.id, []).append(text)

    # Which submitted cells are which released ones.

    def _match(self) -> dict[str, list[RawCell]]:
        """Released id -> the submitted cells that are it, in order."""
        by_id = {cell.id: cell for cell in self.release.cells if cell.role != "student"}
        by_cell_id = {cell.cell_id: cell for cell in self.release.cells}
        matches: dict[str, list[RawCell]] = {}
        rest: list[RawCell] = []
        for raw in self.raws:
            if raw.grade_id in by_id:
                matches.setdefault(raw.grade_id, []).append(raw)
            else:
                rest.append(raw)
        rest = self._match_by(rest, matches, lambda raw: by_cell_id.get(raw.cell_id))
        given = {
            (cell.is_code, _squeezed(cell.shown)): cell
            for cell in reversed(self.release.cells)
            if cell.role in ("locked", "grade", "student") and cell.id not in matches and cell.source.strip()
        }
        rest = self._match_by(rest, matches, lambda raw: given.get((raw.kind == "code", _squeezed(raw.source))))
        for cell in self.release.cells:
            if cell.role == "solution" and cell.id not in matches:
                defining = [raw for raw in rest if raw.kind == "code" and _defines_any(raw.source, cell.names)]
                if defining:
                    matches[cell.id] = [defining[-1]]
                    rest.remove(defining[-1])
        return matches

    @staticmethod
    def _match_by(rest: list[RawCell], matches: dict[str, list[RawCell]], find: Any) -> list[RawCell]:
        left = []
        for raw in rest:
            cell = find(raw)
            if cell is not None and cell.id not in matches:
                matches[cell.id] = [raw]
            else:
                left.append(raw)
        return left

    def _choose(self, matches: Mapping[str, list[RawCell]]) -> tuple[dict[int, ReleasedCell], set[int]]:
        """Of several copies the one that counts: submitted index -> released cell; and the copies that do not
        run."""
        chosen: dict[int, ReleasedCell] = {}
        left_out: set[int] = set()
        for cell in self.release.cells:
            copies = matches.get(cell.id, [])
            if not copies:
                continue
            kept = copies[-1]
            if len(copies) > 1:
                if cell.role in ("solution", "written"):
                    changed = [raw for raw in copies if not same_text(raw.source, cell.source)]
                    kept = changed[-1] if changed else copies[0]
                    left_out.update(
                        raw.index for raw in copies if raw is not kept and same_text(raw.source, cell.source)
                    )
                    self._note(
                        cell,
                        words(
                            "this answer cell was there {times} times. The last one that was changed is your answer; "
                            "other changed copies ran as ordinary cells, unchanged ones were left out.",
                            times=len(copies),
                        ),
                    )
                elif cell.role == "grade":
                    self._note(
                        cell,
                        words(
                            "this test was there {times} times. It counts once, where it stands last.",
                            times=len(copies),
                        ),
                    )
                else:
                    kept = next((raw for raw in copies if raw.cell_id == cell.cell_id), copies[0])
                    self._note(
                        cell,
                        words(
                            "this given cell was there {times} times; copies ran as ordinary cells.", times=len(copies)
                        ),
                    )
                    if cell.demo:
                        left_out.update(
                            raw.index for raw in copies if raw is not kept and same_text(raw.source, cell.source)
                        )
            chosen[kept.index] = cell
        return chosen, left_out

    # What becomes of them.

    def _own(self, raw: RawCell) -> Cell:
        return Cell(
            self._new_id(raw.cell_id or f"cell-{raw.index}"),
            "student",
            raw.source,
            raw.index,
            raw.kind == "code",
        )

    def _new_id(self, wanted: str) -> str:
        identity, count = wanted, self._counts.get(wanted[:56], 1)
        while identity in self._used:
            count += 1
            identity = f"{wanted[:56]}-{count}"
        self._counts[wanted[:56]] = count
        self._used.add(identity)
        return identity

    def _restored(self, raw: RawCell, cell: ReleasedCell) -> Iterable[Cell]:
        same = same_text(raw.source, cell.shown) or same_text(raw.source, cell.source)
        if cell.role == "student":
            is_code = raw.kind == "code"
            same = same and is_code == cell.is_code
            yield Cell(cell.id, "student", raw.source, raw.index, is_code, demo=cell.demo and same, unchanged=same)
            return
        if (raw.kind == "code") != cell.is_code:
            if cell.is_code:
                self._note(cell, words("this cell had been changed to text; it is code again."))
            else:
                self._note(cell, words("this cell had been changed to code; it is text again."))
        elif raw.grade_id != cell.id:
            self._note(cell, words("this cell had lost its nbgrader metadata; it was recognised and put right."))
        if cell.role in ("solution", "written") and not cell.metadata.get("task"):
            yield Cell(
                cell.id,
                cell.role,
                raw.source,
                raw.index,
                cell.is_code,
                points=cell.points,
                demo=cell.demo and same,
                unchanged=same,
            )
            return
        added = None
        if not same:
            added = self._added(raw, cell)
            kept = words("What you had added to it was kept in a cell of its own.") if added else ""
            edited = words("this given cell had been edited; it is again as it was handed out.")
            self._note(cell, sentences(edited, kept))
        if added and cell.role == "grade":
            yield added
        yield _from_release(cell, raw.index)
        if added and cell.role != "grade":
            yield added

    def _added(self, raw: RawCell, cell: ReleasedCell) -> Cell | None:
        source = _additions(raw.source, cell.shown) if raw.kind == "code" and cell.is_code else ""
        if not source:
            return None
        return Cell(self._new_id(f"{cell.id}-added"[-64:]), "student", source, raw.index)

    def _put_back(self, sequence: list[Cell], present: set[str]) -> None:
        """Insert the nbgrader cells that were deleted."""
        released = self.release.cells
        for position, cell in enumerate(released):
            if cell.id in present or cell.role == "student":
                continue
            places = {placed.id: index for index, placed in enumerate(sequence)}
            before = next((places[c.id] for c in reversed(released[:position]) if c.id in places), None)
            after = next((places[c.id] for c in released[position + 1 :] if c.id in places), None)
            sound = after is not None and (before is None or after > before)
            if cell.role == "grade":
                place = after if sound else (len(sequence) if after is None or before is None else before + 1)
            else:
                place = before + 1 if before is not None else after if sound else 0
            restored = _from_release(cell)
            if cell.role == "solution":
                restored = self._deleted_answer(sequence, cell, restored)
            else:
                self._note(cell, words("this cell had been deleted; it was put back."))
            sequence.insert(len(sequence) if place is None else place, restored)

    def _deleted_answer(self, sequence: list[Cell], cell: ReleasedCell, stub: Cell) -> Cell:
        """The stub of a deleted answer cell. It must not undo a definition that stands in another cell."""
        if not any(_defines_any(other.source, cell.names) for other in sequence if other.is_code):
            self._note(cell, words("this answer cell had been deleted; it was put back as it was handed out."))
            return stub
        names = ", ".join(cell.names)
        self._note(
            cell,
            words("this answer cell had been deleted; {names} is defined in another cell, which counts.", names=names),
        )
        source = f"# This answer cell was deleted from the notebook. {names} is defined in another cell."
        return Cell(cell.id, "solution", source, None)


def _defines_any(source: str, names: Iterable[str]) -> bool:
    """Whether the source binds one of the names at its top level; works on code that does not parse, too."""
    for name in names:
        pattern = rf"^(?:(?:async\s+)?(?:def|class)\s+{re.escape(name)}\b|{re.escape(name)}\s*(?::[^=\n]+)?=(?!=))"
        if re.search(pattern, source, re.MULTILINE):
            return True
    return False


def _additions(edited: str, released: str) -> str:
    """Imports, definitions and assignments that were added to a given cell and rebind none of its names."""
    tree, given = syntax.parse(edited), syntax.parse(released)
    if tree is None or given is None:
        return ""
    known = {_fingerprint(node) for node in given.body}
    taken = {name for node in given.body for name in bound_names(node)}
    added = []
    for node in tree.body:
        names = bound_names(node)
        if names and not names & taken and _fingerprint(node) not in known:
            added.append(_source_of(node, edited))
    return "\n".join(text for text in added if text)


def _fingerprint(node: ast.stmt) -> str:
    try:
        return ast.dump(node)
    except (ValueError, RecursionError, MemoryError):  # a number of too many digits, a deep tree
        return ""


def _source_of(node: ast.stmt, source: str) -> str:
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError, MemoryError):
        return ast.get_source_segment(source, node) or ""
