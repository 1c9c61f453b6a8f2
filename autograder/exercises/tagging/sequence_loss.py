"""The mean cross-entropy over all words: every word has the same weight, and padding has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("full", rng, "full"), _case("padded", rng, "padded"), _case("zeros", rng, "zeros")


def _case(name: str, rng: np.random.Generator, filled: str) -> FunctionCase:
    """full: no padding. padded: no two sentences are equally long, and none fills its row. zeros: besides, every
    probability is 0 at padding. The tags of padding are the likeliest: who counts them has a lower loss."""
    size = draw.distinct_sizes(rng, ("batch", "tags"), 3, 6) | {"time": 7}
    batch, time = size["batch"], size["time"]
    scores = rng.standard_normal((batch, time, size["tags"]))
    powers = np.exp(scores)
    probabilities = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
    lengths = np.full(batch, time) if filled == "full" else rng.permutation(np.arange(1, time))[:batch]
    mask = np.arange(time) < lengths[:, np.newaxis]  # (batch, time)
    tags = np.where(mask, rng.integers(0, size["tags"], (batch, time)), probabilities.argmax(axis=-1))
    if filled == "zeros":
        probabilities = np.where(mask[:, :, np.newaxis], probabilities, np.float32(0))
    return FunctionCase(
        id=name,
        arguments={
            "probabilities": probabilities,
            "tags": tags.astype(np.int32),
            "mask": mask,
        },
        axes={"probabilities": "batch time tags", "tags": "batch time", "mask": "batch time"},
        returns={"loss": ""},
    )


def _of_right_tags(probabilities: np.ndarray, tags: np.ndarray) -> np.ndarray:
    """(batch, time)."""
    return np.take_along_axis(probabilities, tags[:, :, np.newaxis], axis=-1)[:, :, 0]


def _losses(probabilities: np.ndarray, tags: np.ndarray) -> np.ndarray:
    return -np.log(_of_right_tags(probabilities, tags))  # (batch, time)


LEAST = 1e-30
"""A probability of 0 counts as this, so that the simpler questions have a finite answer too."""


def _right(probabilities: np.ndarray, tags: np.ndarray, mask: np.ndarray) -> Any:
    return -np.log(np.maximum(_of_right_tags(probabilities, tags)[mask], LEAST)).mean()


def slack(case: FunctionCase, truth: Arrays) -> dict[str, float]:
    """Who adds a small number to the probability, up to 1e-6, is right too."""
    return dict.fromkeys(truth, 1e-4)


Answer = Callable[[np.ndarray, np.ndarray, np.ndarray], Any]


def _mistake(name: str, title: str, hint: str, answer: Answer) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays | None:
        with np.errstate(all="ignore"):
            value = np.asarray(answer(*case.arguments.values()))
        return {"loss": value} if np.all(np.isfinite(value)) else None

    return Mistake(f"sequence_loss.{name}", title, hint, wrong)


def _of_words(change: Callable[[np.ndarray], Any]) -> Answer:
    """change: from the losses of all words to one number."""
    return lambda p, tags, mask: change(_losses(p, tags)[mask])


def _of_rows(change: Callable[[np.ndarray, np.ndarray], Any]) -> Answer:
    """change: from losses (batch, time), 0 at padding, and the mask to one number."""
    return lambda p, tags, mask: change(np.where(mask, _losses(p, tags), 0.0), mask)


def _of_all_tags(p: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return -np.log(p[mask])  # (words, tags)


def _one_hot(p: np.ndarray, tags: np.ndarray) -> np.ndarray:
    return np.eye(p.shape[-1])[tags]


_WEIGHT = "Two sentences, of one word and of ten. Which share of your loss comes from the one word? Which should?"
_HOW_MANY = "If every word had the loss 1, what would your function give? What should it give?"
_PLACE = "Which tag is held against which probabilities? Write the indices of the first two words down."
_WHAT_IS_IT = "A word whose right tag has the probability 1/2: what does your function give, and what should it?"
_WHICH_TAGS = "Which of the probabilities of a word does its loss need? How many numbers is that?"

MISTAKES = (
    _mistake(
        "over_padding", "Padding counts as if it were words",
        "Change a tag where no word stands. Does your loss change?", lambda p, tags, mask: _losses(p, tags).mean(),
    ),
    _mistake(
        "divided_by_all_places", "The losses of words are added up, and divided by all places, padding too", _HOW_MANY,
        _of_rows(lambda losses, mask: losses.mean()),
    ),
    _mistake("sum", "The losses are added up and not divided", _HOW_MANY, _of_words(np.sum)),
    _mistake(
        "sentences_first", "First the mean of each sentence is taken, then the mean of these", _WEIGHT,
        _of_rows(lambda losses, mask: (losses.sum(axis=1) / mask.sum(axis=1)).mean()),
    ),
    _mistake(
        "steps_first", "First the mean of each step is taken, then the mean of these", _WEIGHT,
        _of_rows(lambda losses, mask: (losses.sum(axis=0) / np.maximum(mask.sum(axis=0), 1))[mask.any(axis=0)].mean()),
    ),
    _mistake(
        "sum_for_each_sentence", "The losses are divided by the number of sentences", _HOW_MANY,
        _of_rows(lambda losses, mask: losses.sum() / len(losses)),
    ),
    _mistake(
        "divided_by_steps", "The losses are divided by the number of steps", _HOW_MANY,
        _of_rows(lambda losses, mask: losses.sum() / losses.shape[1]),
    ),
    _mistake(
        "one_for_each_sentence", "There is a loss for each sentence and not one for the batch",
        "How many numbers does an optimizer make smaller at a time?",
        _of_rows(lambda losses, mask: losses.sum(axis=1) / mask.sum(axis=1)),
    ),
    _mistake(
        "one_for_each_word", "There is a loss for each place and not one for the batch",
        "How many numbers does an optimizer make smaller at a time?", _of_rows(lambda losses, mask: losses),
    ),
    _mistake(
        "sign", "The sign is missing: the better the tags, the larger the number",
        "Should a loss grow or shrink when the right tag becomes more likely?",
        _of_words(lambda losses: -losses.mean()),
    ),
    _mistake(
        "base_two", "The logarithm is that of base 2", _WHAT_IS_IT,
        _of_words(lambda losses: losses.mean() / np.log(2)),
    ),
    _mistake(
        "base_ten", "The logarithm is that of base 10", _WHAT_IS_IT,
        _of_words(lambda losses: losses.mean() / np.log(10)),
    ),
    _mistake(
        "no_logarithm", "The mean probability of the right tags is returned", _WHAT_IS_IT,
        _of_words(lambda losses: np.exp(-losses).mean()),
    ),
    _mistake(
        "missing_probability", "What the right tags lack of the probability 1 is averaged", _WHAT_IS_IT,
        _of_words(lambda losses: 1 - np.exp(-losses).mean()),
    ),
    _mistake(
        "logarithm_of_the_mean", "The logarithm is taken of the mean probability",
        "Two words with the probabilities 1 and 1/100: what is the mean of their losses?",
        _of_words(lambda losses: -np.log(np.exp(-losses).mean())),
    ),
    _mistake(
        "perplexity", "The loss is put into an exponential: that is the perplexity", _WHAT_IS_IT,
        _of_words(lambda losses: np.exp(losses.mean())),
    ),
    _mistake(
        "squared_errors", "The squared differences from 0 and 1 are averaged, over words and tags", _WHAT_IS_IT,
        lambda p, tags, mask: np.square(p - _one_hot(p, tags))[mask].mean(),
    ),
    _mistake(
        "likeliest_tag", "The loss is that of the likeliest tag, whichever is right",
        "Where in your code do the right tags come in?", lambda p, tags, mask: -np.log(p.max(axis=-1)[mask]).mean(),
    ),
    _mistake(
        "all_tags", "The losses of all tags are averaged and not that of the right one", _WHICH_TAGS,
        lambda p, tags, mask: _of_all_tags(p, mask).mean(),
    ),
    _mistake(
        "all_tags_added", "The losses of all tags of a word are added up", _WHICH_TAGS,
        lambda p, tags, mask: _of_all_tags(p, mask).sum(axis=-1).mean(),
    ),
    _mistake(
        "divided_by_tags", "The mean is taken over the tags too, though only one of each word counts", _HOW_MANY,
        lambda p, tags, mask: _right(p, tags, mask) / p.shape[-1],
    ),
    _mistake(
        "entropy", "The entropy of the probabilities is returned, whichever tag is right",
        "Where in your code do the right tags come in?",
        lambda p, tags, mask: (_of_all_tags(p, mask) * p[mask]).sum(axis=-1).mean(),
    ),
    _mistake(
        "binary", "The wrong tags are counted as well, with the logarithm of what they lack of 1", _WHICH_TAGS,
        lambda p, tags, mask: -np.where(_one_hot(p, tags) > 0, np.log(p), np.log1p(-p))[mask].sum(axis=-1).mean(),
    ),
    _mistake(
        "one_step_late", "Each word is held against the tag of the word before it", _PLACE,
        lambda p, tags, mask: _losses(p[:, 1:], tags[:, :-1])[mask[:, 1:]].mean(),
    ),
    _mistake(
        "one_step_early", "Each word is held against the tag of the word behind it", _PLACE,
        lambda p, tags, mask: _losses(p[:, :-1], tags[:, 1:])[mask[:, 1:]].mean(),
    ),
    _mistake(
        "one_tag_late", "The tags are counted from 1: each word is held against the tag before its own",
        "Which column of the probabilities belongs to the tag 0?", lambda p, tags, mask: _right(p, tags - 1, mask),
    ),
    _mistake(
        "mask_inverted", "The mean is taken over padding, and words are left out",
        "Is the mask True where a word stands, or where none does?",
        lambda p, tags, mask: np.nan if mask.all() else _losses(p, tags)[~mask].mean(),
    ),
    _mistake(
        "last_words_only", "Only the last word of each sentence counts",
        "How many words of a sentence have a tag, and how many losses does it get from you?",
        lambda p, tags, mask: _losses(p, tags)[np.arange(len(p)), mask.sum(axis=1) - 1].mean(),
    ),
    _mistake(
        "first_length_for_all", "All sentences are taken to be as long as the first",
        "Do all sentences of the batch end at the same place?",
        lambda p, tags, mask: _losses(p, tags)[:, mask[0]].mean(),
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="sequence_loss",
    assignment="tagging",
    title="One loss for many words",
    entry_point="sequence_loss",
    signature="sequence_loss(probabilities, tags, mask) -> loss",
    points=5,
    hint="What is the loss of a single word? Which of its probabilities does it need, and what is done with that?",
    hints={
        "padded": "How many words has the batch, and how many places? By which of the two do you divide, and why?",
        "zeros": "Compute np.log(0.0), and then 0 times that. At which places does your function take a logarithm?",
    },
    cases=cases,
    truth=function_truth(_right),
    slack=slack,
    checks=(
        Check("full", "Where every row is full", 2, ("full.loss",)),
        Check("padded", "Where sentences end at different places", 2, ("padded.loss",), ("full",)),
        Check("zeros", "Where the probabilities of padding are 0", 1, ("zeros.loss",), ("padded",)),
    ),
    mistakes=MISTAKES,
    forbidden=RECURRENT_BUILTINS,
    permuted=("batch",),
)
