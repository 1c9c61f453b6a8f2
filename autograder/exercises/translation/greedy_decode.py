"""Words that are chosen one by one, each read at the next step, until the end sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS
from autograder.model import Arrays, Check, Exercise, FunctionCase


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("endless", rng, ends=False), _case("ends", rng, ends=True)


def _case(name: str, rng: np.random.Generator, *, ends: bool) -> FunctionCase:
    """Every word is followed by another one at every step. With `ends`, each sentence ends elsewhere, the first one
    neither first nor last, and no one reaches the last step. Padding and the start sign are never said."""
    batch, time, vocabulary = 3, int(rng.integers(6, 8)), int(rng.integers(9, 11))
    start, end = (int(number) for number in rng.choice(np.arange(1, vocabulary), 2, replace=False))
    scores = rng.standard_normal((batch, time, vocabulary, vocabulary))
    for b, t in np.ndindex(batch, time):
        # The words said after the previous ones are a permutation of them: no two of them are followed by the same.
        words = [word for word in range(1, vocabulary) if word not in (start, end)]
        following = dict(zip(words, rng.permutation(np.roll(words, 1)), strict=True))
        for previous in range(vocabulary):
            scores[b, t, previous, following.get(previous, words[int(rng.integers(len(words)))])] += 5
    scores[..., [0, start, end]] -= 8
    if ends:
        early, middle, late = np.sort(rng.permutation(np.arange(1, time - 1))[:batch])
        places = [middle, *rng.permutation([early, late])]
        scores[np.arange(batch), places, :, end] += 20
    return FunctionCase(
        id=name,
        arguments={"scores": scores.astype(np.float32), "start": start, "end": end},
        axes={"scores": "batch time vocabulary vocabulary"},
        returns={"words": "batch time"},
    )


# ------------------------------------------------------------------------------------- the answer, line by line


def _chosen(scores: np.ndarray, previous: np.ndarray) -> np.ndarray:
    return np.argmax(scores[np.arange(len(scores)), previous], axis=-1)  # (batch,)


RIGHT: dict[str, Callable[..., Any]] = {
    # the number read at the first step
    "begin": lambda start, end: start,
    # which step's scores are looked at
    "at": lambda t: t,
    # scores (batch, vocabulary, vocabulary) of the step, previous words (batch,) -> words (batch,)
    "choose": _chosen,
    # what is written down of a word, from whether its sentence is over
    "kept": lambda chosen, over, end: np.where(over, 0, chosen),
    # which sentences are over after a step
    "over": lambda over, chosen, end: over | (chosen == end),
    # what is read at the next step
    "feed": lambda chosen, start, end: chosen,
    # words (batch, time) -> what is returned
    "handed": lambda words, start, end: words,
}
"""The lines of a right answer."""


def _made(use: Lines, case: FunctionCase) -> Arrays:
    scores, start, end = case.arguments.values()
    previous = np.full(len(scores), use["begin"](start, end))
    over = np.zeros(len(scores), bool)
    words = []
    for t in range(scores.shape[1]):
        chosen = use["choose"](scores[:, use["at"](t)], previous)
        words.append(use["kept"](chosen, over, end))
        over = use["over"](over, chosen, end)
        previous = use["feed"](chosen, start, end)
    return {"words": use["handed"](np.stack(words, axis=1), start, end)}


RECIPE = Recipe(_made, RIGHT, prefix="greedy.")


def _first_of_batch(scores: np.ndarray, previous: np.ndarray) -> np.ndarray:
    return np.argmax(scores[:, previous[0]], axis=-1)


def _as_long_as_needed(words: np.ndarray, start: int, end: int) -> np.ndarray:
    return words[:, (words != 0).any(axis=0)]


def _behind_the_start(words: np.ndarray, start: int) -> np.ndarray:
    return np.concatenate([np.full((len(words), 1), start), words], axis=1)


_READ = "At step t, which word should the decoder have read, and which one does it read in your loop?"
_LOOK = "`scores[b, t, p]` is a row of numbers, one for each word. What does p stand for, and what is in that row?"
_OVER = "One sentence of a batch is over, another is not. What should become of each of them at the next step?"
_AFTER = "What should stand in a row behind its end sign?"

MISTAKES = (
    RECIPE.wrong(
        "start_again", "The start sign is read at every step", _READ,
        feed=lambda chosen, start, end: np.full_like(chosen, start),
    ),
    RECIPE.wrong(
        "padding_read", "Padding is read at every step but the first", _READ,
        feed=lambda chosen, start, end: np.zeros_like(chosen),
    ),
    RECIPE.wrong(
        "begins_with_padding", "The first word read is padding, and not the start sign",
        "What does the decoder read before it has said anything?", begin=lambda start, end: 0,
    ),
    RECIPE.wrong(
        "begins_with_end", "The first word read is the end sign",
        "What does the decoder read before it has said anything?", begin=lambda start, end: end,
    ),
    RECIPE.wrong(
        "first_step_again", "The scores of the first step are used at every step",
        "On what do the scores depend besides the previous word?", at=lambda t: 0,
    ),
    RECIPE.wrong(
        "axes_exchanged", "The axes of the previous and of the next word are exchanged", _LOOK,
        choose=lambda scores, previous: np.argmax(scores[np.arange(len(scores)), :, previous], axis=-1),
    ),
    RECIPE.wrong(
        "best_pair", "The word with the highest score is taken, whatever the previous word was", _LOOK,
        choose=lambda scores, previous: np.argmax(scores.max(axis=1), axis=-1),
    ),
    RECIPE.wrong(
        "mean_of_previous", "The scores are averaged over the previous words", _LOOK,
        choose=lambda scores, previous: np.argmax(scores.mean(axis=1), axis=-1),
    ),
    RECIPE.wrong(
        "least", "The word with the lowest score is taken", "Does a high score speak for a word or against it?",
        choose=lambda scores, previous: np.argmin(scores[np.arange(len(scores)), previous], axis=-1),
    ),
    RECIPE.wrong(
        "previous_of_first_sample", "The previous word of the first sentence is read by the whole batch",
        "Do all sentences of a batch say the same? How many words are read at one step?", choose=_first_of_batch,
    ),
    RECIPE.wrong(
        "same_for_all", "The words of the first sentence are said by the whole batch",
        "Do all sentences of a batch say the same? How many words are chosen at one step?",
        handed=lambda words, start, end: np.broadcast_to(words[:1], words.shape),
    ),
    RECIPE.wrong("goes_on", "The decoder goes on after its end sign", _AFTER, kept=lambda chosen, over, end: chosen),
    RECIPE.wrong(
        "end_left_out", "The end sign is left out of the result",
        "In the docstring's example: does the end sign stand in the row, or only what is before it?",
        kept=lambda chosen, over, end: np.where(over | (chosen == end), 0, chosen),
    ),
    RECIPE.wrong(
        "end_repeated", "Behind the end sign stand more end signs", _AFTER,
        kept=lambda chosen, over, end: np.where(over, end, chosen),
    ),
    RECIPE.wrong(
        "filled_with_minus_one", "Behind the end sign stands -1", _AFTER,
        kept=lambda chosen, over, end: np.where(over, -1, chosen),
    ),
    RECIPE.wrong(
        "any_ends_all", "All sentences stop as soon as one of them is over", _OVER,
        over=lambda over, chosen, end: over | (chosen == end).any(),
    ),
    RECIPE.wrong(
        "goes_on_until_all_are_over", "Each sentence goes on until all sentences of the batch are over", _OVER,
        kept=lambda chosen, over, end: np.where(over.all(), 0, chosen),
    ),
    RECIPE.wrong(
        "forgets_that_it_is_over", "A sentence is over for one step only, and then goes on", _OVER,
        over=lambda over, chosen, end: chosen == end,
    ),
    RECIPE.wrong(
        "first_decides", "All sentences stop where the first one does", _OVER,
        over=lambda over, chosen, end: over | (chosen[0] == end),
    ),
    RECIPE.wrong(
        "as_long_as_needed", "The columns behind the longest sentence are left out",
        "How many columns does the docstring promise, and how many has your result?", handed=_as_long_as_needed,
    ),
    RECIPE.wrong(
        "start_in_front", "The start sign stands in front of the words",
        "Is the start sign read or said? How many columns has your result?",
        handed=lambda words, start, end: _behind_the_start(words, start),
    ),
    RECIPE.wrong(
        "one_late", "The start sign stands in front of the words, and the last step is missing",
        "Is what you write down at a step the word that is read there, or the word that is said?",
        handed=lambda words, start, end: _behind_the_start(words, start)[:, :-1],
    ),
    RECIPE.wrong(
        "last_word_only", "Only the word of the last step is returned",
        "How many words does a sentence have, and how many does your code keep?",
        handed=lambda words, start, end: words[:, -1],
    ),
    RECIPE.wrong(
        "time_major", "Each sentence is a column and not a row",
        "Your list has one entry per step. Which axis of the result should have that length?",
        handed=lambda words, start, end: words.T,
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="greedy_decode",
    assignment="translation",
    title="Word by word, until the end sign",
    entry_point="greedy_decode",
    signature="greedy_decode(scores, start, end) -> words",
    points=5,
    hint="Do it by hand for one sentence: what is read first, which row of scores is that, and what is read next?",
    hints={"ends": "Follow the shortest sentence of the batch: what is written down at the steps behind its end sign?"},
    cases=cases,
    truth=RECIPE.truth,
    slack=lambda case, truth: dict.fromkeys(truth, 0.0),
    checks=(
        Check("endless", "Each word is chosen by the one before it", 3, ("endless.words",)),
        Check("ends", "Behind the end sign there is padding, row by row", 2, ("ends.words",), ("endless",)),
    ),
    mistakes=MISTAKES,
    made_of=RECIPE.answer,
    forbidden=RECURRENT_BUILTINS,
    permuted=(),
)
