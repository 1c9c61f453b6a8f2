"""How each status looks: a word, a symbol for text, an icon, and a tone. Colour never speaks alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from markupsafe import Markup

from autograder.language import Text, words
from autograder.model import Status

Tone: TypeAlias = Literal["good", "part", "wrong", "quiet", "person"]


@dataclass(frozen=True)
class Look:
    """`icon` is the inside of an SVG of 16 by 16; `tone` names the colours; `style` is for rich."""

    word: Text
    symbol: str
    tone: Tone
    icon: Markup
    style: str


_RING = '<circle cx="8" cy="8" r="6.25"/>'


def _look(word: Text, symbol: str, tone: Tone, drawing: str) -> Look:
    style = {"good": "green", "part": "cyan", "wrong": "red", "quiet": "dim", "person": "magenta"}[tone]
    return Look(word, symbol, tone, Markup(drawing), style)


LOOKS: Mapping[Status, Look] = {
    "passed": _look(words("Passed"), "✓", "good", _RING + '<path d="m5 8.3 2.1 2.1L11 6"/>'),
    "partial": _look(
        words("Partly right"), "◐", "part", _RING + '<path d="M8 1.75a6.25 6.25 0 0 0 0 12.5z" fill="currentColor"/>'
    ),
    "failed": _look(words("Not right yet"), "✗", "wrong", _RING + '<path d="m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6"/>'),
    "not_attempted": _look(
        words("Not started"), "○", "quiet", '<circle cx="8" cy="8" r="6.25" stroke-dasharray="2 2"/>'
    ),
    "error": _look(
        words("Stopped by an error"), "!", "wrong", '<path d="M8 1.9 14.5 13.6h-13zM8 6.3v3.4m0 1.9v.1"/>'
    ),
    "timed_out": _look(words("Ran out of time"), "◷", "wrong", _RING + '<path d="M8 4.4V8l2.4 1.6"/>'),
    "out_of_memory": _look(
        words("Ran out of memory"), "▣", "wrong",
        '<path d="M3.5 3.5h9v9h-9zM6 1v2.5M10 1v2.5M6 12.5V15m4-2.5V15M6.5 6.5h3v3h-3z"/>',
    ),
    "forbidden": _look(words("Uses a forbidden built-in"), "⊘", "person", _RING + '<path d="m3.6 3.6 8.8 8.8"/>'),
    "blocked": _look(words("Waits for another part"), "■", "person", _RING + '<path d="M4.8 8h6.4"/>'),
    "ungraded": _look(
        words("Waits for a person"), "…", "person", _RING + '<path d="M4.8 8v.1M8 8v.1m3.2-.1v.1" stroke-width="2.2"/>'
    ),
    "grader_fault": _look(
        words("Grader fault"), "?", "person",
        _RING + '<path d="M6.2 6.4a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.2m0 1.9v.1"/>',
    ),
}  # fmt: skip
"""Every status, from best to worst to those that need a person."""

OUTCOMES: Mapping[str, Look] = {
    "passed": LOOKS["passed"],
    "failed": LOOKS["failed"],
    "advised": _look(words("Worth a look"), "→", "part", '<path d="M2.5 8h10.5m-3.6-3.6L13 8l-3.6 3.6"/>'),
    "waiting": _look(words("Waiting"), "…", "quiet", '<path d="M3.5 8v.1M8 8v.1m4.5-.1v.1" stroke-width="2.2"/>'),
}
"""How the outcome of one check looks."""

FOLLOWED = "↷"
"""Beside points of which some are follow-through marks."""

ATTENTION: tuple[Status, ...] = ("grader_fault", "ungraded", "forbidden", "blocked", "timed_out", "out_of_memory")
"""The statuses a teacher should look at first."""
