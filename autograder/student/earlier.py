"""`own`: what a student wrote for an earlier assignment, put to use in a later one."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from autograder import language
from autograder.answering import earlier
from autograder.judging import sheet_files as sheets
from autograder.language import Said, sentences, words


def own(assignment: str, name: str, instead: Any = None) -> Any:
    """What you wrote for an earlier assignment, and a sentence that says which it is.

    Args:
        assignment: the name of its notebook, which lies beside this one or in the folder `../<assignment>/`.
        name: of your function or class, e.g. `"LSTMCell"`.
        instead: what to take where yours is missing or not right yet, e.g. `keras.layers.LSTMCell`.

    Returns:
        Yours if it is right, as far as its checks can be found; otherwise `instead`.
    """
    taken, said = _chosen(assignment, name, instead)
    print(language.preferred(_of_the_course()).say(said))
    return taken


language.explain(own, words("What you wrote for an earlier assignment, and a sentence that says which it is."))


def _of_the_course() -> str:
    """The language of the course, as the public cases beside this notebook have it."""
    for path in Path.cwd().glob(f"*{sheets.SUFFIX}"):
        with contextlib.suppress(sheets.SheetError):
            return next((sheet.language for sheet in sheets.read(path).values()), "")
    return ""


def _chosen(assignment: str, name: str, instead: Any) -> tuple[Any, Said]:
    file = f"{assignment}.ipynb"
    try:
        mine = earlier.defined(assignment, name)
    except earlier.EarlierError as error:
        return _without(name, instead, _why(error, file, name))
    path = earlier.find(assignment)
    right = _is_right(path.parent, name, mine) if path is not None else None
    if right is False:
        return _without(name, instead, words("Your `{name}` in {file} is not right yet.", name=name, file=file))
    if right is None:
        return mine, words("`{name}` is yours, from {file}. Its checks are not beside it.", name=name, file=file)
    return mine, words("`{name}` is yours, from {file}, and right.", name=name, file=file)


def _why(error: earlier.EarlierError, file: str, name: str) -> Said:
    if error.reason == "missing":
        return words("There is no notebook {file} here to take `{name}` from.", file=file, name=name)
    if error.reason == "unwritten":
        return words("`{name}` is not written yet in {file}.", name=name, file=file)
    return words("{file} cannot be read as a notebook: {why}", file=file, why=error.detail)


def _without(name: str, instead: Any, why: Said) -> tuple[Any, Said]:
    if instead is None:
        return earlier.missing(name, f"`{name}` is missing here."), why
    place = f"{instead.__module__}.{instead.__qualname__}"
    if place.startswith("keras."):
        told = words("Keras's own takes the place of `{name}` here; that costs no points.", name=name)
    else:
        told = words("`{other}` takes the place of `{name}` here; that costs no points.", other=place, name=name)
    return instead, sentences(why, told)


def _is_right(folder: Path, name: str, mine: Any) -> bool | None:
    """Whether it passes its public checks; None where these cannot be found."""
    from autograder.student.checking import check_sheet

    for path in sorted(folder.glob(f"*{sheets.SUFFIX}")):
        try:
            found = sheets.read(path)
        except sheets.SheetError:
            continue
        for sheet in found.values():
            if sheet.entry_point == name:
                verdict = check_sheet(sheet, mine, tuple(found.values()))
                return verdict.status == "passed" and not verdict.stood_in
    return None
