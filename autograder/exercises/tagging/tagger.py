"""A model that gives every word its part of speech: embedding, a recurrent layer, a tag at every step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.models import untrained
from autograder.exercises.kit.parts import trained
from autograder.language import Said, words
from autograder.model import Arrays, Check, Exercise, Mistake, ModelCase
from reference.data import tagged
from reference.data import words as text

EMBEDDING = 32
"""Numbers for each word."""
WORDS, UNITS = 302, 24
UNKNOWN = 1
LEARNED = 3000
"""Sentences to learn from; the others are asked about."""


@functools.cache
def _sentences() -> tuple[np.ndarray, np.ndarray]:
    """All sentences as rows of words, 0 at padding, and as rows of tags, -1 at padding; both (sentences, time)."""
    sentences, tags = tagged.load()
    vocabulary = text.vocabulary(sentences, WORDS - 2)
    rows = np.zeros((len(sentences), tagged.LONGEST), np.int32)
    labels = np.full(rows.shape, -1, np.int64)
    for k, (sentence, told) in enumerate(zip(text.encode(sentences, vocabulary), tags, strict=True)):
        rows[k, : len(sentence)] = sentence
        labels[k, : len(told)] = [tagged.TAGS.index(tag) for tag in told]
    return rows, labels


def cases(rng: np.random.Generator) -> tuple[ModelCase, ...]:
    return _plain_case("plan", rng), _brown_case("brown", rng)


def _plain_case(name: str, rng: np.random.Generator) -> ModelCase:
    """Nothing is learned."""
    probe = rng.integers(1, 50, (3, 6)).astype(np.int32)
    return untrained(name, (50, 5, 7), probe, labelled=probe.shape)


def _brown_case(name: str, rng: np.random.Generator) -> ModelCase:
    """Asked about unknown words only: what they are is to be seen from their neighbours alone."""
    rows, labels = _sentences()
    chosen = rng.permutation(len(rows))
    learned, asked = chosen[:LEARNED], chosen[LEARNED:]
    return ModelCase(
        id=name,
        arguments=(WORDS, len(tagged.TAGS), UNITS),
        inputs=rows[learned],
        labels=labels[learned],
        probe=rows[asked],
        labels_probe=np.where(rows[asked] == UNKNOWN, labels[asked], -1),
        steps=150,
        batch_size=64,
        learning_rate=0.01,
        margin=0.04,
    )


def _weights(
    count: int, tags: int, units: int, *, width: int = EMBEDDING, gates: int = 1, biases: int = 1, more: int = 0
) -> int:
    """more: of layers besides."""
    recurrent = gates * ((width + units) * units + biases * units)
    return count * width + recurrent + more + (units + 1) * tags


def truth(case: ModelCase) -> Arrays:
    """The shape of the predictions and the number of weights, counted by hand."""
    _, tags, _ = case.arguments
    return {"output_shape": np.asarray((*case.probe.shape, tags)), "weights": np.asarray(_weights(*case.arguments))}


def _mistake(
    name: str,
    title: Said,
    hint: str,
    weights: Callable[[int, int, int], int] = _weights,
    shape: Callable[[int, int, int], tuple[int, ...]] | None = None,
) -> Mistake:
    """weights: from the number of words, of tags, and the units. shape: of the predictions, from rows, time and tags;
    of a model that is trained it is not told where it is wrong."""

    def answer(case: ModelCase) -> Arrays:
        _, tags, _ = case.arguments
        parts = {"weights": np.asarray(weights(*case.arguments))}
        rows, time = case.probe.shape
        if shape is None:
            parts["output_shape"] = np.asarray((rows, time, tags))
        elif not case.steps:
            parts["output_shape"] = np.asarray(shape(rows, time, tags))
        return parts

    return Mistake(f"tagger.{name}", title, hint, answer)


_ROWS = "How many rows does your embedding have, and what is the highest number of a word?"
_NUMBERS = "How many numbers does the plan give each word?"
_STEPS = "How many words has a sentence, and how many tags does your model give it?"
_HEAD = "How many numbers leave your model for one word, and what does each of them say?"
_LAYERS = "How many layers does the plan have, and how many does the summary of your model show?"
_GATES = "How many gates has your recurrent layer, and how many has the plan's?"


def _with_width(width: int) -> Mistake:
    return _mistake(
        f"embedding_of_{width}", words("The embedding has {width} numbers a word", width=width), _NUMBERS,
        lambda n, t, u: _weights(n, t, u, width=width),
    )  # fmt: skip


def _with_a_hidden_layer(width: int) -> Mistake:
    return _mistake(
        f"hidden_dense_{width}", words("There is another dense layer with {units} units", units=width), _LAYERS,
        lambda n, t, u: _weights(n, t, u) + (u + 1) * width + (width - u) * t,
    )  # fmt: skip


MISTAKES = (
    _mistake(
        "one_tag_for_the_sentence", "There is one tag for the whole sentence", _STEPS,
        shape=lambda rows, time, tags: (rows, tags),
    ),
    _mistake(
        "flattened", "The states of all steps are put in a row, and one dense layer reads them all", _STEPS,
        lambda n, t, u: _weights(n, t, u) + 5 * u * t, lambda rows, time, tags: (rows, tags),
    ),
    _mistake(
        "words_for_tags", "The last layer has a number for every word and not for every tag", _HEAD,
        lambda n, t, u: _weights(n, n, u), lambda rows, time, tags: (rows, time, 50),
    ),
    _mistake(
        "one_output", "The last layer has one unit", _HEAD,
        lambda n, t, u: _weights(n, 1, u), lambda rows, time, tags: (rows, time, 1),
    ),
    _mistake(
        "one_tag_more", "The last layer has one unit more than there are tags", _HEAD,
        lambda n, t, u: _weights(n, t + 1, u), lambda rows, time, tags: (rows, time, tags + 1),
    ),
    _mistake(
        "states_returned", "The last layer is missing: the states are returned", _HEAD,
        lambda n, t, u: _weights(n, t, u) - (u + 1) * t, lambda rows, time, tags: (rows, time, 7),
    ),
    _mistake(
        "no_recurrence", "There is no recurrent layer: every word is tagged by itself",
        "Which of your layers knows what the words before were?", lambda n, t, u: n * EMBEDDING + (EMBEDDING + 1) * t,
    ),
    _mistake(
        "dense_in_its_place", "A dense layer stands where the recurrent one should",
        "Which of your layers knows what the words before were?", lambda n, t, u: _weights(n, t, u) - u * u,
    ),
    _mistake(
        "wide_embedding", "The embedding has as many numbers a word as there are units", _NUMBERS,
        lambda n, t, u: _weights(n, t, u, width=u),
    ),
    *(_with_width(width) for width in (8, 16, 64)),
    _mistake(
        "one_word_more", "The embedding has a row more than there are words", _ROWS,
        lambda n, t, u: _weights(n + 1, t, u),
    ),
    _mistake(
        "two_words_more", "The embedding has two rows more than there are words", _ROWS,
        lambda n, t, u: _weights(n + 2, t, u),
    ),
    _mistake(
        "one_word_less", "The embedding has a row less than there are words", _ROWS,
        lambda n, t, u: _weights(n - 1, t, u),
    ),
    _mistake(
        "lstm", "The recurrent layer has the weights of an LSTM", _GATES, lambda n, t, u: _weights(n, t, u, gates=4),
    ),
    _mistake(
        "gru", "The recurrent layer has the weights of a GRU", _GATES,
        lambda n, t, u: _weights(n, t, u, gates=3, biases=2),
    ),
    _mistake(
        "two_layers", "There are two recurrent layers", _LAYERS,
        lambda n, t, u: _weights(n, t, u, more=(2 * u + 1) * u),
    ),
    _mistake(
        "both_ends", "The sentence is read from both ends",
        "How many recurrent layers does the plan have? What does it say about the direction?",
        lambda n, t, u: n * EMBEDDING + 2 * ((EMBEDDING + u) * u + u) + (2 * u + 1) * t,
    ),
    _mistake(
        "dense_without_bias", "The last layer has no bias",
        "How many weights lead to one tag, and how many numbers does your last layer read?",
        lambda n, t, u: _weights(n, t, u) - t,
    ),
    *(_with_a_hidden_layer(width) for width in (16, 32, 64)),
)  # fmt: skip


def _keras() -> Any:
    import keras

    def tagger(count: int, tags: int, units: int) -> Any:
        return keras.Sequential(
            [
                keras.layers.Embedding(count, EMBEDDING),
                keras.layers.SimpleRNN(units, return_sequences=True),
                keras.layers.Dense(tags, activation="softmax"),
            ]
        )

    return tagger


EXERCISE = Exercise(
    id="tagger",
    assignment="tagging",
    title="A model that tags every word",
    entry_point="tagger",
    signature="tagger(words, tags, units) -> keras.Model",
    points=5,
    hint="Write the shape behind every layer on paper, for three sentences of six words.",
    hints={
        "weights": "Count layer by layer: how many numbers has a word, a unit of the recurrent layer, a tag?",
        "unknown": "What can your model know of a word that is not in the vocabulary? Over which axis do the numbers "
        "of the last layer add up to 1?",
    },
    cases=cases,
    truth=truth,
    slack=lambda case, truth: {},
    checks=(
        Check("shape", "A number for every tag at every step", 2, ("*.output_shape",)),
        Check("weights", "The number of trainable weights", 2, ("*.weights",)),
        Check(
            "unknown", "Tags unknown words about as well as Keras's own", 1, ("brown.probabilities", "brown.accuracy")
        ),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    built_on=((trained("SimpleRNN", "keras.layers.SimpleRNN", "rnn"),),),
    permuted=(),
)
