"""How strongly each earlier step still acts: gradients over time, as shares of the last step's."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recurrent import function_truth, slack
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return _case("fading", rng, 0.7), _case("growing", rng, 1.3)


def _case(name: str, rng: np.random.Generator, per_step: float) -> FunctionCase:
    """Gradients that become weaker, or stronger, the further back a step lies; sequences of different strength."""
    size = draw.distinct_sizes(rng, ("batch", "time", "features"), 3, 6)
    back = np.arange(size["time"])[::-1]
    strength = rng.permutation(np.linspace(0.5, 2.0, size["batch"]))[:, None, None]
    gradients = draw.inputs(rng, *size.values()) * per_step ** back[:, None] * strength
    return FunctionCase(
        id=name,
        arguments={"gradients": gradients.astype(draw.DTYPE)},
        axes={"gradients": "batch time features"},
        returns={"curve": "time"},
    )


def _norms(gradients: np.ndarray) -> np.ndarray:
    """(batch, time)."""
    return np.sqrt((gradients**2).sum(axis=-1))


def _shares(each: np.ndarray) -> np.ndarray:
    """each (time,), the first step first -> shares of the last, the last first."""
    last = each[-1] if each[-1] != 0 else np.inf  # nothing acts: no share is asked about
    return (each / last)[::-1]


def _curve(gradients: np.ndarray) -> np.ndarray:
    return _shares(_norms(gradients).mean(axis=0))


def _mistake(name: str, title: str, hint: str, answer: Any) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"curve": answer(case.arguments["gradients"])}

    return Mistake(f"memory_curve.{name}", title, hint, wrong)


_SIGNS = "Two sequences whose gradients are opposite: does the step act on both? What does your number say?"
_LENGTH = "Which number is the length of an arrow (3, 4)? Which do you get?"
_SHARE = "Which number should stand at 0 steps back, whatever the gradients are?"

MISTAKES = (
    _mistake(
        "not_turned", "The curve begins with the first step of the sequence",
        "How many steps back does the first entry of your curve lie?", lambda g: _curve(g)[::-1],
    ),
    _mistake(
        "not_divided", "The gradients are not divided by that of the last step", _SHARE,
        lambda g: _norms(g).mean(0)[::-1],
    ),
    _mistake(
        "neither", "The gradients are neither turned nor divided", _SHARE, lambda g: _norms(g).mean(axis=0),
    ),
    _mistake(
        "divided_by_the_first", "The gradients are divided by that of the first step", _SHARE,
        lambda g: (_norms(g).mean(axis=0) / _norms(g).mean(axis=0)[0])[::-1],
    ),
    _mistake(
        "divided_by_the_largest", "The gradients are divided by the largest", _SHARE,
        lambda g: (_norms(g).mean(axis=0) / _norms(g).mean(axis=0).max())[::-1],
    ),
    _mistake(
        "divided_by_the_sum", "The gradients are divided by their sum", _SHARE,
        lambda g: (_norms(g).mean(axis=0) / _norms(g).mean(axis=0).sum())[::-1],
    ),
    _mistake(
        "upside_down", "The last step is divided by the others",
        "A step whose gradient is a tenth of the last one's: which number should the curve have there?",
        lambda g: 1 / _curve(g),
    ),
    _mistake(
        "squares", "The squares are added up, and no root is taken", _LENGTH,
        lambda g: _shares((g**2).sum(-1).mean(0)),
    ),
    _mistake(
        "absolute", "The absolute values are added up", _LENGTH,
        lambda g: _shares(np.abs(g).sum(-1).mean(axis=0)),
    ),
    _mistake(
        "largest_entry", "Of each step the largest entry is taken", _LENGTH,
        lambda g: _shares(np.abs(g).max(-1).mean(0)),
    ),
    _mistake(
        "signed", "The entries are added up with their signs",
        _SIGNS, lambda g: _shares(g.sum(axis=-1).mean(axis=0)),
    ),
    _mistake(
        "signed_features", "The entries of a step are added up with their signs, before the absolute value", _SIGNS,
        lambda g: _shares(np.abs(g.sum(axis=-1)).mean(axis=0)),
    ),
    _mistake(
        "mean_first", "The gradients are averaged over the batch before their length is taken", _SIGNS,
        lambda g: _shares(np.sqrt((g.mean(axis=0) ** 2).sum(axis=-1))),
    ),
    _mistake(
        "one_length_for_the_batch", "One length is taken over batch and features together",
        "For two sequences with gradients of the lengths 1 and 3: which number is their mean, and which do you get?",
        lambda g: _shares(np.sqrt((g**2).sum(axis=(0, 2)))),
    ),
    _mistake(
        "mean_of_shares", "Each sequence is divided by its own last step, and the mean comes afterwards",
        "A sequence whose last gradient happens to be nearly zero: how much does it weigh in your curve?",
        lambda g: (_norms(g) / _norms(g)[:, -1:]).mean(axis=0)[::-1],
    ),
    _mistake(
        "first_sequence", "Only the first sequence is looked at",
        "Change a gradient of the second sequence. Should the curve change?", lambda g: _shares(_norms(g)[0]),
    ),
    _mistake(
        "strongest_sequence", "Of all sequences the strongest is taken, step by step",
        "For two sequences with gradients of the lengths 1 and 3: which number is their mean, and which do you get?",
        lambda g: _shares(_norms(g).max(axis=0)),
    ),
    _mistake(
        "added_up_along_time", "The gradients of all later steps are in each entry",
        "Let only the last step have a gradient. Which entries of the curve should be zero?",
        lambda g: np.cumsum(_curve(g)),
    ),
    _mistake(
        "batch_kept", "There is a curve for every sequence",
        "How many axes should the curve have? Over which of them have you not averaged?",
        lambda g: (_norms(g) / _norms(g).mean(axis=0)[-1])[:, ::-1],
    ),
    _mistake(
        "features_kept", "There is a curve for every feature",
        "How many axes should the curve have? What makes one number of all features of a step?",
        lambda g: (np.abs(g).mean(axis=0) / np.abs(g).mean(axis=0)[-1])[::-1],
    ),
    _mistake(
        "only_the_ends", "Only the first step is compared with the last: one number",
        "Which entry of the curve is the number that you return?", lambda g: _curve(g)[-1],
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="memory_curve",
    assignment="compare",
    title="How strongly earlier steps still act",
    entry_point="memory_curve",
    signature="memory_curve(gradients) -> curve",
    points=4,
    hint="One length for each sequence and step, a mean over the sequences, a share of the last step: in which order?",
    cases=cases,
    truth=function_truth(_curve),
    slack=slack,
    checks=(
        Check("fading", "Gradients that fade", 2, ("fading.curve",)),
        Check("growing", "Gradients that grow", 2, ("growing.curve",)),
    ),
    mistakes=MISTAKES,
    permuted=("features",),
)
