"""What cells print and show: kept in order, and no more of it than a page can hold."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from ..answering import protocol
from ..answering.protocol import (
    Answer,
    Answers,
    CellDone,
    NamesDefined,
    Problem,
)

MAX_OUTPUTS = 16 * 2**20
"""Bytes of a cell's outputs in a reply, whatever the limits say: with more the host would take it for none."""
ITEM_BYTES = 100
"""What an output takes besides what it says."""


class _Outputs:
    """The outputs of the running cell as nbformat dictionaries, up to a number of bytes."""

    def __init__(self, bound: int) -> None:
        self.bound = min(bound, MAX_OUTPUTS)
        self.before_each: Callable[[], None] | None = None
        """Brings what was written to the file descriptors first, so that the order is right."""
        self.start()

    def start(self) -> None:
        self.items: list[Any] = []
        """Streams as dictionaries, their texts in pieces; all else as JSON text."""
        self.brought = 0
        self.next_due = 0.0
        self.left = self.bound
        self.truncated = False
        self.clear_next = False

    def stream(self, name: str, text: str) -> None:
        if not text:
            return
        if self.left <= 0 and not self.clear_next:
            self.truncated = True
            return
        self._bring_earlier()
        self._clear_if_asked()
        follows = bool(self.items) and isinstance(self.items[-1], dict) and self.items[-1]["name"] == name
        kept, size = _fitting(text, self.left if follows else self.left - ITEM_BYTES)
        self.truncated = self.truncated or len(kept) < len(text)
        if not kept:
            self.left = 0
            return
        self.left -= size
        if follows:
            self.items[-1]["text"].append(kept)
        else:
            self.left -= ITEM_BYTES
            self.items.append({"output_type": "stream", "name": name, "text": [kept]})

    def add(self, output: dict[str, Any]) -> None:
        self._bring_earlier()
        self._clear_if_asked()
        # Put into text now, while the cell runs: what an object of the student's raises meanwhile is the cell's.
        text = _json(output)
        size = len(text.encode()) + ITEM_BYTES
        if size > self.left:
            self.truncated = True
            return
        self.left -= size
        self.items.append(text)

    def clear(self, wait: bool) -> None:
        if wait:
            self.clear_next = True
        else:
            self.items.clear()

    def _bring_earlier(self) -> None:
        # Asking costs two system calls; who writes thousands of times gets the order right to ten milliseconds.
        self.brought += 1
        due = self.brought < 1000 or time.monotonic() > self.next_due
        if self.before_each is not None and due:
            self.next_due = time.monotonic() + 0.01
            bring, self.before_each = self.before_each, None
            try:
                bring()
            finally:
                self.before_each = bring

    def _clear_if_asked(self) -> None:
        if self.clear_next:
            self.items.clear()
            self.clear_next = False

    def json(self) -> str:
        finished = []
        for item in self.items:
            if isinstance(item, dict):
                item = _json({**item, "text": _carriage_returns("".join(item["text"]))})
            finished.append(item)
        return f"[{', '.join(finished)}]"


_encode = json.JSONEncoder(default=str, ensure_ascii=False).encode


def _json(value: Any) -> str:
    """JSON whose length in bytes is near that of what it says: an emoji as it is, not as twelve bytes of escapes."""
    return _encode(value).encode("utf-8", "replace").decode()


def _fitting(text: str, room: int) -> tuple[str, int]:
    """As much of a text as takes no more bytes than there is room for in JSON, and how many these are."""
    room = max(0, room)
    text = text[:room]
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text, len(text)
    while (size := len(_json(text).encode()) - 2) > room:
        text = text[: len(text) * room // size]
    return text, size


def _carriage_returns(text: str) -> str:
    """What a terminal would show of progress bars: the last state of each line."""
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


class _Stream:
    """A text stream that collects into outputs."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, outputs: _Outputs, name: str) -> None:
        self.outputs = outputs
        self.name = name
        self.closed = False

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        text = str.__str__(text)  # of a subclass the plain text
        self.outputs.stream(self.name, text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1 if self.name == "stdout" else 2


def _jsonable(data: dict[str, Any]) -> dict[str, Any]:
    """A MIME bundle with its bytes in base64, as nbformat wants them."""
    return {
        str(kind): base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for kind, value in data.items()
    }


_NAME_OF = type.__dict__["__name__"].__get__
"""The name of a class, also of one whose metaclass says another."""


def _plain(text: Any) -> str:
    """What of a text can be sent."""
    return str.__str__(text).encode("utf-8", "replace").decode() if isinstance(text, str) else ""


def _without_contents(reply: protocol.FromWorker) -> protocol.FromWorker:
    """What is said in place of a reply that cannot be sent."""
    problem = Problem("exception", "Exception", "(what came of this could not be sent to the grader)")
    if isinstance(reply, CellDone):
        return CellDone(reply.cell_id, "[]", reply.problem and problem, True)
    if isinstance(reply, Answers):
        return Answers((Answer(problem=problem),) * len(reply.answers))
    return NamesDefined(())
