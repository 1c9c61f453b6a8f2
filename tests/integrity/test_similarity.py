"""Who wrote what others wrote: copies are found whatever they are called, honest work is not, and nothing runs."""

from __future__ import annotations

import json
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.integrity import own_code, similarity
from autograder.integrity.own_code import OwnCode, Reader
from autograder.integrity.similarity import compare, likeness
from autograder.model import Cell, Submission
from autograder.notebooks.finding import find_submissions
from autograder.notebooks.release import Release, ReleasedCell
from autograder.notebooks.submission import read_submission
from autograder.report.overview import Likeness

STUB = "def forget_gate(x_t, h_prev, W_f, U_f, b_f):\n    # what the lecture calls f\n    raise NotImplementedError\n"
RELEASE = Release("lstm", "lstm", (ReleasedCell("forget_gate", "c1", "solution", STUB, is_code=True),))


def submission(student: str, source: str, *, unchanged: bool = False) -> Submission:
    cell = Cell("forget_gate", "solution", source, 0, unchanged=unchanged)
    return Submission(student, "lstm", "lstm", "", (cell,))


def program(seed: int, lines: int = 40) -> list[str]:
    """Code that no other seed gives."""
    chance = random.Random(seed)
    names = ["alpha", "beta", "gamma", "delta"]
    calls = ["np.dot", "np.add", "tf.matmul", "np.exp", "tf.concat", "np.tanh", "np.sum"]
    made = ["def forget_gate(x_t, h_prev, W_f, U_f, b_f):"]
    for _ in range(lines):
        terms = [
            chance.choice(
                [
                    f"{chance.choice(calls)}({', '.join(chance.choices(names, k=chance.randint(1, 3)))})",
                    f"{chance.choice(names)}[{chance.randint(0, 9)}]",
                    f"({chance.choice(names)} {chance.choice('+-*/@')} {chance.choice(names)})",
                ]
            )
            for _ in range(3)
        ]
        made.append(f"    {chance.choice(names)} = " + f" {chance.choice('+-*/')} ".join(terms))
    return made


def renamed(lines: list[str]) -> str:
    """The same program for someone who does not look closely."""
    source = "\n".join(f"{line}   # it is mine, all mine" for line in lines)
    for old, new in (("alpha", "a"), ("beta", "result"), ("gamma", "x1"), ("delta", "zz"), (" = ", "=")):
        source = source.replace(old, new)
    return source


def of_class(sources: dict[str, str]) -> Likeness:
    reader = Reader(RELEASE)
    return compare("lstm", (reader.own_code(submission(name, source)) for name, source in sources.items()))


@pytest.fixture
def honest() -> dict[str, str]:
    return {f"s{n:02}": "\n".join(program(n)) for n in range(30)}


def test_honest_work_is_not_named(honest: dict[str, str]) -> None:
    found = of_class(honest)
    assert found.groups == ()
    assert found.compared == 30
    assert sum(found.bins) == 30
    assert 0 <= found.usual <= found.nearest < found.threshold


def test_a_copy_is_found_under_other_names_and_layout(honest: dict[str, str]) -> None:
    (group,) = of_class(honest | {"copier": renamed(program(3))}).groups
    assert group.students == ("s03", "copier")
    assert group.pairs[0].share > 0.99
    assert group.pairs[0].rare > similarity.RARE


def test_padding_does_not_hide_a_copy_and_order_does_not_either(honest: dict[str, str]) -> None:
    head, *lines = program(3)
    source = "\n".join([head, *lines[20:], *lines[:20], *program(99)[1:]])
    (group,) = of_class(honest | {"copier": source}).groups
    assert set(group.students) == {"s03", "copier"}


def test_half_of_another_is_found(honest: dict[str, str]) -> None:
    source = "\n".join([*program(3)[:31], *program(77)[31:]])
    (group,) = of_class(honest | {"copier": source}).groups
    assert set(group.students) == {"s03", "copier"}
    assert 0.6 < group.pairs[0].share < 0.9


def test_what_all_write_is_no_likeness(honest: dict[str, str]) -> None:
    common = "\n".join(program(1000, 120)[1:])
    alone, together = of_class(honest), of_class({name: f"{own}\n{common}" for name, own in honest.items()})
    assert together.groups == ()
    assert together.usual < alone.usual + 0.05


def test_three_who_share_are_one_group_with_evidence(honest: dict[str, str]) -> None:
    lines = [*program(3), "    # do not tell anyone about this trick", "    weird_name_of_mine = 1"]
    (group,) = of_class(honest | {"s03": "\n".join(lines), "x": "\n".join(lines), "y": "\n".join(lines)}).groups
    assert group.students == ("s03", "x", "y")
    assert len(group.pairs) == 3
    assert group.comments == ("do not tell anyone about this trick",)
    assert group.names == ("weird_name_of_mine",)


def test_what_was_released_is_nobodys_own() -> None:
    own = Reader(RELEASE).own_code(submission("a", STUB.replace("raise NotImplementedError", "return x_t + h_prev")))
    assert own.comments == frozenset()
    assert own.names == frozenset()
    whole = Reader(Release("lstm", "lstm", ())).own_code(submission("a", STUB))
    assert Reader(RELEASE).own_code(submission("a", STUB)).all_runs == frozenset()
    assert whole.all_runs
    assert Reader(RELEASE).own_code(submission("a", "\n".join(program(1)), unchanged=True)).all_runs == frozenset()


def test_little_code_says_nothing(honest: dict[str, str]) -> None:
    short = "def f(x):\n    return np.tanh(x @ W + h @ U + b)"
    found = of_class(honest | {"a": short, "b": short})
    assert found.left_out == 2
    assert found.groups == ()
    assert of_class({"a": short, "b": short}) == Likeness("lstm", 0, 2)
    assert of_class({}) == Likeness("lstm", 0)


@given(
    st.lists(
        st.text(max_size=300) | st.sampled_from(["'''", '"""\\', "# ", "(" * 500, "\x00", "1.5e", "f'{"]), max_size=6
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_compared(sources: list[str]) -> None:
    padded = {f"s{n}": f"{source}\n{source.join(program(n))}" for n, source in enumerate(sources)}
    found = of_class(padded)
    assert found.compared + found.left_out == len(sources)
    assert all(0 <= pair.share <= 1 for group in found.groups for pair in group.pairs)


def test_reading_a_long_submission_stops() -> None:
    own = Reader(RELEASE).own_code(submission("a", "x = " + '"""' * 100_000 + "y + " * 1_000_000))
    assert len(own.all_runs) < own_code.MOST_TEXT


def test_a_course_is_read_from_its_folder_once(
    tmp_path: Path, honest: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "ran"
    sources: dict[str, str] = {name: honest[name] for name in list(honest)[:6]}
    sources["evil"] = f"open({str(marker)!r}, 'w')\n{sources['s03']}"
    for student, source in sources.items():
        folder = tmp_path / "submitted" / student / "lstm"
        folder.mkdir(parents=True)
        cell = {
            "cell_type": "code",
            "id": "c1",
            "metadata": {"nbgrader": {"grade_id": "forget_gate", "solution": True, "grade": False, "locked": False}},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / "lstm.ipynb").write_text(json.dumps(book), encoding="utf-8")
    (tmp_path / "submitted" / "broken" / "lstm").mkdir(parents=True)
    (tmp_path / "submitted" / "broken" / "lstm" / "lstm.ipynb").write_bytes(b"\xff{")
    course = cast(
        Any,
        SimpleNamespace(
            root=tmp_path,
            path=lambda step, student, assignment: tmp_path / step / student / assignment,
            notebooks=lambda assignment: ("lstm",),
            release=lambda assignment, notebook: RELEASE,
            submissions=lambda assignment, notebook: find_submissions(tmp_path, assignment),
        ),
    )
    records = [cast(Any, SimpleNamespace(assignment="lstm", student=name)) for name in (*sources, "broken", "gone")]
    (found,) = likeness(course, records)
    assert (found.compared, found.left_out) == (7, 1)
    assert [set(group.students) for group in found.groups] == [{"s03", "evil"}]
    assert not marker.exists()

    read: list[Path] = []

    def noted(path: Path, student: str, release: Release) -> Submission:
        read.append(path)
        return read_submission(path, student, release)

    monkeypatch.setattr(own_code, "read_submission", noted)
    assert likeness(course, records) == (found,)
    assert read == []
    changed = tmp_path / "submitted" / "s02" / "lstm" / "lstm.ipynb"
    changed.write_text(changed.read_text("utf-8").replace(" + ", " - ", 1), encoding="utf-8")
    likeness(course, records)
    assert read == [changed]
    (tmp_path / "release" / "lstm").mkdir(parents=True)
    (tmp_path / "release" / "lstm" / "lstm.ipynb").touch()
    likeness(course, records)
    assert len(read) == 1 + len(sources) + 1  # whatever was handed out counts


def test_many_alike_stay_few_in_memory() -> None:
    runs = frozenset(range(300))
    found = compare("lstm", (OwnCode(f"s{n}", {"": runs | {300 + n}}) for n in range(400)))
    assert found.compared == 400
    assert all(len(group.pairs) <= similarity.MOST_PAIRS for group in found.groups)
