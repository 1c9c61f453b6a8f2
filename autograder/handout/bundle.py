"""An assignment as one download: the notebook, its public cases and whatever lies beside them, the student client, and
a few lines that say how to begin.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from autograder.course.files import write_atomically
from autograder.course.folder import Course
from autograder.notebooks.release import ReleaseError

FOLDER = "bundles"
BEGIN = """\
1. Once, with Python 3.11 or newer (some 600 MB are downloaded), in a terminal in the folder ABOVE this one, so that
   later assignments find a place beside it:
       python3 -m venv .venv
       .venv/bin/python -m pip install {folder}/{wheel}
   Windows:
       py -3 -m venv .venv
       .venv\\Scripts\\python -m pip install {folder}\\{wheel}
   JupyterHub and Colab: %pip install and the name of the file, in a cell; then restart the kernel.
2. There, .venv/bin/jupyter lab (Windows: .venv\\Scripts\\jupyter lab). Open {notebooks}; leave the files beside it
   where they are.
3. Run the cells from the top, write what a stub asks for, and run the check below it. All checks at once, in a
   terminal: .venv/bin/autograder check {folder}/{notebook}
"""
_SAME_TIME = (1980, 1, 1, 0, 0, 0)


def write_bundle(course: Course, assignment: str, wheel: Path) -> Path:
    """Write `bundles/<assignment>.zip` in the course's folder: the same bytes as long as nothing in it has changed.

    Raises:
        ReleaseError: the assignment was not released.
    """
    folder = course.path("release", ".", assignment)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(folder)))
    notebooks = [path.name for path in files if path.suffix == ".ipynb"]
    if not notebooks:
        raise ReleaseError(f"There is no notebook in {folder}: release {assignment} first.")
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    contents["README.txt"] = BEGIN.format(
        wheel=wheel.name, notebooks=" or ".join(notebooks), notebook=notebooks[0], folder=assignment
    ).encode()
    contents[wheel.name] = wheel.read_bytes()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(f"{assignment}/{name}", _SAME_TIME)
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    target = course.root / FOLDER / f"{assignment}.zip"
    target.parent.mkdir(exist_ok=True)
    write_atomically(target, written.getvalue())
    return target


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in path.parts)
