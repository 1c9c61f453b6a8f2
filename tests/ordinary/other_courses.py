"""Courses that know nothing of our exercises: nbgrader's own example, and others in the styles that people teach in.

A cell of a notebook is made by a function named after what nbgrader calls it. Submissions are the solution with some
answers exchanged.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbgrader

EXAMPLE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
STOCK = """c = get_config()
c.CourseDirectory.course_id = "other"
c.Autograde.exclude_overwriting = {"files": ["mine.py"]}
"""
OURS = (
    STOCK
    + """
c.Autograde.exporter_class = "autograder.nbgrader_steps.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.nbgrader_steps.RestoreCells",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_steps.GradeInSandbox",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "autograder.nbgrader_steps.FlagGraderFaults",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
    "autograder.nbgrader_steps.KeepRecord",
]
"""
)

Cell = dict[str, Any]


def plain(source: str) -> Cell:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def text(source: str) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def _of_nbgrader(cell: Cell, grade_id: str, **flags: Any) -> Cell:
    meta = {"schema_version": 3, "grade": False, "locked": False, "solution": False, "task": False}
    cell["metadata"]["nbgrader"] = {**meta, "grade_id": grade_id, **flags}
    return cell


def solution(grade_id: str, source: str) -> Cell:
    return _of_nbgrader(plain(source), grade_id, solution=True)


def graded(grade_id: str, points: float, source: str) -> Cell:
    return _of_nbgrader(plain(source), grade_id, grade=True, locked=True, points=points)


def written(grade_id: str, points: float, source: str, make: Any = text) -> Cell:
    return _of_nbgrader(make(source), grade_id, grade=True, solution=True, points=points)


def task(grade_id: str, points: float, source: str) -> Cell:
    return _of_nbgrader(text(source), grade_id, task=True, locked=True, points=points)


def given(grade_id: str, source: str) -> Cell:
    return _of_nbgrader(plain(source), grade_id, locked=True)


def answer(body: str) -> str:
    """What nbgrader replaces when it makes the assignment."""
    return f"    ### BEGIN SOLUTION\n    {body}\n    ### END SOLUTION\n"


PARTIAL = [
    solution("mean", "def mean(numbers):\n" + answer("return sum(numbers) / len(numbers)")),
    graded("mean_right", 2, "assert mean([1, 2]) == 1.5\nassert mean([3]) == 3"),
    graded("mean_share", 3, "right = [mean([n]) == n for n in range(3)]\nsum(right)"),
    graded("mean_half", 1, "0.5 if mean([2, 4]) == 3 else 0"),
    graded("mean_text", 1, "mean([4, 4])\n'some text'"),
    graded("mean_is_true", 1, "mean([1, 3]) == 2"),
    graded("mean_list", 1, "[mean([1]), mean([2])]"),
    graded("mean_printed", 1, "print(mean([1, 1]))"),
    graded("mean_nothing", 1, "# here once stood a test"),
    solution("largest", "def largest(numbers):\n" + answer("return max(numbers)")),
    graded("largest_right", 2, "import numpy as np\nnp.testing.assert_allclose(largest([1, 5, 2]), 5)"),
]
HIDDEN_FIRST = [
    solution("square", "def square(x):\n" + answer("return x * x")),
    graded(
        "square_right", 2,
        "assert square(2) == 4\n### BEGIN HIDDEN TESTS\nassert square(-7_013) == 49_182_169\n### END HIDDEN TESTS",
    ),
    solution("cube", "def cube(x):\n" + answer("return x ** 3")),
    graded(
        "cube_right", 1,
        "### BEGIN HIDDEN TESTS\nassert cube(5_011) == 125_826_657_331, 'cubes'\n### END HIDDEN TESTS",
    ),
]  # fmt: skip
HIDDEN_SECOND = [
    given("setup", "import math\n\nLIMIT = 10"),
    solution("root", "def root(x):\n" + answer("return math.sqrt(x)")),
    graded("root_right", 1.5, "assert root(4) == 2\nassert root(LIMIT) > 3"),
]
BY_HAND = [
    text("# Questions"),
    written("why", 4, "Because."),
    written("use", 2, "def use():\n    return 'a use'", plain),
    graded("use_there", 1, "kept = use\ndel use\nassert kept()"),
    graded("use_gone", 1, "try:\n    use\nexcept NameError:\n    pass\nelse:\n    raise AssertionError('still there')"),
    task("project", 5, "Do something of your own below."),
    plain("# my project"),
]
FILES = [
    solution("total", "def total(path):\n" + answer("return sum(float(line) for line in open(path))")),
    graded("total_given", 2, "assert total('data/numbers.txt') == 6"),
    solution("load", "def load():\n" + answer("from mine import constant\n    return constant")),
    graded("load_right", 1, "import helper\nassert helper.same(load(), 42)"),
    graded(
        "writes", 1, "with open('made.txt', 'w') as file:\n    file.write('x')\nassert open('made.txt').read() == 'x'"
    ),
]
AUTOTEST = [
    solution("word", "def word(n):\n" + answer("return 'ab' * n")),
    graded("word_right", 2, "### AUTOTEST word(1); word(2)\n### HASHED AUTOTEST word(3)"),
    graded(
        "word_hidden", 1, "assert word(0) == ''\n### BEGIN HIDDEN TESTS\n### AUTOTEST word(4)\n### END HIDDEN TESTS"
    ),
]
LIVELY = [
    plain("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2, 3]);"),
    plain("1 / 0"),
    solution("Stack", "class Stack:\n" + answer("def __init__(self):\n        self.items = []\n\n    "
             "def push(self, item):\n        self.items.append(item)\n        return self")),
    graded("stack_right", 1, "stack = Stack()\nassert stack.push(1).push(2).items == [1, 2]"),
    solution("later", "import asyncio\n\n\nasync def later(x):\n" + answer("await asyncio.sleep(0)\n    return x")),
    graded("later_right", 1, "assert await later(3) == 3"),
    graded("later_type", 0, "assert asyncio.iscoroutinefunction(later)"),
]  # fmt: skip

ASSIGNMENTS: Mapping[str, Mapping[str, tuple[int, list[Cell]]]] = {
    "partial": {"partial": (5, PARTIAL)},
    "hidden": {"first part": (5, HIDDEN_FIRST), "second": (4, HIDDEN_SECOND)},
    "by_hand": {"questions": (2, BY_HAND)},
    "files": {"files": (0, FILES)},
    "autotest": {"autotest": (4, AUTOTEST)},
    "lively": {"lively": (4, LIVELY)},
}
"""Assignment -> notebook -> (minor version of its format, cells)."""

SUBMISSIONS: Mapping[str, Mapping[str, str]] = {
    "all": {},
    "half": {
        "mean": "def mean(numbers):\n    return sum(numbers) // len(numbers)",
        "square": "def square(x):\n    print('square of', x)\n    return x * x if x > 0 else 0",
        "cube": "def cube(x):\n    return x * x",
        "why": "I do not know.",
        "total": "def total(path):\n    return 0",
        "word": "def word(n):\n    return 'ab' * n if n < 4 else ''",
        "Stack": "class Stack:\n    pass",
        "squares": "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]",
        "sum_of_squares": "def sum_of_squares(n):\n    return sum(i * i for i in range(n + 1))",
    },
    "errors": {
        "mean": "def mean(numbers):\n    return numbers.mean()",
        "largest": "def largest(numbers:\n    return 1",
        "root": "root = None",
        "use": "",
        "load": "def load():\n    raise ValueError('no')",
        "later": "def later(x):\n    return x",
        "squares": "def squares(n):\n    return None",
        "part-a": "It does things.",
    },
}
"""Student -> grade id -> what stands there instead of the solution."""


def notebook(cells: list[Cell], minor: int) -> dict[str, Any]:
    """A notebook of format 4.`minor`; from 5 on cells have ids."""
    cells = json.loads(json.dumps(cells))
    for number, cell in enumerate(cells):
        if minor >= 5:
            cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": minor}


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")


def make_course(root: Path, config: str) -> Path:
    """The source folder of all assignments, nbgrader's example among them; nothing is released yet."""
    shutil.copytree(EXAMPLE / "source", root / "source")
    shutil.copy(EXAMPLE / "autotests.yml", root)
    write(root / "nbgrader_config.py", config)
    for assignment, notebooks in ASSIGNMENTS.items():
        for name, (minor, cells) in notebooks.items():
            write(root / "source" / assignment / f"{name}.ipynb", notebook(cells, minor))
    write(root / "source/files/data/numbers.txt", "1\n2\n3\n")
    write(root / "source/files/helper.py", "def same(a, b):\n    return a == b\n")
    write(root / "source/files/mine.py", "constant = 42\n")
    return root


def hand_in(root: Path, assignment: str) -> None:
    """Everybody's submissions of an assignment, made from the release as students would."""
    for student, answers in SUBMISSIONS.items():
        folder = root / "submitted" / student / assignment
        shutil.copytree(root / "release" / assignment, folder)
        for path in folder.glob("*.ipynb"):
            solved = _answers(root / "source" / assignment / path.name)
            write(path, _filled(json.loads(path.read_text("utf-8")), solved | answers))
        if assignment == "files":
            write(folder / "mine.py", "constant = 42  # mine\n")
            write(folder / "data/numbers.txt", "100\n")  # the instructor's is taken
    shutil.copytree(root / "release" / assignment, root / "submitted" / "nothing" / assignment)


def _answers(source: Path) -> dict[str, str]:
    cells = json.loads(source.read_text("utf-8"))["cells"]
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
        for cell in cells
        if cell["metadata"].get("nbgrader", {}).get("solution")
    }


def _filled(content: dict[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    for cell in content["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            lines = answers[name].split("\n")
            cell["source"] = "\n".join(line for line in lines if "SOLUTION" not in line)
    return content
