"""Code that was copied from a library: flagged for a person to look at, never judged by itself."""

from __future__ import annotations

import functools
import importlib.util
import io
import keyword
import tokenize
from pathlib import Path

from autograder.model import Submission
from autograder.notebooks.brought import source_of

LENGTH = 12
"""Tokens of a fingerprint; names count by what they are called, numbers and strings do not."""
ENOUGH = 80
"""Fingerprints in common. Honest notebooks share up to 17 with the libraries, a pasted `LSTMCell` shares 952, a small
layer 179."""
MOST_TEXT = 120_000
"""Characters that are looked at, of a submission. Honest ones have 10,000; a longer one is flagged for its length."""
_LIBRARIES = {
    "Keras": ("keras", "src/layers/rnn", "src/layers/convolutional", "src/layers/pooling"),
    "the reference": ("reference", "layers", "equations"),
}


def copied(submission: Submission) -> tuple[str, ...]:
    """A line for every library that a submission shares a lot of code with."""
    own: set[int] = set()
    given: set[int] = set()
    room = MOST_TEXT
    for cell in submission.cells:
        if cell.is_code and cell.role != "grade" and (cell.unchanged or len(cell.source) <= room):
            room -= 0 if cell.unchanged else len(cell.source)
            (given if cell.unchanged else own).update(_fingerprints_of(cell.source))
    for file in submission.files:
        text = None if file.given else source_of(file)
        if text is not None and len(text) <= room:
            room -= len(text)
            own.update(_fingerprints_of(text))
    found = []
    for name in _LIBRARIES:
        shared = len((own - given) & _library(name))
        if shared >= ENOUGH:
            found.append(f"Shares {shared} passages of {LENGTH} words with the source of {name}.")
    return tuple(found)


def read_libraries() -> None:
    """Read what submissions are compared with now; else the first of a class waits for it."""
    for name in _LIBRARIES:
        _library(name)


def fingerprints(source: str) -> set[int]:
    """Hashes of all runs of `LENGTH` tokens, without comments, layout and texts."""
    words: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME or (token.type == tokenize.OP and token.string not in "()[]{},:"):
                words.append(token.string)
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        pass  # what could be read up to there counts
    runs = (words[start : start + LENGTH] for start in range(len(words) - LENGTH + 1))
    return {hash(tuple(run)) for run in runs if sum(not keyword.iskeyword(word) for word in run) >= LENGTH // 2}


@functools.lru_cache(maxsize=256)
def _fingerprints_of(cell: str) -> frozenset[int]:
    """Remembered: a class shares most of its cells."""
    return frozenset(fingerprints(cell))


@functools.cache
def _library(name: str) -> frozenset[int]:
    package, *folders = _LIBRARIES[name]
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return frozenset()
    root = Path(spec.origin).parent
    files = [path for folder in folders for path in (root / folder).glob("*.py") if not path.stem.endswith("_test")]
    return frozenset().union(*(fingerprints(path.read_text("utf-8")) for path in files))
