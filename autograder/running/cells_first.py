"""A world with decoys that can be the open one as well, for submissions that are right.

Most notebooks never meet a decoy while their cells run. What these say is then the same as where nothing is replaced,
and may be published, if nobody has told the process of a question by then. So all cells run first, and after the last
one the secret questions are asked: one process does what takes two otherwise. What is right counts. From the first
answer on that is not, the questions are asked at their grade cells, in a process of their own; and where a cell met
something that is otherwise in an open world, or did not end, this one is forgotten.
"""

from __future__ import annotations

import time
from typing import Any

from autograder.answering.protocol import CellDone
from autograder.model import Cell, CellRun
from autograder.running.session import Session, WorkerLostError
from autograder.running.workers import Worker, WorkerError
from autograder.syntax import defined_names, names_when_called


class CellsFirst(Session):
    """Collects `progress`, with the observations of what is right alone; `sheets` are those in the end.

    alike: whether everything that the cells said is as in an open world. It is a claim of the worker's, like the words
    themselves.
    """

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.alike = False

    def run(self) -> None:
        started = time.monotonic()
        try:
            self._play()
        except WorkerLostError:
            self.alike = False
        self.sheets = {name: self.sheets[name] for name in self.progress.observations}
        self.seconds = time.monotonic() - started

    def _through(self, worker: Worker) -> None:
        redefined = self._defined_anew()
        for cell in self.cells:
            if cell.role == "grade":
                if redefined.get(cell.id):
                    self._keep(worker, cell.id, redefined[cell.id])
            elif cell.id in self.skipped:
                self.progress.runs[cell.id] = CellRun(cell.id, "skipped")
            else:
                self._run_cell(worker, cell)
                if not self.alike:
                    return
        for cell_id, sheet in self.sheets.items():
            self.at = cell_id
            observation, error = self._asked_once(worker, cell_id, sheet, "cell")
            if error is not None or not self.asking.passed(cell_id, observation):
                return
            self.progress.observations[cell_id] = observation

    def _keep(self, worker: Worker, cell_id: str, names: frozenset[str]) -> None:
        try:
            worker.keep(cell_id, names)
        except WorkerError:
            raise WorkerLostError(out_of_time=False) from None

    def _run_cell(self, worker: Worker, cell: Cell) -> None:
        self.alike = False
        super()._run_cell(worker, cell)

    def _ran(self, worker: Worker, cell: Cell) -> CellDone:
        done = worker.run_cell(cell.id, cell.source, as_it_stands=True)
        self.alike = done.alike
        return done

    def _defined_anew(self) -> dict[str, frozenset[str]]:
        """Grade cell id -> the names that its answer is or looks up, and that a later cell defines again or first."""
        later: dict[str, frozenset[str]] = {}
        names: frozenset[str] = frozenset()
        for cell in reversed(self.cells):
            if cell.role == "grade":
                later[cell.id] = names
            else:
                names |= defined_names(cell.source)
        found = {}
        names = frozenset()
        for cell in self.cells:
            if cell.id in self.sheets:
                found[cell.id] = later[cell.id] & (names | {self.sheets[cell.id].entry_point})
            elif cell.role != "grade":
                names |= names_when_called(cell.source)
        return found
