"""Right answers and how far a right answer may be from them: an exercise and a seed make a `Sheet`.

Three witnesses hold each other: `reference.equations` in float64 is the truth; stock Keras and the reference layer
answer the very questions a student is asked. Where they disagree it is a fault of the grader, never a wrong answer.

The tolerance of a part is `4 * max(error of the built-in, errors of 4 runs of it with axes permuted) + slack`: permuted
runs are other orders of summation. What a GPU adds up in float32 is one more of these, so that it needs no rule of its
own, and TF32 is none of them: see `answering.precision`, and `benchmarks/gpu.py` for what was measured.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograder import axes
from autograder.answering import answers
from autograder.answering.protocol import (
    CallFunction,
    CallLayer,
    Items,
    NamedArray,
    Question,
    TrainModel,
    Value,
    decode_array,
    encode_array,
)
from autograder.judging import compare, marks
from autograder.language import NOTHING, Said, Text, words
from autograder.model import (
    Arrays,
    Case,
    Exercise,
    Expected,
    FunctionCase,
    LayerCase,
    Mistake,
    ModelCase,
    Probe,
    Sheet,
    SheetCase,
    SheetCheck,
    WrongAnswer,
    WrongPairs,
)
from autograder.sheets import probes
from autograder.sheets.seeds import PUBLIC

PERMUTED_RUNS = 4
ALIKE = 1e-4
PROBABILITIES = 1e-4
"""How far two predictions may be from each other that should be the same: float32, through a whole model."""
DISAGREEMENT = 1e3
"""Witnesses that differ by more than this many times the slack do not compute the same thing."""


class GraderFault(Exception):
    """The witnesses do not agree: no submission can be judged by this sheet."""


def answer_sheet(exercise: Exercise, generator: np.random.Generator, seed: str) -> Sheet:
    """Ask the witnesses everything once.

    Args:
        generator: what the cases are drawn from. seed: `public` or the commitment of the secret.

    Returns:
        The sheet; a public one with the known wrong answers.

    Raises:
        GraderFault: the witnesses disagree; the message says where and by how much.
    """
    with _ASKING:
        # A sheet is the same wherever it is made, and no answer gets into the memory of a GPU. Frameworks read this
        # when they first compute.
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        return _answer_sheet(exercise, generator, seed)


_ASKING = threading.Lock()
"""Asking a witness sets what Keras does for the whole process: a model built meanwhile would start from zeros."""


def _answer_sheet(exercise: Exercise, generator: np.random.Generator, seed: str) -> Sheet:
    cases = exercise.cases(generator)
    sheet_cases = []
    for case in cases:
        if isinstance(case, ModelCase):
            sheet_cases.append(_model_case(exercise, case, measured=seed != PUBLIC))
        else:
            sheet_cases.append(_case(exercise, case, generator))
    sheet = Sheet(
        exercise=exercise.id,
        assignment=exercise.assignment,
        title=exercise.title,
        entry_point=exercise.entry_point,
        signature=exercise.signature,
        points=exercise.points,
        hint=exercise.hint,
        seed=seed,
        cases=tuple(sheet_cases),
        checks=tuple(
            SheetCheck(
                check.id,
                check.title,
                check.points,
                check.parts,
                check.needs,
                exercise.hints.get(check.id, "" if check.needs else exercise.hint),
            )
            for check in exercise.checks
        ),
        forbidden=exercise.forbidden,
        gates=dict(exercise.gates),
        picture=exercise.picture,
        # Drawn last: what else is asked stays as it was.
        advice=tuple(_case(exercise, case, generator) for case in exercise.advice(generator)),
    )
    return _with_mistakes(sheet, exercise, cases) if seed == PUBLIC else sheet


# -------------------------------------------------------------------------------------------------- cases and answers


def question(case: Case, exercise: Exercise) -> Question:
    """The question that travels to a worker. Holds no answer."""
    if isinstance(case, FunctionCase):
        return CallFunction(
            exercise.entry_point, tuple(_value(value) for value in case.arguments.values()), exercise.stand_ins
        )
    if isinstance(case, ModelCase):
        return TrainModel(
            exercise.entry_point, tuple(_value(value) for value in case.arguments),
            encode_array(case.inputs), encode_array(case.labels), encode_array(case.probe),
            case.steps, case.batch_size, case.learning_rate, exercise.stand_ins,
            tuple(map(encode_array, case.inputs_beside)), tuple(map(encode_array, case.probe_beside)),
        )  # fmt: skip
    cuts: list[tuple[Arrays, Mapping[str, tuple[str, ...]]]] = [(case.weights, {})]
    cuts += [(layout.cut(case.weights), layout.words) for layout in exercise.layouts]
    return CallLayer(
        entry_point=exercise.entry_point,
        config={name: _value(value) for name, value in case.config.items()},
        layouts=tuple(tuple(_named(name, value, told) for name, value in weights.items()) for weights, told in cuts),
        inputs=encode_array(case.inputs),
        states=None if case.states is None else tuple(encode_array(state) for state in case.states),
        mask=None if case.mask is None else encode_array(case.mask),
        training=case.training,
        protocol=case.protocol,
        route=case.route,
        cotangents=None
        if case.cotangents is None
        else tuple(encode_array(case.cotangents[part]) for part in case.returns),
        dtype=case.dtype,
        stand_ins=exercise.stand_ins,
    )


def part_axes(case: FunctionCase | LayerCase) -> dict[str, str]:
    """The axes of every part a case can have."""
    return dict(case.returns) | {
        f"{kind}.{name}": named for kind in ("grad", "weight") for name, named in case.axes.items()
    }


def _value(value: Any) -> Value:
    if isinstance(value, np.ndarray):
        return encode_array(value)
    if isinstance(value, list | tuple):
        return Items(tuple(_value(item) for item in value))
    return value.item() if isinstance(value, np.generic) else value


def _named(name: str, value: np.ndarray, told: Mapping[str, tuple[str, ...]]) -> NamedArray:
    group, _, last = name.rpartition("/")
    return NamedArray(last, encode_array(value), group, told.get(last, ()))


def _case(exercise: Exercise, case: FunctionCase | LayerCase, generator: np.random.Generator) -> SheetCase:
    truth = exercise.truth(map_arrays(case, lambda array: array.astype(np.float64)))
    slack = exercise.slack(case, truth)
    errors = dict.fromkeys(truth, 0.0)
    for run in _runs(exercise, case, generator):
        for part, value in run.items():
            if part in truth or not part.startswith("weight."):  # of initial values some are random
                errors[part] = max(errors[part], _error(exercise, case, part, value, truth[part], slack[part]))
    named = part_axes(case)
    tolerance = {part: float(4 * errors[part] + slack[part]) for part in truth}
    keras_names = tuple(
        Expected(part, tuple(named[part].split()), encode_array(value), tolerance[part])
        for part, value in truth.items()
    )
    expected = [keras_names]
    if isinstance(case, LayerCase):
        cuts = [layout.gradients or layout.cut for layout in exercise.layouts]
        cut_as = _initial_cut if case.route == "fresh" else _cut
        expected += [cut_as(cut, case, keras_names, truth, tolerance) for cut in cuts]
    return SheetCase(
        id=case.id,
        question=question(case, exercise),
        returns=tuple(case.returns),
        expected=tuple(expected),
        config_back=dict(case.config_back) if isinstance(case, LayerCase) else {},
        sizes=axes.sizes(_named_arrays(case)),
        description=_description(case, exercise),
    )


def _cut(
    cut: Any, case: LayerCase, parts: tuple[Expected, ...], truth: Arrays, tolerance: Mapping[str, float]
) -> tuple[Expected, ...]:
    """The same parts with the weights' gradients named and cut as another layout has them."""
    weights = {f"grad.{name}" for name in case.weights}
    kept = tuple(part for part in parts if part.part not in weights)
    if case.cotangents is None:
        return kept
    worst = max(tolerance[part] for part in weights)
    return kept + tuple(
        Expected(f"grad.{name}", tuple(f"axis {k}" for k in range(value.ndim)), encode_array(value), worst)
        for name, value in cut({name: truth[f"grad.{name}"] for name in case.weights}).items()
    )


def _initial_cut(
    cut: Any, case: LayerCase, parts: tuple[Expected, ...], truth: Arrays, tolerance: Mapping[str, float]
) -> tuple[Expected, ...]:
    """The initial values that are known, named and cut as another layout has them. None where it holds more numbers
    than Keras's: in which of two biases a one stands is as its author likes."""
    known = {name: truth.get(f"weight.{name}", np.full(value.shape, np.nan)) for name, value in case.weights.items()}
    pieces = {name: value for name, value in cut(known).items() if not np.isnan(value).any()}
    if sum(value.size for value in pieces.values()) != sum(value.size for value in truth.values()):
        return ()
    return tuple(
        Expected(
            f"weight.{name}", tuple(f"axis {k}" for k in range(value.ndim)), encode_array(value),
            max(tolerance.values()),
        )
        for name, value in pieces.items()
    )  # fmt: skip


def _runs(exercise: Exercise, case: FunctionCase | LayerCase, generator: np.random.Generator) -> list[Arrays]:
    """Right answers in the case's own dtype: the equations, the witnesses, and permuted runs of one of them."""
    runs = [exercise.truth(case)]
    ask = exercise.truth
    for name, entry_point in exercise.witnesses.items():
        built_in = entry_point()

        def ask_witness(asked: Any, name: str = name, built_in: Any = built_in) -> Arrays:
            return _ask(exercise, asked, name, built_in)

        runs.append(ask_witness(case))
        # Gradients are summed in an order of the framework's own. Forward, a permuted run of the equations is another
        # order of summation as good as one of Keras's, at a hundredth of the cost.
        if name == "keras" and getattr(case, "cotangents", None) is not None:
            ask = ask_witness
    size = axes.sizes(_named_arrays(case))
    permutable = [axis for axis in exercise.permuted if axis in size]
    for _ in range(PERMUTED_RUNS if permutable else 0):
        orders = {axis: generator.permutation(size[axis]) for axis in permutable}
        named = part_axes(case)
        answer = ask(_permuted(case, orders))
        runs.append({part: axes.permute(value, named[part], orders, back=True) for part, value in answer.items()})
    return runs


def _ask(exercise: Exercise, case: Case, witness: str, entry_point: Any) -> Arrays:
    """A witness's answer to the student's question, by the eager route where that asks for the same."""
    if isinstance(case, LayerCase) and case.route not in ("loop", "fresh"):
        case = dataclasses.replace(case, route="eager")
    _require_tensorflow()
    asked = question(case, exercise)
    answer = answers.answer(asked, {exercise.entry_point: entry_point})
    if answer.problem is not None:
        raise GraderFault(
            f"{exercise.id}, case {case.id!r}: the witness {witness} answered with {answer.problem.type}: "
            f"{answer.problem.message}"
        )
    if isinstance(case, ModelCase):
        return {}
    is_cell = isinstance(case, LayerCase) and case.protocol == "cell"
    return compare.arrays(compare.split(tuple(case.returns), answer, cell=is_cell and bool(case.returns)))


def _require_tensorflow() -> None:
    """Sheets are made with Keras on TensorFlow, so that they are the same wherever answers are asked."""
    import keras

    if keras.backend.backend() != "tensorflow":
        raise GraderFault(
            f"Sheets are made with Keras on TensorFlow, and this process runs it on {keras.backend.backend()!r}. Unset "
            "KERAS_BACKEND, or run by KERAS_BACKEND=tensorflow; what Keras runs on where answers are graded is "
            "c.Gatebook.backend."
        )


def _error(
    exercise: Exercise,
    case: FunctionCase | LayerCase,
    part: str,
    got: np.ndarray,
    truth: np.ndarray,
    slack: float,
) -> float:
    if got.shape != truth.shape:
        raise GraderFault(
            f"{exercise.id}, case {case.id!r}, part {part}: a witness has shape {got.shape}, the truth {truth.shape}"
        )
    error = float(np.max(np.abs(got.astype(np.float64) - truth), initial=0.0))
    if not error <= DISAGREEMENT * slack:
        who = "the witnesses" if exercise.witnesses else "the truth and its permuted runs"
        raise GraderFault(
            f"{exercise.id}, case {case.id!r}, part {part}: {who} differ by {error:.3g}, "
            f"rounding explains about {slack:.3g}"
        )
    return error


def _named_arrays(case: FunctionCase | LayerCase) -> list[tuple[str, np.ndarray]]:
    if isinstance(case, FunctionCase):
        return [(case.axes[name], case.arguments[name]) for name in case.axes]
    pairs = [(case.axes["inputs"], case.inputs)]
    pairs += [(case.axes[name], array) for name, array in case.weights.items()]
    return pairs + [(case.axes[f"state.{k}"], array) for k, array in enumerate(case.states or ())]


def map_arrays(case: Any, change: Any) -> Any:
    """The case with `change` applied to every floating array."""

    def each(value: Any) -> Any:
        return change(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value

    if isinstance(case, FunctionCase):
        return dataclasses.replace(case, arguments={name: each(value) for name, value in case.arguments.items()})
    return dataclasses.replace(
        case,
        inputs=each(case.inputs),
        weights={name: each(value) for name, value in case.weights.items()},
        states=None if case.states is None else tuple(map(each, case.states)),
        cotangents=None if case.cotangents is None else {name: each(value) for name, value in case.cotangents.items()},
    )


def _permuted(case: Any, orders: Mapping[str, np.ndarray]) -> Any:
    def each(name: str, value: Any) -> Any:
        return axes.permute(value, case.axes[name], orders) if name in case.axes else value

    if isinstance(case, FunctionCase):
        return dataclasses.replace(case, arguments={name: each(name, value) for name, value in case.arguments.items()})
    cotangents = case.cotangents
    if cotangents is not None:
        cotangents = {name: axes.permute(value, case.returns[name], orders) for name, value in cotangents.items()}
    return dataclasses.replace(
        case,
        inputs=each("inputs", case.inputs),
        weights={name: each(name, value) for name, value in case.weights.items()},
        states=None if case.states is None else tuple(each(f"state.{k}", state) for k, state in enumerate(case.states)),
        cotangents=cotangents,
    )


def _description(case: FunctionCase | LayerCase, exercise: Exercise) -> Said:
    size = axes.sizes(_named_arrays(case))
    settings: Mapping[str, Any] = (
        {name: value for name, value in case.arguments.items() if name not in case.axes}
        if isinstance(case, FunctionCase)
        else {name: value for name, value in case.config.items() if size.get(name) != value}
    )
    said: list[str | Text] = [f"{name}={value!r}" for name, value in settings.items()]
    if isinstance(case, LayerCase):
        said += [words("with initial states")] if case.states is not None and case.protocol == "layer" else []
        said += [words("masked")] if case.mask is not None else []
        said += [case.dtype] if case.dtype != "float32" else []
    if exercise.stand_ins:
        parts = tuple(f"`{stand_in.name}`" for stand_in in exercise.stand_ins)
        said.append(words("with something else in the place of {parts}", parts=parts))
    return words("{facts}", facts=tuple(said))


# ------------------------------------------------------------------------------------------------------------- models


def _model_case(exercise: Exercise, case: ModelCase, *, measured: bool) -> SheetCase:
    """measured: say how long the training takes here; two public sheets are to be the same."""
    expected = [
        Expected(part, tuple(f"axis {k}" for k in range(np.ndim(value))), encode_array(np.float64(value)), 0.0)
        for part, value in exercise.truth(case).items()
    ]
    if case.alike:
        expected.append(Expected("alike", (), encode_array(np.float64(0)), ALIKE))
    _require_tensorflow()
    asked = question(case, exercise)
    names = {exercise.entry_point: exercise.witnesses["keras"]()}
    seconds = 0.0
    if case.steps:
        answer = answers.answer(asked, names)
        if measured:
            seconds = answers.answer(asked, names).seconds  # the first one may have started TensorFlow
        if answer.problem is not None:
            raise GraderFault(f"{exercise.id}: the reference model failed: {answer.problem.message}")
        reached = compare.accuracy(answer, case.labels_probe)
        expected.append(Expected("probabilities", (), encode_array(np.float64(0)), PROBABILITIES))
        threshold = np.float64(reached - case.margin)
        expected.append(Expected("accuracy", (), encode_array(threshold), 0.0, at_least=True))
    return SheetCase(
        id=case.id,
        question=asked,
        returns=tuple(part.part for part in expected),
        expected=(tuple(expected),),
        labels=encode_array(case.labels_probe) if case.steps else None,
        alike=case.alike,
        description=words(
            "input {shape}, {steps} training steps of {batch} samples",
            shape=str(case.inputs.shape[1:]),
            steps=case.steps,
            batch=case.batch_size,
        ),
        seconds=seconds,
    )


# ------------------------------------------------------------------------------------------------------ wrong answers


def wrong_parts(mistake: Mistake, cases: Iterable[Case]) -> dict[str, np.ndarray]:
    """What a mistake answers, in float64: `case.part` -> array. Cases asked by another route than the plain call say
    nothing new."""
    return _parts_of(mistake.answer, cases)


def _parts_of(answer: Callable[[Any], Arrays | None], cases: Iterable[Case]) -> dict[str, np.ndarray]:
    parts = {}
    for case in cases:
        if isinstance(case, LayerCase) and case.route != "eager":
            continue
        exact: Any = case if isinstance(case, ModelCase) else map_arrays(case, _in_float64)
        if isinstance(exact, LayerCase):
            exact = dataclasses.replace(exact, cotangents=None)
        for part, value in (answer(exact) or {}).items():
            parts[f"{case.id}.{part}"] = np.asarray(value, np.float64)
    return parts


def _in_float64(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64)


def _with_mistakes(sheet: Sheet, exercise: Exercise, cases: tuple[Case, ...]) -> Sheet:
    right = {
        f"{case.id}.{expected.part}": expected.value.shape
        for case in sheet.cases
        for expected in case.expected[0]
        if not expected.part.startswith("grad.")
    }
    marked = tuple(right)
    wrong = []
    for mistake in exercise.mistakes:
        parts = {name: value for name, value in wrong_parts(mistake, cases).items() if name in right}
        shapes = {name: value.shape for name, value in parts.items() if value.shape != right[name]}
        marked_with = encode_array(_marks(parts, marked))
        wrong.append(WrongAnswer(mistake.id, mistake.title, mistake.hint, mistake.gate, marked_with, shapes))
    return dataclasses.replace(
        sheet, wrong=tuple(wrong), marked=marked, pairs=_pairs(exercise, cases, right), probes=_probes(exercise, cases)
    )


def _marks(parts: Arrays, marked: tuple[str, ...]) -> np.ndarray:
    nothing = np.full(marks.MARKS, np.nan)
    found = np.stack([marks.mark(parts[name]) if name in parts else nothing for name in marked])  # (parts, marks)
    return np.clip(found, -1e30, 1e30).astype(np.float32)


def _replacing(
    made_of: Callable[[Any, Mapping[str, Any]], Arrays | None], lines: Mapping[str, Any]
) -> Callable[[Any], Arrays | None]:
    return lambda case: made_of(case, lines)


def _pairs(exercise: Exercise, cases: tuple[Case, ...], right: Mapping[str, tuple[int, ...]]) -> WrongPairs | None:
    """Every two usual mistakes that replace different lines, and those that one slip of the pen makes together."""
    made_of = exercise.made_of
    if made_of is None:
        return None
    first, second, found = [], [], []
    replacing = [(place, mistake) for place, mistake in enumerate(exercise.mistakes) if mistake.lines]
    for (one, mistake), (other, beside) in itertools.combinations(replacing, 2):
        together = (mistake.usual and beside.usual) or set(mistake.slips) & set(beside.slips)
        if not together or mistake.lines.keys() & beside.lines.keys():
            continue
        parts = _parts_of(_replacing(made_of, {**mistake.lines, **beside.lines}), cases)
        if any(value.shape != right[name] for name, value in parts.items() if name in right):
            continue
        first.append(one)
        second.append(other)
        found.append(_marks(parts, tuple(right)))
    return WrongPairs(tuple(first), tuple(second), encode_array(np.stack(found))) if found else None


# -------------------------------------------------------------------------------------------------------------- probes


def _probes(exercise: Exercise, cases: tuple[Case, ...]) -> tuple[Probe, ...]:
    """Probes of the first case, and of the first one with initial states."""
    plain = [case for case in cases if isinstance(case, FunctionCase) or _is_eager(case)]
    bases = plain[:1] + [case for case in plain[1:] if isinstance(case, LayerCase) and case.states is not None][:1]
    found = []
    for base in bases:
        assert not isinstance(base, ModelCase)
        for name, right, wrong, case in probes.simpler(base):
            asked = _probe_case(exercise, dataclasses.replace(case, id=f"{base.id}, {name}"))
            if _is_the_same_everywhere(asked):
                continue  # a bias alone is left, and to get that right tells nothing
            found.append(Probe(base.id, asked, right, wrong or NOTHING))
        for gate, wrong, case in probes.alone(exercise, base):
            asked = _probe_case(exercise, dataclasses.replace(case, id=f"{base.id}, {gate} alone"))
            found.append(Probe(base.id, asked, NOTHING, wrong, gate))
    return tuple(found)


def _is_the_same_everywhere(case: SheetCase) -> bool:
    """Whether what is right has one value for each unit or filter, whatever the sample, step or place."""
    values = [decode_array(expected.value) for expected in case.expected[0]]
    return all(value.ndim < 2 or np.ptp(value.reshape(-1, value.shape[-1]), axis=0).max() < 1e-9 for value in values)


def _is_eager(case: Case) -> bool:
    return isinstance(case, LayerCase) and case.route == "eager"


def _probe_case(exercise: Exercise, case: FunctionCase | LayerCase) -> SheetCase:
    return _case(exercise, case, np.random.default_rng(0))
