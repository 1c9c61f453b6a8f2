"""nbgrader's feedback page, as the exporter writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbgrader.server_extensions.formgrader as formgrader
import pytest
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config

from autograder.cards.card import card_style
from autograder.course.feedback import FeedbackExporter
from autograder.course.formulas import FormulaRenderer, mathml

ROOT = Path(__file__).parents[2]
LONG = " + ".join(f"a_{{{n}}}" for n in range(20))


@pytest.fixture(scope="module")
def page() -> str:
    folder = Path(formgrader.__file__).parent
    config = Config()
    config.FeedbackExporter.template_name = "feedback"
    config.FeedbackExporter.extra_template_basedirs = [str(folder / "templates")]
    config.FeedbackExporter.extra_template_paths = [str(folder / "static/node_modules/bootstrap/dist/css")]
    marks = {
        "schema_version": 3,
        "grade": True,
        "locked": True,
        "solution": False,
        "task": False,
        "score": 1,
        "points": 2,
    }
    cells = [
        new_code_cell("check('gate')", metadata={"nbgrader": {**marks, "grade_id": "gate_check"}}),
        new_code_cell("assert True", metadata={"nbgrader": {**marks, "grade_id": "own-<test>"}}),
        new_markdown_cell(
            "Because.", metadata={"nbgrader": {**marks, "grade_id": "why", "solution": True, "comment": ""}}
        ),
    ]
    cells += [new_markdown_cell("|  | a |\n| --- | --- |\n| b | 1 |"), new_code_cell("print('a very long line')")]
    cells += [new_markdown_cell(f"| gate | $f_t < 1$ |\n| --- | --- |\n| b | 1 |\n\n${LONG}$\n\n$${LONG}$$")]
    cells += [new_markdown_cell("Of $h_t < 1$:\n\n$$\\frac{h_t}{2} & \\nowhere$$\n\n\\begin{align}a &= b\\end{align}")]
    card = '<style>.gbk.k0a1b{color:red}</style>\n<section class="gbk k0a1b">a card</section>'
    cells += [new_code_cell("", outputs=[new_output("display_data", data={"text/html": card})]) for _ in range(2)]
    resources = {"nbgrader": {"notebook": "lstm", "score": 1, "max_score": 2, "late_penalty": 0}}
    notebook = new_notebook(cells=cells, metadata={"gatebook": {"titles": {"gate_check": "The <gate> of `LSTM`"}}})
    made, _ = FeedbackExporter(config=config).from_notebook_node(notebook, resources)
    return made


def test_the_page_fits_a_phone_and_has_a_language(page: str) -> None:
    assert '<html lang="en">' in page
    assert page.count('<meta name="viewport" content="width=device-width, initial-scale=1">') == 1
    head = page[: page.index("</head>")]
    assert "white-space: pre-wrap" in head
    assert "/*" not in head[head.rindex("<style>") :]


def test_cards_share_the_style_of_the_page(page: str) -> None:
    head, _, body = page.partition("</head>")
    assert head.count(str(card_style())) == 1
    assert body.count("a card</section>") == 2
    assert ".k0a1b{" not in page


def test_cards_are_as_light_as_the_page(page: str) -> None:
    assert '<body data-jp-theme-light="true">' in page


def test_a_screen_reader_finds_the_scores_and_no_empty_head(page: str) -> None:
    assert page.count('role="navigation" aria-label="Scores"') == 1
    assert "<th></th>" not in page
    assert "<td></td>" in page


def test_the_index_says_the_names_of_the_exercises(page: str) -> None:
    index = page[page.index('<div id="toc">') :].partition("</ol>")[0]
    assert re.findall(r'<a href="#([^"]*)">(.*?)</a>', index) == [
        ("gate_check", "The &lt;gate&gt; of <code>LSTM</code>"),
        ("own-<test>", "Test cell <code>own-&lt;test&gt;</code>"),
        ("why", "Written response <code>why</code>"),
    ]
    assert "(Score: 1.0 / 2.0)" in index


def test_a_page_needs_no_script_and_no_network_for_its_formulas(page: str) -> None:
    assert re.findall(r"<script|<link|src=", page) == []
    assert "script-src 'none'" in page
    body = page.partition("</head>")[2]
    assert "<msub><mi>h</mi><mi>t</mi></msub>" in body
    assert body.count("<math") == 5
    assert '<span class="gb-formula"><math display="block">' in body
    assert r"<code>\frac{h_t}{2} &amp; \nowhere</code>" in body


def test_what_is_wider_than_a_phone_scrolls_by_itself_and_by_keys(page: str) -> None:
    body = page.partition("</head>")[2]
    scrolled = re.findall(r'<(\w+) class="([^"]*)" tabindex="0" role="group" aria-label="(\w+)">', body)
    assert scrolled == [
        ("div", "gb-table", "Table"),
        ("div", "gb-table", "Table"),
        ("span", "gb-formula gb-inline", "Formula"),
        ("span", "gb-formula", "Formula"),
    ]
    assert body.count("<table") == body.count('"Table"><table>') == body.count("</table></div>") == 2


def test_a_head_that_is_a_formula_has_a_name(page: str) -> None:
    heads = re.findall("<th[^>]*>(.*?)</th>", page.partition("</head>")[2])
    assert [re.sub("</?m[a-z]+>", "", head) for head in heads] == ["a", "gate", '<math aria-label="f t &lt; 1">ft&lt;1']


def test_every_formula_of_the_notebooks_can_be_shown() -> None:
    renderer = Collecting(escape=False)
    for path in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                MarkdownWithMath(renderer=renderer).render("".join(cell["source"]))
    assert len(renderer.seen) > 200
    assert [source for source, made in renderer.seen.items() if "<math" not in made or "$" in made] == []


class Collecting(FormulaRenderer):
    """Keeps what it made of each formula."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.seen: dict[str, str] = {}

    def block_math(self, body: str) -> str:
        return self.seen.setdefault(body, super().block_math(body))

    def inline_math(self, body: str) -> str:
        return self.seen.setdefault(body, super().inline_math(body))


@pytest.mark.parametrize("piece", [r"\frac{x}{", "{", r"\sqrt", "x^{", r"\left(", r"\begin{matrix}"])
def test_a_formula_without_end_is_shown_as_it_stands(piece: str) -> None:
    made = mathml(piece * 20_000, displayed=True)
    assert made.startswith("<code>")
    assert "<math" not in made


def test_a_formula_holds_no_markup_of_its_own() -> None:
    sources = (r"\text{<b onload=x>}", "<b onload=x>", r"\href{javascript:x}{y}", r"\textcolor{red\" onload=x}{y}")
    tags = [tag for source in sources for tag in re.findall("<[^>]*>", mathml(source, displayed=False))]
    assert {re.findall(r"\w+", tag)[0] for tag in tags} <= {"math", "mrow", "mtext", "mo", "mi", "code"}
    assert [tag for tag in tags if "onload" in tag or "href" in tag] == []
