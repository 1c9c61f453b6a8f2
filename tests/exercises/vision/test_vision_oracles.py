"""What has no witness in Keras, against somebody else's code and against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import recall_score

from autograder import exercises
from autograder.model import FunctionCase, ModelCase

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
def test_sensitivity_and_specificity_are_the_recalls_of_scikit_learn(seed: int) -> None:
    exercise = exercises.load("sensitivity_specificity")
    for case in exercise.cases(np.random.default_rng(seed)):
        assert isinstance(case, FunctionCase)
        labels, scores, threshold = case.arguments.values()
        right = exercise.truth(case)
        for part, kind in (("sensitivity", 1), ("specificity", 0)):
            assert right[part] == pytest.approx(recall_score(labels, scores >= threshold, pos_label=kind), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pixel_is_hidden_just_where_its_window_covers_it(seed: int) -> None:
    exercise = exercises.load("occluded")
    for case in exercise.cases(np.random.default_rng(seed)):
        assert isinstance(case, FunctionCase)
        image, size, step = case.arguments.values()
        pictures = exercise.truth(case)["pictures"]
        for row, column, y, x in np.ndindex(pictures.shape[:4]):
            covered = 0 <= y - row * step < size and 0 <= x - column * step < size
            expected = image.mean(axis=(0, 1)) if covered else image[y, x]
            np.testing.assert_allclose(pictures[row, column, y, x], expected, atol=1e-6)
        places = [1 + (length - size) // step for length in image.shape[:2]]
        assert pictures.shape == (*places, *image.shape)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_window_that_meets_a_spot_lies_within_the_picture(seed: int) -> None:
    """Else a right answer without border would not see the same spot everywhere."""
    case = exercises.load("lesion_finder").cases(np.random.default_rng(seed))[0]
    assert isinstance(case, ModelCase)
    for image in case.probe:
        rows, columns = (np.flatnonzero(image.any(axis=axes)) for axes in ((1, 2), (0, 2)))
        for cells, length in ((rows, image.shape[0]), (columns, image.shape[1])):
            assert cells[0] >= 6
            assert cells[-1] + 6 < length
