"""The ladder: a raw answer held against the right one, part by part.

missing -> kind -> shape -> dtype -> finite -> value. Nothing broadcasts at any rung.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.answering.protocol import (
    Answer,
    Array,
    CallLayer,
    Items,
    Other,
    ProtocolError,
    Training,
    TrainModel,
    Value,
    decode_array,
    encode_array,
)
from autograder.judging.axis_words import (
    axis_name,
    object_part,
    plain_axis,
    sizes_of,
    spoken_axes,
    spoken_part,
    subject_part,
)
from autograder.judging.rearranged import rearranged
from autograder.judging.reworked import reworked
from autograder.language import Said, Text, sentences, words
from autograder.model import Expected, PartResult, Rung, SheetCase

SHOWN_ENTRIES = 400
"""Arrays with more entries are not shown as evidence."""


def split(returns: tuple[str, ...], answer: Answer, *, cell: bool = False) -> dict[str, Value] | Text:
    """Name the parts of an answer: its returned values in order, and `grad.*`; or a sentence that says why not. A cell
    returns its states in a list."""
    value = answer.value
    items = value.items if isinstance(value, Items) else ()
    if cell:
        if len(items) != 2 or not isinstance(items[1], Items):
            return words(
                "A cell returns its output and a list of its new states, (output, [{states}]); the result is {result}.",
                states=", ".join(returns[1:]), result=describe(value),
            )  # fmt: skip
        items = (items[0], *items[1].items)
    if len(returns) == 1 and not cell:
        parts: dict[str, Value] = {returns[0]: value}
    elif len(items) == len(returns) and not any(map(_is_wrapped, items)):
        parts = dict(zip(returns, items, strict=True))
    else:
        said = words(
            "{number} values were expected ({names}); the result is {result}.",
            number=len(returns), names=tuple(map(spoken_part, returns)), result=describe(value),
        )  # fmt: skip
        return _asks_for_return(said) if value is None else said
    parts |= {f"weight.{name}": value for name, value in answer.initial.items()}
    return parts | {f"grad.{name}": gradient for name, gradient in answer.gradients.items()}


def _asks_for_return(said: Text) -> Text:
    """What is said of a whole result that is None."""
    return words("{first} {second}", first=said, second=words("Is there a `return`?"))


def _is_wrapped(value: Value) -> bool:
    """Whether it is a list of one tensor, which is not that tensor."""
    return isinstance(value, Items) and len(value.items) == 1 and isinstance(value.items[0], Array)


def arrays(parts: dict[str, Value] | Text) -> dict[str, np.ndarray]:
    """The parts that are arrays; the others are left out."""
    if isinstance(parts, Text):
        return {}
    decoded = {part: as_array(value) for part, value in parts.items()}
    return {part: value for part, value in decoded.items() if value is not None}


def as_array(value: Value) -> np.ndarray | None:
    """An array from an array, a number, or a regular nested list of numbers; None from anything else."""
    if isinstance(value, Array):
        try:
            return decode_array(value)
        except ProtocolError:
            return None
    if isinstance(value, bool | int | float):
        try:
            return np.asarray(value)
        except OverflowError:
            return None
    if isinstance(value, Items):
        items = [as_array(item) for item in value.items]
        if items and all(item is not None and item.shape == items[0].shape for item in items):  # type: ignore[union-attr]
            return np.stack(items)  # type: ignore[arg-type]
    return None


def describe(value: Value) -> Said:
    """A value in words: `an array of shape (2, 3)`, `None`, `a sequence of 2 values`."""
    if isinstance(value, Array):
        return words("an array of shape {shape}", shape=str(value.shape))
    if isinstance(value, Items):
        first = tuple(describe(item) for item in value.items[:4])
        return words(
            "a sequence of one value ({first})", "a sequence of {n} values ({first})", n=len(value.items), first=first
        )
    if isinstance(value, Other):
        return words("an object of type {type}", type=value.type_name)
    if value is None:
        return "None"
    return words("the {type} {value}", type=type(value).__name__, value=repr(value))


def accuracy(answer: Answer, labels: np.ndarray) -> float:
    """The share of the probe that a trained model's answer labels rightly; 0 when it does not fit the labels. Labels
    below 0 do not count."""
    predictions = _predictions(answer)
    if predictions is None or predictions.shape[:-1] != labels.shape or not np.all(np.isfinite(predictions)):
        return 0.0
    return float(np.mean((np.argmax(predictions, axis=-1) == labels)[labels >= 0]))


def compare_case(case: SheetCase, answer: Answer, *, show: bool) -> tuple[PartResult, ...]:
    """Hold every expected part of a case against the answer. `show` puts small arrays into the result: only for
    public cases."""
    if answer.problem is not None:
        rung: Rung = "exception"
        message: Said = words("There is no value: it stopped with {type}.", type=answer.problem.type or "an error")
        if answer.problem.kind == "weights":
            rung, message = "weights", words("There is no value: the weights of the layer could not be set.")
        elif show and answer.problem.message:
            message = words(
                "There is no value: it stopped with {type} ({said}).",
                type=answer.problem.type or "an error", said=answer.problem.message.splitlines()[0][:200],
            )  # fmt: skip
        if _is_a_loop(case):
            # What the cell says of its sizes is why the loop stopped.
            sizes = [_size(case, answer, key, wanted) for key, wanted in case.config_back.items()]
            if wrong := tuple(size for size in sizes if not size.right):
                return wrong
        return tuple(PartResult(f"{case.id}.{expected.part}", rung, message) for expected in case.expected[0])
    untracked = tuple(weight.path for weight in answer.weights if not weight.tracked)
    layout = answer.layout if answer.layout is not None and 0 <= answer.layout < len(case.expected) else 0
    parts = case_parts(case, answer)
    results = []
    for expected in case.expected[layout]:
        name = f"{case.id}.{expected.part}"
        if isinstance(parts, Text):
            results.append(PartResult(name, "kind", parts, expected_shape=expected.value.shape))
        elif untracked and expected.part.startswith("grad."):
            results.append(PartResult(name, "weights", _untracked(untracked)))
        elif answer.training is not None and expected.part not in parts:
            results.append(PartResult(name, "time", too_slow(answer.training)))
        elif expected.part not in parts:
            results.append(PartResult(name, "missing", words("There is no {part}.", part=spoken_part(expected.part))))
        elif parts[expected.part] is None and (frozen := _frozen(answer, expected.part)) is not None:
            results.append(PartResult(name, "missing", frozen))
        else:
            failed = answer.gradients_failed
            results.append(_part(name, expected, parts[expected.part], case, show=show, failed=failed))
    for key, wanted in case.config_back.items():
        results.append((_size if _is_a_loop(case) else _config_entry)(case, answer, key, wanted))
    return tuple(results)


def too_slow(training: Training) -> Text:
    """That a model was not trained in time, how far it came, and what makes layers slow."""
    return words(
        "The training was too slow: {done} of {steps} steps were done when its {seconds} seconds were over. Layers are "
        "slow where Python loops over pixels, images or channels; whole arrays at once, or a loop over the few cells "
        "of the window, are many times as fast.",
        done=training.done, steps=training.steps, seconds=f"{training.seconds:.0f}",
    )  # fmt: skip


def _untracked(paths: tuple[str, ...]) -> Text:
    return words(
        "Keras does not know of the weight {weights}: it would be neither trained nor saved. Was it made with "
        "`add_weight`?",
        "Keras does not know of the weights {weights}: they would be neither trained nor saved. Were they made with "
        "`add_weight`?",
        n=len(paths), weights=tuple(f"`{path}`" for path in paths[:6]),
    )  # fmt: skip


def _holds_arrays(value: Value) -> bool:
    """Whether it is a sequence of arrays, and no nested list of numbers."""
    return isinstance(value, Items) and any(isinstance(item, Array) and item.shape for item in value.items)


def _frozen(answer: Answer, part: str) -> Text | None:
    """That the weight which this is the gradient of is not trained, where the layer says so."""
    name = part.removeprefix("grad.").rpartition("/")[2].partition("#")[0]
    if not any(not weight.trainable and weight.path.endswith(f"/{name}") for weight in answer.weights):
        return None
    return words(
        "There is no gradient with respect to `{weight}`: the weight is not trainable. Was it made with "
        "`trainable=False`?",
        weight=name,
    )  # fmt: skip


def _part(name: str, expected: Expected, value: Value, case: SheetCase, *, show: bool, failed: bool) -> PartResult:
    got = as_array(value)
    spoken, subject = spoken_part(expected.part), subject_part(expected.part)
    right = decode_array(expected.value)
    numbers = "biuf" if right.dtype.kind == "b" else "iuf"
    right = right.astype(np.float64)
    if value is None and expected.part.startswith("grad."):
        message = words("There is no {part}: the result does not depend on it, or the tape lost track.", part=spoken)
        if failed:
            message = words(
                "There are no gradients: TensorFlow stopped when it was to compute them. Is there an operation "
                "that has none, such as one that writes into an array?"
            )
        return PartResult(name, "missing", message)
    if got is None or (got.shape != right.shape and _holds_arrays(value)):
        said = words("{Part} should be an array; it is {what}.", Part=subject, what=describe(value))
        nothing = value is None and case.returns == (expected.part,)
        said = _asks_for_return(said) if nothing else said
        return PartResult(name, "kind", said, expected_shape=right.shape)
    if _is_model(case) and expected.part == "output_shape" and got.tolist() != right.tolist():
        return PartResult(
            name, "value",
            words(
                "The predictions should have shape {shape}; they have shape {got}.",
                shape=_sizes(right), got=_sizes(got),
            ),
            wrong_entries=1, entries=1,
        )  # fmt: skip
    if got.shape != right.shape:
        return PartResult(
            name, "shape",
            words(
                "{Part} should have shape {shape}, that is {axes}; it has shape {got}.",
                Part=subject, shape=str(right.shape), axes=_axes(expected), got=str(got.shape),
            ),
            moved=_shape_hint(expected, got.shape, case),
            axes=expected.axes, got_shape=got.shape, expected_shape=right.shape,
        )  # fmt: skip
    if got.dtype.kind not in numbers:
        return PartResult(
            name, "dtype",
            words("{Part} should hold real numbers; its dtype is {dtype}.", Part=subject, dtype=str(got.dtype)),
            got_shape=got.shape, expected_shape=right.shape,
        )  # fmt: skip
    exact = got.astype(np.float64)
    values: dict[str, Any] = _shown(exact, right) if show and not expected.at_least else {}
    if expected.at_least:
        if float(exact) >= float(right):
            return PartResult(name, "right", tolerance=expected.tolerance)
        return PartResult(
            name, "value",
            words(
                "{Part} is {got}; at least {least} was expected after the same training.",
                Part=subject, got=f"{float(exact):.3f}", least=f"{float(right):.3f}",
            ),
            got=float(exact), expected=float(right), wrong_entries=1, entries=1,
        )  # fmt: skip
    finite = np.isfinite(exact)
    if not finite.all():
        return PartResult(
            name, "finite",
            words(
                "{Part} holds one entry that is NaN or infinite.",
                "{Part} holds {n} entries that are NaN or infinite.", Part=subject, n=int((~finite).sum()),
            ),
            axes=expected.axes, worst=_index(expected.axes, ~finite), wrong_entries=int((~finite).sum()),
            entries=exact.size, wrong_where=_where(expected.axes, ~finite), **values,
        )  # fmt: skip
    difference = np.abs(exact - right)
    wrong = difference > expected.tolerance
    if not wrong.any():
        return PartResult(
            name, "right", difference=float(np.max(difference, initial=0.0)), tolerance=expected.tolerance
        )
    worst = np.unravel_index(int(np.argmax(difference)), difference.shape)
    if _is_model(case) and expected.part in _OFF:
        return PartResult(
            name, "value", _OFF[expected.part](f"{float(exact):.3g}"),
            difference=float(exact), tolerance=expected.tolerance, wrong_entries=1, entries=1,
        )  # fmt: skip
    return PartResult(
        name, "value",
        sentences(
            words(
                "{Part} differs by up to {most} in {wrong} of {entries} entries.",
                Part=subject, most=f"{float(difference[worst]):.3g}", wrong=int(wrong.sum()), entries=wrong.size,
            ),
            _precision(expected, difference),
        ),
        axes=expected.axes,
        worst={axis: int(k) for axis, k in zip(expected.axes, worst, strict=True)},
        got=float(exact[worst]), expected=float(right[worst]) if show else None,
        difference=float(difference[worst]), tolerance=expected.tolerance,
        wrong_entries=int(wrong.sum()), entries=wrong.size, wrong_where=_where(expected.axes, wrong),
        moved=(
            rearranged(expected.axes, exact, right, expected.tolerance)
            # Its words hold numbers of the right answer.
            or (reworked(exact, right, expected.tolerance) if show else "")
        ),
        got_shape=got.shape, expected_shape=right.shape, **values,
    )  # fmt: skip


def _precision(expected: Expected, difference: np.ndarray) -> Said:
    """Say so when the arithmetic is right but was done in less precision than asked for."""
    ratio = float(np.finfo(np.float32).eps / np.finfo(np.float64).eps)
    if expected.tolerance < 1e-10 and float(difference.max()) <= expected.tolerance * ratio:
        return words(
            "The size of the difference is that of float32 arithmetic: was something cast inside a float64 run?"
        )
    return ""


def _shape_hint(expected: Expected, got: tuple[int, ...], case: SheetCase) -> Said:
    wanted = expected.value.shape
    named = dict(zip(expected.axes, wanted, strict=True))
    if len(got) == len(wanted) and sorted(got) == sorted(wanted) and len(set(wanted)) == len(wanted):
        order = [expected.axes[wanted.index(size)] for size in got]
        return words("Your axes stand in the order ({axes}).", axes=spoken_axes(order))
    if "time" in named:
        without = tuple(size for axis, size in named.items() if axis != "time")
        if got == without:
            return words("That looks like the last step alone; every step was asked for.")
    for position in range(len(got)):
        if got[:position] + got[position + 1 :] == wanted:
            return words("There is an axis too many: axis {axis}, of size {size}.", axis=position, size=got[position])
    missing = [axis for axis, without in _without_each(named) if got == without]
    if missing:
        return words("The axis {axis} is missing.", axis=axis_name(missing[0]))
    return _other_axis(expected, got, sizes_of(case))


def _other_axis(expected: Expected, got: tuple[int, ...], sizes: Mapping[str, int]) -> Said:
    """Which axis of the example stands where another one should, by their sizes."""
    rows = zip(expected.axes, expected.value.shape, got, strict=False)
    other = [(axis, size, mine) for axis, size, mine in rows if size != mine]
    if len(got) != len(expected.axes) or len(other) != 1:
        return ""
    axis, size, mine = other[0]
    named = [name for name, length in sizes.items() if length == mine and name.isidentifier()]
    if len(named) != 1 or plain_axis(named[0]) == plain_axis(axis):
        return ""
    said = words(
        "{mine} is {stands}, {size} would be {axis}.",
        mine=mine, stands=axis_name(named[0]), size=size, axis=axis_name(axis),
    )  # fmt: skip
    if axis == "batch" and named[0] == "time" and "time" not in expected.axes:
        return sentences(said, words("Was the last sequence of the batch taken instead of the last step?"))
    return sentences(said, words("Which axis did you index, or sum over?"))


def _without_each(named: Mapping[str, int]) -> list[tuple[str, tuple[int, ...]]]:
    return [(axis, tuple(size for other, size in named.items() if other != axis)) for axis in named]


def _axes(expected: Expected) -> Text:
    return words("({axes})", axes=spoken_axes(expected.axes))


def _index(names: tuple[str, ...], wrong: np.ndarray) -> dict[str, int]:
    first = np.argwhere(wrong)[0]
    return {axis: int(k) for axis, k in zip(names, first, strict=True)}


FILLED = 0.6
"""The least share of a place that is wrong: a few entries lie somewhere by chance."""


def _where(names: tuple[str, ...], wrong: np.ndarray) -> dict[str, tuple[int, ...]]:
    """For each axis along which some indices are all right: the others, if what they share is wrong."""
    where = {}
    place = wrong
    for position, axis in enumerate(names):
        others = tuple(k for k in range(wrong.ndim) if k != position)
        along = np.flatnonzero(wrong.any(axis=others))
        if len(along) < wrong.shape[position]:
            where[axis] = tuple(map(int, along))
            place = np.take(place, along, axis=position)
    return where if place.mean() >= FILLED else {}


def _shown(got: np.ndarray, right: np.ndarray) -> dict[str, Array]:
    if got.size > SHOWN_ENTRIES:
        return {}
    return {"got_values": encode_array(got), "expected_values": encode_array(right)}


def _config_entry(case: SheetCase, answer: Answer, key: str, wanted: object) -> PartResult:
    name = f"{case.id}.config.{key}"
    if key not in answer.config:
        return PartResult(name, "config", words("get_config() has no entry {key}.", key=repr(key)))
    got, wanted = _plain(answer.config[key]), _plain(wanted)
    if got != wanted:
        return PartResult(
            name, "config",
            words(
                "get_config()[{key}] is {got}; the layer was made with {wanted}.",
                key=repr(key), got=repr(got), wanted=repr(wanted),
            ),
        )  # fmt: skip
    return PartResult(name, "right")


def _size(case: SheetCase, answer: Answer, key: str, wanted: object) -> PartResult:
    """What a cell says of its states or of its output. Keras asks for the first, and does without the second."""
    name = f"{case.id}.config.{key}"
    if key not in answer.config and key != "state_size":
        return PartResult(name, "right")
    if key not in answer.config:
        said = words("`state_size` is missing: `keras.layers.RNN` asks it how wide the states are.")
        return PartResult(name, "config", said)
    got = _plain(answer.config[key])
    if (got if isinstance(got, list) or key == "output_size" else [got]) == _plain(wanted):
        return PartResult(name, "right")
    sizes = {"got": repr(got), "wanted": repr(_plain(wanted))}
    if key == "state_size":
        said = words(
            "`state_size` is {got}; of this cell it is {wanted}: `keras.layers.RNN` makes the first states by it.",
            **sizes,
        )
    else:
        said = words(
            "`output_size` is {got}; of this cell it is {wanted}: `keras.layers.RNN` promises it to the next layer.",
            **sizes,
        )
    return PartResult(name, "config", said)


def _is_a_loop(case: SheetCase) -> bool:
    return isinstance(case.question, CallLayer) and case.question.route == "loop"


def _plain(setting: object) -> object:
    """A setting with its sequences as lists, whatever they were on their way."""
    if isinstance(setting, Items):
        setting = setting.items
    return [_plain(item) for item in setting] if isinstance(setting, list | tuple) else setting


def case_parts(case: SheetCase, answer: Answer) -> dict[str, Value] | Text:
    """The parts of an answer to any kind of question, or a sentence that says why there are none."""
    if _is_model(case):
        return _model_parts(case, answer)
    is_cell = isinstance(case.question, CallLayer) and case.question.protocol == "cell"
    return split(case.returns, answer, cell=is_cell and bool(case.returns))


def _is_model(case: SheetCase) -> bool:
    return type(case.question).__name__ == "TrainModel"


def _model_parts(case: SheetCase, answer: Answer) -> dict[str, Value] | Text:
    if answer.training is not None:
        return _untrained_parts(case, answer)
    predictions = _predictions(answer)
    if predictions is None or not isinstance(answer.value, Items):
        return words(
            "A Keras model that predicts an array was expected; the result is {result}.",
            result=describe(answer.value),
        )
    parts: dict[str, Value] = {
        "output_shape": encode_array(np.asarray(predictions.shape, np.int64)),
        "weights": answer.value.items[1],
    }
    if case.alike:
        parts["alike"] = encode_array(np.asarray(_difference(predictions, case.alike)))
    if case.labels is not None:
        labels = decode_array(case.labels)
        parts["probabilities"] = encode_array(np.asarray(_beside_probabilities(predictions, labels)))
        parts["accuracy"] = accuracy(answer, labels)
    return parts


def _beside_probabilities(predictions: np.ndarray, labels: np.ndarray) -> float:
    """How far predictions that count are from probabilities: between 0 and 1, and 1 together. Where there is not one
    for each label, the accuracy tells."""
    if predictions.shape[:-1] != labels.shape:
        return 0.0
    rows = predictions[labels >= 0].astype(np.float64)
    outside = np.maximum(-rows, rows - 1)
    return float(max(np.max(np.abs(rows.sum(axis=-1) - 1), initial=0.0), np.max(outside, initial=0.0)))


_OFF: dict[str, Callable[[str], Text]] = {
    "alike": lambda most: words(
        "The same is asked in several ways, and the predictions differ by up to {most}.", most=most
    ),
    "probabilities": lambda most: words(
        "Probabilities lie between 0 and 1, and those of one answer add up to 1: here they are off by up to {most}. Is "
        "there a softmax, and over which axis does it go?",
        most=most,
    ),
}
"""What of a model is one number that should be 0, and what is said where it is not."""


def _sizes(shape: np.ndarray) -> str:
    return str(tuple(int(size) for size in shape.flat))


def _difference(predictions: np.ndarray, alike: tuple[tuple[int, int], ...]) -> float:
    """The largest difference of two rows that should be alike."""
    if not predictions.ndim or len(predictions) <= max(max(pair) for pair in alike):
        return math.inf
    one, other = (predictions[[pair[k] for pair in alike]].astype(np.float64) for k in range(2))
    return float(np.max(np.abs(one - other), initial=0.0))


def _untrained_parts(case: SheetCase, answer: Answer) -> dict[str, Value]:
    """What is known of a model for whose training there was not enough time."""
    match answer.value:
        case Items((Items((*_, Items(sizes))), weights, None)) if sizes and isinstance(case.question, TrainModel):
            shape = (case.question.probe.shape[0], *sizes[1:])
            return {"output_shape": Items(shape), "weights": weights}
        case Items((_, weights, None)):
            return {"weights": weights}
    return {}


def _predictions(answer: Answer) -> np.ndarray | None:
    if isinstance(answer.value, Items) and len(answer.value.items) == 3:
        return as_array(answer.value.items[2])
    return None


__all__ = [
    "accuracy", "arrays", "as_array", "case_parts", "compare_case", "describe", "object_part", "split", "subject_part",
]  # fmt: skip
