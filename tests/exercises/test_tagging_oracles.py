"""What the assignment tagging asks for, held against TensorFlow and Keras, which know the same by other names."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from autograder import exercises

SEEDS = range(20)


def _asked(name: str, seed: int):
    """(case, its arguments, its one right value) for every case."""
    exercise = exercises.load(name)
    for case in exercise.cases(np.random.default_rng(seed)):
        (right,) = exercise.truth(case).values()
        yield case, [*case.arguments.values()], right


@pytest.mark.parametrize("seed", SEEDS)
def test_the_loss_is_that_of_keras_with_padding_ignored(seed):
    for _, (probabilities, tags, mask), right in _asked("sequence_loss", seed):
        loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
        assert float(loss(np.where(mask, tags, -1), probabilities)) == pytest.approx(float(right), abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_accuracy_is_that_of_keras_with_weights(seed):
    for _, (probabilities, tags, chosen), right in _asked("accuracy_on", seed):
        metric = keras.metrics.SparseCategoricalAccuracy()
        metric.update_state(tags, probabilities, sample_weight=chosen)
        assert float(metric.result()) == pytest.approx(float(right), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_one_sentence_no_word_is_chosen(seed):
    case = next(case for case, *_ in _asked("accuracy_on", seed) if case.id == "some_words")
    assert (case.arguments["chosen"].sum(axis=1) == 0).sum() == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_sentences_are_turned_as_by_reverse_sequence(seed):
    for _, (x, mask), right in _asked("turn_sentences", seed):
        np.testing.assert_array_equal(tf.reverse_sequence(x, mask.sum(axis=1), seq_axis=1), right)


@pytest.mark.parametrize("seed", SEEDS)
def test_probabilities_are_a_dense_layers(seed):
    for case, (states, weights, b), right in _asked("tag_scores", seed):
        dense = keras.layers.Dense(len(b), activation="softmax")
        dense.build(states.shape)
        dense.set_weights([weights, b])
        np.testing.assert_allclose(dense(states), right, atol=1e-5 if case.id == "steps" else 1e-3)


def test_large_scores_are_too_large_for_an_exponential():
    for seed in SEEDS:
        case = next(case for case, *_ in _asked("tag_scores", seed) if case.id == "large")
        states, weights, b = case.arguments.values()
        with np.errstate(over="ignore"):
            assert np.isinf(np.exp(states @ weights + b)).any()
