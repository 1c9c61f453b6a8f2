"""How many of the ill are found, and how many of the healthy are left in peace: two numbers, and not one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return (
        _case("careful", rng, (11, 3, 17, 5), 0.3),
        _case("strict", rng, (4, 9, 23, 2), 0.7),
        _case("edge", rng, (7, 2, 13, 3), 0.375, on_the_edge=True),
    )


def _case(
    name: str,
    rng: np.random.Generator,
    counts: tuple[int, int, int, int],
    threshold: float,
    *,
    on_the_edge: bool = False,
) -> FunctionCase:
    """counts: about how many lesions are found and missed, and how many healthy patches let pass and taken for ill.

    No score lies near the threshold or near 1/2, but with `on_the_edge` some lie on the threshold itself, and are
    exact."""
    found, missed, passed, alarmed = (count + int(rng.integers(0, 2)) for count in counts)
    labels = np.repeat([1, 1, 0, 0], [found, missed, passed, alarmed])
    above = np.repeat([True, False, False, True], [found, missed, passed, alarmed])
    low, high = sorted((threshold, 0.5))
    between = rng.random(len(labels)) < 0.3  # on the threshold's other side than 1/2 would have it
    inner = rng.uniform(low + 0.02, high - 0.02, len(labels))
    outer = np.where(above, rng.uniform(high + 0.02, 1, len(labels)), rng.uniform(0, low - 0.02, len(labels)))
    scores = np.where(between & (above == (threshold < 0.5)), inner, outer)
    if on_the_edge:
        scores[:2] = threshold
        scores[-2:] = threshold
    order = rng.permutation(len(labels))
    return FunctionCase(
        id=name,
        arguments={"labels": labels[order], "scores": scores[order].astype(np.float32), "threshold": threshold},
        axes={"labels": "batch", "scores": "batch"},
        returns={"sensitivity": "", "specificity": ""},
    )


@dataclass(frozen=True)
class Counted:
    """How many patches were judged rightly or wrongly, as ill (positive) or as healthy."""

    true_positive: int
    false_negative: int
    true_negative: int
    false_positive: int

    @property
    def ill(self) -> int:
        return self.true_positive + self.false_negative

    @property
    def healthy(self) -> int:
        return self.true_negative + self.false_positive

    @property
    def called_ill(self) -> int:
        return self.true_positive + self.false_positive

    @property
    def called_healthy(self) -> int:
        return self.true_negative + self.false_negative

    @property
    def all(self) -> int:
        return self.ill + self.healthy


Two = tuple[float, float]


def _counted(labels: np.ndarray, called_ill: np.ndarray) -> Counted:
    ill = labels == 1
    return Counted(
        int((ill & called_ill).sum()), int((ill & ~called_ill).sum()),
        int((~ill & ~called_ill).sum()), int((~ill & called_ill).sum()),
    )  # fmt: skip


def _rates(n: Counted) -> Two:
    return n.true_positive / n.ill, n.true_negative / n.healthy


def _answer(labels: np.ndarray, scores: np.ndarray, threshold: float) -> Two:
    first, second = _rates(_counted(labels, scores >= threshold))
    return scores.dtype.type(first), scores.dtype.type(second)


def _mistake(name: str, title: str, hint: str, rates: Callable[[Counted], Two]) -> Mistake:
    """rates: what is made of the counts."""
    return _calling(name, title, hint, lambda scores, threshold: scores >= threshold, rates)


def _calling(
    name: str,
    title: str,
    hint: str,
    called_ill: Callable[[np.ndarray, float], np.ndarray],
    rates: Callable[[Counted], Two] = _rates,
) -> Mistake:
    """called_ill: from scores and threshold, who is called ill."""

    def answer(case: FunctionCase) -> Arrays:
        labels, scores, threshold = case.arguments.values()
        with np.errstate(divide="ignore", invalid="ignore"):
            two = rates(_counted(labels, called_ill(scores, threshold)))
        return {name: np.asarray(value, np.float64) for name, value in zip(case.returns, two, strict=True)}

    return Mistake(f"rates.{name}", title, hint, answer)


def _f1(n: Counted) -> float:
    return 2 * n.true_positive / (n.ill + n.called_ill)


_WHOSE = "Of *whom* is sensitivity a share, and of whom is specificity? How many are they in your code?"
_ALL = "A test that calls nobody ill, in a village where one of a hundred is: what do you give it for each of the two?"
_THRESHOLD = "Which patches are called ill if the threshold is 0, and which if it is 1?"

MISTAKES = (
    _mistake(
        "exchanged", "Sensitivity and specificity are exchanged",
        "Which of the two comes first in what the docstring promises? Which of them speaks of the ill?",
        lambda n: _rates(n)[::-1],
    ),
    _mistake(
        "precision", "In place of the sensitivity stands the precision: how many of those called ill are so", _WHOSE,
        lambda n: (n.true_positive / n.called_ill, _rates(n)[1]),
    ),
    _mistake(
        "negative_predictive_value",
        "In place of the specificity stands how many of those called healthy are so", _WHOSE,
        lambda n: (_rates(n)[0], n.true_negative / n.called_healthy),
    ),
    _mistake(
        "predictive_values", "Both are shares of those who were called so, not of those who are so", _WHOSE,
        lambda n: (n.true_positive / n.called_ill, n.true_negative / n.called_healthy),
    ),
    _mistake(
        "false_alarms", "In place of the specificity stands the share of false alarms",
        "A test without a single false alarm: which specificity has it?",
        lambda n: (_rates(n)[0], n.false_positive / n.healthy),
    ),
    _mistake(
        "missed", "In place of the sensitivity stands the share of lesions that are missed",
        "A test that finds every lesion: which sensitivity has it?",
        lambda n: (n.false_negative / n.ill, _rates(n)[1]),
    ),
    _mistake(
        "errors", "Both are shares of errors: of the lesions those that are missed, of the healthy the false alarms",
        "A test that is always right: which two numbers should it have? And whom do you call ill, those above the "
        "threshold or those below?",
        lambda n: (n.false_negative / n.ill, n.false_positive / n.healthy),
    ),
    _mistake(
        "accuracy_twice", "Both are the accuracy: the share of all that are judged rightly", _ALL,
        lambda n: ((n.true_positive + n.true_negative) / n.all,) * 2,
    ),
    _mistake(
        "accuracy_for_sensitivity", "In place of the sensitivity stands the accuracy", _ALL,
        lambda n: ((n.true_positive + n.true_negative) / n.all, _rates(n)[1]),
    ),
    _mistake(
        "accuracy_for_specificity", "In place of the specificity stands the accuracy", _ALL,
        lambda n: (_rates(n)[0], (n.true_positive + n.true_negative) / n.all),
    ),
    _mistake(
        "shares_of_all", "Both are shares of all patches, not of the ill and of the healthy", _WHOSE,
        lambda n: (n.true_positive / n.all, n.true_negative / n.all),
    ),
    _mistake(
        "counts", "Both are numbers of patches, not shares", "Can a share be larger than 1?",
        lambda n: (n.true_positive, n.true_negative),
    ),
    _mistake(
        "odds", "What is right is divided by what is wrong, not by all of its kind",
        "Three lesions of four are found. Which share is that?",
        lambda n: (n.true_positive / n.false_negative, n.true_negative / n.false_positive),
    ),
    _mistake(
        "crossed", "The right ones of each kind are divided by the number of the other kind", _WHOSE,
        lambda n: (n.true_positive / n.healthy, n.true_negative / n.ill),
    ),
    _mistake(
        "percent", "Both are in per cent", "Can a share be larger than 1?",
        lambda n: (100 * _rates(n)[0], 100 * _rates(n)[1]),
    ),
    _mistake(
        "f1", "In place of the sensitivity stands the F1 score", _WHOSE, lambda n: (_f1(n), _rates(n)[1]),
    ),
    _mistake(
        "labels_read_inverted", "The label 0 is taken for ill", "Which label has a patch with a lesion?",
        lambda n: (n.false_positive / n.healthy, n.false_negative / n.ill),
    ),
    _calling(
        "threshold_ignored", "The threshold is 1/2, whatever is given", _THRESHOLD,
        lambda scores, threshold: scores >= 0.5,
    ),
    _calling(
        "one_minus_threshold", "The threshold is counted from the other end", _THRESHOLD,
        lambda scores, threshold: scores >= 1 - threshold,
    ),
    _calling(
        "edge_is_healthy", "A score on the threshold itself is called healthy",
        "A score that equals the threshold: on which side does the docstring put it?",
        lambda scores, threshold: scores > threshold,
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="sensitivity_specificity",
    assignment="vision",
    title="Sensitivity and specificity",
    entry_point="sensitivity_specificity",
    signature="sensitivity_specificity(labels, scores, threshold) -> (sensitivity, specificity)",
    points=3,
    hint="Draw a table of four fields: ill or healthy, called ill or called healthy. Which fields make up each share?",
    hints={"edge": "A score that equals the threshold: on which side does the docstring put it?"},
    cases=cases,
    truth=function_truth(_answer),
    slack=lambda case, truth: dict.fromkeys(truth, 1e-6),
    checks=(
        Check(
            "sensitivity", "The share of the lesions that are found", 1, ("careful.sensitivity", "strict.sensitivity")
        ),
        Check(
            "specificity",
            "The share of the healthy that are let pass",
            1,
            ("careful.specificity", "strict.specificity"),
        ),
        Check("edge", "A score on the threshold itself is called ill", 1, ("edge.*",), ("sensitivity", "specificity")),
    ),
    mistakes=MISTAKES,
    permuted=(),
)
