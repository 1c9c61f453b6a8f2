"""What is said in which language."""

from __future__ import annotations

import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import language
from autograder.language import ENGLISH, Text, find, gaps, preferred, sentences, words

CODES = language.codes()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("", "en"), ("C", "en"), ("de_DE.UTF-8", "en"), ("en_GB", "en"), ("zh", "zh_CN"), ("zh_CN.UTF-8", "zh_CN"),
        ("zh-Hans", "zh_CN"), ("zh_SG", "zh_CN"), ("ZH-cn", "zh_CN"),
    ],
)  # fmt: skip
def test_codes_as_people_write_them(code: str, found: str) -> None:
    assert find(code).code == found


def test_the_reader_chooses_before_the_course_and_the_course_before_the_system() -> None:
    assert preferred("", {"LANG": "zh_CN.UTF-8"}).code == "zh_CN"
    assert preferred("en", {"LANG": "zh_CN.UTF-8"}).code == "en"
    assert preferred("zh_CN", {"GATEBOOK_LANGUAGE": "en", "LANG": "zh_CN"}).code == "en"
    assert preferred("", {"LC_ALL": "", "LC_MESSAGES": "zh_CN", "LANG": "en_US"}).code == "zh_CN"


def test_values_are_put_where_the_sentence_has_gaps() -> None:
    inner = words("timestep {n}", n=3)
    assert str(words("{where}: {names}", where=inner, names=("a", inner))) == "timestep 3: a, timestep 3"
    assert str(words("{n} entry", "{n} entries", n=1)) == "1 entry"
    assert str(words("{n} entry", "{n} entries", n=2)) == "2 entries"


@given(st.text(), st.text())
def test_what_a_student_wrote_is_never_taken_for_a_template(first: str, second: str) -> None:
    assert str(words("{name}|{other}", name=first, other=second)) == f"{first}|{second}"
    assert ENGLISH.say(first) == first


def test_sentences_leave_out_what_says_nothing() -> None:
    assert str(sentences("", words("A."), Text(""), "B.")) == "A. B."
    assert sentences("", Text("")) == ""


texts = st.recursive(
    st.builds(lambda t: Text(t.replace("{", "").replace("}", "")), st.text(string.printable, max_size=8)),
    lambda inner: st.builds(
        lambda value, number: words("{a} and {b}", a=value, b=(str(number), value)), inner, st.integers(0, 9)
    ),
    max_leaves=4,
)


@given(texts)
def test_texts_survive_a_record(text: Text) -> None:
    again = msgspec.json.decode(msgspec.json.encode(text), type=Text, strict=False)
    assert str(again) == str(text)


@pytest.mark.parametrize("code", CODES[1:])
def test_a_translation_has_the_gaps_of_its_sentence(code: str) -> None:
    from babel.messages.pofile import read_po

    with open(language.FOLDER / f"{code}.po", "rb") as file:
        catalogue = read_po(file, locale=code)
    wrong = []
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        known = set().union(*map(gaps, ids)) if message.id else set()
        wrong += [message.id for one in strings if message.id and gaps(one) - known]
        # The number may be left out where the language says it otherwise; nothing else may get lost.
        wrong += [message.id for one in strings if message.id and known - gaps(one) - {"n"}]
    assert wrong == []


def test_no_text_is_missing_in_any_language() -> None:
    import importlib.util
    from pathlib import Path

    path = Path(__file__).parents[1] / "packaging" / "languages.py"
    spec = importlib.util.spec_from_file_location("languages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.sentences()
    assert len(found) > 500
    for code in CODES[1:]:
        assert module.missing(module.update(language.FOLDER / f"{code}.po")) == []


def test_there_is_chinese() -> None:
    chinese = find("zh_CN")
    assert chinese.tag == "zh-CN"
    assert chinese.say(words("Passed")) != "Passed"
    assert chinese.say("The forget gate") != "The forget gate"
    assert chinese.say(words("an untranslated {thing}", thing="x")) == "an untranslated x"
