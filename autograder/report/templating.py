"""The jinja2 environment of the reports: everything escaped, strings cleaned, a missing name an error."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from autograder.report.text import clean, count, one_line, out_of, points

FOLDER = Path(__file__).parent / "templates"
_CODE = re.compile(r"`([^`\n]+)`")


@cache
def environment() -> jinja2.Environment:
    """The one environment; templates are compiled once."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"prose": prose, "points": points, "shorten": shorten, "one_line": one_line}
    made.filters["capitalize_first"] = capitalize_first
    made.globals |= {"count": count, "out_of": out_of}
    return made


@cache
def style(name: str) -> Markup:
    """A style sheet of ours, without its comments, ready to stand in a page."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return Markup(re.sub(r"/\*.*?\*/\n?", "", text, flags=re.DOTALL))


def prose(text: str) -> Markup:
    """Escaped text in which what stands between backticks is code.

    >>> prose("is `a<b`?")
    Markup('is <code>a&lt;b</code>?')
    """
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(clean(text)))))


def shorten(text: str, most: int = 400) -> str:
    """The text, cut where it becomes a burden."""
    text = clean(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def capitalize_first(text: str) -> str:
    """The first letter as a capital; the others as they are."""
    return text[:1].upper() + text[1:]


def _finalize(value: Any) -> Any:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
