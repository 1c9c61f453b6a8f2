"""The jinja2 environment of cards and pages: everything escaped, strings cleaned, a missing name an error."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from autograder.cards.text import clean, one_line, out_of, points
from autograder.language import ENGLISH, Language, Text, words

FOLDER = Path(__file__).parent / "templates"
_CODE = re.compile(r"`([^`\n]+)`")


@cache
def environment(language: Language = ENGLISH, folder: Path = FOLDER) -> jinja2.Environment:
    """The environment of a language; templates are compiled once in each. They are looked for in a folder, then beside
    the cards.

    In templates `_("...")` is a sentence, `|say` puts a text into the language, and what is put out is said too.
    """

    def said(template: str, plural: str = "", **values: Any) -> str:
        return language.say(words(template, plural, **values))

    def finalize(value: Any) -> Any:
        if isinstance(value, Text):
            value = language.say(value)
        return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, FOLDER]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"points": points, "shorten": shorten, "one_line": one_line}
    made.filters |= {"say": language.say, "capitalize_first": capitalize_first}
    made.filters["prose"] = lambda text: prose(language.say(text))
    made.globals |= {"_": said, "out_of": out_of, "language": language}
    return made


@cache
def style(name: str, folder: Path = FOLDER) -> Markup:
    """A style sheet of ours, without its comments, ready to stand in a page."""
    text = (folder / name).read_text(encoding="utf-8")
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
