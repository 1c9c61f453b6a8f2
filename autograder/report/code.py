"""A student's code as HTML: every character escaped, the line concerned marked, read and never run."""

from __future__ import annotations

import html
import keyword
import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from autograder.cards.text import clean
from autograder.model import Verdict

MOST = 20_000
"""Characters of an answer that are shown; honest ones have a tenth."""
FLAGGED = 200
"""Characters of a line that a flag has."""
_TOKEN = re.compile(
    r"""(?P<c>\#[^\n]*)
    |(?P<s>(?:(?<!\w)[rbfuRBFU]{1,2})?(?:"{3}(?:\\.|[^\\])*?(?:"{3}|\Z)|'{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
      |"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))
    |(?P<k>\b(?:"""
    + "|".join(keyword.kwlist)
    + r""")\b)""",
    re.VERBOSE | re.DOTALL,
)


def code_html(
    cells: Sequence[str], concerned: Sequence[str] = (), here: str = "", flagged: Sequence[str] = ()
) -> Markup:
    """The cells of an answer, one after the other; comments, texts and keywords in spans of class c, s and k.

    concerned: lines of which the last that occurs is marked. flagged: lines, or how they begin where they are long,
    that are all marked. here: what a screen reader says of such a line.
    """
    written = "\n\n".join(cell.strip("\n") for cell in cells)
    source = clean(written[:MOST]).expandtabs(4) + ("\n…" if len(written) > MOST else "")
    lines = source.split("\n")
    stripped = [line.strip() for line in lines]
    wanted = next((line for one in reversed(concerned) if (line := clean(one).strip()) in stripped), None)
    begins = {clean(one).strip() for one in flagged} - {""}
    shown = _coloured(source).split("\n")
    for number, line in enumerate(stripped):
        if line and (line == wanted or line in begins or line[:FLAGGED] in begins):
            shown[number] = f'<mark><span class="sr">{escape(here)} </span>{shown[number]}</mark>'
    return Markup("\n".join(shown))


def _coloured(source: str) -> str:
    """The source, escaped, with spans that never go over the end of a line. Its quotes stay as they are: they end
    nothing where it stands, between tags."""
    return _TOKEN.sub(_span, html.escape(source, quote=False))


def _span(found: re.Match[str]) -> str:
    begin, text = f'<span class="{found.lastgroup}">', found[0]
    if "\n" not in text:
        return f"{begin}{text}</span>"
    return "\n".join(f"{begin}{line}</span>" if line else "" for line in text.split("\n"))


def lines_concerned(verdict: Verdict) -> tuple[str, ...]:
    """The student's lines that a verdict speaks of, the nearest last."""
    problem = verdict.problem
    if problem is None:
        return ()
    return tuple(line for line in (*(one.line for one in problem.callers), problem.line) if line.strip())
