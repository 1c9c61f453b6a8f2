"""What of a class is for its teacher: one definition, by which the tile, the list, the bars, the filter and all tables
go."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from markupsafe import Markup

from autograder.cards.status import ATTENTION, LOOKS, Look
from autograder.language import Text, words
from autograder.model import Record, Verdict

UNREADABLE = Look(words("Cannot be read"), "⚠", "person", Markup(), "magenta")
"""How each exercise of a file looks that nobody could read: its verdicts say that it stopped."""
FLAGGED = Look(words("Flagged"), "⚑", "person", Markup(), "magenta")
"""Beside a submission with lines for a person; no exercise looks so."""
_FOR_YOU = {status: replace(LOOKS[status], tone="person", style=UNREADABLE.style) for status in ATTENTION}


def look_of(record: Record, verdict: Verdict) -> Look:
    """How a verdict looks to a teacher. Its tone is `person` where it is for them, whatever its student sees."""
    return UNREADABLE if record.status == "unreadable" else _FOR_YOU.get(verdict.status, LOOKS[verdict.status])


def is_for_you(record: Record) -> bool:
    """Whether a teacher should look at a submission."""
    looks = (look_of(record, verdict) for verdict in record.verdicts)
    return record.status != "graded" or bool(record.flags) or any(look.tone == "person" for look in looks)


@dataclass(frozen=True)
class Flag:
    """What a record's flag says. kind: what it is. text: the line, or what is said of it. place: the cell or file."""

    kind: Text
    text: str
    place: str = ""
    line: int = 0


_AT_A_LINE = re.compile(r"(?P<kind>[^:]*?) \((?P<place>.*?), line (?P<line>\d{1,7})\): (?P<text>.*)", re.DOTALL)


def flags_of(record: Record) -> tuple[Flag, ...]:
    """The flags of a record, in parts."""
    return tuple(map(_flag, record.flags))


def flag_kinds(records: Iterable[Record]) -> str:
    """The kinds of flags, each once, as tables have them."""
    return "; ".join(dict.fromkeys(str(flag.kind) for record in records for flag in flags_of(record)))


def _flag(said: str) -> Flag:
    if found := _AT_A_LINE.fullmatch(said):
        return Flag(words(found["kind"]), found["text"], found["place"], int(found["line"]))
    kind, colon, text = said.partition(": ")
    if colon:
        return Flag(words(kind.partition(" (")[0]), text)
    return Flag(
        words("Shares code with a library") if said.startswith("Shares ") else words("Code that was not read"), said
    )
