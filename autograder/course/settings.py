"""A course's settings: `c.Gatebook` in nbgrader_config.py, and what one command changes of them.

An option of a command goes before the course's file, and that before the default.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.language import SOURCE, codes, find
from autograder.running import devices
from autograder.running.sandbox import BACKENDS, LEVELS
from autograder.running.workers import Limits
from autograder.time_limits import CELL_SECONDS, MOST_SECONDS, QUESTION_SECONDS


class SettingsError(ValueError):
    """A setting that there is not, or a value that it cannot have; the message says what it can have."""


@dataclass(frozen=True)
class Settings:
    """How a course is graded. Seconds are of the wall clock, sizes in gigabytes (2**30 bytes).

    language: what cards and pages are in, `""` where the course does not say.
    sandbox: `full`, `restricted` or `none`. workers: submissions at a time; None: one per core.
    cell_seconds, question_seconds, submission_seconds: what one cell, one question and a whole submission may take.
    memory, scratch: what the processes of one submission may hold, and its files.
    device: what TensorFlow computes with, `cpu`, `gpu` or `gpu:1`; gpu_memory: what one submission may take of it.
    pool: how many draws of secret cases there are at a time, at most; a submission is asked one of them.
    follow_through: the share of its points that an answer earns which is right but for a wrong part that it uses.
    formgrader: its address in a browser, for links to it; `""` where none are wanted.
    backend: what Keras runs on where answers are graded, `tensorflow`, `torch` or `jax`; the environment's
    KERAS_BACKEND is about notebooks, and says nothing here.
    """

    language: str = ""
    sandbox: str = "full"
    workers: int | None = None
    cell_seconds: float = CELL_SECONDS
    question_seconds: float = QUESTION_SECONDS
    submission_seconds: float = 600.0
    memory: float = 2.0
    scratch: float = 0.5
    pool: int = 3
    follow_through: float = 1.0
    formgrader: str = ""
    device: str = devices.CPU
    gpu_memory: float = 1.0
    backend: str = "tensorflow"

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Settings:
        """The settings of a traitlets configuration.

        Raises:
            SettingsError: an unknown name below `c.Gatebook`, or an impossible value.
        """
        given = dict(config.get("Gatebook", {}))
        for name in given:
            if name not in NAMES:
                raise SettingsError(f"There is no setting c.Gatebook.{name}. {_nearest(name)}")
        return cls(**{name: _value(name, value, f"c.Gatebook.{name}") for name, value in given.items()})

    def but(self, **options: Any) -> Settings:
        """These settings with the options that a command was given; None: not given.

        Raises:
            SettingsError: an impossible value.
        """
        given = {
            name: _value(name, value, "--" + name.replace("_", "-"))
            for name, value in options.items()
            if value is not None
        }
        return dataclasses.replace(self, **given)

    def limits(self) -> Limits:
        """What one submission may use."""
        return Limits(
            cell_seconds=self.cell_seconds,
            question_seconds=self.question_seconds,
            submission_seconds=self.submission_seconds,
            memory=round(self.memory * 2**30),
            scratch_bytes=round(self.scratch * 2**30),
        )


NAMES = tuple(field.name for field in dataclasses.fields(Settings))
LEAST = {
    "cell_seconds": 0.1, "question_seconds": 0.1, "submission_seconds": 1.0, "memory": 0.5, "scratch": 0.01,
    "gpu_memory": 0.25,
}  # fmt: skip
MOST = MOST_SECONDS
MOST_DRAWS = 100
_ADDRESS = re.compile(r"https?://[^\s/][^\s]*")


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.5)
    return f"Did you mean c.Gatebook.{near[0]}?" if near else f"There are: {', '.join(NAMES)}."


def _value(name: str, given: Any, where: str) -> Any:
    """A value as the setting has it. On nbgrader's command line every value is a text."""
    text = str(given) if isinstance(given, str) else None
    if name == "sandbox" and text in LEVELS:
        return text
    if name == "device" and text is not None and devices.PATTERN.fullmatch(text):
        return text
    if name == "backend" and text in BACKENDS:
        return text
    if name == "language" and text is not None and (find(text).code != SOURCE or text[:2].casefold() in ("", SOURCE)):
        return text
    if name == "formgrader" and text is not None and (not text or _ADDRESS.fullmatch(text)):
        return text
    if name == "workers":
        if given is None:
            return None
        number = _number(given)
        if number is not None and number == int(number) and 1 <= number <= MOST:
            return int(number)
    if name == "pool":
        number = _number(given)
        if number is not None and number == int(number) and 1 <= number <= MOST_DRAWS:
            return int(number)
    if name == "follow_through":
        number = _number(given)
        if number is not None and 0 <= number <= 1:
            return number
    if name in LEAST:
        number = _number(given)
        if number is not None and LEAST[name] <= number <= MOST:
            return number
    raise SettingsError(f"{where} is {text or given!r}; it must be {_possible(name)}.")


def _number(given: Any) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        number = float(given)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _possible(name: str) -> str:
    if name == "sandbox":
        return f"one of {', '.join(map(repr, LEVELS))}"
    if name == "device":
        return "'cpu', 'gpu', or 'gpu:1' and so on where there are several"
    if name == "backend":
        return f"one of {', '.join(map(repr, BACKENDS))}"
    if name == "language":
        return f"the code of a language: {', '.join(map(repr, codes()))}"
    if name == "formgrader":
        return "an address such as 'https://hub.example.org/user/ada/formgrader'"
    if name == "workers":
        return "a whole number of submissions, at least 1 (or None: one per core)"
    if name == "pool":
        return f"a whole number of draws, from 1 to {MOST_DRAWS}"
    if name == "follow_through":
        return "a share of the points, from 0 (none) to 1 (all)"
    unit = "seconds" if name.endswith("seconds") else "gigabytes"
    return f"a number of {unit}, at least {LEAST[name]:g}"
