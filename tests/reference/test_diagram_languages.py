"""Pictures and pages in the reader's language."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import reference
from reference import diagram
from reference.diagram.interactive.sequence import NETWORKS
from reference.diagram.words import LANGUAGES, spoken

ROOT = Path(__file__).parents[2]
CODES = sorted(path.stem for path in LANGUAGES.glob("*.json"))
CALLED = [getattr(diagram, name) for name in diagram.__all__ if callable(getattr(diagram, name))]
CALLED += [getattr(reference, name) for name in reference.__all__]
WORDS = {*diagram.WORDS, *diagram.EXPLORE_WORDS}


def gaps(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


@pytest.mark.parametrize("code", CODES)
def test_every_word_is_translated_and_no_other(code: str) -> None:
    """Labels of plots are asked for in `test_plot_labels`."""
    known = json.loads((LANGUAGES / f"{code}.json").read_text("utf-8"))
    assert known.keys() >= WORDS
    assert {word: gaps(word) for word in known} == {word: gaps(said) for word, said in known.items()}
    assert all(known.values())


@pytest.mark.parametrize("code", CODES)
def test_what_the_cards_say_too_is_said_alike(code: str) -> None:
    """The words of the schematic stand in the cards' catalogue as well."""
    from autograder.language import find

    known, cards = json.loads((LANGUAGES / f"{code}.json").read_text("utf-8")), find(code)
    shared = {word for word in diagram.SCHEMATIC_WORDS if cards.say(word) != word}
    assert len(shared) > 10
    assert {word: known[word] for word in shared} == {word: cards.say(word) for word in shared}


HELP = """
import sys, inspect, reference, autograder
from reference import diagram
for place in (diagram, reference, autograder):
    for name in place.__all__:
        if callable(thing := getattr(place, name)):
            print(name, "|", inspect.getdoc(thing).partition("\\n\\n")[0].replace("\\n", " "))
print(inspect.getdoc(reference.LSTM).count("Args:"), inspect.getdoc(autograder.check).count("Args:"))
"""


def helped(code: str) -> list[str]:
    environment = {**os.environ, "GATEBOOK_LANGUAGE": code}
    done = subprocess.run([sys.executable, "-c", HELP], env=environment, cwd=ROOT, capture_output=True, check=True)
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("code", CODES)
def test_help_begins_in_the_language_of_the_reader(code: str) -> None:
    english, translated = helped("en"), helped(code)
    assert len(english) == len(translated) == len(CALLED) + 3
    assert [line for line, said in zip(english, translated, strict=True) if line == said] == ["1 1"]


def pages() -> list[diagram.Page]:
    examples = [diagram.explore(name) for name in NETWORKS]
    return [*examples, diagram.explore_convolution(), diagram.explore_pooling()]


def test_pages_are_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEBOOK_LANGUAGE", "zh_CN")
    for page in pages():
        assert '<html lang="zh-CN">' in page.html
        assert "可以玩的" in page.title
        seen = re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", page.html, flags=re.S)
        known = {"LSTM", "GRU", "JavaScript", "Keras", "PyTorch", "tanh", "same", "valid", "reset_after"}
        assert set(re.findall(r"[A-Za-z_]{3,}", seen)) <= known
    step = diagram.lstm(NETWORKS["lstm"].example(), timestep=0, labels={"forget gate": "Vergessenstor"})
    assert "Vergessenstor" in step.svg
    assert "输入门" in step.svg


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "GATEBOOK_LANGUAGE": "zh"}, "zh_CN"),
        ({"GATEBOOK_LANGUAGE": "", "LANG": "zh-Hant"}, "zh_CN"),
    ],
)
def test_the_reader_is_asked_first(environment: dict[str, str], code: str) -> None:
    from autograder.language import preferred

    assert spoken(environment) == code == preferred("", environment).code
