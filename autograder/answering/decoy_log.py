"""Which decoys were reached, and from which line of a student's."""

from __future__ import annotations

import linecache
import mmap
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
        self._met: mmap.mmap | bytearray = bytearray(1)

    def begin(self) -> None:
        """From now on, in this process and those that it forks: each of them may meet something for the others."""
        self._met = mmap.mmap(-1, 1)

    @property
    def met(self) -> bool:
        """Whether anything was met since `begin` that is otherwise where nothing is replaced."""
        return self._met[0] != 0

    def meet(self) -> None:
        """Something was met that no line is to be told of."""
        self._met[0] = 1

    def note(self, built_in: str) -> None:
        self.meet()
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
        lines, self.lines = tuple(self.lines), []
        return lines
