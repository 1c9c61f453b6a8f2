"""Sheets from a process of their own are the sheets that this process would make."""

from __future__ import annotations

import contextlib
import shutil
import signal
from pathlib import Path

import pytest

from autograder.sheets import release
from autograder.sheets.maker import SheetMaker
from autograder.sheets.oracle import GraderFault
from autograder.sheets.seeds import Draw

WANTED = ("rnn_step", "simple_rnn_cell")


def test_makes_the_same_sheets_and_says_what_failed(tmp_path: Path) -> None:
    """Also where the process was killed: the next sheet is made by a new one."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for course in (ours, theirs):
        course.mkdir()
    wanted = release.secret_sheets(ours, "rnn", WANTED, "1")
    (theirs / ".gatebook").mkdir()
    shutil.copy(ours / ".gatebook" / "secret", theirs / ".gatebook")
    with contextlib.closing(SheetMaker()) as maker:
        assert maker.make(ours, "rnn", WANTED, "1").result() is None
        assert maker._process is None, "what is there need not be made"
        maker.make(theirs, "rnn", WANTED, "1").result()
        (made,) = (theirs / ".gatebook" / "sheets").iterdir()
        assert made.read_bytes() == (ours / ".gatebook" / "sheets" / made.name).read_bytes()
        assert made.stat().st_mode & 0o777 == 0o600
        assert release.secret_sheets(theirs, "rnn", WANTED, "1").keys() == wanted.keys()
        maker.make(theirs, "rnn", WANTED, "1", Draw(1, 2)).result()
        assert release.secret_sheets_are_made(theirs, "rnn", WANTED, "1", Draw(1, 2))
        assert not release.secret_sheets_are_made(theirs, "rnn", WANTED, "1", Draw(2, 1))
        drawn = release.secret_sheets(theirs, "rnn", WANTED, "1", Draw(1, 2))
        for exercise, sheet in drawn.items():
            assert sheet.seed != wanted[exercise].seed
            assert [case.id for case in sheet.cases] == [case.id for case in wanted[exercise].cases]
            assert not {repr(case.question) for case in sheet.cases} & {
                repr(c.question) for c in wanted[exercise].cases
            }
        with pytest.raises(Exception, match="no_such_exercise"):
            maker.make(theirs, "rnn", ("no_such_exercise",), "1").result()
        assert maker._process is not None
        maker._process.kill()
        with pytest.raises(GraderFault, match="secret sheets of rnn ended with exit status -9"):
            maker.make(theirs, "rnn", WANTED, "2").result()
        maker.make(theirs, "rnn", WANTED[:1], "2").result()
        assert release.secret_sheets_are_made(theirs, "rnn", WANTED[:1], "2")


def test_close_leaves_what_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()
    maker = SheetMaker()
    asked = [maker.make(tmp_path / "course", "rnn", WANTED, str(number)) for number in (1, 2)]
    maker.start()
    process = maker._process
    maker.close()
    assert process is not None
    assert process.returncode == -signal.SIGTERM
    assert asked[1].cancelled()
    with pytest.raises(GraderFault, match="secret sheets of rnn"):
        asked[0].result()
