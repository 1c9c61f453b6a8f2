"""A page to play with: one file with its style, its scripts and its numbers."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import numpy as np

from reference.diagram.canvas import FONT, SERIF, Picture, paint
from reference.diagram.words import Words
from reference.traces import Array

HERE = Path(__file__).parent
FRAME_HEIGHT = 1100
"""Of the frame in a notebook, until the page within has said how tall it is."""


@dataclass(frozen=True, repr=False)
class Page:
    """A page to play with. The last expression of a notebook cell shows it, in a frame of its own."""

    html: str
    """The page: one file, which loads nothing."""
    picture: Picture
    """What it shows before its scripts run."""
    title: str

    def __repr__(self) -> str:
        return f"{self.title}. {self.picture!r}"

    def _repr_html_(self) -> str:
        """A frame keeps styles and scripts inside; the page makes it as tall as itself."""
        return (
            f'<iframe title="{html.escape(self.title)}" srcdoc="{html.escape(self.html)}" '
            f'style="display:block;width:100%;height:{FRAME_HEIGHT}px;border:0"></iframe>'
        )

    def save(self, path: str | Path) -> None:
        """Write the page.

        Args:
            path: the file, ending in ``.html``.

        Raises:
            ValueError: for another suffix.
        """
        path = Path(path)
        if path.suffix not in (".html", ".htm"):
            raise ValueError(f"path ends in {path.suffix!r}, expected .html")
        path.write_text(self.html, encoding="utf-8")


class Stepper(NamedTuple):
    """What is said in the head, where a step or a place is chosen."""

    name: str
    back: str
    forward: str
    places: int
    beside: str = ""
    """HTML."""


def page(
    body: str,
    scripts: Iterable[str],
    data: Mapping[str, Any],
    picture: Picture,
    *,
    title: str,
    lead: str = "",
    static: str,
    stepper: Stepper,
    words: Words,
    questions: Sequence[tuple[str, str]],
    **parts: object,
) -> Page:
    """Put a page together.

    Args:
        body: the file with what stands between the head and the questions.
        scripts: the files of the scripts, in order.
        data: what the scripts read.
        picture: what is seen without scripts.
        title: of the page, in words that ``words`` knows, as for the next three.
        lead: a line below the title, or nothing.
        static: what is said without scripts.
        stepper: what stands beside the title.
        words: the reader's words.
        questions: each with its answer.
        parts: what the file of the body has gaps for.
    """
    whole = Template(read("page.html")).substitute(
        language=words.tag,
        title=said(words, title),
        lead=f'<p class="lead">{said(words, lead)}</p>' if lead else "",
        static=said(words, static),
        style=paint(read("page.css").replace("FONT", FONT).replace("SERIF", SERIF)),
        step=said(words, stepper.name),
        step_back=said(words, stepper.back),
        step_forward=said(words, stepper.forward),
        steps=stepper.places,
        beside_steps=stepper.beside,
        body=Template(read(body)).substitute(picture=picture.svg, **parts),
        predict=said(words, "Predict, then try"),
        questions="".join(
            f"<details><summary>{said(words, question)}</summary><p>{said(words, answer)}</p></details>"
            for question, answer in questions
        ),
        data=json.dumps(_plain(data), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
        script="\n".join(read(name) for name in scripts),
    )
    return Page(whole, picture, words(title))


def said(words: Words, word: str, **values: object) -> str:
    """A word, escaped."""
    return html.escape(words(word, **values))


def slider(name: str, kind: str, label: str, what: str, low: float, high: float, step: float, words: Words) -> str:
    """A row with a slider, its number, and a button that brings it back. ``label`` is HTML, ``what`` its text."""
    reset = said(words, "Reset {what}", what=what)
    return (
        f'<div class="row {kind}" data-slider="{name}"><label for="s-{name}">{label}</label>'
        f'<input type="range" id="s-{name}" min="{low:g}" max="{high:g}" step="{step:g}" value="0">'
        f'<output for="s-{name}"></output><button type="button" aria-label="{reset}" title="{reset}">↺</button></div>'
    )


def choice(name: str, label: str, options: Iterable[tuple[object, str]], chosen: object, more: str = "") -> str:
    """A list to choose from. ``label``, the options' texts and ``more``, other attributes, are HTML."""
    listed = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{text}</option>' for value, text in options
    )
    return f'<select id="{name}" aria-label="{label}"{more}>{listed}</select>'


def checked(name: str, value: Any, shape: tuple[int, ...], axes: str) -> Array:
    """An argument as an array of that shape; an error where it has another."""
    array = np.asarray(value, dtype=float)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}: {axes}")
    return array


def read(name: str) -> str:
    """A file that lies beside this one."""
    return (HERE / name).read_text("utf-8")


def _plain(value: Any) -> Any:
    """Arrays as lists, and as words the numbers that JSON does not know; JavaScript's Number reads them."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(part) for part in value]
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        if math.isfinite(number):
            return number
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return value
