"""What a student reads, kept apart from the language it is read in.

Whatever judges makes a `Text`: an English sentence with gaps, and what goes into them. Whoever shows it asks a
`Language` to `say` it. English needs no file; every other language is one file, `languages/<code>.po`.
"""

from __future__ import annotations

import functools
import io
import os
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, Union

FOLDER = Path(__file__).parent / "languages"
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
CHOSEN = "GATEBOOK_LANGUAGE"
"""The environment variable by which one person chooses."""
SOURCE = "en"

Word: TypeAlias = Union[str, int, float, "Text", "tuple[str | Text, ...]"]
"""What goes into a gap: a name or number as it stands, another text, or several, which are listed."""


@dataclass(frozen=True)
class Text:
    """A sentence before it is in a language.

    template: English, with `{name}` for a gap. values: what goes into the gaps.
    plural: the template where the gap `n` holds another number than 1; `""` where the number does not matter.
    """

    template: str
    values: dict[str, Word] = field(default_factory=dict)
    plural: str = ""

    def __hash__(self) -> int:
        return hash((self.template, tuple(sorted(self.values))))

    def __str__(self) -> str:
        return ENGLISH.say(self)


Said: TypeAlias = str | Text
"""A text, or a sentence without gaps."""


def words(template: str, plural: str = "", **values: Word) -> Text:
    """A text from its English template.

    >>> str(words("{n} entry is wrong", "{n} entries are wrong", n=3))
    '3 entries are wrong'
    """
    return Text(template, values, plural)


NOTHING = Text("")


def text_of(said: Said) -> Text:
    """A sentence as a text, so that it is translated where it stands in a gap of another."""
    return said if isinstance(said, Text) else Text(said)


def sentences(*parts: Said) -> Said:
    """One after the other, without those that say nothing.

    >>> str(sentences(words("It is late."), "", "It rains."))
    'It is late. It rains.'
    """
    kept = [part for part in parts if part and part != NOTHING]
    if not kept:
        return ""
    joined = kept[0]
    for part in kept[1:]:
        joined = words("{first} {second}", first=joined, second=part)
    return joined


class Language:
    """One language. `code`: as in the name of its file, e.g. `zh_CN`; `translations`: gettext's, None for English."""

    def __init__(self, code: str, translations: Any = None) -> None:
        self.code = code
        self._translations = translations

    def __repr__(self) -> str:
        return f"Language({self.code!r})"

    @property
    def tag(self) -> str:
        """As HTML names it, e.g. `zh-CN`."""
        return self.code.replace("_", "-")

    def say(self, said: Said) -> str:
        """The text in this language; in English where the file of the language has no such sentence."""
        if isinstance(said, str):
            return self._translations.gettext(said) if said and self._translations else said
        values = {name: self._word(value) for name, value in said.values.items()}
        return self._template(said).format_map(_Gaps(values)) if values else self._template(said)

    def _template(self, said: Text) -> str:
        if not said.template:
            return ""
        count = said.values.get("n", 1)
        if not said.plural:
            return self._translations.gettext(said.template) if self._translations else said.template
        if self._translations:
            return str(self._translations.ngettext(said.template, said.plural, count))
        return said.template if count == 1 else said.plural

    def _word(self, value: Word) -> str:
        if isinstance(value, tuple):
            return self.say(", ").join(map(self._word, value))
        # A bare word is a name of the student's or a number, which no language changes.
        return self.say(value) if isinstance(value, Text) else str(value)


class _Gaps(dict[str, str]):
    """A translation that names a gap which the sentence lacks shows the gap; it does not stop a page."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


ENGLISH = Language(SOURCE)


def codes() -> tuple[str, ...]:
    """The languages there are, English first."""
    return (SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po")))


@functools.cache
def find(code: str) -> Language:
    """The language of a code as people and systems write it: `zh`, `zh-Hans`, `zh_CN.UTF-8`; English for any other.

    >>> find("de_AT.UTF-8").code
    'en'
    """
    wanted = code.partition(".")[0].partition("@")[0].replace("-", "_").casefold()
    known = {name.casefold(): name for name in codes()}
    exact = known.get(wanted) or known.get(_SCRIPTS.get(wanted, ""))
    alike = [name for folded, name in known.items() if wanted and folded.split("_")[0] == wanted.split("_")[0]]
    chosen = exact or (alike[0] if alike else SOURCE)
    return ENGLISH if chosen == SOURCE else Language(chosen, _read(FOLDER / f"{chosen}.po"))


_SCRIPTS = {"zh_hans": "zh_cn", "zh_sg": "zh_cn", "zh_hans_cn": "zh_cn", "zh_hant": "zh_tw", "zh_hk": "zh_tw"}


def preferred(course: str = "", environment: Mapping[str, str] | None = None) -> Language:
    """What the reader chose (`GATEBOOK_LANGUAGE`), else what the course is in, else what the system speaks.

    >>> preferred("", {"LANG": "C.UTF-8"}).code
    'en'
    """
    given = os.environ if environment is None else environment
    system = next((given[name] for name in VARIABLES if given.get(name)), "")
    return find(given.get(CHOSEN) or course or system)


def explain(function: Callable[..., Any], summary: Text) -> None:
    """Let `help` of a function begin in the language of whoever runs it. summary: the first line of its docstring."""
    function.__doc__ = (function.__doc__ or "").replace(summary.template, preferred().say(summary), 1)


def gaps(template: str) -> set[str]:
    """The names of the gaps of a template.

    >>> sorted(gaps("{n} of {all}"))
    ['all', 'n']
    """
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def _read(path: Path) -> Any:
    from gettext import GNUTranslations

    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with open(path, "rb") as file:
        catalog = read_po(file, locale=path.stem)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)
