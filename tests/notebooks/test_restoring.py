"""What students do to their notebooks, and what is graded then."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from support.course_builder import TinyCourse, cell_of, own_code, read, set_source

from autograder.model import Cell, Submission
from autograder.notebooks.autograded import autograded_notebook
from autograder.notebooks.release import ReleaseError, cell_checksum, read_release

Notebook = dict[str, Any]


@pytest.fixture
def hand_in(tiny: TinyCourse) -> Callable[[Callable[[Notebook], Any]], Submission]:
    """Edit the solved notebook, hand it in, read it; nbgrader must always get a whole notebook."""

    def submit(edit: Callable[[Notebook], Any]) -> Submission:
        from nbgrader.nbgraderformat import MetadataValidator

        notebook = tiny.solved()
        edit(notebook)
        path = tiny.submit("ada", notebook)
        submission = read(tiny)
        made = autograded_notebook(path, submission, tiny.release)
        MetadataValidator().validate_nb(made)
        found = [c.metadata.nbgrader.grade_id for c in made.cells if "nbgrader" in c.metadata]
        assert sorted(found) == sorted(c.id for c in tiny.release.cells if c.role != "student")
        for cell in made.cells:
            if "nbgrader" in cell.metadata:
                assert cell.metadata.nbgrader.checksum == tiny.release.cell(cell.metadata.nbgrader.grade_id).checksum
        return submission

    return submit


def _ids(submission: Submission) -> list[str]:
    return [cell.id for cell in submission.cells]


def _cell(submission: Submission, cell_id: str) -> Cell:
    return next(cell for cell in submission.cells if cell.id == cell_id)


def test_release(tiny: TinyCourse) -> None:
    release = tiny.release
    assert [(c.id, c.role) for c in release.cells[:5]] == [
        ("intro", "locked"),
        ("setup", "locked"),
        ("double-text", "student"),
        ("double", "solution"),
        ("double_check", "grade"),
    ]
    test = release.cell("total_check")
    assert test is not None
    assert (test.exercise, test.points, test.names) == ("total", 1.5, ("total",))
    demo, why, double = release.cell("demo"), release.cell("why"), release.cell("double")
    assert demo is not None
    assert demo.demo
    assert why is not None
    assert (why.role, why.points, "Because" in why.source) == ("written", 4.0, False)
    assert double is not None
    assert "NotImplementedError" in double.source
    assert not release.cell("intro").demo


def test_checksums_are_nbgraders(tiny: TinyCourse) -> None:
    import nbformat

    released = nbformat.read(tiny.root / "assignments/tiny/tiny.ipynb", as_version=4)
    for cell in released.cells:
        if "nbgrader" in cell.metadata:
            meta = cell.metadata.nbgrader
            assert cell_checksum(cell.source, cell.cell_type, meta) == meta.checksum
            assert tiny.release.cell(meta.grade_id).checksum == meta.checksum


def test_missing_release(tiny: TinyCourse) -> None:
    with pytest.raises(ReleaseError, match="is the assignment's name right"):
        read_release(tiny.root, "other")
    (tiny.root / "assignments/tiny/tiny.ipynb").unlink()
    with pytest.raises(ReleaseError, match="autograder release tiny"):
        read_release(tiny.root, "tiny")


def test_as_handed_out(hand_in: Any, tiny: TinyCourse) -> None:
    tiny.submit("ada", tiny.stub())
    submission = read(tiny)
    assert all(cell.unchanged for cell in submission.cells)
    assert submission.notes == ()


def test_solved(hand_in: Any) -> None:
    submission = hand_in(lambda notebook: None)
    assert submission.notes == ()
    assert [c.id for c in submission.cells if not c.unchanged] == ["double", "square", "total", "why"]
    assert _cell(submission, "demo").demo


def test_edited_given_cells(hand_in: Any) -> None:
    def edit(notebook: Notebook) -> None:
        set_source(notebook, "double_check", "2.0")
        set_source(notebook, "intro", "# Mine")
        set_source(notebook, "demo", "plot = None")

    submission = hand_in(edit)
    assert _cell(submission, "double_check").source == 'check("double", double)'
    assert _cell(submission, "intro").source == "# Tiny"
    assert _cell(submission, "demo").demo
    assert set(submission.cell_notes) == {"double_check", "intro", "demo"}


def test_additions_to_given_cells_are_kept(hand_in: Any) -> None:
    def edit(notebook: Notebook) -> None:
        set_source(notebook, "setup", "import math\nimport statistics as st\nunits = 8\nextra = units")
        set_source(notebook, "square_check", "def helper(x):\n    return x\ncheck('square', square)")

    submission = hand_in(edit)
    order = _ids(submission)
    assert _cell(submission, "setup").source == "import math\nunits = 4"
    assert _cell(submission, "setup-added").source == "import statistics as st\nextra = units"
    assert order.index("setup-added") == order.index("setup") + 1
    assert order.index("square_check-added") == order.index("square_check") - 1
    assert "def helper" in _cell(submission, "square_check-added").source


def test_deleted_given_cells_come_back(hand_in: Any) -> None:
    def edit(notebook: Notebook) -> None:
        position = notebook["cells"].index(cell_of(notebook, "double_check"))
        notebook["cells"][position] = own_code("y = double(3)")
        notebook["cells"] = [
            c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") not in ("intro", "demo")
        ]

    submission = hand_in(edit)
    order = _ids(submission)
    own = next(c.id for c in submission.cells if c.source == "y = double(3)")
    assert order[0] == "intro"
    assert order.index("double") < order.index(own) < order.index("double_check") < order.index("square")
    assert order.index("total_check") + 1 == order.index("demo")
    assert _cell(submission, "double_check").index is None


def test_everything_deleted(hand_in: Any, tiny: TinyCourse) -> None:
    submission = hand_in(lambda notebook: notebook["cells"].clear())
    assert "right notebook" in str(submission.notes[0])
    assert _ids(submission) == [c.id for c in tiny.release.cells if c.role != "student"]


def test_duplicated_test_counts_last(hand_in: Any) -> None:
    def edit(notebook: Notebook) -> None:
        copied = copy.deepcopy(cell_of(notebook, "double_check"))
        copied["id"] = "copied"
        notebook["cells"].insert(2, copied)

    submission = hand_in(edit)
    copies = [c for c in submission.cells if c.source == 'check("double", double)']
    assert [(c.id, c.role) for c in copies] == [("copied", "student"), ("double_check", "grade")]
    assert "2 times" in str(submission.cell_notes["double_check"][0])


@pytest.mark.parametrize("before", [True, False])
def test_duplicated_answer(hand_in: Any, tiny: TinyCourse, before: bool) -> None:
    """The copy that was changed is the answer; the untouched stub does not undo it."""

    def edit(notebook: Notebook) -> None:
        stub = copy.deepcopy(cell_of(tiny.stub(), "double"))
        stub["id"] = "copied"
        position = notebook["cells"].index(cell_of(notebook, "double"))
        notebook["cells"].insert(position + (not before), stub)

    submission = hand_in(edit)
    assert "copied" not in _ids(submission)
    assert not _cell(submission, "double").unchanged


def test_two_changed_answers_both_run(hand_in: Any) -> None:
    def edit(notebook: Notebook) -> None:
        later = copy.deepcopy(cell_of(notebook, "double"))
        later.update(id="later", source="def double(x):\n    return x + x")
        notebook["cells"].append(later)

    submission = hand_in(edit)
    assert _cell(submission, "double").source.endswith("x + x")
    assert any(c.role == "student" and c.source.endswith("2 * x\n") for c in submission.cells)


def test_reordered_cells_stay(hand_in: Any, tiny: TinyCourse) -> None:
    submission = hand_in(lambda notebook: notebook["cells"].append(notebook["cells"].pop(4)))
    assert _ids(submission)[-1] == "double_check"
    assert submission.notes == ()


def test_lost_metadata(hand_in: Any) -> None:
    """Some tools drop nbgrader's metadata, some the cell ids, some both."""

    def edit(notebook: Notebook) -> None:
        for cell in notebook["cells"]:
            cell["metadata"] = {}
            if cell["id"] in ("double", "double-check", "setup"):
                del cell["id"]

    submission = hand_in(edit)
    assert [c.role for c in submission.cells].count("grade") == 3
    assert not _cell(submission, "double").unchanged
    assert all(c.index is not None for c in submission.cells)
    assert _cell(submission, "demo").demo


def test_edited_metadata(hand_in: Any) -> None:
    def edit(notebook: Notebook) -> None:
        meta = cell_of(notebook, "double_check")["metadata"]["nbgrader"]
        meta.update(points=1000, locked=False, solution=True, schema_version="x", foo=[1])
        cell_of(notebook, "square")["metadata"]["nbgrader"]["grade_id"] = "mine"
        cell_of(notebook, "demo")["metadata"]["tags"] = []
        cell_of(notebook, "setup")["metadata"]["tags"] = ["demo"]
        cell_of(notebook, "total")["metadata"]["nbgrader"] = 7

    submission = hand_in(edit)
    assert _cell(submission, "double_check").points == 2
    assert [_cell(submission, e).unchanged for e in ("double", "square", "total")] == [False] * 3
    assert (_cell(submission, "demo").demo, _cell(submission, "setup").demo) == (True, False)


def test_answer_in_another_cell(hand_in: Any) -> None:
    """The answer cell was deleted; its function stands in a cell of the student's, or with another answer."""

    def edit(notebook: Notebook) -> None:
        notebook["cells"].remove(cell_of(notebook, "double"))
        notebook["cells"].remove(cell_of(notebook, "square"))
        notebook["cells"].insert(1, own_code("def double(x):\n    return 2 * x"))
        total = cell_of(notebook, "total")
        total["source"] += "\ndef square(x):\n    return x * x"

    submission = hand_in(edit)
    assert _cell(submission, "double").source.startswith("def double")
    assert _cell(submission, "square").source.startswith("# This answer cell was deleted")
    assert not _cell(submission, "square").unchanged


def test_deleted_answer(hand_in: Any) -> None:
    submission = hand_in(lambda notebook: notebook["cells"].remove(cell_of(notebook, "double")))
    assert _cell(submission, "double").unchanged
    assert _ids(submission).index("double") + 1 == _ids(submission).index("double_check")


def test_changed_cell_type(hand_in: Any) -> None:
    def edit(notebook: Notebook) -> None:
        cell_of(notebook, "double")["cell_type"] = "raw"
        cell_of(notebook, "why")["cell_type"] = "code"

    submission = hand_in(edit)
    assert (_cell(submission, "double").is_code, _cell(submission, "why").is_code) == (True, False)
    assert _cell(submission, "why").source == "Because I think so."


def test_pictures_in_text_are_kept(tiny: TinyCourse) -> None:
    notebook = tiny.solved()
    cell_of(notebook, "why")["attachments"] = {"a.png": {"image/png": "AAAA"}, "b": 3}
    path = tiny.submit("ada", notebook)
    made = autograded_notebook(path, read(tiny), tiny.release)
    written = next(c for c in made.cells if c.id == "why")
    assert written.attachments == {"a.png": {"image/png": "AAAA"}}


def test_inserted_cells_stay_in_place(hand_in: Any) -> None:
    def edit(notebook: Notebook) -> None:
        notebook["cells"].insert(5, own_code("print(double(1))"))
        notebook["cells"].insert(6, {"cell_type": "raw", "metadata": {}, "source": "raw text", "id": "double"})

    submission = hand_in(edit)
    assert [c.source for c in submission.cells[4:7]] == [
        'check("double", double)',
        "print(double(1))",
        "raw text",
    ]
    assert len(set(_ids(submission))) == len(_ids(submission))
