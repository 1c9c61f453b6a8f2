"""nbgrader's feedback page, as the exporter writes it."""

from __future__ import annotations

from pathlib import Path

import nbgrader.server_extensions.formgrader as formgrader
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from autograder.course.feedback import FeedbackExporter


@pytest.fixture(scope="module")
def page() -> str:
    folder = Path(formgrader.__file__).parent
    config = Config()
    config.FeedbackExporter.template_name = "feedback"
    config.FeedbackExporter.extra_template_basedirs = [str(folder / "templates")]
    config.FeedbackExporter.extra_template_paths = [str(folder / "static/node_modules/bootstrap/dist/css")]
    cells = [new_markdown_cell("|  | a |\n| --- | --- |\n| b | 1 |"), new_code_cell("print('a very long line')")]
    resources = {"nbgrader": {"notebook": "lstm", "score": 1, "max_score": 2, "late_penalty": 0}}
    made, _ = FeedbackExporter(config=config).from_notebook_node(new_notebook(cells=cells), resources)
    return made


def test_the_page_fits_a_phone_and_has_a_language(page: str) -> None:
    assert '<html lang="en">' in page
    assert page.count('<meta name="viewport" content="width=device-width, initial-scale=1">') == 1
    head = page[: page.index("</head>")]
    assert "white-space: pre-wrap" in head
    assert "/*" not in head[head.rindex("<style>") :]


def test_cards_are_as_light_as_the_page(page: str) -> None:
    assert '<body data-jp-theme-light="true">' in page


def test_a_screen_reader_finds_the_scores_and_no_empty_head(page: str) -> None:
    assert page.count('role="navigation" aria-label="Scores"') == 1
    assert "<th></th>" not in page
    assert "<td></td>" in page
