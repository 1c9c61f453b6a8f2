"""Which section of the course a student is in: `sections.csv`, a table with the columns `student` and `section`."""

from __future__ import annotations

import csv
import io

from autograder.course.database import GradebookError
from autograder.course.folder import Course

NAME = "sections.csv"


class SectionsError(GradebookError):
    """`sections.csv` cannot be used; the message says why."""


def sections(course: Course) -> dict[str, str]:
    """The section of each student; nothing where there is no such file.

    Raises:
        SectionsError: it is no such table, or names a student twice.
    """
    path = course.root / NAME
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SectionsError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SectionsError(f"{path} is not in UTF-8: save it as “CSV UTF-8”.") from None
    first = text.partition("\n")[0]
    between = ";" if ";" in first and "," not in first else ","  # spreadsheets write what their country is used to
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True, delimiter=between)
    found: dict[str, str] = {}
    try:
        names = [name.strip().casefold() for name in reader.fieldnames or ()]
        reader.fieldnames = names
        if not {"student", "section"} <= set(names):
            raise SectionsError(
                f"{path} needs a first line with the columns student,section; it has {','.join(names) or 'none'}."
            )
        for row in reader:
            student, section = ((row[name] or "").strip() for name in ("student", "section"))
            if not student or not section:
                raise SectionsError(f"{path}, line {reader.line_num}: a student and a section are needed.")
            if found.setdefault(student, section) != section:
                raise SectionsError(
                    f"{path}, line {reader.line_num}: {student!r} is in {found[student]!r} already, and cannot be in "
                    f"{section!r} too."
                )
    except csv.Error as error:
        raise SectionsError(f"{path}, after line {reader.line_num}: {error}.") from None
    return found
