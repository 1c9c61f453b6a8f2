"""What demonstrations showed in the notebook that was handed in: text and pictures, and nothing that a browser runs."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError, ParserCreate

from autograder.language import Language, words
from autograder.notebooks.reading import as_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

MOST = 4 * 2**20
"""Characters of all that is kept of a notebook; one with a plot in every demonstration has a tenth."""
MOST_TEXT = 20_000
MOST_PIXELS = 25_000_000
"""Of a picture: a small file can unfold to more than a browser has room for."""
MOST_STILLS = 5
"""Drawings of one output that are shown beside each other, as those of a step explained in five parts."""
_PNG = b"\x89PNG\r\n\x1a\n"
_ADDRESS = re.compile(r"data:image/(png|svg\+xml);base64,([A-Za-z0-9+/=]+)")


class Kept:
    """The outputs of a notebook's demonstrations, as far as there is room for them."""

    def __init__(self, language: Language) -> None:
        self._left = MOST
        self._told = language.say(words("As handed in: demonstrations are not run again for a grade."))

    def of(self, outputs: Sequence[Any]) -> list[NotebookNode]:
        """The outputs of a cell, which anybody may have written into the file, after a line that says where they are
        from."""
        from nbformat import v4

        kept = []
        for kind, data in _pieces(outputs):
            size = sum(map(len, data.values()))
            if size > self._left:
                continue
            self._left -= size
            kept.append(v4.new_output("stream", text=data["text/plain"]) if kind == "stream" else _display(data))
        told = {"text/plain": self._told, "text/html": f"<p><small>{html.escape(self._told)}</small></p>"}
        return [_display(told), *kept] if kept else []


def _display(data: dict[str, str]) -> NotebookNode:
    from nbformat import v4

    made: NotebookNode = v4.new_output("display_data", data=data)
    return made


def _pieces(outputs: Iterable[Any]) -> Iterator[tuple[str, dict[str, str]]]:
    for output in outputs:
        if not isinstance(output, Mapping):
            continue
        if output.get("output_type") == "stream":
            if text := as_text(output.get("text"))[:MOST_TEXT]:
                yield "stream", {"text/plain": text}
        elif output.get("output_type") in ("display_data", "execute_result"):
            data = output.get("data")
            shown = _shown(data) if isinstance(data, Mapping) else {}
            if shown:
                yield "display_data", shown


def _shown(data: Mapping[Any, Any]) -> dict[str, str]:
    """Of the forms in which an output comes, the picture, else its text."""
    said = as_text(data.get("text/plain"))[:MOST_TEXT]
    page, drawn = as_text(data.get("text/html")), as_text(data.get("image/svg+xml"))
    pictures = [("svg+xml", base64.b64encode(drawn.encode()).decode())] if drawn else []
    pictures += _ADDRESS.findall(page)
    for kind, content in [("png", re.sub(r"\s", "", as_text(data.get("image/png")))), *pictures]:
        if kind == "png" and _is_picture(content):
            return {"text/plain": said, "image/png": content}
        if kind == "svg+xml" and (picture := _as_image(_decoded(content).decode("utf-8", "replace"), said)):
            return {"text/plain": said, "text/html": picture}
    if stills := _stills(page, said):
        return {"text/plain": said, "text/html": stills}
    return {"text/plain": said} if said else {}


def _stills(page: str, said: str) -> str:
    """The drawings of a page, as images: all of a few, the first of a film; `""` if there is none."""
    page = html.unescape(page.partition('srcdoc="')[2].partition('"')[0]) or page  # one to play with is in a frame
    drawings = list(_drawings(page))
    alike = said.split("\n")
    told = alike if len(alike) == len(drawings) else [said]
    chosen = drawings if len(drawings) <= MOST_STILLS else drawings[:1]
    return "".join(_as_image(drawn, words) for drawn, words in zip_longest(chosen, told[: len(chosen)], fillvalue=""))


def _drawings(page: str) -> Iterator[str]:
    """From one `<svg` to the next `</svg>`."""
    end = 0
    while (start := page.find("<svg", end)) >= 0 and (end := page.find("</svg>", start)) >= 0:
        end += len("</svg>")
        yield page[start:end]


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_picture(content: str) -> bool:
    data = _decoded(content)
    wide, high = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return data.startswith(_PNG) and 0 < wide * high <= MOST_PIXELS


def _as_image(drawn: str, said: str) -> str:
    """A drawing as an image, in which no script runs and which loads nothing; `""` if it is none."""
    start = drawn.find("<svg")
    if start < 0:
        return ""
    drawn = drawn[start:]  # what stands before it can define entities that unfold without end
    if "xmlns=" not in drawn.partition(">")[0]:
        drawn = drawn.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    try:
        ParserCreate().Parse(drawn, True)
    except ExpatError:
        return ""  # half a drawing, which no browser shows
    address = "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
    return f'<img src="{address}" alt="{html.escape(said)}">'
