"""A classifier of sentences: embedding, a masked LSTM, its last state, two classes. Trained on film reviews."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.models import untrained
from autograder.exercises.kit.parts import trained
from autograder.language import Said, words
from autograder.model import Arrays, Check, Exercise, Mistake, ModelCase
from reference.data import reviews
from reference.data import words as text

EMBEDDING = 16
"""Numbers for each word."""
WORDS, UNITS = 2000, 16
LENGTH = 24
LEARNED = 3000
"""Reviews to learn from; the others are asked about."""


@functools.cache
def _reviews() -> tuple[np.ndarray, np.ndarray]:
    """All reviews as rows of words, (reviews, time), and whether each praises, (reviews,)."""
    sentences, scores = reviews.load()
    vocabulary = text.vocabulary(sentences, WORDS - 2)
    rows = np.zeros((len(sentences), LENGTH), np.int32)
    for row, sentence in zip(rows, text.encode(sentences, vocabulary), strict=True):
        row[: len(sentence)] = sentence[:LENGTH]
    return rows, (scores > 0).astype(np.int64)


def cases(rng: np.random.Generator) -> tuple[ModelCase, ...]:
    return _padding_case("padding", rng), _reviews_case("reviews", rng)


def _padding_case(name: str, rng: np.random.Generator) -> ModelCase:
    """Nothing is learned. Each sentence stands in three rows: at their beginning, at their end, and with a gap."""
    count, longest, time = 4, 5, 9
    rows = []
    for _ in range(count):
        sentence = rng.integers(1, 50, int(rng.integers(3, longest + 1)))
        empty = np.zeros(time - len(sentence), np.int64)
        rows += [[*sentence, *empty], [*empty, *sentence], [*sentence[:2], *empty[:2], *sentence[2:], *empty[2:]]]
    probe = np.asarray(rows, np.int32)
    pairs = [(3 * k, 3 * k + other) for k in range(count) for other in (1, 2)]
    return untrained(name, (50, 7), probe, alike=tuple(pairs))


def _reviews_case(name: str, rng: np.random.Generator) -> ModelCase:
    rows, labels = _reviews()
    chosen = rng.permutation(len(rows))
    learned, asked = chosen[:LEARNED], chosen[LEARNED:]
    return ModelCase(
        id=name,
        arguments=(WORDS, UNITS),
        inputs=rows[learned],
        labels=labels[learned],
        probe=rows[asked],
        labels_probe=labels[asked],
        steps=120,
        batch_size=64,
        learning_rate=0.01,
        margin=0.06,
    )


def _weights(count: int, units: int, *, width: int = EMBEDDING, gates: int = 4, classes: int = 2) -> int:
    recurrent = gates * ((width + units) * units + units)
    return count * width + recurrent + (units + 1) * classes


def truth(case: ModelCase) -> Arrays:
    """The shape of the predictions and the number of weights, counted by hand."""
    count, units = case.arguments
    return {"output_shape": np.asarray((len(case.probe), 2)), "weights": np.asarray(_weights(count, units))}


def _mistake(
    name: str,
    title: Said,
    hint: str,
    weights: Callable[[int, int], int] = _weights,
    shape: Callable[[int, int], tuple[int, ...]] = lambda rows, time: (rows, 2),
) -> Mistake:
    """weights: from the number of words and the units. shape: of the predictions, from rows and time; of a model that
    is trained it is not told where it is wrong."""

    def answer(case: ModelCase) -> Arrays:
        wrong = shape(*case.probe.shape)
        parts = {"weights": np.asarray(weights(*case.arguments))}
        if not case.steps or wrong == (len(case.probe), 2):
            parts["output_shape"] = np.asarray(wrong)
        return parts

    return Mistake(f"sentiment.{name}", title, hint, answer)


_HEAD = "How many numbers leave your model for one sentence, and what does each of them say?"


def _with_a_hidden_layer(width: int) -> Mistake:
    return _mistake(
        f"hidden_dense_{width}", words("There is another dense layer with {units} units", units=width),
        "How many dense layers does the plan have, and how many does the summary of your model show?",
        lambda n, u: _weights(n, u) + (u + 1) * width + (width - u) * 2,
    )  # fmt: skip


MISTAKES = (
    _mistake(
        "wide_embedding", "The embedding has as many numbers a word as there are units",
        "How many numbers does the plan give each word?", lambda n, u: _weights(n, u, width=u),
    ),
    _mistake(
        "embedding_of_eight", "The embedding has 8 numbers a word",
        "How many numbers does the plan give each word?", lambda n, u: _weights(n, u, width=8),
    ),
    _mistake(
        "embedding_of_thirty_two", "The embedding has 32 numbers a word",
        "How many numbers does the plan give each word?", lambda n, u: _weights(n, u, width=32),
    ),
    _mistake(
        "one_word_more", "The embedding has a row more than there are words",
        "`words` counts the padding already. How many rows does your embedding have?", lambda n, u: _weights(n + 1, u),
    ),
    _mistake(
        "two_words_more", "The embedding has two rows more than there are words",
        "`words` counts the padding and the unknown word already. How many rows does your embedding have?",
        lambda n, u: _weights(n + 2, u),
    ),
    _mistake(
        "one_word_less", "The embedding has a row less than there are words",
        "Which is the highest number of a word, and how many rows does an embedding need for it?",
        lambda n, u: _weights(n - 1, u),
    ),
    _mistake(
        "one_output", "The last layer has one unit", _HEAD,
        lambda n, u: _weights(n, u, classes=1), lambda rows, time: (rows, 1),
    ),
    _mistake(
        "three_outputs", "The last layer has three units", _HEAD,
        lambda n, u: _weights(n, u, classes=3), lambda rows, time: (rows, 3),
    ),
    _mistake(
        "every_step", "The classifier is asked at every step and not for the sentence",
        "Which of its states does your recurrent layer hand on: all of them, or the one after the last word?",
        shape=lambda rows, time: (rows, time, 2),
    ),
    _mistake(
        "simple_rnn", "The recurrent layer has the weights of a simple recurrent network",
        "How many gates has your recurrent layer, and how many weights has each?", lambda n, u: _weights(n, u, gates=1),
    ),
    _mistake(
        "no_recurrence", "There is no recurrent layer: the classifier reads embeddings",
        "Which of your layers knows in which order the words came?",
        lambda n, u: n * EMBEDDING + (EMBEDDING + 1) * 2,
    ),
    _mistake(
        "two_layers", "There are two recurrent layers",
        "How many recurrent layers does the plan have, and how many does the summary of your model show?",
        lambda n, u: _weights(n, u) + 4 * (2 * u * u + u),
    ),
    _mistake(
        "both_directions", "The sentence is read from both ends",
        "How many recurrent layers does the plan have, and how many does the summary of your model show?",
        lambda n, u: n * EMBEDDING + 8 * ((EMBEDDING + u) * u + u) + (2 * u + 1) * 2,
    ),
    _mistake(
        "dense_without_bias", "The last layer has no bias",
        "How many weights lead to one class, and how many numbers does your last layer read?",
        lambda n, u: _weights(n, u) - 2,
    ),
    *(_with_a_hidden_layer(width) for width in (8, 16, 32)),
)  # fmt: skip


def _keras() -> Any:
    import keras

    def sentiment_model(count: int, units: int) -> Any:
        return keras.Sequential(
            [
                keras.layers.Embedding(count, EMBEDDING, mask_zero=True),
                keras.layers.LSTM(units),
                keras.layers.Dense(2, activation="softmax"),
            ]
        )

    return sentiment_model


EXERCISE = Exercise(
    id="sentiment_model",
    assignment="sentiment",
    title="A model that tells praise from blame",
    entry_point="sentiment_model",
    signature="sentiment_model(words, units) -> keras.Model",
    points=5,
    hint="Write the shape behind every layer on paper, for two sentences of nine words.",
    hints={
        "weights": "Count layer by layer: how many numbers has a word, a gate, a class?",
        "padding": "Which of your layers knows where a sentence ends, and how do the others hear of it?",
        "accuracy": "What does the last layer hand out, and over which axis do these numbers belong together?",
    },
    cases=cases,
    truth=truth,
    slack=lambda case, truth: {},
    checks=(
        Check("shape", "Two numbers for every sentence", 1, ("padding.output_shape",)),
        Check("weights", "The number of trainable weights", 1, ("*.weights",)),
        Check("padding", "Padding changes nothing, wherever it stands", 2, ("padding.alike",), ("shape",)),
        Check(
            "accuracy",
            "Learns to read reviews about as well as Keras's own",
            1,
            ("reviews.probabilities", "reviews.accuracy"),
        ),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    built_on=((trained("MaskedLSTM", "keras.layers.LSTM"),),),
    permuted=(),
)
