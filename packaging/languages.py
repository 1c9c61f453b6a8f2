"""Bring the files of the languages up to date: every sentence that a student can read, and no other.

python packaging/languages.py            writes autograder/languages/*.po; a new language is an empty file of its name
python packaging/languages.py --missing  prints what has no translation yet
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "autograder"
LANGUAGES = PACKAGE / "languages"


def sentences() -> dict[tuple[str, str], list[str]]:
    """(sentence, its plural or "") -> where it comes from."""
    found: dict[tuple[str, str], list[str]] = {}
    for where, sentence, plural in (*_of_code(), *_of_templates(), *_of_exercises()):
        places = found.setdefault((sentence, plural), [])
        if where not in places:
            places.append(where)
    return found


def _of_code() -> Iterator[tuple[str, str, str]]:
    """What is given to `words`, and what stands between the entries of a list."""
    yield "autograder/language.py", ", ", ""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "words":
                given = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                if given and _has_letters(given[0]):
                    yield str(path.relative_to(ROOT)), given[0], given[1] if len(given) > 1 else ""


def _of_templates() -> Iterator[tuple[str, str, str]]:
    """What stands in `_("...")`."""
    for path in sorted(PACKAGE.glob("*/templates/*")):
        if path.suffix in (".html", ".svg"):
            with open(path, "rb") as file:
                for _, _, given, _ in babel_extract(file, ["_"], [], {"silent": "false"}):
                    texts = [given] if isinstance(given, str) else [one for one in given if isinstance(one, str)]
                    if texts and _has_letters(texts[0]):
                        yield str(path.relative_to(ROOT)), texts[0], texts[1] if len(texts) > 1 else ""


def _of_exercises() -> Iterator[tuple[str, str, str]]:
    from autograder import exercises
    from autograder.judging.axis_words import vocabulary
    from autograder.language import Text
    from autograder.model import ModelCase

    for name in exercises.ids():
        exercise = exercises.load(name)
        said = [exercise.title, exercise.hint, *exercise.hints.values(), *(check.title for check in exercise.checks)]
        said += [text for mistake in exercise.mistakes for text in (mistake.title, mistake.hint)]
        for gate in exercise.gates.values():
            said += [gate.name, gate.spoken, gate.alone]
        rng = np.random.default_rng(0)
        for case in (*exercise.cases(rng), *exercise.advice(rng)):
            if not isinstance(case, ModelCase):
                said += [word for axes in (*case.axes.values(), *case.returns.values()) for word in vocabulary(axes)]
        where = exercises.module_of(name).replace(".", "/") + ".py"
        for text in filter(None, said):
            yield where, text.template if isinstance(text, Text) else text, ""


def _has_letters(template: str) -> bool:
    import string

    return any(part.strip() for part, *_ in string.Formatter().parse(template)) or "{first} {second}" in template


def update(path: Path) -> Catalog:
    """The catalogue of a language with today's sentences: translations are kept, what nobody says is dropped."""
    text = path.read_text("utf-8") if path.exists() else ""
    with open(path, "rb") as file:
        before = read_po(file, locale=path.stem) if text.strip() else Catalog(locale=path.stem)
    made = Catalog(locale=path.stem, project="Gatebook", charset="utf-8", header_comment=f"# {path.stem}")
    for (sentence, plural), places in sorted(sentences().items(), key=lambda item: (item[1][0], item[0])):
        known = before.get(sentence)
        translated = known.string if known is not None else ("", "") if plural else ""
        if plural and isinstance(translated, str):
            translated = (translated,) * made.num_plurals
        if not plural and isinstance(translated, tuple):
            translated = translated[0]
        identity = (sentence, plural) if plural else sentence
        made.add(identity, translated, locations=[(place, None) for place in places[:3]])
    return made


def missing(catalogue: Catalog) -> list[str]:
    """The sentences without a translation."""
    found = []
    for message in catalogue:
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id and not all(strings):
            found.append(message.id if isinstance(message.id, str) else message.id[0])
    return found


def main() -> None:
    """Update the files, or print what they lack."""
    for path in sorted(LANGUAGES.glob("*.po")):
        catalogue = update(path)
        lacking = missing(catalogue)
        if "--missing" in sys.argv:
            print(*lacking, sep="\n")
        else:
            with open(path, "wb") as file:
                write_po(file, catalogue, width=110, omit_header=False, include_lineno=False)
            print(f"{path.name}: {len(catalogue)} sentences, {len(lacking)} without a translation")


if __name__ == "__main__":
    main()
