"""Seeds of the cases: public ones for `check`, secret ones for `grade`.

The secret is 256 random bits in `.gatebook/secret` of the course; the seed of an exercise is
HMAC-SHA256(secret, round / exercise / draw), so knowing one seed tells nothing about another. A record carries a salted
commitment of the seed: enough to prove later which one was used, and useless for guessing it.

There is not one draw of a round but a pool of them, and a new pool when feedback was published: whoever knows the cases
that a submission was asked can do little with them.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PUBLIC = "public"
ONE_MORE = 40
"""For so many submissions there is one more draw in the pool: it costs 3 seconds, and each of them 1."""


@dataclass(frozen=True)
class Draw:
    """Which cases of a round. epoch: how often the pool was renewed; index: which one of the pool."""

    epoch: int = 0
    index: int = 0


FIRST = Draw()


def public_generator(exercise: str) -> np.random.Generator:
    """The generator of an exercise's public cases: the same for everybody, for ever."""
    return _generator(hmac.digest(b"gatebook public cases", exercise.encode(), "sha256"))


def secret_generator(secret: bytes, grading_round: str, exercise: str, draw: Draw = FIRST) -> np.random.Generator:
    """The generator of an exercise's secret cases in one draw of a grading round."""
    return _generator(_digest(secret, f"cases/{grading_round}/{exercise}{_in_words(draw)}"))


def commitment(secret: bytes, grading_round: str, draw: Draw = FIRST) -> str:
    """A salted hash that commits to the secret of a draw. The salt is derived from the secret, and is shown with
    the secret when the instructor opens the commitment."""
    drawn = f"{grading_round}{_in_words(draw)}"
    salt = _digest(secret, f"salt/{drawn}")
    return hashlib.sha256(salt + secret + drawn.encode()).hexdigest()


def _in_words(draw: Draw) -> str:
    return "" if draw == FIRST else f"/{draw.index}/{draw.epoch}"


def pool_of(submissions: int, most: int) -> int:
    """How many draws there are for so many submissions of an assignment, `most` at most."""
    return min(most, 1 + submissions // ONE_MORE)


def drawn_for(secret: bytes, assignment: str, student: str, sha256: str, *, epoch: int, pool: int) -> Draw:
    """The draw of a submission: another one, mostly, for whoever else hands it in, and after any change."""
    what = json.dumps([assignment, student, sha256])
    return Draw(epoch, int.from_bytes(_digest(secret, f"draw/{what}")[:8], "big") % pool)


def read_secret(course: Path) -> bytes:
    """The course's secret; made on first use, readable by its owner alone.

    Raises:
        ValueError: the file does not hold 64 hexadecimal digits.
    """
    path = course / ".gatebook" / "secret"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # Nobody else sees it half written, and whoever comes second takes what is there.
        handle, made = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
            with contextlib.suppress(FileExistsError):
                os.link(made, path)
        finally:
            os.unlink(made)
    try:
        secret = bytes.fromhex(path.read_text().strip())
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise ValueError(
            f"{path} does not hold 64 hexadecimal digits. Restore it from a backup to get the same cases again, "
            "or delete it to start with a new secret."
        )
    return secret


def _digest(secret: bytes, text: str) -> bytes:
    return hmac.digest(secret, text.encode(), "sha256")


def _generator(digest: bytes) -> np.random.Generator:
    return np.random.default_rng(np.frombuffer(digest, np.uint32))
