"""How far a student has come, as cards tell it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.html_tree import Tree

from autograder.cards.card import card_html
from autograder.cards.card_text import card_text
from autograder.model import Progress, ProgressStep, Sheet, Verdict
from autograder.student.checking import check, find_sheet
from autograder.student.progress import advanced

ROOT = Path(__file__).parents[2]


def steps(*statuses: str) -> Progress:
    return Progress("lstm", tuple(ProgressStep(f"Part {n}", s, n == 0) for n, s in enumerate(statuses)))


def test_the_card_shows_every_exercise_and_the_one_just_checked(verdict: Verdict) -> None:
    progress = replace(steps("partial", "passed", "not_attempted"), gained=1.5)
    (foot,) = Tree(card_html(verdict, progress=progress)).of_class("gbk-foot")
    assert "◐ ✓ ○ lstm: 1 of 3 exercises are right. 1.5 points more than last time. Ringed: this exercise." in " ".join(
        foot.text.split()
    )
    items = [item for item in foot.children[0].children if "gbk-step" in item.classes]
    assert [item.attributes.get("aria-current") for item in items] == ["step", None, None]
    assert "◐ ✓ ○ lstm: 1 of 3" in card_text(verdict, progress=progress)


def test_the_card_is_glad_when_all_is_right(verdict: Verdict) -> None:
    done = Tree(card_html(verdict, progress=steps("passed", "passed")))
    assert len(done.of_class("gbk-done")) == 1
    assert "all 2 exercises are right" in done.text
    assert Tree(card_html(verdict, progress=steps("passed", "error"))).of_class("gbk-done") == []


def test_no_progress_where_there_is_one_exercise(verdict: Verdict) -> None:
    assert Tree(card_html(verdict, progress=steps("passed"))).of_class("gbk-foot") == []


def sheets() -> tuple[Sheet, ...]:
    folder = ROOT / "assignments" / "lstm"
    return tuple(find_sheet(name, folder)[0] for name in ("forget_gate", "input_gate"))


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command of nbgrader's runs, whatever ran before in this process."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def test_it_is_kept_from_check_to_check(tmp_path: Path, verdict: Verdict) -> None:
    first = replace(verdict, exercise="forget_gate", status="partial", points=1.0)
    assert advanced(tmp_path, sheets(), first).gained == 0
    better = advanced(tmp_path, sheets(), replace(first, status="passed", points=2.0))
    assert better.gained == 1
    other = advanced(tmp_path, sheets(), replace(first, exercise="input_gate"))
    assert [step.status for step in other.steps] == ["passed", "partial"]
    assert [step.now for step in other.steps] == [False, True]


@pytest.mark.parametrize("content", ["", "[]", '{"forget_gate": 3}', '{"forget_gate": {"status": "<b>"}}', "{"])
def test_a_damaged_file_is_no_progress(tmp_path: Path, verdict: Verdict, content: str) -> None:
    (tmp_path / ".lstm.progress").write_text(content)
    steps = advanced(tmp_path, sheets(), replace(verdict, exercise="input_gate", status="passed")).steps
    assert [step.status for step in steps] == ["not_attempted", "passed"]


def test_nothing_is_written_where_nbgrader_runs_the_notebook(
    tmp_path: Path, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    advanced(tmp_path, sheets(), replace(verdict, exercise="input_gate"))
    assert list(tmp_path.iterdir()) == []


def test_check_keeps_it_beside_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lstm.checks").write_bytes((ROOT / "assignments" / "lstm" / "lstm.checks").read_bytes())
    monkeypatch.chdir(tmp_path)
    checked = check("forget_gate", lambda x_t, h_prev, W_f, U_f, b_f: x_t @ W_f + h_prev @ U_f + b_f)
    assert checked.progress is not None
    assert len(checked.progress.steps) == 11
    assert json.loads((tmp_path / ".lstm.progress").read_text())["forget_gate"]["status"] == "failed"
