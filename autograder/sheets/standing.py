"""An exercise that is asked with stand-ins for the parts that its answer is built on: its own work, whatever they do.

The questions are the exercise's, drawn anew; what is right is what right code makes of the stand-ins, see
`autograder.answering.stand_ins`. Nothing of Keras is needed to know that: a sheet is made in some tenths of a second.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from autograder import exercises
from autograder.answering import stand_ins
from autograder.answering.protocol import StandIn
from autograder.judging.follow_through import with_others
from autograder.model import Arrays, Case, Check, Exercise, LayerCase, Mistake, Sheet
from autograder.sheets import oracle, seeds

ROUNDING = 8.0
"""How many times the usual slack a right answer may be off: of a stand-in no permuted run is known."""
NUDGE = 1e-5
"""By how much an entry is moved to see what depends on it; in float64 the error is near its square."""


def replaceable(
    exercise: str, used: Collection[str], wrong: Collection[str], *, reached: Collection[str] = ()
) -> tuple[str, ...]:
    """The parts that stand-ins are to take the place of: of the nearest group of which the answer uses some that are
    not right.

    used: names in the answer. wrong: entry points that are not right. reached: names in the answer, and in what it
        uses. Of what was written for an earlier assignment, and is reached, it is not known here whether it is right.
    """
    for group in exercises.load(exercise).built_on:
        names = tuple(
            part.name for part in group
            if (part.is_earlier and part.name in {*used, *reached})
            or (part.name in used and (part.stand_in.of or part.name) in wrong)
        )  # fmt: skip
        if names:
            return names
    return ()


def earlier(identities: Iterable[str], *more: Exercise) -> tuple[str, ...]:
    """The earlier assignments whose answers these exercises may be built on.

    more: exercises that are not installed yet; others of which nothing is known here do not count.
    """
    known = [exercises.load(identity) for identity in identities if identity in exercises.ids()]
    parts = (part for exercise in (*known, *more) for group in exercise.built_on for part in group)
    return tuple(dict.fromkeys(part.stand_in.assignment for part in parts if part.is_earlier))


def foreseen(exercise: Exercise) -> tuple[tuple[str, ...], ...]:
    """The sets of parts that a public sheet has at hand: of the nearest group, each alone and all together."""
    names = tuple(part.name for group in exercise.built_on[:1] for part in group)
    return tuple(dict.fromkeys([*((name,) for name in names), *filter(None, [names])]))


def public_sheets(exercise: Exercise, sheet: Sheet) -> tuple[Sheet, ...]:
    """Those that a public sheet has at hand; of a model without cases, since they are the sheet's own."""
    if exercise.made_of is None:
        bare = dataclasses.replace(sheet, cases=(), wrong=(), pairs=None, marked=(), probes=())
        return tuple(with_others(bare, _stand_ins(exercise, names)) for names in foreseen(exercise))
    return tuple(
        _sheet(exercise, names, _public_generator(exercise.id, names), seeds.PUBLIC) for names in foreseen(exercise)
    )


def trained_again(sheet: Sheet, names: tuple[str, ...]) -> Sheet | None:
    """A sheet that asks for a model, with Keras's own layers in the place of these parts: nothing has to be trained to
    know what is right. None where another thing is asked for."""
    exercise = exercises.load(sheet.exercise)
    return with_others(sheet, _stand_ins(exercise, names)) if exercise.made_of is None else None


def _stand_ins(exercise: Exercise, names: Collection[str]) -> tuple[StandIn, ...]:
    return tuple(part.stand_in for group in exercise.built_on for part in group if part.name in names)


@functools.lru_cache(maxsize=64)
def public_sheet(exercise: str, names: tuple[str, ...]) -> Sheet:
    """The exercise as `check` asks it, with stand-ins for these parts."""
    return _sheet(exercises.load(exercise), names, _public_generator(exercise, names), seeds.PUBLIC)


def _public_generator(exercise: str, names: tuple[str, ...]) -> np.random.Generator:
    return seeds.public_generator(_on(exercise, names))


def _on(exercise: str, names: tuple[str, ...]) -> str:
    return f"{exercise} on {' '.join(names)}"


def secret_sheet(exercise: str, names: tuple[str, ...], secret: bytes, grading_round: str, draw: seeds.Draw) -> Sheet:
    """The exercise as one draw of a grading round asks it, with stand-ins for these parts."""
    generator = seeds.secret_generator(secret, grading_round, _on(exercise, names), draw)
    return _sheet(exercises.load(exercise), names, generator, seeds.commitment(secret, grading_round, draw))


def _sheet(exercise: Exercise, names: tuple[str, ...], generator: np.random.Generator, seed: str) -> Sheet:
    standing = with_stand_ins(exercise, names, generator)
    if seed == seeds.PUBLIC:
        standing = dataclasses.replace(standing, mistakes=tuple(_that_show(standing)))
    sheet = oracle.answer_sheet(standing, generator, seed)
    return dataclasses.replace(sheet, stand_ins=standing.stand_ins, probes=())


def with_stand_ins(exercise: Exercise, names: tuple[str, ...], generator: np.random.Generator) -> Exercise:
    """The exercise with stand-ins for these parts in its questions, its truth and its mistakes."""
    assert exercise.made_of is not None
    parts = [part for group in exercise.built_on for part in group if part.name in names]
    drawn = [msgspec.structs.replace(part.stand_in, seed=int(generator.integers(2**31))) for part in parts]
    lines: dict[str, Any] = {}
    for part, stand_in in zip(parts, drawn, strict=True):
        lines |= part.lines(_computing(stand_in))
    answer = functools.partial(_answer, exercise.made_of, lines)
    return dataclasses.replace(
        exercise, truth=functools.partial(_truth, answer), slack=functools.partial(_slack, exercise),
        mistakes=tuple(
            dataclasses.replace(mistake, answer=functools.partial(answer, more=mistake.lines))
            for mistake in exercise.mistakes if mistake.lines and not mistake.lines.keys() & lines.keys()
        ),
        stand_ins=tuple(drawn),
        # What takes a part's place has no more than points ask of it.
        advice=lambda rng: (), checks=tuple(check for check in exercise.checks if not _is_advice(check, exercise)),
        witnesses={}, permuted=(), made_of=None, alone=None, built_on=(),
    )  # fmt: skip


def _is_advice(check: Check, exercise: Exercise) -> bool:
    """Whether it is about cases that give no points."""
    asked = {case.id for case in exercise.advice(np.random.default_rng(0))}
    return not check.points and any(pattern.partition(".")[0] in asked for pattern in check.parts)


def _computing(stand_in: StandIn) -> Callable[..., Any]:
    if stand_in.kind in ("border", "amounts"):
        return stand_ins.amounts_around
    return lambda *given: stand_ins.computed(stand_in, given)


def _answer(
    made_of: Callable[[Any, Mapping[str, Any]], Arrays | None],
    lines: Mapping[str, Any],
    case: Any,
    more: Mapping[str, Any] | None = None,
) -> Arrays | None:
    return made_of(case, {**lines, **(more or {})})


def _that_show(exercise: Exercise) -> Iterator[Mistake]:
    """The usual mistakes that are made around the stand-ins; what is wrong within a part is not seen here."""
    cases = exercise.cases(np.random.default_rng(0))
    right = oracle.wrong_parts(Mistake("", "", "", exercise.truth), cases)
    for mistake in exercise.mistakes:
        parts = oracle.wrong_parts(mistake, cases) if mistake.usual else {}
        if any(not np.array_equal(value, right[name]) for name, value in parts.items()):
            yield mistake


# ---------------------------------------------------------------------------------------------- truth and tolerance


def _truth(answer: Callable[..., Arrays | None], case: Any) -> Arrays:
    parts = dict(answer(case) or {})
    if isinstance(case, LayerCase) and case.cotangents is not None:
        parts |= _gradients(answer, case)
    return parts


def _slack(exercise: Exercise, case: Case, truth: Arrays) -> dict[str, float]:
    return {part: ROUNDING * slack for part, slack in exercise.slack(case, truth).items()}


def _gradients(answer: Callable[..., Arrays | None], case: LayerCase) -> Iterator[tuple[str, np.ndarray]]:
    """Of the sum of all parts times their cotangents, by central differences in float64."""
    exact = oracle.map_arrays(case, lambda array: np.array(array, np.float64))
    states = {f"state.{k}": array for k, array in enumerate(exact.states or ())}
    for name, array in {"inputs": exact.inputs, **states, **exact.weights}.items():
        gradient = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + NUDGE
            above = _summed(answer, exact)
            array[place] = kept - NUDGE
            gradient[place] = (above - _summed(answer, exact)) / (2 * NUDGE)
            array[place] = kept
        yield f"grad.{name}", gradient.astype(case.inputs.dtype)


def _summed(answer: Callable[..., Arrays | None], case: LayerCase) -> float:
    assert case.cotangents is not None
    parts = answer(case) or {}
    return float(sum(np.sum(parts[name] * cotangent) for name, cotangent in case.cotangents.items()))
