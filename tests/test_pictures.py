"""The pictures of the README are what the code shows now: `make pictures` draws them again."""

from __future__ import annotations

import re
import xml.etree.ElementTree
from pathlib import Path
from types import ModuleType

import pytest
from support.pictures import load_pictures

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    return load_pictures()


@pytest.mark.parametrize(("name", "drawn"), [("card", "card"), ("lstm", "picture_of_a_step")])
def test_a_picture_is_up_to_date(pictures: ModuleType, name: str, drawn: str) -> None:
    assert getattr(pictures, drawn)() == (PICTURES / f"{name}.svg").read_text("utf-8"), "run `make pictures`"


def test_the_readme_shows_each_and_each_can_be_read() -> None:
    shown = set(re.findall(r"!\[[^]]{20,}\]\(docs/pictures/(\w+)\.svg\)", (ROOT / "README.md").read_text("utf-8")))
    assert shown == {path.stem for path in PICTURES.iterdir()} == {"card", "class", "lstm"}
    for path in PICTURES.iterdir():
        assert xml.etree.ElementTree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
        outside = set(re.findall(r"https?://[^\s\"'<]+", path.read_text("utf-8")))
        assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}
