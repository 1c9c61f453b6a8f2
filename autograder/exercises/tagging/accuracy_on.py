"""The share of right tags among chosen words, such as those that are not in the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth, slack
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("all_words", rng, batch=7, time=11, some=False), _case("some_words", rng, batch=9, time=12, some=True)


def _case(name: str, rng: np.random.Generator, *, batch: int, time: int, some: bool) -> FunctionCase:
    """About two of three words are right. some: of each sentence another number of words is chosen, of one
    none."""
    tags_count = 5
    tags = rng.integers(0, tags_count, (batch, time))
    lengths = rng.permutation(np.arange(2, time))[:batch]
    chosen = np.arange(time) < lengths[:, np.newaxis]  # (batch, time)
    if some:
        chosen = np.stack([_some(rng, time, count) for count in (0, *lengths[1:] - 1)])[rng.permutation(batch)]
    else:
        chosen[rng.integers(batch)] = True
    likeliest = np.where(rng.random((batch, time)) < 0.75, tags, rng.integers(0, tags_count, (batch, time)))
    scores = rng.standard_normal((batch, time, tags_count)) + 2.2 * np.eye(tags_count)[likeliest]
    powers = np.exp(scores)
    return FunctionCase(
        id=name,
        arguments={
            "probabilities": (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32),
            "tags": tags.astype(np.int32),
            "chosen": chosen,
        },
        axes={"probabilities": "batch time tags", "tags": "batch time", "chosen": "batch time"},
        returns={"accuracy": ""},
    )


def _some(rng: np.random.Generator, time: int, count: int) -> np.ndarray:
    return np.isin(np.arange(time), rng.permutation(time)[:count])


def _hits(probabilities: np.ndarray, tags: np.ndarray) -> np.ndarray:
    return probabilities.argmax(axis=-1) == tags  # (batch, time)


def _of_right_tags(probabilities: np.ndarray, tags: np.ndarray) -> np.ndarray:
    return np.take_along_axis(probabilities, tags[:, :, np.newaxis], axis=-1)[:, :, 0]  # (batch, time)


def _right(probabilities: np.ndarray, tags: np.ndarray, chosen: np.ndarray) -> Any:
    return _hits(probabilities, tags)[chosen].mean(dtype=probabilities.dtype)


Answer = Callable[[np.ndarray, np.ndarray, np.ndarray], Any]


def _mistake(name: str, title: str, hint: str, answer: Answer) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"accuracy": np.asarray(answer(*case.arguments.values()), np.float64)}

    return Mistake(f"accuracy_on.{name}", title, hint, wrong)


def _of_rows(change: Callable[[np.ndarray, np.ndarray], Any]) -> Answer:
    """change: from what is right and chosen (batch, time), and what is chosen, to one number."""
    return lambda p, tags, chosen: change(_hits(p, tags) & chosen, chosen)


def _mean_of_tags(p: np.ndarray, tags: np.ndarray, chosen: np.ndarray) -> Any:
    hits, told = _hits(p, tags)[chosen], tags[chosen]
    return np.mean([hits[told == tag].mean() for tag in np.unique(told)])


def _of_sentences(hits: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The share of each sentence, 0 where nothing is chosen."""
    return hits.sum(axis=1) / np.maximum(chosen.sum(axis=1), 1)


_WEIGHT = "Two sentences, with one chosen word and with ten. Which share of your number comes from the one word?"
_HOW_MANY = "If every chosen word were right, what would your function give? What should it give?"
_PLACE = "Which tag is held against which probabilities? Write the indices of the first two words down."
_RIGHT = "When is a word right? Does it matter by how far its tag is the likeliest?"

MISTAKES = (
    _mistake(
        "all_places", "All places count, chosen or not",
        "Change a tag at a place that is not chosen. Does your number change?",
        lambda p, tags, chosen: _hits(p, tags).mean(),
    ),
    _mistake(
        "divided_by_all_places", "The right ones among the chosen words are divided by all places", _HOW_MANY,
        _of_rows(lambda hits, chosen: hits.mean()),
    ),
    _mistake(
        "number", "The right ones are counted and not divided", _HOW_MANY, _of_rows(lambda hits, chosen: hits.sum()),
    ),
    _mistake(
        "divided_by_sentences", "The right ones are divided by the number of sentences", _HOW_MANY,
        _of_rows(lambda hits, chosen: hits.sum() / len(hits)),
    ),
    _mistake(
        "wrong_ones", "The share of wrong tags is returned",
        "If every chosen word were right, what would your function give? Which name has that number?",
        lambda p, tags, chosen: 1 - _right(p, tags, chosen),
    ),
    _mistake(
        "chosen_inverted", "What is not chosen counts, and what is chosen does not",
        "Is `chosen` True where a word counts, or where none does?",
        lambda p, tags, chosen: _hits(p, tags)[~chosen].mean(),
    ),
    _mistake(
        "sentences_first", "First the share of each sentence is taken, then the mean of these", _WEIGHT,
        _of_rows(lambda hits, chosen: _of_sentences(hits, chosen)[chosen.any(axis=1)].mean()),
    ),
    _mistake(
        "sentences_first_with_empty_ones",
        "The mean over sentences is taken, and one without any chosen word counts as all wrong", _WEIGHT,
        _of_rows(lambda hits, chosen: _of_sentences(hits, chosen).mean()),
    ),
    _mistake(
        "whole_sentences", "A sentence counts as right only if all of its chosen words are",
        "Three of four words of a sentence are right. What does it add to your number?",
        _of_rows(lambda hits, chosen: (hits == chosen).all(axis=1).mean()),
    ),
    _mistake(
        "each_sentence", "There is a number for each sentence and not one for all",
        "How many numbers does the docstring promise?", _of_rows(_of_sentences),
    ),
    _mistake(
        "mean_of_tags", "First the share of each tag is taken, then the mean of these",
        "A rare tag and a common one: how much does a single word of each count in your number?", _mean_of_tags,
    ),
    _mistake(
        "least_likely", "The least likely tag is taken and not the likeliest",
        "Which of the probabilities of a word belongs to the tag that the model would choose?",
        lambda p, tags, chosen: (p.argmin(axis=-1) == tags)[chosen].mean(),
    ),
    _mistake(
        "probability", "The mean probability of the right tag is returned", _RIGHT,
        lambda p, tags, chosen: _of_right_tags(p, tags)[chosen].mean(),
    ),
    _mistake(
        "confidence", "The mean probability of the likeliest tag is returned, whichever is right",
        "Where in your code do the right tags come in?", lambda p, tags, chosen: p.max(axis=-1)[chosen].mean(),
    ),
    _mistake(
        "above_one_half", "A word counts as right if its tag has a probability above one half", _RIGHT,
        lambda p, tags, chosen: (_of_right_tags(p, tags) > 0.5)[chosen].mean(),
    ),
    _mistake(
        "among_the_first_two", "A word counts as right if its tag is among the likeliest two", _RIGHT,
        lambda p, tags, chosen: ((p > _of_right_tags(p, tags)[:, :, np.newaxis]).sum(axis=-1) < 2)[chosen].mean(),
    ),
    _mistake(
        "one_step_late", "Each word is held against the tag of the word before it", _PLACE,
        lambda p, tags, chosen: _hits(p[:, 1:], tags[:, :-1])[chosen[:, 1:]].mean(),
    ),
    _mistake(
        "one_step_early", "Each word is held against the tag of the word behind it", _PLACE,
        lambda p, tags, chosen: _hits(p[:, :-1], tags[:, 1:])[chosen[:, :-1]].mean(),
    ),
    _mistake(
        "counted_from_one", "The likeliest tag is counted from 1, and the right one from 0",
        "If the first probability of a word is the largest, which number has its tag?",
        lambda p, tags, chosen: (p.argmax(axis=-1) + 1 == tags)[chosen].mean(),
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="accuracy_on",
    assignment="tagging",
    title="How many of these words are right?",
    entry_point="accuracy_on",
    signature="accuracy_on(probabilities, tags, chosen) -> accuracy",
    points=4,
    hint="Which tag does the model choose for a word? Which words count, and how many of them are there?",
    cases=cases,
    truth=function_truth(_right),
    slack=slack,
    checks=(
        Check("all_words", "On all words, padding left out", 2, ("all_words.accuracy",)),
        Check("some_words", "On words here and there, of a sentence perhaps on none", 2, ("some_words.accuracy",)),
    ),
    mistakes=MISTAKES,
    forbidden=RECURRENT_BUILTINS,
    permuted=("batch",),
)
