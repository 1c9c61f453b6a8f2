"""The worlds that a submission is carried through, each in processes of its own.

Where everything is right one may do for all, see `cells_first`. Else there is first an open world, as on the student's
own machine: what is published of a process's own words, outputs and exceptions, comes from there; it is asked nothing,
and nobody can have told it of a question. Then, for each set of forbidden built-ins, a world where these compute
something else: there the secret questions are asked, and, in another process, those with stand-ins of what is built on
something wrong. What is wrong is asked once more in public, in the open world, for evidence: numbers, and words that
hold next to nothing.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from autograder.judging.follow_through import uses_stand_ins
from autograder.model import Observation, Sheet, Submission
from autograder.running.asking import Apart, Asking, Right, SessionResult
from autograder.running.cells_first import CellsFirst
from autograder.running.host import Host
from autograder.running.session import Given, Session
from autograder.running.workers import Limits


def run_submission(zygote: Host, submission: Submission, asking: Asking, limits: Limits | None = None) -> SessionResult:
    """Run a submission and ask what there is to ask, each at its grade cell.

    Never raises for anything a submission does.
    """
    started = time.monotonic()
    given = Given.of(submission)
    limits = limits or Limits()
    session = functools.partial(Session, zygote, given, limits, asking)
    worlds = dict.fromkeys(sheet.forbidden for sheet in asking.secret.values())
    hidden = any(cell.hidden for cell in submission.cells)
    if hidden:
        worlds[()] = None
    sessions: list[Session] = []
    alike = False
    if len(worlds) == 1 and all(worlds) and not any(cell.is_test for cell in given.cells):
        both = CellsFirst(zygote, given, limits, asking, asking.secret, forbidden=next(iter(worlds)))
        both.run()
        sessions.append(both)
        alike = both.alike
    if not alike:
        sessions.append(session({}, public=True))
        sessions[-1].run()
    first = sessions[-1]
    opened = first.progress
    graded: dict[tuple[str, ...], Session] = {}
    for world in worlds:
        sheets = {
            cell_id: sheet for cell_id, sheet in asking.secret.items()
            if sheet.forbidden == world and cell_id not in first.sheets
        }  # fmt: skip
        if sheets or not world:
            graded[world] = session(sheets, forbidden=world, opened=opened)
            graded[world].gave_up = first.gave_up
            graded[world].run()
    asked = [first, *graded.values()]
    observations = {name: one for run in asked for name, one in run.progress.observations.items()}
    apart, more = _apart(session, asking, observations, first)
    sessions += [*graded.values(), *more]
    wrong = {cell_id: one.sheet for cell_id, one in apart.items() if not _all_right(asking, one.sheet, one.observation)}
    # Where a decoy was reached as well, it has to be seen first whether the answer rests on it.
    doubtful = {cell_id for one in graded.values() for cell_id in wrong if one.reached_while_asked(cell_id)}
    told_apart = apart.keys() - doubtful
    wanted = {
        cell_id: sheet
        for one in graded.values() for cell_id, sheet in one.progress.wanted.items() if cell_id not in told_apart
    }  # fmt: skip
    beside = {name: one for run in graded.values() for name, one in run.progress.doubted.items() if name in wanted}
    follow_ups: dict[str, Observation] = {}
    in_public = {cell_id: asking.apart_in_public(sheet) for cell_id, sheet in wrong.items()}
    first_time = wanted | {cell_id: sheet for cell_id, sheet in in_public.items() if cell_id not in doubtful}
    for sheets in (first_time, {cell_id: in_public[cell_id] for cell_id in doubtful}):
        if not sheets:
            continue
        last = session(sheets, opened=opened, public=True, elsewhere=beside)
        last.run()
        sessions.append(last)
        for cell_id, seen in last.progress.observations.items():
            few = last.of_few_words(seen, sheets[cell_id])
            if sheets[cell_id].stand_ins:
                apart[cell_id] = replace(apart[cell_id], public=sheets[cell_id], shown=few)
            else:
                follow_ups[cell_id] = few
        beside = {}
    for world in graded:
        resting = {
            cell_id: in_public[cell_id]
            for cell_id in doubtful
            if in_public[cell_id].forbidden == world and _all_right(asking, in_public[cell_id], apart[cell_id].shown)
        }
        if resting:
            again = session(resting, forbidden=world, opened=opened, public=True)
            again.run()
            sessions.append(again)
            for cell_id, seen in again.progress.observations.items():
                apart[cell_id] = replace(apart[cell_id], in_decoys=seen)
    in_decoys = {name: one for run in graded.values() for name, one in run.progress.doubted.items()}
    for world, one in graded.items():
        odd = {
            cell_id: wanted[cell_id]
            for cell_id in one.progress.wanted
            if cell_id in wanted
            and world
            and _is_odd(asking.right, wanted[cell_id], follow_ups[cell_id], in_decoys.get(cell_id))
        }
        if odd:
            again = session(odd, forbidden=world, opened=opened, public=True, elsewhere=follow_ups)
            again.run()
            sessions.append(again)
            in_decoys |= again.progress.observations
    tested = graded[()] if hidden else first
    seconds = {name: sum(one.progress.seconds[name] for one in sessions) for name in ("worker", "cells", "questions")}
    seconds |= {"open": first.seconds, "session": time.monotonic() - started}
    return SessionResult(
        runs=tuple(first.run_of(cell) for cell in first.cells if cell.role != "grade"),
        tests={cell.id: first.ordinary_test(cell, tested) for cell in first.cells if cell.is_test},
        observations={name: first.with_runs(observation) for name, observation in observations.items()},
        follow_ups=follow_ups,
        in_decoys=in_decoys,
        reached={name: run.reached(name) for run in asked for name in run.sheets},
        reached_while_asked={name: run.reached_while_asked(name) for run in asked for name in run.sheets},
        left_out=opened.left_out,
        apart=apart,
        sandbox=zygote.level,
        seconds={name: round(value, 4) for name, value in seconds.items()},
    )


def _apart(
    session: Callable[..., Session], asking: Asking, observations: Mapping[str, Observation], first: Session
) -> tuple[dict[str, Apart], list[Session]]:
    """Ask once more, with stand-ins, what is built on something wrong: in processes of their own, where nothing that
    is asked as it stands can remember a stand-in. Whoever does not call them is left as it is."""
    sheets = asking.apart(observations)
    found: dict[str, Apart] = {}
    sessions = []
    for world in dict.fromkeys(sheet.forbidden for sheet in sheets.values()):
        mine = {cell_id: sheet for cell_id, sheet in sheets.items() if sheet.forbidden == world}
        one = session(mine, forbidden=world, opened=first.progress, public=True)
        one.gave_up = first.gave_up
        one.run()
        sessions.append(one)
        found |= {
            cell_id: Apart(mine[cell_id], observation)
            for cell_id, observation in one.progress.observations.items() if uses_stand_ins(observation)
        }  # fmt: skip
    return found, sessions


def _all_right(asking: Asking, sheet: Sheet, observation: Observation | None) -> bool:
    answers = observation.answers if observation is not None else {}
    return all(case.id in answers and asking.right(case, answers[case.id], sheet) for case in sheet.cases)


def _is_odd(right: Right, sheet: Sheet, opened: Observation, in_decoys: Observation | None) -> bool:
    """Whether more of a public sheet has to be asked beside decoys.

    Where one was reached, a single case was asked there. It did not tell, and others are right in the open world: do
    these rest on a decoy? Where none was seen, and everything is right in the open world and was wrong beside decoys:
    was one reached below Python, or a file wanted?
    """
    well = {
        case.id for case in sheet.cases if case.id in opened.answers and right(case, opened.answers[case.id], sheet)
    }
    if in_decoys is None:
        return len(well) == len(sheet.cases)
    told = any(
        case.id in well and not right(case, in_decoys.answers[case.id], sheet)
        for case in sheet.cases if case.id in in_decoys.answers
    )  # fmt: skip
    return in_decoys.ended == "done" and not told and bool(well - in_decoys.answers.keys())
