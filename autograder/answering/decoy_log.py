"""Which decoys were reached, and from which line of a student's."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Mapping
from typing import Any

from .failures import is_student_frame
from .protocol import Reached

MOST_REACHED = 50


class Log:
    """Lines of the student's that came to a decoy since they were last taken.

    namespace: what tells the student's frames from others.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace
        self.lines: list[Reached] = []
        self.differs = False
        """Whether anything was met since then that is otherwise where nothing is replaced."""

    def note(self, built_in: str) -> None:
        self.differs = True
        if len(self.lines) >= MOST_REACHED:
            return
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None:
            if is_student_frame(frame, self.namespace):
                line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()[:2000]
                reached = Reached(line, built_in, frame.f_code.co_qualname)
                if reached not in self.lines:
                    self.lines.append(reached)
                return
            frame = frame.f_back
        self.lines.append(Reached("", built_in))  # in a thread or a graph of TensorFlow's

    def taken(self) -> tuple[Reached, ...]:
        """The lines, which are forgotten here."""
        lines, self.lines, self.differs = tuple(self.lines), [], False
        return lines
