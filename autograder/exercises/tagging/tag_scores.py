"""The probabilities of all tags at every step, from the states of a reader."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("steps", rng, scale=2.0), _case("large", rng, scale=400.0)


def _case(name: str, rng: np.random.Generator, scale: float) -> FunctionCase:
    """scale: how large the scores are, about."""
    size = draw.distinct_sizes(rng, ("batch", "time", "units", "tags"), 3, 6)
    units, tags = size["units"], size["tags"]
    return FunctionCase(
        id=name,
        arguments={
            "states": draw.state(rng, size["batch"], size["time"], units),
            "W": np.float32(scale) * draw.weight(rng, units, tags),
            "b": np.float32(scale / 2) * draw.bias(rng, tags),
        },
        axes={"states": "batch time units", "W": "units tags", "b": "tags"},
        returns={"probabilities": "batch time tags"},
    )


def _scores(states: np.ndarray, weights: np.ndarray, b: np.ndarray) -> np.ndarray:
    return states @ weights + b  # (batch, time, tags)


def _softmax(scores: np.ndarray, axis: int | tuple[int, ...] = -1) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


def _right(states: np.ndarray, weights: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _softmax(_scores(states, weights, b))


def slack(case: FunctionCase, truth: Arrays) -> dict[str, float]:
    """The rounding of a score makes an error of this share in a probability."""
    scores = _scores(*case.arguments.values())
    width = case.arguments["W"].shape[0]
    eps = float(np.finfo(np.float32).eps)
    return dict.fromkeys(truth, eps * (4 + 0.5 * np.sqrt(width)) * max(1.0, float(np.max(np.abs(scores)))))


Answer = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _mistake(name: str, title: str, hint: str, answer: Answer) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays | None:
        with np.errstate(all="ignore"):
            value = answer(*case.arguments.values())
        return {"probabilities": value} if np.all(np.isfinite(value)) else None

    return Mistake(f"tag_scores.{name}", title, hint, wrong)


def _of_scores(change: Callable[[np.ndarray], np.ndarray]) -> Answer:
    return lambda states, weights, b: change(_scores(states, weights, b))


def _for_all_steps(change: Callable[[np.ndarray], np.ndarray]) -> Answer:
    """Every step gets what one state gives."""
    return lambda states, weights, b: _right(np.broadcast_to(change(states), states.shape), weights, b)


_WHICH_AXIS = "Print the sums of your result over each of its axes. Along which one should all of them be 1?"
_EVERY_STEP = "How many words has a sentence, and how many rows of probabilities does it get from you?"
_SAME = "Print your result for one sentence. Does every word get probabilities of its own?"

MISTAKES = (
    _mistake(
        "no_softmax", "The scores are returned as they are",
        "Can a probability be negative? What turns scores into probabilities?", _scores,
    ),
    _mistake("over_time", "The softmax runs over the steps", _WHICH_AXIS, _of_scores(lambda z: _softmax(z, 1))),
    _mistake("over_batch", "The softmax runs over the batch", _WHICH_AXIS, _of_scores(lambda z: _softmax(z, 0))),
    _mistake(
        "over_everything", "One softmax runs over all numbers of the batch", _WHICH_AXIS,
        _of_scores(lambda z: _softmax(z, (0, 1, 2))),
    ),
    _mistake(
        "over_sentence", "One softmax runs over all numbers of a sentence", _WHICH_AXIS,
        _of_scores(lambda z: _softmax(z, (1, 2))),
    ),
    _mistake(
        "over_units", "The softmax is taken of the states, before the weights",
        "Which numbers are to add up to 1: those of the units, or those of the tags?",
        lambda states, weights, b: _scores(_softmax(states), weights, b),
    ),
    _mistake(
        "bias_left_out", "The bias is left out",
        "What does your function give for a state of zeros? What should it give?",
        lambda states, weights, b: _softmax(states @ weights),
    ),
    _mistake(
        "bias_behind", "The bias is added behind the softmax",
        "Do the probabilities of a word still add up to 1 when you are done?",
        lambda states, weights, b: _softmax(states @ weights) + b,
    ),
    _mistake(
        "sigmoid", "A sigmoid is taken and not a softmax",
        "A word has one tag. Do the probabilities of all tags of a word add up to 1?",
        _of_scores(lambda z: 1 / (1 + np.exp(-z.astype(np.float64)))),
    ),
    _mistake(
        "logarithm", "The logarithms of the probabilities are returned",
        "Can a probability be negative?",
        _of_scores(lambda z: _log_softmax(z - z.max(axis=-1, keepdims=True))),
    ),
    _mistake(
        "not_divided", "The powers are not divided by their sum",
        "Do the probabilities of a word add up to 1?", _of_scores(np.exp),
    ),
    _mistake(
        "largest_is_one", "The powers are divided by the largest and not by their sum",
        "Do the probabilities of a word add up to 1?", _of_scores(lambda z: np.exp(z - z.max(-1, keepdims=True))),
    ),
    _mistake(
        "no_powers", "The scores themselves are divided by their sum",
        "What becomes of a negative score? Can a probability be negative?",
        _of_scores(lambda z: z / z.sum(-1, keepdims=True)),
    ),
    _mistake(
        "softmax_twice", "The softmax is taken twice",
        "How large can the largest probability become if you take the softmax of numbers between 0 and 1?",
        _of_scores(lambda z: _softmax(_softmax(z))),
    ),
    _mistake(
        "sign_turned", "The sign of the scores is turned: the highest score gets the lowest probability",
        "Which tag should be the likeliest, the one with the highest score or the one with the lowest?",
        _of_scores(lambda z: _softmax(-z)),
    ),
    _mistake(
        "tanh_of_scores", "A tanh squashes the scores before the softmax",
        "How sure can your function become if no score is above 1?", _of_scores(lambda z: _softmax(np.tanh(z))),
    ),
    _mistake(
        "last_step_only", "Only the last step of each sentence gets probabilities", _EVERY_STEP,
        lambda states, weights, b: _right(states, weights, b)[:, -1],
    ),
    _mistake(
        "last_state_for_all", "All steps of a sentence get the probabilities of the last one", _SAME,
        _for_all_steps(lambda states: states[:, -1:]),
    ),
    _mistake(
        "mean_state_for_all", "All steps of a sentence get the probabilities of its mean state", _SAME,
        _for_all_steps(lambda states: states.mean(axis=1, keepdims=True)),
    ),
    _mistake(
        "mean_state", "Each sentence gets one row of probabilities, that of its mean state", _EVERY_STEP,
        lambda states, weights, b: _right(states.mean(axis=1), weights, b),
    ),
    _mistake(
        "best_tag", "The number of the likeliest tag is returned",
        "The docstring promises three axes. What has become of the last one?",
        _of_scores(lambda z: z.argmax(-1).astype(np.float64)),
    ),
    _mistake(
        "one_hot", "The likeliest tag gets a 1, and all others a 0",
        "How does your result say how sure it is?", _of_scores(lambda z: np.eye(z.shape[-1])[z.argmax(-1)]),
    ),
    _mistake(
        "batch_and_time_joined", "Batch and time have become one axis",
        "Which word of which sentence does a row of your result belong to? How many axes should it have?",
        _of_scores(lambda z: _softmax(z).reshape(-1, z.shape[-1])),
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="tag_scores",
    assignment="tagging",
    title="The probabilities of all tags at every step",
    entry_point="tag_scores",
    signature="tag_scores(states, W, b) -> probabilities",
    points=4,
    hint="Take one word of one sentence: which shape has its state, which its scores, and which numbers add up to 1?",
    hints={
        "large": "Print np.exp(np.float32(100)). Does a softmax change when the same number is taken off all scores?"
    },
    cases=cases,
    truth=function_truth(_right),
    slack=slack,
    checks=(
        Check("steps", "Probabilities at every step", 3, ("steps.probabilities",)),
        Check("large", "With scores of several hundred, too", 1, ("large.probabilities",), ("steps",)),
    ),
    mistakes=MISTAKES,
    forbidden=RECURRENT_BUILTINS,
    permuted=("units", "tags"),
)
