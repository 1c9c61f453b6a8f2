"""The student client as a wheel: the part of Gatebook that knows no answer.

python -m autograder.handout.client [FOLDER]       writes gatebook_student-*.whl to FOLDER, dist/ by default
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
"""Where both packages lie: a checkout, or where Gatebook is installed."""
ROOMS = ("answering", "cards", "judging", "student")
FILES = ("__init__", "axes", "language", "model", "quiet", "syntax", "time_limits", "versions")
"""What the client holds, below autograder/. Nothing here may know an answer."""
SHOWN = (
    "__init__.py",
    "traces.py",
    "weights.py",
    "diagram/*.py",
    "diagram/interactive/*.*",
    "diagram/languages/*.json",
    "data/*.py",
    "data/*.md",
    "data/files/*",
)
"""What it holds below reference/, so that the notebooks can draw, and have something to read: no layer, and no equation
but those that the pages to play with have in JavaScript."""


def gather(folder: Path) -> None:
    """Copy the sources of the client."""
    grader, reference = ROOT / "autograder", ROOT / "reference"
    for source in (
        *(path for room in ROOMS for path in (grader / room).rglob("*") if path.is_file() and path.suffix != ".pyc"),
        *(grader / f"{name}.py" for name in FILES),
        *(grader / "languages").glob("*.po"),
        *(path for pattern in SHOWN for path in reference.glob(pattern)),
    ):
        target = folder / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    shutil.copyfile(HERE / "client.toml", folder / "pyproject.toml")


def build(destination: Path) -> Path:
    """Build the wheel, the same bytes from the same sources, and return its path. Needs no network."""
    from hatchling.builders.wheel import WheelBuilder

    with tempfile.TemporaryDirectory() as folder:
        gather(Path(folder))
        (made,) = WheelBuilder(folder).build(directory=str(destination), versions=["standard"])
    return Path(made)


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"))
