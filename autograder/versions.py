"""Which versions of its libraries Gatebook works with, and what to say of one that it does not."""

from __future__ import annotations

import importlib.metadata
import sys

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from autograder.language import Text, preferred, words

NEEDED = {
    "tensorflow": ">=2.18",
    "keras": ">=3.6",
    "numpy": ">=1.26",
    "nbgrader": ">=0.9.5",
    "nbformat": ">=5.10",
    "ipython": ">=8.18",
    "matplotlib": ">=3.9",
    "scipy": ">=1.10",
    "scikit-learn": ">=1.4",
    "msgspec": ">=0.19",
    "babel": ">=2.14",
    "typer": ">=0.16",
    "rich": ">=13",
    "jinja2": ">=3.1",
    "packaging": ">=24.2",
    "math-core": "<0.10,>=0.9",
    "hatchling": ">=1.27",
}
"""As in pyproject.toml. A version within that is known not to work is left out by `!=`, there and here."""


class VersionError(Exception):
    """A library is installed in a version that Gatebook is known not to work with."""

    def __init__(self, said: Text) -> None:
        super().__init__(str(said))
        self.said = said

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the sentence, since no line of the reader's is to blame."""
        return [preferred().say(self.said)]


def require() -> None:
    """Make sure that every library that is installed has a version that works.

    Raises:
        VersionError: one has not; says what is installed, what is needed, and what to run.
    """
    wrong = unsuitable()
    if not wrong:
        return
    needed = " ".join(f'"{name}{NEEDED[name]}"' for name in wrong)
    raise VersionError(
        words(
            "Gatebook needs {needed}, and {found} is installed here: run `{command}`, then start again; in a notebook, "
            "restart the kernel.",
            needed=", ".join(f"{name} {NEEDED[name]}" for name in wrong),
            found=", ".join(f"{name} {version}" for name, version in wrong.items()),
            command=f"{sys.executable} -m pip install {needed}",
        )
    )


def unsuitable() -> dict[str, str]:
    """Libraries in versions that do not work. What is not installed is missed where it is used."""
    found = {name: installed(name) for name in NEEDED}
    return {name: version for name, version in found.items() if version and not _suits(version, NEEDED[name])}


def installed(name: str) -> str:
    """The version of a library: what this process has loaded, else what it would load; nothing if there is none."""
    loaded = getattr(sys.modules.get(name), "__version__", None)
    try:
        return str(loaded or importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return ""


def _suits(version: str, needed: str) -> bool:
    try:
        return SpecifierSet(needed).contains(Version(version), prereleases=True)
    except InvalidVersion:  # somebody's own build
        return True
