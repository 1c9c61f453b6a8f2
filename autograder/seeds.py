"""Seeds of the cases: public ones for `check`, secret ones for `grade`.

The secret is 256 random bits in `.gatebook/secret` of the course; the seed of an exercise is
HMAC-SHA256(secret, round / exercise), so knowing one seed tells nothing about another. A record carries a salted
commitment of the seed: enough to prove later which one was used, and useless for guessing it.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

import numpy as np

PUBLIC = "public"


def public_generator(exercise: str) -> np.random.Generator:
    """The generator of an exercise's public cases: the same for everybody, for ever."""
    return _generator(hmac.digest(b"gatebook public cases", exercise.encode(), "sha256"))


def secret_generator(secret: bytes, grading_round: str, exercise: str) -> np.random.Generator:
    """The generator of an exercise's secret cases in one grading round."""
    return _generator(_digest(secret, f"cases/{grading_round}/{exercise}"))


def commitment(secret: bytes, grading_round: str) -> str:
    """A salted hash that commits to the secret of a round. The salt is derived from the secret, and is shown with
    the secret when the instructor opens the commitment."""
    salt = _digest(secret, f"salt/{grading_round}")
    return hashlib.sha256(salt + secret + grading_round.encode()).hexdigest()


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
