"""`check` says when an answer would not finish in grading; the released cases say how long that may take."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from autograder.cards.card_text import card_text
from autograder.course.folder import open_course
from autograder.grading import publish
from autograder.judging import sheet_files as sheets
from autograder.language import find
from autograder.student import checking

ROOT = Path(__file__).parents[2]
SHEET = sheets.read(ROOT / "solutions" / "cnn" / "cnn.checks")["output_length"]


def output_length(length: int, kernel_size: int, stride: int, padding: str, dilation: int) -> int:
    time.sleep(0.15)
    if padding == "valid":
        return (length - dilation * (kernel_size - 1) - 1) // stride + 1
    return -(-length // stride)


def test_a_slow_answer_is_told_on_the_card_in_the_readers_language() -> None:
    verdict = checking.check_sheet(dataclasses.replace(SHEET, question_seconds=0.1), output_length)
    assert verdict.status == "passed"
    assert "it is stopped after 0.1 seconds" in " ".join(card_text(verdict).split())
    assert "超过0.1秒" in "".join(card_text(verdict, language=find("zh_CN")).split())


def test_a_quick_one_is_not() -> None:
    assert checking.check_sheet(SHEET, output_length).notes == ()


def test_the_release_states_the_limit_of_the_course(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Gatebook.question_seconds = 45\n")
    course = open_course(tmp_path)
    release = open_course(ROOT).release("cnn")
    first = dataclasses.replace(release, cells=tuple(c for c in release.cells if c.exercise == "output_length"))
    (written,) = publish._public([first], course)
    assert written.question_seconds == 45.0
    assert sheets.difference((written,), (SHEET,))
    assert not sheets.difference((dataclasses.replace(written, question_seconds=20.0),), (SHEET,))
