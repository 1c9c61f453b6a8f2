"""What is proved of an exercise before anybody is asked it. Each proof gives sentences for its author: what is missing.

No worker and no notebook is needed: answers are made from the sheet itself, right but for what a proof breaks.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase as fnmatch
from typing import TypeAlias

import msgspec
import numpy as np

from autograder import axes
from autograder.answering.forbidden import FAMILIES
from autograder.answering.layers import ROUTES
from autograder.answering.protocol import Answer, Array, CallLayer, Items, TrainModel, Value, decode_array, encode_array
from autograder.judging import policy
from autograder.model import Exercise, FunctionCase, LayerCase, ModelCase, Observation, Sheet, SheetCase, Verdict
from autograder.sheets import oracle, seeds

SEEDS = 5
"""Draws of cases that a proof looks at, where it looks at several."""


@dataclass(frozen=True)
class Proof:
    """title: what is proved. missing: what is not so, and what to do; empty where it holds."""

    title: str
    missing: tuple[str, ...]


Missing: TypeAlias = Iterator[str]


def prove(exercise: Exercise, made: Callable[[Exercise], Sheet] | None = None) -> Iterator[Proof]:
    """All proofs in order; where no sheet can be made, those that need none, and why.

    made: how the public sheet is had; it is made anew by default.
    """
    formed = Proof("Cases, truth and checks speak of the same things", tuple(well_formed(exercise)))
    yield formed
    if formed.missing:
        return  # what follows would say the same in other words
    for title, proof in _OF_THE_EXERCISE.items():
        yield Proof(title, tuple(proof(exercise)))
    title = "Keras, the reference and the equations agree" if exercise.witnesses else "A sheet can be made"
    try:
        sheet = (made or public_sheet)(exercise)
        made_from(exercise, seed=20)
    except Exception as error:
        said = str(error) if isinstance(error, oracle.GraderFault) else f"{type(error).__name__}: {error}"
        yield Proof(title, (f"No sheet can be made: {said}",))
        return
    yield Proof(title, tuple(loose(sheet)))
    for title, of_sheet in _OF_THE_SHEET.items():
        yield Proof(title, tuple(of_sheet(exercise, sheet)))


def public_sheet(exercise: Exercise) -> Sheet:
    """The public sheet, as `release.public_sheet` makes it."""
    return oracle.answer_sheet(exercise, seeds.public_generator(exercise.id), seeds.PUBLIC)


def made_from(exercise: Exercise, seed: int) -> Sheet:
    """A sheet from other draws. Raises: autograder.sheets.oracle.GraderFault: the witnesses disagree."""
    return oracle.answer_sheet(exercise, np.random.default_rng(seed), "0" * 16)


# ----------------------------------------------------------------------------------------------------- the exercise


def well_formed(exercise: Exercise) -> Missing:
    """Names that have to be the same in several places."""
    ids = [check.id for check in exercise.checks]
    for check in exercise.checks:
        for other in check.needs:
            if other not in ids:
                yield f"The check `{check.id}` needs `{other}`; the checks are {_listed(ids)}."
    for family in exercise.forbidden:
        if family not in FAMILIES:
            yield f"`forbidden` names {family!r}; the families are {_listed(FAMILIES)}."
    try:
        cases = (*exercise.cases(np.random.default_rng(0)), *exercise.advice(np.random.default_rng(0)))
    except Exception as error:
        yield f"`cases` stopped with {type(error).__name__}: {error}"
        return
    for case in cases:
        if not isinstance(case, ModelCase):
            yield from _of_a_case(exercise, case)


def _of_a_case(exercise: Exercise, case: FunctionCase | LayerCase) -> Missing:
    where = f"Case `{case.id}`"
    if isinstance(case, FunctionCase):
        arrays = dict(case.arguments)
        asked = {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}
    else:
        states = {f"state.{k}": array for k, array in enumerate(case.states or ())}
        arrays = asked = {"inputs": case.inputs, **case.weights, **states}
        if case.route not in ROUTES:
            yield f"{where} has the route {case.route!r}; there are {_listed(ROUTES)}."
    for name, named in case.axes.items():
        if name not in arrays:
            yield f"{where}: `axes` names `{name}`; its arrays are {_listed(asked)}."
        elif len(axes.parse(named)) != np.ndim(arrays[name]):
            yield f"{where}: the axes of `{name}` are {named!r}, and it has the shape {np.shape(arrays[name])}."
    for name in asked.keys() - case.axes.keys():
        yield f"{where}: `axes` does not name those of `{name}`."
    try:
        parts = exercise.truth(case)
    except Exception as error:
        yield f"{where}: `truth` stopped with {type(error).__name__}: {error}"
        return
    for part in parts:
        if part not in case.returns and not part.startswith(("grad.", "weight.")):
            yield f"{where}: `truth` gives `{part}`; what it `returns` is {_listed(case.returns)}."
    for part in case.returns:
        if part not in parts:
            yield f"{where} returns `{part}`; `truth` gives {_listed(parts)}."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


def complete(exercise: Exercise) -> Missing:
    """Words and numbers that an exercise must have."""
    for name, text in (("title", exercise.title), ("hint", exercise.hint)):
        if not text.strip():
            yield f"`{name}` is empty: students read it first."
    if not exercise.signature.startswith(exercise.entry_point):
        yield f"`signature` is {exercise.signature!r}; it begins with the entry point, {exercise.entry_point!r}."
    together = sum(check.points for check in exercise.checks)
    if exercise.points != together:
        yield f"`points` is {exercise.points:g}, and the checks give {together:g} together."
    if not exercise.checks:
        yield "There is no check, so nothing gives points."
    for name in exercise.hints.keys() - {check.id for check in exercise.checks}:
        yield f"`hints` speaks of {name!r}, and there is no such check."


def in_words(exercise: Exercise) -> Missing:
    """Mistakes in words."""
    if not exercise.mistakes:
        yield "No mistake is known: a wrong answer is marked, and not explained. Which line will learners get wrong?"
    seen: set[str] = set()
    for mistake in exercise.mistakes:
        if mistake.id in seen:
            yield f"Two mistakes have the id `{mistake.id}`."
        seen.add(mistake.id)
        if not str(mistake.title).strip() or not mistake.hint.strip():
            yield f"`{mistake.id}` has no title or no hint: say what was done, and ask a question that leads on."
        elif "?" not in mistake.hint:
            yield f"The hint of `{mistake.id}` asks nothing. A question lets the student find it."
        if mistake.gate and mistake.gate not in exercise.gates:
            yield f"`{mistake.id}` is about the gate {mistake.gate!r}, which `gates` does not have."


def distinct(exercise: Exercise) -> Missing:
    """Sizes that differ: equal ones hide a transpose."""
    for case in _cases(exercise):
        size = axes.sizes(oracle._named_arrays(case))
        if len(set(size.values())) != len(size):
            said = ", ".join(f"{name} {length}" for name, length in size.items())
            yield f"Case `{case.id}` has axes of equal length ({said}). Draw them with `draw.distinct_sizes`."
            return


def keeps_the_dtype(exercise: Exercise) -> Missing:
    """Truth in the dtype of its arguments: a silent float64 would make tolerances too small."""
    for case in _cases(exercise):
        if isinstance(case, FunctionCase) and not case.axes:
            continue
        wanted = np.dtype(case.dtype if isinstance(case, LayerCase) else "float32")
        for part, value in exercise.truth(case).items():
            if value.dtype.kind == "f" and value.dtype != wanted:
                yield f"The truth of `{case.id}.{part}` is {value.dtype} where the arguments are {wanted}."
                return


def _cases(exercise: Exercise) -> Iterator[FunctionCase | LayerCase]:
    for seed in range(SEEDS):
        for case in exercise.cases(np.random.default_rng(seed)):
            if not isinstance(case, ModelCase):
                yield case


# -------------------------------------------------------------------------------------------------------- the sheet


def loose(sheet: Sheet) -> Missing:
    """Tolerances that are no calibration."""
    for case in sheet.cases:
        for expected in case.expected[0]:
            if expected.tolerance >= 1e-3 and not expected.at_least:
                yield f"`{case.id}.{expected.part}` may be {expected.tolerance:.1g} off. What makes that so wide?"


def right_earns_all(exercise: Exercise, sheet: Sheet) -> Missing:
    """A right answer."""
    verdict = judged(sheet)
    if verdict.points != sheet.points:
        yield f"A right answer earns {verdict.points:g} of {sheet.points:g}: {verdict.message}"


def checks_cost(exercise: Exercise, sheet: Sheet) -> Missing:
    """Every check is about something, and notices when that is wrong."""
    cases = (*sheet.cases, *sheet.advice)
    parts = {f"{case.id}.{expected.part}" for case in cases for expected in case.expected[0]}
    parts |= {f"{case.id}.config.{key}" for case in cases for key in case.config_back}
    for check in sheet.checks:
        named = [pattern for pattern in check.parts if not any(fnmatch(part, pattern) for part in parts)]
        if named:
            yield f"The check `{check.id}` is about {', '.join(named)}, and no case has such a part."
        elif check.points and judge_wrong(sheet, check.parts).points >= judged(sheet).points:
            yield f"The check `{check.id}` costs nothing where all of {', '.join(check.parts)} is wrong."
        elif not check.points and all(one.outcome == "passed" for one in judge_wrong(sheet, check.parts).checks):
            yield f"The check `{check.id}` says nothing where all of {', '.join(check.parts)} is wrong."
    for case in sheet.advice:
        of_points = [check.id for check in sheet.checks if check.points and any(
            fnmatch(f"{case.id}.{expected.part}", pattern) for expected in case.expected[0] for pattern in check.parts
        )]  # fmt: skip
        if of_points:
            yield f"`advice` has the case `{case.id}`, and {_listed(of_points)} would give points for it."


def judge_wrong(sheet: Sheet, parts: tuple[str, ...]) -> Verdict:
    """What is said where these parts are wrong."""
    return policy.judge(sheet, with_wrong(sheet, parts), "cell")


def mistakes_named(exercise: Exercise, sheet: Sheet) -> Missing:
    """Every mistake loses points, and is named as itself."""
    cases = exercise.cases(seeds.public_generator(exercise.id))
    wrong = {mistake.id: oracle.wrong_parts(mistake, cases) for mistake in exercise.mistakes}
    told: set[str] = set()
    for name, parts in wrong.items():
        verdict = judged(sheet, parts)
        found = verdict.diagnosis.mistake if verdict.diagnosis is not None else ""
        if verdict.points >= sheet.points:
            yield f"`{name}` costs nothing: no case shows it. Give one in which it does, or leave it out."
        elif found != name:
            alike = [other for other in wrong if other != name and _same(parts, wrong[other])] or [found or "a pair"]
            names = " and ".join(f"`{one}`" for one in sorted([name, *alike]))
            if names not in told:
                yield f"{names} give the same. Merge them, or part them by a case."
            told.add(names)


def _same(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    """Whether two mistakes give the same parts."""
    return one.keys() == other.keys() and all(
        value.shape == other[part].shape and np.allclose(value, other[part], rtol=1e-4, atol=1e-6)
        for part, value in one.items()
    )


_OF_THE_EXERCISE: Mapping[str, Callable[[Exercise], Missing]] = {
    "Title, hint, signature and points are there": complete,
    "Every mistake has a title, and a hint that asks": in_words,
    "Sizes are pairwise distinct": distinct,
    "The truth keeps the dtype of its arguments": keeps_the_dtype,
}
_OF_THE_SHEET: Mapping[str, Callable[[Exercise, Sheet], Missing]] = {
    "A right answer earns all points": right_earns_all,
    "Every check notices what it is about": checks_cost,
    "Every mistake is caught, and named as itself": mistakes_named,
}

# ------------------------------------------------------------------------------------------------- answers to judge


def judged(sheet: Sheet, parts: Mapping[str, np.ndarray] | None = None) -> Verdict:
    """What is said of an answer that is right but for these parts, `case.part`."""
    right = {f"{case.id}.{one.part}": one.value for case in sheet.cases for one in case.expected[0]}
    replaced = {name: _answered(value, right.get(name)) for name, value in (parts or {}).items()}
    answers = {
        case.id: (right_model if isinstance(case.question, TrainModel) else right_value)(case, replaced)
        for case in (*sheet.cases, *sheet.advice)
    }
    return policy.judge(sheet, _observed(sheet, answers), "cell")


def _answered(value: np.ndarray, right: Array | None) -> Array:
    """What is wrong, as somebody would hand it in: where a mask is right, with True and False."""
    a_mask = right is not None and right.dtype == "bool" and np.isin(value, (0, 1)).all()
    return encode_array(value.astype(bool) if a_mask else value)


def _observed(sheet: Sheet, answers: Mapping[str, Answer]) -> Observation:
    further = {case.id for case in sheet.advice}
    return Observation(
        sheet.exercise, {name: one for name, one in answers.items() if name not in further},
        probed={name: one for name, one in answers.items() if name in further},
    )  # fmt: skip


def right_value(case: SheetCase, replaced: Mapping[str, Array]) -> Answer:
    """An answer that is right but for the replaced parts, as a worker would send it."""
    by_part = {expected.part: expected.value for expected in case.expected[0]}
    values = [replaced.get(f"{case.id}.{part}", by_part[part]) for part in case.returns]
    gradients: dict[str, Value] = {
        part.removeprefix("grad."): value for part, value in by_part.items() if part.startswith("grad.")
    }
    value = values[0] if len(values) == 1 else Items(tuple(values))
    if isinstance(case.question, CallLayer) and case.question.protocol == "cell" and values:
        value = Items((values[0], Items(tuple(values[1:]))))
    initial: dict[str, Value] = {
        part.removeprefix("weight."): replaced.get(f"{case.id}.{part}", array)
        for part, array in by_part.items() if part.startswith("weight.")
    }  # fmt: skip
    return Answer(value=value, gradients=gradients, layout=0, config=dict(case.config_back), initial=initial)


def right_model(case: SheetCase, replaced: Mapping[str, Array]) -> Answer:
    """The same of a model that was trained."""
    expected = {
        part.part: decode_array(replaced.get(f"{case.id}.{part.part}", part.value)) for part in case.expected[0]
    }
    predictions = np.zeros(tuple(expected["output_shape"].astype(int)), np.float32)
    if case.labels is not None:
        labels = decode_array(case.labels).astype(int)
        predictions = np.eye(predictions.shape[-1], dtype=np.float32)[labels]
        predictions[0] *= np.float32(1 + expected["probabilities"])
    if case.alike:
        predictions[case.alike[0][0]] += np.float32(expected["alike"])
    packed = Array("float32", predictions.shape, predictions.tobytes())
    return Answer(value=Items((Items(()), int(expected["weights"]), packed)))


def with_wrong(sheet: Sheet, wanted: tuple[str, ...]) -> Observation:
    """Right answers, but for parts with these names: `case.part`, `case.grad.weight`, `case.config.key`."""
    answers = {}
    for case in (*sheet.cases, *sheet.advice):
        by_part = {f"{case.id}.{expected.part}": expected.value for expected in case.expected[0]}
        wrong = {name: value for name, value in by_part.items() if any(map(functools.partial(fnmatch, name), wanted))}
        replaced = {name: encode_array(decode_array(value) + 1) for name, value in wrong.items()}
        if isinstance(case.question, TrainModel):
            answer = right_model(case, {name: value for name, value in replaced.items() if "accuracy" not in name})
            assert isinstance(answer.value, Items)
            predicted = answer.value.items[2]
            if any("accuracy" in name for name in replaced):
                assert isinstance(predicted, Array)
                predicted = encode_array(np.roll(decode_array(predicted), 1, axis=-1))
                answer = Answer(value=Items((*answer.value.items[:2], predicted)))
        else:
            answer = right_value(case, replaced)
            gradients: dict[str, Value] = {
                name: replaced.get(f"{case.id}.grad.{name}", value) for name, value in answer.gradients.items()
            }
            config = {
                key: "another" if any(fnmatch(f"{case.id}.config.{key}", pattern) for pattern in wanted) else value
                for key, value in answer.config.items()
            }
            answer = msgspec.structs.replace(answer, gradients=gradients, config=config)
        answers[case.id] = answer
    return _observed(sheet, answers)
