"""A world with decoys that can be the open one as well, for submissions that are right.

Most notebooks never meet a decoy while their cells run. What these say is then the same as where nothing is replaced,
and may be published, if nobody has told the process of a question by then. So all cells run first, and after the last
one the secret questions are asked: one process does what takes two otherwise. What is right counts, where the answer is
what it was at its grade cell (`worker/kept.py`). From the first answer on that is not right, the questions are asked at
their grade cells, in a process of their own; and where a cell met something that is otherwise in an open world, or did
not end, this one is forgotten, before it is asked anything.
"""

from __future__ import annotations

import time
from typing import Any

from autograder.answering.protocol import CellDone
from autograder.model import Cell, CellRun
from autograder.running.session import Session, WorkerLostError
from autograder.running.workers import Worker, WorkerError


class CellsFirst(Session):
    """Collects `progress`, with the observations of what is right alone; `sheets` are those in the end.

    alike: whether everything that the cells said is as in an open world. It is a claim of the worker's, like the words
    themselves. No question changes it: after one no open world may follow whose words are published.
    """

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.alike = False
        self._cell_is_alike = False

    def run(self) -> None:
        started = time.monotonic()
        try:
            self._play()
        except WorkerLostError:
            pass  # the questions that are left are asked in a process of their own
        self.sheets = {name: self.sheets[name] for name in self.progress.observations}
        self.seconds = time.monotonic() - started

    def _through(self, worker: Worker) -> None:
        for cell in self.cells:
            if cell.role == "grade":
                if cell.id in self.sheets:
                    self._keep(worker, cell.id)
            elif cell.id in self.skipped:
                self.progress.runs[cell.id] = CellRun(cell.id, "skipped")
            else:
                self._cell_is_alike = False
                self._run_cell(worker, cell)
                if not self._cell_is_alike:
                    return
        self.alike = True
        for cell_id, sheet in self.sheets.items():
            if not self._went_back(worker, cell_id):
                continue
            observation, error = self._asked_once(worker, cell_id, sheet, "cell")
            if error is not None or not self.asking.passed(cell_id, observation):
                return
            self.progress.observations[cell_id] = observation

    def _keep(self, worker: Worker, cell_id: str) -> None:
        try:
            worker.keep(cell_id, self.sheets[cell_id].entry_point)
        except WorkerError:
            raise WorkerLostError(out_of_time=False) from None

    def _went_back(self, worker: Worker, cell_id: str) -> bool:
        try:
            return worker.go_back(cell_id)
        except WorkerError:
            raise WorkerLostError(out_of_time=False) from None

    def _ran(self, worker: Worker, cell: Cell) -> CellDone:
        done = worker.run_cell(cell.id, cell.source, as_it_stands=True)
        self._cell_is_alike = done.alike
        return done
