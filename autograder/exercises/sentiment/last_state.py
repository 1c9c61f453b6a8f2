"""The state at the last word: one summary for each sentence, whatever its length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("padded", rng, gaps=False), _case("gaps", rng, gaps=True)


def _case(name: str, rng: np.random.Generator, *, gaps: bool) -> FunctionCase:
    """Every sentence ends elsewhere, none at the end of the row. With gaps, words are missing in the middle, and at the
    beginning of some."""
    size = draw.distinct_sizes(rng, ("batch", "units"), 3, 5) | {"time": int(rng.integers(7, 9))}
    batch, time = size["batch"], size["time"]
    ends = rng.permutation(np.arange(2, time - 1))[:batch] if batch <= time - 3 else rng.integers(2, time - 1, batch)
    places = np.arange(time)
    mask = places <= ends[:, np.newaxis]  # (batch, time)
    if gaps:
        mask[:, 1] = False
        mask[0, 0] = False
    return FunctionCase(
        id=name,
        arguments={"states": draw.state(rng, batch, time, size["units"]), "mask": mask},
        axes={"states": "batch time units", "mask": "batch time"},
        returns={"last": "batch units"},
    )


def _last(states: Any, mask: Any) -> Any:
    return _at(states, _end(mask))


def _end(mask: np.ndarray) -> np.ndarray:
    """The place of the last word, (batch,)."""
    return mask.shape[1] - 1 - np.argmax(mask[:, ::-1], axis=1)


def _before_the_first_gap(mask: np.ndarray) -> np.ndarray:
    begun = np.maximum.accumulate(mask, axis=1)
    return np.argmax(begun & ~mask, axis=1) - 1  # every row ends before the array does


def _at(states: np.ndarray, places: np.ndarray) -> np.ndarray:
    return states[np.arange(len(states)), places]  # (batch, units)


def _mistake(name: str, title: str, hint: str, answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"last": answer(case.arguments["states"], case.arguments["mask"])}

    return Mistake(f"last_state.{name}", title, hint, wrong)


def _kept(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return states * mask[:, :, np.newaxis]  # (batch, time, units)


MISTAKES = (
    _mistake(
        "last_place", "The state at the end of the row is taken, whatever stands there",
        "A sentence of three words in a row of ten: where does its last word stand?",
        lambda states, mask: states[:, -1],
    ),
    _mistake(
        "first_place", "The first state is taken",
        "How much of the sentence has the state read that you return?", lambda states, mask: states[:, 0],
    ),
    _mistake(
        "first_word", "The state at the first word is taken",
        "How much of the sentence has the state read that you return?",
        lambda states, mask: _at(states, np.argmax(mask, axis=1)),
    ),
    _mistake(
        "by_number", "The words are counted, and the state at that place is taken",
        "Let a word be missing in the middle of the row. Does the number of words still say where the last one stands?",
        lambda states, mask: _at(states, mask.sum(axis=1) - 1),
    ),
    _mistake(
        "behind_the_last", "The state behind the last word is taken",
        "A row with one word only, at the very beginning: which index does your code take?",
        lambda states, mask: _at(states, _end(mask) + 1),
    ),
    _mistake(
        "number_as_place", "The number of words is taken for the place of the last one",
        "If the first word has the index 0, which index has the third?",
        lambda states, mask: _at(states, mask.sum(axis=1)),
    ),
    _mistake(
        "before_the_last", "The state before the last word is taken",
        "A row with one word only, at the very beginning: which index does your code take?",
        lambda states, mask: _at(states, _end(mask) - 1),
    ),
    _mistake(
        "first_gap", "The sentence is taken to end at the first gap",
        "Can there be a word behind a place without one? Try the mask True, False, True.",
        lambda states, mask: _at(states, _before_the_first_gap(mask)),
    ),
    _mistake(
        "mean_of_words", "The mean over the words is returned",
        "Is what you return the state of any step at all?",
        lambda states, mask: _kept(states, mask).sum(axis=1) / mask.sum(axis=1, keepdims=True),
    ),
    _mistake(
        "mean_of_all", "The mean over the whole row is returned",
        "Is what you return the state of any step at all?", lambda states, mask: states.mean(axis=1),
    ),
    _mistake(
        "sum_of_words", "The states at all words are added up",
        "Is what you return the state of any step at all?", lambda states, mask: _kept(states, mask).sum(axis=1),
    ),
    _mistake(
        "largest", "The largest entry over the words is returned, unit by unit",
        "Is what you return the state of any step at all?",
        lambda states, mask: np.where(mask[:, :, np.newaxis], states, -np.inf).max(axis=1),
    ),
    _mistake(
        "states_zeroed", "The padded states are set to zero, and the end of the row is taken",
        "If you set the states behind the last word to zero, what stands at the end of the row?",
        lambda states, mask: _kept(states, mask)[:, -1],
    ),
    _mistake(
        "same_place_for_all", "Every sentence is taken to end where the first one ends",
        "Do all sentences of the batch end at the same place? How many indices do you need?",
        lambda states, mask: states[:, _end(mask)[0]],
    ),
    _mistake(
        "time_axis_kept", "The result keeps a time axis of length 1",
        "How many axes does the result have? What does an index do to an axis, and what does a slice do?",
        lambda states, mask: _last(states, mask)[:, np.newaxis],
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="last_state",
    assignment="sentiment",
    title="The state at the last word",
    entry_point="last_state",
    signature="last_state(states, mask) -> last",
    points=4,
    hint="For each row of the mask: at which index does the last True stand? How would you find it if there are gaps?",
    cases=cases,
    truth=function_truth(_last),
    slack=slack,
    checks=(
        Check("padded", "Where the padding stands behind the words", 2, ("padded.last",)),
        Check("gaps", "Where words are missing in the middle, too", 2, ("gaps.last",), ("padded",)),
    ),
    mistakes=MISTAKES,
    forbidden=RECURRENT_BUILTINS,
    permuted=("units",),
)
