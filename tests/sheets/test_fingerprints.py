"""A hash changes with what the result depends on, and with nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASK = "from autograder.sheets import fingerprints as f; print(f.sheets(), f.judging())"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for name in ("autograder", "reference"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def hashes(folder: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", ASK], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("file", "sheets", "judging"),
    [
        ("autograder/commands/grade.py", False, False),
        ("autograder/cli.py", False, False),
        ("autograder/course/gradebook.py", False, False),
        ("autograder/report/templates/class.html", False, False),
        ("autograder/exercises/lstm/lstm.py", False, False),  # a comment there is none of what is asked
        ("reference/equations/rnn.py", True, False),
        ("reference/layers/lstm.py", True, False),
        ("autograder/judging/policy.py", False, True),
        ("autograder/answering/decoys.py", False, True),
        ("autograder/answering/keras_internals.py", True, True),
        ("autograder/cards/card.py", False, True),
        ("autograder/cards/templates/card.html", False, True),
        ("autograder/judging/compare.py", True, True),
        ("autograder/model.py", True, True),
    ],
)
def test_what_changes_what(copy: Path, file: str, sheets: bool, judging: bool) -> None:
    before = hashes(copy)
    kept = (copy / file).read_bytes()
    (copy / file).write_bytes(kept + b"\n# a comment\n")
    try:
        assert [was != now for was, now in zip(before, hashes(copy), strict=True)] == [sheets, judging]
    finally:
        (copy / file).write_bytes(kept)


@pytest.mark.parametrize(
    ("file", "old", "new", "changes"),
    [
        ("exercises/lstm/lstm.py", "Every step starts from the initial states", "Every step starts anew", False),
        ("exercises/kit/lstm_steps.py", "(1 - f) * s.c_prev + i * g", "(1 - f) * s.c_prev", False),
        ("exercises/kit/gates.py", '"The bias is missing"', '"No bias"', False),
        ("exercises/kit/conv_mistakes.py", '"The bias is subtracted"', '"Minus the bias"', False),
        (
            "exercises/lstm/lstm.py",
            'family.layer_case("last", rng)',
            'family.layer_case("last", rng, short=True)',
            True,
        ),
        ("exercises/kit/gates.py", '"bias": lambda g: g.b,', '"bias": lambda g: g.b + 0,', True),
        ("exercises/lstm/forget_gate.py", '"The value of the gate", 2', '"The value of the gate", 3', True),
        ("exercises/kit/draw.py", "uniform(0.2, 0.9", "uniform(0.3, 0.9", True),
    ],
)
def test_a_mistake_is_no_part_of_a_secret_sheet(copy: Path, file: str, old: str, new: str, changes: bool) -> None:
    before = hashes(copy)
    path = copy / "autograder" / file
    kept = path.read_text("utf-8")
    assert kept.count(old) == 1
    path.write_text(kept.replace(old, new), "utf-8")
    try:
        assert [was != now for was, now in zip(before, hashes(copy), strict=True)] == [changes, False]
    finally:
        path.write_text(kept, "utf-8")


def test_a_new_exercise_and_a_new_part_of_the_worker_are_seen(copy: Path) -> None:
    before = hashes(copy)
    (copy / "autograder/exercises/one_more.py").write_text("EXERCISE = None\n")
    (copy / "autograder/worker/one_more.py").write_text("")
    assert all(was != now for was, now in zip(before, hashes(copy), strict=True))


def test_every_module_of_ours_that_the_oracle_loads_is_in_its_hash() -> None:
    """Found by reading; here held against what is loaded when all sheets can be made."""
    ask = """
import sys
from autograder import exercises
from autograder.sheets import fingerprints, oracle
for name in exercises.ids():
    exercises.load(name)
loaded = {name for name in sys.modules if name.partition(".")[0] in fingerprints.OWN}
print(*sorted(loaded - set(fingerprints.files(*fingerprints.MAKES_SHEETS))))
"""
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {
        "autograder", "autograder.sheets.fingerprints", "autograder.quiet", "autograder.syntax",
        "autograder.answering", "autograder.judging", "autograder.sheets",
    }  # fmt: skip
