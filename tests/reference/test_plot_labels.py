"""Plots of the notebooks in the reader's language: what they say stands in the notebooks, its translation in a file."""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from reference import diagram
from reference.diagram.plots import as_html
from reference.diagram.words import LANGUAGES, label, translations

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
CODES = sorted(path.stem for path in LANGUAGES.glob("*.json"))
LABELS = {"title", "xlabel", "ylabel", "label", "set_title", "set_xlabel", "set_ylabel", "suptitle"}
NAME = r"[A-Z]\w*|return_sequences|= (True|False)"
"""What is called the same in every language, or is code."""
DATA = {
    "sentiment": r"[a-z]+|(not )?a (good|bad) film|(good|bad) and never (good|bad)",
    "tagging": r"[a-z']+\??|s?he .* \.|(to|that) \(\d+\)",
}
"""What is read, in plots that show it."""


def svg_of(figure: object) -> str:
    found = re.search(r'base64,([^"]+)"', as_html(figure) or "")
    assert found
    return base64.b64decode(found[1]).decode()


def said_by(source: str) -> Iterator[str]:
    """What stands in code, whole, as the label of a plot."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            given = [one.value for one in node.keywords if one.arg in LABELS]
            for one in given + (node.args[:1] if called in LABELS else []):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def code_of(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def lacking(labels: set[str], notebook: str) -> list[str]:
    """The lines that stay English, but for names and data."""
    kept = re.compile("|".join((NAME, DATA.get(notebook, NAME))))
    lines = {line for text in labels if "$" not in text for line in text.split("\n")}
    return sorted(
        line for line in lines if re.search("[a-z]{2}", line) and label(line) == line and not kept.fullmatch(line)
    )


@pytest.mark.parametrize("code", CODES)
def test_what_the_code_calls_a_label_is_translated(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEBOOK_LANGUAGE", code)
    found = {path.stem: {text for cell in code_of(path) for text in said_by(cell)} for path in NOTEBOOKS}
    assert sum(map(len, found.values())) > 70
    assert {name: lines for name, labels in found.items() if (lines := lacking(labels, name))} == {}


@pytest.mark.parametrize("code", CODES)
def test_no_label_is_translated_that_no_notebook_has(code: str) -> None:
    data = " ".join(path.read_text("utf-8") for path in (ROOT / "reference" / "data").glob("*.py"))
    known = [set(re.findall("[A-Za-z]+", " ".join(code_of(path)) + data)) for path in NOTEBOOKS]
    others = {*diagram.WORDS, *diagram.EXPLORE_WORDS}
    labels = [word for word in translations(code) if word not in others and not word.endswith((".", "::"))]
    assert len(labels) > 200
    plain = {word: set(re.findall("[A-Za-z]+", re.sub(r"\{\w+\}", "", word))) for word in labels}
    assert [word for word, parts in plain.items() if not any(parts <= words for words in known)] == []


DRAW = """
import json, sys
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.text import Text
shell, found = InteractiveShell.instance(), set()
def show(*given, **options):
    for number in plt.get_fignums():
        plt.figure(number).savefig(sys.argv[1] + ".svg")
        found.update(text.get_text() for text in plt.figure(number).findobj(Text))
    plt.close("all")
plt.show = show
with open(sys.argv[1]) as notebook:
    cells = json.load(notebook)["cells"]
for cell in cells:
    if cell["cell_type"] == "code":
        shell.run_cell("".join(cell["source"])).raise_error()
        show()
with open(sys.argv[1] + ".labels", "w") as file:
    json.dump(sorted(found), file)
"""


@pytest.mark.long
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.parametrize("code", CODES)
def test_every_label_that_is_drawn_is_translated(
    code: str, notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (ROOT / "solutions").glob("*/*.ipynb"):  # later notebooks take layers from earlier ones
        (tmp_path / path.stem).mkdir()
        (tmp_path / path.stem / path.name).write_bytes(path.read_bytes())
    place = tmp_path / notebook.stem / notebook.name
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path / ".ipython")}
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(place)], cwd=place.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    labels = set(json.loads(place.with_name(place.name + ".labels").read_text("utf-8")))
    assert len(labels) > 20
    monkeypatch.setenv("GATEBOOK_LANGUAGE", code)
    assert lacking(labels, notebook.stem) == []


def test_a_plot_says_it_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, axes = plt.subplots()
    axes.plot([1, 2], label="f of unit 3")
    axes.set(
        title="The forget gates of all units", xlabel="a label <of> nobody's", ylabel="inputs seen: 16\nsteps back"
    )
    axes.legend()
    english = svg_of(figure)
    assert "<text" not in english
    monkeypatch.setenv("GATEBOOK_LANGUAGE", "zh_CN")
    chinese = svg_of(figure)
    texts = re.findall(r"<text [^>]*>([^<]*[^<0-9.][^<]*)</text>", chinese)
    assert sorted(texts) == sorted(
        ["单元 3 的 f", "所有单元的遗忘门", "a label &lt;of&gt; nobody's", "看到的输入：16", "往回的步数"]
    )
    assert '<svg lang="zh-CN"' in chinese
    assert 'alt="所有单元的遗忘门"' in str(as_html(figure))
    monkeypatch.setenv("GATEBOOK_LANGUAGE", "en")
    assert svg_of(figure).count("<path") == english.count("<path")
    plt.close(figure)


def test_a_word_of_the_data_is_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEBOOK_LANGUAGE", "zh_CN")
    figure, axes = plt.subplots()
    axes.set_xticks(range(3), ["one", "hidden", "picture"])
    axes.set_title("What it would say after each word")
    made = svg_of(figure)
    assert re.findall(r"<text [^>]*>([^<]*[a-z][^<]*)</text>", made) == ["one", "hidden", "picture"]
    assert "每读一个词之后它会怎么说" in made
    axes.set_xticks(range(2), ["hidden", "picture"])
    assert re.findall(r"<text [^>]*>([^<]*[a-z][^<]*)</text>", svg_of(figure)) == []
    plt.close(figure)
