"""Text that came from anywhere, made fit to show: no control characters, and widths for Chinese too."""

from __future__ import annotations

import re

from rich.cells import cell_len, chop_cells

from autograder.language import Text, words

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# bidirectional overrides make a line read as another one; the rest moves cursors, or breaks UTF-8 and HTML
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """Drop terminal colour codes, and show what cannot be printed as U+FFFD; line ends and tabs stay.

    >>> clean("\\x1b[31mred\\x1b[0m")
    'red'
    """
    text = _ANSI.sub("", text.replace("\r\n", "\n"))
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """`clean`, with every run of white space as one space."""
    return " ".join(clean(text).split())


def points(value: float) -> str:
    """Points without noise: `3`, `2.5`, `0.33`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def out_of(earned: float, possible: float) -> Text:
    """`3 of 8`; a dash where there is nothing to earn."""
    if not possible:
        return words("–")
    return words("{earned} of {possible}", earned=points(earned), possible=points(possible))


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Break into lines of at most `width` terminal columns; words wider than a line are cut."""
    room = max(width - cell_len(indent), 2)
    lines = []
    for paragraph in clean(text).expandtabs(4).splitlines():
        line = ""
        for word in paragraph.split():
            if line and cell_len(line) + 1 + cell_len(word) > room:
                lines.append(line)
                line = ""
            *full, rest = chop_cells(word, room) if cell_len(word) > room else [word]
            lines += full
            line = f"{line} {rest}" if line else rest
        lines.append(line)
    return [indent + line for line in lines]
