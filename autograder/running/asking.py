"""What a submission is asked, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from autograder.answering.protocol import Answer, Reached
from autograder.model import CellRun, Observation, OrdinaryTest, Sheet, SheetCase

FollowUp: TypeAlias = Callable[[str, Observation], Sheet | None]
Probing: TypeAlias = Callable[[Sheet, Observation], Sequence[SheetCase]]
Right: TypeAlias = Callable[[SheetCase, Answer, Sheet], bool]


@dataclass(frozen=True)
class Asking:
    """What a submission is asked, by grade cell id.

    secret: sheets that decide. follow_up: may return the public sheet of the exercise, to be asked for evidence, given
    the observation of a secret one. probing: what else to ask of a public sheet when its cases have been answered.
    reading: whether to ask once more with two layouts exchanged, see `judging.readings`; better: which one counts.
    passed: whether an observation of a secret sheet earns all there is.
    own: questions whose answers others of the same sheet are held against, given what came of its cases.
    right: whether this answer to a case of a sheet is. apart: sheets with stand-ins, by grade cell id, given what
    came of all secret ones; apart_in_public: the public one for the same parts.
    """

    secret: Mapping[str, Sheet]
    follow_up: FollowUp = lambda cell_id, observation: None
    probing: Probing = lambda sheet, observation: ()
    reading: Callable[[Sheet, Observation], tuple[int, int] | None] = lambda sheet, observation: None
    better: Callable[[Sheet, Observation, Observation], Observation] = lambda sheet, one, other: one
    own: Callable[[Sheet, Observation], Sequence[SheetCase]] = lambda sheet, observation: ()
    passed: Callable[[str, Observation], bool] = lambda cell_id, observation: False
    right: Right = lambda case, answer, sheet: False
    apart: Callable[[Mapping[str, Observation]], Mapping[str, Sheet]] = lambda observations: {}
    apart_in_public: Callable[[Sheet], Sheet] = lambda sheet: sheet


@dataclass(frozen=True)
class Apart:
    """What came of an exercise with stand-ins for parts that are wrong. shown: of the public sheet, `public`, where it
    was asked, in the open world; in_decoys: beside decoys, where one was reached and all was right in the open."""

    sheet: Sheet
    observation: Observation
    public: Sheet | None = None
    shown: Observation | None = None
    in_decoys: Observation | None = None


@dataclass(frozen=True)
class SessionResult:
    """What one submission gave. `observations` has an entry for every secret sheet; `follow_ups`, of public sheets,
    only where more was asked; `tests` has an entry for every ordinary test. seconds: `worker` (forks), `cells`,
    `questions`, `open` (the open world) and `session`, by the wall clock.

    in_decoys: of public sheets, what came of them beside decoys, where one of these was reached.
    reached: lines that came to a decoy, by grade cell id; reached_while_asked: only those of the questions.
    """

    runs: tuple[CellRun, ...]
    tests: Mapping[str, OrdinaryTest]
    observations: Mapping[str, Observation]
    follow_ups: Mapping[str, Observation]
    in_decoys: Mapping[str, Observation]
    reached: Mapping[str, tuple[Reached, ...]]
    reached_while_asked: Mapping[str, tuple[Reached, ...]]
    left_out: Mapping[str, str]
    """Files that could not be put beside the notebook, and why."""
    apart: Mapping[str, Apart]
    """By grade cell id, of what was asked once more with stand-ins, and used them."""
    sandbox: str
    seconds: Mapping[str, float]
