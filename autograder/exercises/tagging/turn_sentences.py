"""Every sentence from its last word to its first, and padding where it was: what a reader from the other end reads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("full", rng, padded=False), _case("padded", rng, padded=True)


def _case(name: str, rng: np.random.Generator, *, padded: bool) -> FunctionCase:
    """Sentences of different lengths, none of which fills its row. At padding stand numbers like all others."""
    size = draw.distinct_sizes(rng, ("batch", "features"), 3, 5) | {"time": int(rng.integers(8, 10))}
    batch, time = size["batch"], size["time"]
    lengths = np.full(batch, time)
    if padded:
        others = rng.permutation(np.setdiff1d(np.arange(2, time - 1), [5]))
        lengths = np.array([5, *others])[:batch]  # one of them has a middle, and words on both sides of it
    return FunctionCase(
        id=name,
        arguments={
            "x": draw.inputs(rng, batch, time, size["features"]),
            "mask": np.arange(time) < rng.permutation(lengths)[:, np.newaxis],
        },
        axes={"x": "batch time features", "mask": "batch time"},
        returns={"turned": "batch time features"},
    )


Places = Callable[[np.ndarray, int], np.ndarray]
"""From the steps 0, 1, ... of a row, and how many words it has, to the steps that are read there."""


def _read(x: np.ndarray, mask: np.ndarray, places: Places) -> np.ndarray:
    steps = np.arange(x.shape[1])
    return np.stack([row[places(steps, int(count)) % len(row)] for row, count in zip(x, mask.sum(axis=1), strict=True)])


def _last_word_first(steps: np.ndarray, count: int) -> np.ndarray:
    return np.where(steps < count, count - 1 - steps, steps)


def _right(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return _read(x, mask, _last_word_first)


def _mistake(name: str, title: str, hint: str, answer: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"turned": answer(case.arguments["x"], case.arguments["mask"])}

    return Mistake(f"turned.{name}", title, hint, wrong)


def _by_places(name: str, title: str, hint: str, places: Places) -> Mistake:
    return _mistake(name, title, hint, lambda x, mask: _read(x, mask, places))


def _words_sorted_behind(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The turned words at the end of the row, what stood at padding in front of them in its old order."""
    return _read(x, mask, lambda steps, count: np.concatenate([steps[count:], steps[:count][::-1]]))


def _with_length_of(which: Callable[[np.ndarray], int]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """All rows are turned as one of them should be."""

    def answer(x: np.ndarray, mask: np.ndarray) -> np.ndarray:
        count = which(mask.sum(axis=1))
        return _read(x, mask, lambda steps, _: _last_word_first(steps, count))

    return answer


_AXIS = "Which of the three axes counts the words? Which one have you turned?"
_FIRST = "A sentence of three words: which index has its last one? Which index do you read first?"
_EACH = "Do all sentences of the batch end at the same place?"
_PADDING = "What stood behind the last word before? What stands there now?"

MISTAKES = (
    _by_places(
        "whole_row", "The whole row is turned: the padding comes first",
        "A sentence of three words in a row of ten: what does a reader of your result read first?",
        lambda steps, count: steps[::-1],
    ),
    _by_places(
        "not_turned", "Nothing is turned",
        "Which word of the sentence stands first in your result?", lambda steps, count: steps,
    ),
    _mistake("batch", "The order of the sentences is turned and not that of the words", _AXIS, lambda x, mask: x[::-1]),
    _mistake(
        "features", "The numbers of each word are turned and not the words", _AXIS, lambda x, mask: x[:, :, ::-1],
    ),
    _mistake(
        "words_and_features", "The numbers of each word are turned as well", _AXIS,
        lambda x, mask: _right(x, mask)[:, :, ::-1],
    ),
    _mistake(
        "padding_zeroed", "What stands at padding is set to zero", _PADDING,
        lambda x, mask: np.where(mask[:, :, np.newaxis], _right(x, mask), 0.0),
    ),
    _by_places(
        "padding_turned", "The padding is turned as well, behind the words", _PADDING,
        lambda steps, count: np.concatenate([steps[:count][::-1], steps[count:][::-1]]),
    ),
    _mistake(
        "words_behind_padding", "The words are turned, but moved to the end of the row",
        "In which column does a sentence of your result begin?", _words_sorted_behind,
    ),
    _by_places(
        "moved_only", "The words are moved to the end of the row and not turned",
        "Which word of the sentence comes first in your result, and in which column does it stand?",
        lambda steps, count: np.roll(steps, -count),
    ),
    _by_places(
        "one_short", "The last word stays where it is, and those before it are turned", _FIRST,
        lambda steps, count: _last_word_first(steps, count - 1),
    ),
    _by_places(
        "one_long", "The place behind the last word is turned along", _FIRST,
        lambda steps, count: _last_word_first(steps, count + 1),
    ),
    _by_places(
        "from_behind_the_last", "Reading begins behind the last word and ends before the first", _FIRST,
        lambda steps, count: np.where(steps < count, count - steps, steps),
    ),
    _by_places(
        "negative_index", "The index runs backwards from 0: the first word stays first",
        "Which element of a list has the index -0?", lambda steps, count: np.where(steps < count, -steps, steps),
    ),
    _by_places(
        "negative_index_of_words", "The first word stays first, and the others are turned behind it",
        "Which element of a list has the index -0?",
        lambda steps, count: np.where(steps < count, -steps % max(count, 1), steps),
    ),
    _by_places(
        "ends_exchanged", "Only the first and the last word change places",
        "Where does the second word of a sentence of five belong?",
        lambda steps, count: np.where(steps == 0, count - 1, np.where(steps == count - 1, 0, steps)),
    ),
    _by_places(
        "half_turned", "The second half is a mirror of the first: words overwrite each other before they are read",
        "When your loop comes to the second half, what is left of the words that stood in the first?",
        lambda steps, count: np.where(steps < count, np.maximum(count - 1 - steps, steps), steps),
    ),
    _mistake(
        "first_length_for_all", "All sentences are turned as if they were as long as the first", _EACH,
        _with_length_of(lambda counts: int(counts[0])),
    ),
    _mistake(
        "longest_for_all", "All sentences are turned as if they were as long as the longest", _EACH,
        _with_length_of(lambda counts: int(counts.max())),
    ),
    _mistake(
        "time_first", "Batch and time have changed places",
        "Which axis comes first in the shape that the docstring promises?",
        lambda x, mask: _right(x, mask).swapaxes(0, 1),
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="turn_sentences",
    assignment="tagging",
    title="Every sentence from its end",
    entry_point="turn_sentences",
    signature="turn_sentences(x, mask) -> turned",
    points=4,
    hint="For a sentence of four words, write down which step your result reads at steps 0, 1, 2 and 3.",
    hints={"padded": "For a sentence of three words in a row of five, which step is read at each of the five?"},
    cases=cases,
    truth=function_truth(_right),
    slack=lambda case, truth: dict.fromkeys(truth, 0.0),
    checks=(
        Check("full", "Where every row is full", 1, ("full.turned",)),
        Check("padded", "Where sentences end at different places", 3, ("padded.turned",), ("full",)),
    ),
    mistakes=MISTAKES,
    forbidden=RECURRENT_BUILTINS,
    permuted=("features",),
)
