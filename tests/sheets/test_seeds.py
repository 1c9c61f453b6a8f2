"""Seeds: secret, reproducible, independent."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from autograder.sheets import seeds


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = seeds.read_secret(tmp_path)
    assert seeds.read_secret(tmp_path) == first
    assert len(first) == 32
    assert stat.S_IMODE((tmp_path / ".gatebook" / "secret").stat().st_mode) == 0o600


def test_a_damaged_secret_is_refused(tmp_path: Path) -> None:
    seeds.read_secret(tmp_path)
    (tmp_path / ".gatebook" / "secret").write_text("not hexadecimal")
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        seeds.read_secret(tmp_path)


def test_seeds_depend_on_secret_round_and_exercise() -> None:
    drawn = {
        seeds.secret_generator(secret, grading_round, exercise).standard_normal()
        for secret in (b"1" * 32, b"2" * 32)
        for grading_round in ("1", "2")
        for exercise in ("lstm", "rnn")
    }
    assert len(drawn) == 8
    again = seeds.secret_generator(b"1" * 32, "1", "lstm").standard_normal()
    assert again in drawn


def test_the_commitment_changes_with_the_secret_and_does_not_hold_it() -> None:
    secret = bytes(range(32))
    shown = seeds.commitment(secret, "1")
    assert shown == seeds.commitment(secret, "1")
    assert shown != seeds.commitment(secret, "2")
    assert secret.hex() not in shown
