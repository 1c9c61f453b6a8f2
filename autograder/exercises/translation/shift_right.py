"""What a decoder reads while it learns: the right words, each one step late."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("full", rng, padded=False), _case("padded", rng, padded=True)


def _case(name: str, rng: np.random.Generator, *, padded: bool) -> FunctionCase:
    """No two numbers are alike, so that one in a wrong place shows. Padded, every row ends elsewhere, and one not at
    all."""
    size = draw.distinct_sizes(rng, ("batch", "time"), 4, 7)
    batch, time = size["batch"], size["time"]
    targets = rng.permutation(np.arange(5, 5 + batch * time)).reshape(batch, time)
    if padded:
        ends = rng.permutation([time, *rng.integers(2, time - 1, batch - 1)])
        targets = np.where(np.arange(time) < ends[:, np.newaxis], targets, 0)
    return FunctionCase(
        id=name,
        arguments={"targets": targets.astype(np.int32), "start": int(rng.integers(1, 5))},
        axes={"targets": "batch time"},
        returns={"shifted": "batch time"},
    )


def _shifted(targets: np.ndarray, start: int) -> np.ndarray:
    return np.concatenate([np.full_like(targets[:, :1], start), targets[:, :-1]], axis=1)


def _mistake(name: str, title: str, hint: str, answer: Callable[[np.ndarray, int], np.ndarray]) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"shifted": answer(case.arguments["targets"], case.arguments["start"])}

    return Mistake(f"shift_right.{name}", title, hint, wrong)


def _column(targets: np.ndarray, value: int) -> np.ndarray:
    return np.full_like(targets[:, :1], value)  # (batch, 1)


def _next_to(targets: np.ndarray, last: int) -> np.ndarray:
    return np.concatenate([targets[:, 1:], _column(targets, last)], axis=1)


def _over_the_first(targets: np.ndarray, start: int) -> np.ndarray:
    return np.concatenate([_column(targets, start), targets[:, 1:]], axis=1)


def _by_two(targets: np.ndarray, start: int) -> np.ndarray:
    return np.concatenate([_column(targets, start), _column(targets, start), targets[:, :-2]], axis=1)


def _along_the_batch(targets: np.ndarray, start: int) -> np.ndarray:
    return np.concatenate([np.full_like(targets[:1], start), targets[:-1]], axis=0)


def _without_ends(targets: np.ndarray, start: int) -> np.ndarray:
    """The last number of each row is left out, wherever it stands."""
    kept = targets * (np.cumsum(targets[:, ::-1] != 0, axis=1)[:, ::-1] > 1)
    return _shifted(kept, start)


_WHERE = "Write a row of three words and the shifted row below it. What is read when the first is to be said?"
_BEFORE = "At the step at which the decoder is to say a word: which word of the row should it have just read?"
_LENGTH = "How many columns go in, and how many come out? At how many steps does the decoder say something?"

MISTAKES = (
    _mistake("not_shifted", "Nothing is shifted", _BEFORE, lambda targets, start: targets),
    _mistake("to_the_left", "The words are shifted to the left, with the start sign behind them", _BEFORE, _next_to),
    _mistake(
        "to_the_left_with_padding", "The words are shifted to the left, with padding behind them", _BEFORE,
        lambda targets, start: _next_to(targets, 0),
    ),
    _mistake(
        "rolled", "The words are rolled round: the last one stands first",
        "What does the decoder know of a translation before it has said a word of it?",
        lambda targets, start: np.roll(targets, 1, axis=1),
    ),
    _mistake(
        "rolled_to_the_left", "The words are rolled round to the left: the first one stands last", _BEFORE,
        lambda targets, start: np.roll(targets, -1, axis=1),
    ),
    _mistake(
        "rolled_through_the_batch", "The words are rolled through all rows: a row begins with the end of another",
        "May one sentence of a batch know anything of another? Along which axis does your code move things?",
        lambda targets, start: np.roll(targets, 1),
    ),
    _mistake(
        "longer", "The start sign stands in front, and no column falls off behind", _LENGTH,
        lambda targets, start: np.concatenate([_column(targets, start), targets], axis=1),
    ),
    _mistake(
        "longer_behind", "The start sign is added behind the words", _WHERE,
        lambda targets, start: np.concatenate([targets, _column(targets, start)], axis=1),
    ),
    _mistake(
        "shorter", "The last column is cut off, and there is no start sign", _LENGTH,
        lambda targets, start: targets[:, :-1],
    ),
    _mistake(
        "over_the_first", "The start sign is written over the first word, and nothing moves",
        "Is the first word of the row still there after your line? Where should it stand?", _over_the_first,
    ),
    _mistake(
        "padding_in_front", "Padding stands in front, and not the start sign",
        "Which number tells the decoder that a sentence begins?",
        lambda targets, start: _shifted(targets, 0),
    ),
    _mistake(
        "start_everywhere", "There is the start sign everywhere",
        "What does the decoder read at its second step, in the example of the docstring?",
        lambda targets, start: np.full_like(targets, start),
    ),
    _mistake("by_two", "The words are shifted by two places", _BEFORE, _by_two),
    _mistake(
        "along_the_batch", "The rows are shifted down: each sentence reads another one",
        "Name the two axes of `targets` in their order. Along which of them does time run?", _along_the_batch,
    ),
    _mistake(
        "turned_round", "The words stand in the reverse order",
        "In which order does the decoder say its words?", lambda targets, start: _shifted(targets[:, ::-1], start),
    ),
    _mistake(
        "end_left_out", "The last number of each row is left out, wherever it stands",
        "What falls off when a whole array moves one place to the right: something of every row, or a column?",
        _without_ends,
    ),
    _mistake(
        "time_major", "Each sentence is a column and not a row",
        "Which axis comes first in the shape that the docstring promises?",
        lambda targets, start: _shifted(targets, start).T,
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="shift_right",
    assignment="translation",
    title="What the decoder reads while it learns",
    entry_point="shift_right",
    signature="shift_right(targets, start) -> shifted",
    points=3,
    hint="Write one row on paper and the shifted one below it. Which number is new, which one is gone?",
    cases=cases,
    truth=function_truth(_shifted),
    slack=lambda case, truth: dict.fromkeys(truth, 0.0),
    checks=(
        Check("full", "Each word one step late, behind the start sign", 2, ("full.shifted",)),
        Check("padded", "Where rows end at different places, too", 1, ("padded.shifted",), ("full",)),
    ),
    mistakes=MISTAKES,
    permuted=(),
)
