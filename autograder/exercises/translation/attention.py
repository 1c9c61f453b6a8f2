"""Attention (Luong et al., 2015): at each of its steps, a decoder looks back at all states of the encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import slack
from autograder.model import Arrays, Check, Exercise, FunctionCase


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("open", rng, padded=False), _case("masked", rng, padded=True)


def _case(name: str, rng: np.random.Generator, *, padded: bool) -> FunctionCase:
    """With padding, each source ends elsewhere, and one has a gap. What stands at padding are numbers like all
    others."""
    size = draw.distinct_sizes(rng, ("batch", "steps", "units", "features"), 2, 5) | {"time": 6}
    batch, time = size["batch"], size["time"]
    mask = np.ones((batch, time), bool)
    if padded:
        ends = rng.permutation([3, 4, 5, 3, 4])[:batch]
        mask = np.arange(time) < ends[:, np.newaxis]
        mask[int(rng.integers(batch)), 1] = False
    return FunctionCase(
        id=name,
        arguments={
            "queries": draw.inputs(rng, batch, size["steps"], size["units"]),
            "keys": draw.inputs(rng, batch, time, size["units"]),
            "values": draw.inputs(rng, batch, time, size["features"]),
            "mask": mask,
        },
        axes={
            "queries": "batch steps units", "keys": "batch time units", "values": "batch time features",
            "mask": "batch time",
        },
        returns={"context": "batch steps features", "weights": "batch steps time"},
    )  # fmt: skip


# ------------------------------------------------------------------------------------- the answer, line by line


def _softmax(scores: np.ndarray, axis: Any = -1) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _dot(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return queries @ keys.swapaxes(1, 2)  # (batch, steps, time)


RIGHT: dict[str, Callable[..., Any]] = {
    # queries (batch, steps, units), keys (batch, time, units) -> scores (batch, steps, time)
    "score": _dot,
    # scores, mask (batch, 1, time) -> scores with no chance for padding
    "hide": lambda scores, mask: np.where(mask, scores, -1e9),
    # scores, mask -> weights
    "weigh": lambda scores, mask: _softmax(scores),
    # weights, values (batch, time, features), keys -> context
    "mix": lambda weights, values, keys: weights @ values,
    # context, weights -> what is returned
    "handed": lambda context, weights: (context, weights),
}
"""The lines of a right answer."""


def _made(use: Lines, case: FunctionCase) -> Arrays:
    queries, keys, values, mask = case.arguments.values()
    mask = mask[:, np.newaxis]
    weights = use["weigh"](use["hide"](use["score"](queries, keys), mask), mask)
    return dict(zip(case.returns, use["handed"](use["mix"](weights, values, keys), weights), strict=True))


RECIPE = Recipe(_made, RIGHT, prefix="attention.")


def _cosine(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return _dot(*(each / np.linalg.norm(each, axis=-1, keepdims=True) for each in (queries, keys)))


def _shown(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Scores with zeros at padding: a very low score would drown everything else."""
    return np.where(scores > -1e8, scores, 0.0)


def _proportional(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    shown = _shown(scores, mask)
    return shown / shown.sum(axis=-1, keepdims=True)


def _largest_only(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (scores == scores.max(axis=-1, keepdims=True)).astype(scores.dtype)


def _uniform(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    counted = np.broadcast_to(mask, scores.shape).astype(scores.dtype)
    return counted / counted.sum(axis=-1, keepdims=True)


_SUM = "Over which entries should the weights add up to 1? Add up yours, once along each axis."
_FIT = "Take a query and a key of two numbers each. Which one number says how well they fit, and how is it made?"
_PAD = "Print the weights of one source that has padding. What stands there at the padding, and what do they add up to?"
_MIX = "One word has all the weight. What should the context be?"

MISTAKES = (
    RECIPE.wrong(
        "scaled", "The scores are divided by the square root of the width",
        "That is what Transformers do. Does the formula above divide?",
        score=lambda queries, keys: _dot(queries, keys) / np.sqrt(keys.shape[-1]),
    ),
    RECIPE.wrong(
        "divided_by_width", "The scores are divided by the width", _FIT,
        score=lambda queries, keys: _dot(queries, keys) / keys.shape[-1],
    ),
    RECIPE.wrong(
        "cosine", "The vectors are brought to length 1 before they are compared", _FIT, score=_cosine,
    ),
    RECIPE.wrong(
        "negative", "What fits best gets the least weight", "Does a high score speak for a word or against it?",
        score=lambda queries, keys: -_dot(queries, keys),
    ),
    RECIPE.wrong(
        "mask_ignored", "The mask is ignored", _PAD, hide=lambda scores, mask: scores,
    ),
    RECIPE.wrong(
        "mask_inverted", "The mask is read the wrong way round: only padding is looked at",
        "Is the mask True where a word stands, or where none does?",
        hide=lambda scores, mask: np.where(mask.all(axis=-1, keepdims=True) | ~mask, scores, -1e9),
    ),
    RECIPE.wrong(
        "scores_zeroed", "The scores at padding are set to zero before the softmax",
        "What does a softmax make of a score of 0? Is that a small weight?",
        hide=lambda scores, mask: scores * mask,
    ),
    RECIPE.wrong(
        "weights_zeroed", "The weights at padding are set to zero after the softmax: the others no longer add up to 1",
        _PAD, hide=lambda scores, mask: scores, weigh=lambda scores, mask: _softmax(scores) * mask,
    ),
    RECIPE.wrong(
        "first_mask_for_all", "The mask of the first source is used for the whole batch",
        "Do all sources of a batch end at the same place? Which shape does the mask need beside the scores?",
        hide=lambda scores, mask: np.where(mask[:1], scores, -1e9),
    ),
    RECIPE.wrong(
        "over_steps", "The softmax runs over the decoder's steps, not over the words of the source", _SUM,
        weigh=lambda scores, mask: _softmax(scores, axis=1),
    ),
    RECIPE.wrong(
        "over_batch", "The softmax runs over the batch", _SUM, weigh=lambda scores, mask: _softmax(scores, axis=0),
    ),
    RECIPE.wrong(
        "over_all", "The softmax runs over words and steps at once", _SUM,
        weigh=lambda scores, mask: _softmax(scores, axis=(1, 2)),
    ),
    RECIPE.wrong(
        "no_softmax", "The scores themselves are the weights: there is no softmax", _SUM, weigh=_shown,
    ),
    RECIPE.wrong(
        "proportional", "The scores are divided by their sum: there is no exponential",
        "Can one of your weights be negative? What would that say?", weigh=_proportional,
    ),
    RECIPE.wrong(
        "sigmoid", "Each score goes through a sigmoid by itself", _SUM,
        weigh=lambda scores, mask: np.where(scores > -1e8, 1 / (1 + np.exp(-np.maximum(scores, -700))), 0.0),
    ),
    RECIPE.wrong(
        "largest_only", "The word that fits best gets all the weight",
        "Two words fit equally well. What should the weights be, and can your code give that?", weigh=_largest_only,
    ),
    RECIPE.wrong(
        "uniform", "All words of the source get the same weight",
        "On what do your weights depend? Change a query: do they change?", weigh=_uniform,
    ),
    RECIPE.wrong(
        "keys_mixed", "The keys are mixed, and not the values",
        "Which width does the context have in the docstring, and which of the three arrays has it?",
        mix=lambda weights, values, keys: weights @ keys,
    ),
    RECIPE.wrong(
        "values_added", "The values are added up without their weights", _MIX,
        mix=lambda weights, values, keys: np.broadcast_to(
            values.sum(axis=1, keepdims=True), (*weights.shape[:2], values.shape[-1])
        ),
    ),
    RECIPE.wrong(
        "mixed_and_averaged", "The mixture is divided by the number of words once more", _MIX,
        mix=lambda weights, values, keys: weights @ values / values.shape[1],
    ),
    RECIPE.wrong(
        "not_added_up", "The weighted values are not added up: there is an axis for the words of the source",
        "How many axes does the context have in the docstring? Which one should be gone?",
        mix=lambda weights, values, keys: weights[..., np.newaxis] * values[:, np.newaxis],
    ),
    RECIPE.wrong(
        "exchanged", "The weights are returned first, and the context second",
        "In which order does the docstring promise the two?", handed=lambda context, weights: (weights, context),
    ),
    RECIPE.wrong(
        "weights_transposed", "The weights have the words of the source before the decoder's steps",
        "Which axis of the weights belongs to the queries, and which to the keys?",
        handed=lambda context, weights: (context, weights.swapaxes(1, 2)),
    ),
)  # fmt: skip


def _keras() -> Any:
    import keras

    def attention(queries: Any, keys: Any, values: Any, mask: Any) -> Any:
        mask = keras.ops.convert_to_tensor(mask)
        look = keras.layers.Attention()
        return look([queries, values, keys], mask=[None, mask], return_attention_scores=True)

    return attention


EXERCISE = Exercise(
    id="attention",
    assignment="translation",
    title="Looking back at the source",
    entry_point="attention",
    signature="attention(queries, keys, values, mask) -> (context, weights)",
    points=5,
    hint="How well does each key fit each query? What share does that give each word? And what is the mixture then?",
    hints={"masked": "Which score would a softmax turn into a weight of exactly nothing?"},
    cases=cases,
    truth=RECIPE.truth,
    slack=slack,
    checks=(
        Check("weights", "How much each word of the source counts at each step", 2, ("open.weights",)),
        Check("context", "The mixture of the values", 1, ("open.context",), ("weights",)),
        Check("masked", "Padding does not count, and the others add up to 1", 2, ("masked.*",), ("weights",)),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    made_of=RECIPE.answer,
    forbidden=("attention",),
)
