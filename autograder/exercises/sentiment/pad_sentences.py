"""Sentences of different lengths in one array, and a mask that says where words stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake

Sentences = Sequence[Sequence[int]]


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return (
        _case("shorter", rng, length=9, lengths=(4, 9, 1, 7, 6)),
        _case("longer", rng, length=5, lengths=(8, 3, 5, 6)),
        _case("all_short", rng, length=7, lengths=(2, 5, 3)),
    )


def _case(name: str, rng: np.random.Generator, *, length: int, lengths: tuple[int, ...]) -> FunctionCase:
    """Words are numbers from 1 on: 0 is nothing but padding. The lengths come in any order."""
    drawn = [int(size) for size in rng.permutation(lengths)]
    return FunctionCase(
        id=name,
        arguments={"sentences": [rng.integers(1, 90, size).tolist() for size in drawn], "length": length},
        axes={},
        returns={"padded": "batch time", "mask": "batch time"},
    )


def truth(case: FunctionCase) -> Arrays:
    return _padded(*case.arguments.values())


def _padded(sentences: Sentences, length: int) -> Arrays:
    rows = np.zeros((len(sentences), length))
    mask = np.zeros((len(sentences), length), bool)
    for row, sentence in enumerate(sentences):
        kept = sentence[:length]
        rows[row, : len(kept)] = kept
        mask[row, : len(kept)] = True
    return {"padded": rows, "mask": mask}


def _wrong(name: str, title: str, hint: str, answer: Callable[[Sentences, int], Arrays | None]) -> Mistake:
    return Mistake(f"padding.{name}", title, hint, lambda case: answer(*case.arguments.values()))


def _with_mask(change: Callable[[np.ndarray], Any]) -> Callable[[Sentences, int], Arrays]:
    def answer(sentences: Sentences, length: int) -> Arrays:
        right = _padded(sentences, length)
        return {**right, "mask": np.asarray(change(right["mask"]))}

    return answer


def _in_front(sentences: Sentences, length: int) -> Arrays:
    return _with_padding_in_front([sentence[:length] for sentence in sentences], length)


def _with_padding_in_front(kept: Sentences, length: int) -> Arrays:
    right = _padded(kept, length)
    rows = np.stack([np.roll(row, length - len(one)) for row, one in zip(right["padded"], kept, strict=True)])
    return {"padded": rows, "mask": rows != 0}


def _right_words_in_front(sentences: Sentences, length: int) -> Arrays:
    """The mask still says that words stand at the beginning."""
    return {**_padded(sentences, length), "padded": _in_front(sentences, length)["padded"]}


def _last_words(sentences: Sentences, length: int) -> Arrays:
    return _padded([sentence[-length:] for sentence in sentences], length)


def _last_words_in_front(sentences: Sentences, length: int) -> Arrays:
    """As `keras.utils.pad_sequences` has it by default."""
    return _with_padding_in_front([sentence[-length:] for sentence in sentences], length)


def _last_right_words_in_front(sentences: Sentences, length: int) -> Arrays:
    """The mask still says that words stand at the beginning."""
    return {**_padded(sentences, length), "padded": _last_words_in_front(sentences, length)["padded"]}


def _to_the_longest_in_front(sentences: Sentences, length: int) -> Arrays:
    return _in_front(sentences, max(map(len, sentences)))


def _to_the_longest(sentences: Sentences, length: int) -> Arrays:
    return _padded(sentences, max(map(len, sentences)))


def _filled_with(value: int) -> Callable[[Sentences, int], Arrays]:
    def answer(sentences: Sentences, length: int) -> Arrays:
        right = _padded(sentences, length)
        return {**right, "padded": np.where(right["mask"], right["padded"], value)}

    return answer


def _repeated(sentences: Sentences, length: int) -> Arrays:
    rows = np.stack([np.resize(np.asarray(sentence), length) for sentence in sentences])
    return {**_padded(sentences, length), "padded": rows}


def _last_word_repeated(sentences: Sentences, length: int) -> Arrays:
    kept = [[*sentence[:length], *[sentence[:length][-1]] * (length - len(sentence))] for sentence in sentences]
    return {**_padded(sentences, length), "padded": np.asarray(kept)}


def _transposed(sentences: Sentences, length: int) -> Arrays:
    return {name: value.T for name, value in _padded(sentences, length).items()}


def _shifted_mask(by: int) -> Callable[[Sentences, int], Arrays]:
    """One word too few or too many counts, in what is shorter than the array."""

    def answer(sentences: Sentences, length: int) -> Arrays:
        counts = np.array([min(len(sentence), length) + by for sentence in sentences])
        return {**_padded(sentences, length), "mask": np.arange(length) < counts[:, np.newaxis]}

    return answer


def _dropped(sentences: Sentences, length: int) -> Arrays | None:
    kept = [sentence for sentence in sentences if len(sentence) <= length]
    return _padded(kept, length) if kept else None


_ENDS = "Which end of a short row is filled up, and which end of a long one is cut off, in your array and in the table?"

MISTAKES = (
    _wrong(
        "in_front", "The words stand at the end of their row, and the padding in front of them",
        "In which column of your array does a sentence begin? In which one does the docstring's example?", _in_front,
    ),
    _wrong(
        "words_in_front_of_the_mask", "The padding stands in front of the words, but the mask says otherwise",
        "Print one row and its mask below each other. Does every True stand below a word?", _right_words_in_front,
    ),
    _wrong(
        "last_words_kept", "Of a sentence that is too long the last words are kept, not the first",
        "Which end of a long sentence is cut off? Try one of five words with length 3.", _last_words,
    ),
    _wrong(
        "both_in_front",
        "Rows are filled up and cut off in front of the words, as `pad_sequences` does unless it is told otherwise",
        _ENDS, _last_words_in_front,
    ),
    _wrong(
        "both_in_front_of_the_mask",
        "Rows are filled up and cut off in front of the words, as `pad_sequences` does unless it is told otherwise, "
        "and the mask says that the words stand at the beginning",
        _ENDS, _last_right_words_in_front,
    ),
    _wrong(
        "longest_in_front", "The rows are as long as the longest sentence, and padded in front of the words",
        "How many columns should there be, and which end of a row is filled up? Who tells your function so?",
        _to_the_longest_in_front,
    ),
    _wrong(
        "as_long_as_the_longest", "The rows are as long as the longest sentence",
        "How many columns should there be, and who says so?", _to_the_longest,
    ),
    _wrong(
        "long_ones_left_out", "Sentences that are too long are left out",
        "How many sentences go in, and how many rows come out?", _dropped,
    ),
    _wrong(
        "mask_inverted", "The mask is True where there is padding",
        "Read the mask aloud as an answer to: does a word stand here?", _with_mask(lambda mask: ~mask),
    ),
    _wrong(
        "mask_all_true", "The mask is True everywhere",
        "Is there a sentence shorter than the row? What should its mask say behind the last word?",
        _with_mask(np.ones_like),
    ),
    _wrong(
        "mask_of_lengths", "The mask has one number a sentence: how many words it has",
        "The mask answers a question for every place of every row. Which shape does that need?",
        _with_mask(lambda mask: mask.sum(axis=1)),
    ),
    _wrong(
        "mask_one_short", "The mask leaves out the last word",
        "A sentence of one word: how often should its mask be True?", _shifted_mask(-1),
    ),
    _wrong(
        "mask_one_long", "The mask counts one place behind the last word",
        "A sentence of one word: how often should its mask be True?", _shifted_mask(1),
    ),
    _wrong(
        "padded_with_minus_one", "The padding is -1 and not 0",
        "Which number stands for no word?", _filled_with(-1),
    ),
    _wrong(
        "padded_with_one", "The padding is 1, the number of unknown words",
        "Which number stands for no word?", _filled_with(1),
    ),
    _wrong(
        "sentence_repeated", "Short sentences are repeated until the row is full",
        "What does a reader learn who reads the same sentence twice? What should stand behind the last word?",
        _repeated,
    ),
    _wrong(
        "last_word_repeated", "The last word is repeated until the row is full",
        "What should stand behind the last word?", _last_word_repeated,
    ),
    _wrong(
        "time_major", "Each sentence is a column and not a row",
        "Which axis comes first in the shape that the docstring promises?", _transposed,
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="pad_sentences",
    assignment="sentiment",
    title="Sentences of different lengths in one array",
    entry_point="pad_sentences",
    signature="pad_sentences(sentences, length) -> (padded, mask)",
    points=4,
    hint="Write two sentences below each other on paper, one shorter and one longer than `length`. What stands where?",
    hints={"mask": "How would you see from a row of the array alone where its sentence ends?"},
    cases=cases,
    truth=truth,
    slack=lambda case, truth: dict.fromkeys(truth, 0.0),
    checks=(
        Check("padded", "The words, cut off or padded", 2, ("*.padded",)),
        Check("mask", "The mask", 2, ("*.mask",)),
    ),
    mistakes=MISTAKES,
    forbidden=RECURRENT_BUILTINS,
    permuted=(),
)
