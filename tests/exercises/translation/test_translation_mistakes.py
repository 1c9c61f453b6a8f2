"""Whatever cases a course draws, they show what they are for; and a decoder by another way says the same."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from autograder import exercises
from autograder.model import FunctionCase, LayerCase

ASKED_EXACTLY = ("shift_right", "encoder_decoder", "greedy_decode", "attention")


def _cases(name: str, seed: int) -> list[Any]:
    """Those that tell of values, without gradients."""
    cases = exercises.load(name).cases(np.random.default_rng(seed))
    return [
        dataclasses.replace(case, cotangents=None) if isinstance(case, LayerCase) else case
        for case in cases
        if not isinstance(case, LayerCase) or case.route == "eager"
    ]


def _far(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape != other.shape or bool(np.max(np.abs(np.subtract(one, other, dtype=np.float64))) > 1e-3)


@pytest.mark.parametrize("name", ASKED_EXACTLY)
def test_every_mistake_shows_whatever_the_seed(name: str) -> None:
    exercise = exercises.load(name)
    for seed in range(12):
        cases = _cases(name, seed)
        right = [exercise.truth(case) for case in cases]
        hidden = [
            mistake.id
            for mistake in exercise.mistakes
            if not any(
                _far(np.asarray(value), np.asarray(truth[part]))
                for case, truth in zip(cases, right, strict=True)
                for part, value in (mistake.answer(case) or {}).items()
            )
        ]
        assert hidden == [], f"seed {seed}"


def _said(scores: np.ndarray, start: int, end: int) -> list[int]:
    """One sentence, by recursion: scores (time, vocabulary, vocabulary)."""
    if not len(scores):
        return []
    word = int(scores[0, start].argmax())
    return [word, *([0] * (len(scores) - 1) if word == end else _said(scores[1:], word, end))]


def test_a_sentence_is_the_best_first_word_and_the_sentence_behind_it() -> None:
    exercise = exercises.load("greedy_decode")
    for seed in range(12):
        for case in exercise.cases(np.random.default_rng(seed)):
            assert isinstance(case, FunctionCase)
            scores, start, end = case.arguments.values()
            assert exercise.truth(case)["words"].tolist() == [_said(one, start, end) for one in scores]
