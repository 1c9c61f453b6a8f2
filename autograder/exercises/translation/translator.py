"""A model that translates dates: two embeddings, an encoder, a decoder that goes on from its states, and words."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercises.kit.models import untrained
from autograder.exercises.kit.parts import trained
from autograder.language import Said, words
from autograder.model import Arrays, Check, Exercise, Mistake, ModelCase
from reference.data import dates

EMBEDDING = 16
"""Numbers for each word."""
START, END = 1, 2
UNITS = 64
STEPS = dates.LONGEST + 1
"""Of the decoder: the words of a date, and the end sign."""
LEARNED = 3000
"""Dates to learn from; 400 others are asked about."""


@functools.cache
def _dates() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(sources, shifted, labels): English dates (dates, 8), German ones behind the start sign (dates, 9), and what is
    to be said, -1 where that is nothing."""
    english, german = dates.load()
    sources = _numbered(english, 1, dates.LONGEST)
    said = _numbered(german, 3, STEPS)
    said[np.arange(len(said)), (said > 0).sum(axis=1)] = END
    shifted = np.concatenate([np.full_like(said[:, :1], START), said[:, :-1]], axis=1)
    return sources, shifted, np.where(said > 0, said, -1).astype(np.int64)


def _numbered(sentences: Sequence[Sequence[str]], first: int, places: int) -> np.ndarray:
    """Rows of numbers from `first` on, 0 where there is no word."""
    numbers = {word: first + k for k, word in enumerate(sorted({word for one in sentences for word in one}))}
    rows = np.zeros((len(sentences), places), np.int32)
    for row, sentence in zip(rows, sentences, strict=True):
        row[: len(sentence)] = [numbers[word] for word in sentence]
    return rows


def cases(rng: np.random.Generator) -> tuple[ModelCase, ...]:
    return _small_case("small", rng), _dates_case("dates", rng)


def _small_case(name: str, rng: np.random.Generator) -> ModelCase:
    """Nothing is learned. The vocabularies have different sizes, and so have source and target."""
    rows = 5
    source = rng.integers(1, 23, (rows, dates.LONGEST)).astype(np.int32)
    shifted = rng.integers(1, 37, (rows, STEPS)).astype(np.int32)
    return untrained(name, (23, 37, 7), source, labelled=(rows, STEPS), beside=(shifted,))


def _dates_case(name: str, rng: np.random.Generator) -> ModelCase:
    sources, shifted, labels = _dates()
    chosen = rng.permutation(len(sources))
    learned, asked = chosen[:LEARNED], chosen[LEARNED : LEARNED + 400]
    return ModelCase(
        id=name,
        arguments=(int(sources.max()) + 1, int(labels.max()) + 1, UNITS),
        inputs=sources[learned],
        labels=labels[learned],
        probe=sources[asked],
        labels_probe=labels[asked],
        steps=300,
        batch_size=64,
        learning_rate=0.02,
        margin=0.03,
        inputs_beside=(shifted[learned],),
        probe_beside=(shifted[asked],),
    )


def _recurrent(units: int, width: int = EMBEDDING, gates: int = 4) -> int:
    return gates * ((width + units) * units + units)


def _weights(
    sources: int, targets: int, units: int, *, tables: tuple[int, int] = (EMBEDDING, EMBEDDING), gates: int = 4
) -> int:
    """tables: the widths of the two embeddings."""
    readers = sum(_recurrent(units, width, gates) for width in tables)
    return sources * tables[0] + targets * tables[1] + readers + (units + 1) * targets


def truth(case: ModelCase) -> Arrays:
    """The shape of the predictions and the number of weights, counted by hand."""
    _, targets, _ = case.arguments
    shape = np.asarray((len(case.probe), STEPS, targets))
    return {"output_shape": shape, "weights": np.asarray(_weights(*case.arguments))}


def _mistake(
    name: str,
    title: Said,
    hint: str,
    weights: Callable[[int, int, int], int] = _weights,
    shape: Callable[[int, int, int], tuple[int, ...]] = lambda rows, s, t: (rows, STEPS, t),
) -> Mistake:
    """weights: from the sizes of the vocabularies and the units. shape: of the predictions, from rows and the sizes; of
    a model that is trained it is not told where it is wrong."""

    def answer(case: ModelCase) -> Arrays:
        sources, targets, _ = case.arguments
        wrong = shape(len(case.probe), sources, targets)
        parts = {"weights": np.asarray(weights(*case.arguments))}
        if not case.steps or wrong == (len(case.probe), STEPS, targets):
            parts["output_shape"] = np.asarray(wrong)
        return parts

    return Mistake(f"translator.{name}", title, hint, answer)


_TABLE = "How many numbers does the plan give each word, of either language?"
_ROWS = "Which is the highest number of a word of that language, and how many rows does an embedding need for it?"
_LAYERS = "How many recurrent layers does the plan have, and how many does the summary of your model show?"


def _wide(width: int) -> Mistake:
    return _mistake(
        f"embeddings_of_{width}", words("The embeddings have {width} numbers a word", width=width), _TABLE,
        lambda s, t, u: _weights(s, t, u, tables=(width, width)),
    )  # fmt: skip


MISTAKES = (
    _mistake(
        "last_step", "The model says one word, and not one at every step",
        "How many words does a German date have? Which of its states does your decoder hand on?",
        shape=lambda rows, s, t: (rows, t),
    ),
    _mistake(
        "words_of_the_source", "The last layer has one unit for each word of the source",
        "In which language does the model speak, and how many words has that one?",
        lambda s, t, u: _weights(s, t, u) + (u + 1) * (s - t), lambda rows, s, t: (rows, STEPS, s),
    ),
    _mistake(
        "encoder_alone", "The model answers from the encoder: there is no decoder",
        "At how many steps does your model say something, and what has it read there?",
        lambda s, t, u: s * EMBEDDING + _recurrent(u) + (u + 1) * t, lambda rows, s, t: (rows, dates.LONGEST, t),
    ),
    _mistake(
        "decoder_alone", "There is a decoder and no encoder: the source is not read",
        "How does a date get from the first input of your model to its output?",
        lambda s, t, u: t * EMBEDDING + _recurrent(u) + (u + 1) * t,
    ),
    _mistake(
        "one_reader", "One recurrent layer is encoder and decoder at once", _LAYERS,
        lambda s, t, u: _weights(s, t, u) - _recurrent(u),
    ),
    _mistake(
        "one_table", "One embedding serves both languages, with as many rows as the source has words",
        "Word 5 of one language and word 5 of the other: have they anything to do with each other?",
        lambda s, t, u: _weights(s, t, u) - t * EMBEDDING,
    ),
    _mistake(
        "one_table_of_the_target", "One embedding serves both languages, with as many rows as the target has words",
        "Word 5 of one language and word 5 of the other: have they anything to do with each other?",
        lambda s, t, u: _weights(s, t, u) - s * EMBEDDING,
    ),
    _mistake(
        "wide_embeddings", "The embeddings have as many numbers a word as there are units", _TABLE,
        lambda s, t, u: _weights(s, t, u, tables=(u, u)),
    ),
    *(_wide(width) for width in (8, 32)),
    _mistake(
        "rows_for_more", "Both embeddings have a row more than there are words",
        "The sizes count the padding already. How many rows do your embeddings have?",
        lambda s, t, u: _weights(s, t, u) + 2 * EMBEDDING,
    ),
    _mistake(
        "rows_for_less", "Both embeddings have a row less than there are words", _ROWS,
        lambda s, t, u: _weights(s, t, u) - 2 * EMBEDDING,
    ),
    _mistake(
        "simple_rnn", "The recurrent layers have the weights of simple recurrent networks",
        "How many gates has each of your recurrent layers, and how many weights has each gate?",
        lambda s, t, u: _weights(s, t, u, gates=1),
    ),
    _mistake(
        "both_directions", "The source is read from both ends", _LAYERS,
        lambda s, t, u: _weights(s, t, u) + _recurrent(u),
    ),
    _mistake(
        "two_decoders", "There are three recurrent layers, one on top of another", _LAYERS,
        lambda s, t, u: _weights(s, t, u) + _recurrent(u, width=u),
    ),
    _mistake(
        "dense_without_bias", "The last layer has no bias",
        "How many weights lead to one word, and how many numbers does your last layer read?",
        lambda s, t, u: _weights(s, t, u) - t,
    ),
)  # fmt: skip


def _keras() -> Any:
    import keras
    from keras import layers

    def translator(source_words: int, target_words: int, units: int) -> Any:
        source, shifted = keras.Input((dates.LONGEST,)), keras.Input((STEPS,))
        _, *states = layers.LSTM(units, return_state=True)(layers.Embedding(source_words, EMBEDDING)(source))
        decoder = layers.LSTM(units, return_sequences=True)
        read = decoder(layers.Embedding(target_words, EMBEDDING)(shifted), initial_state=states)
        return keras.Model([source, shifted], layers.Dense(target_words, activation="softmax")(read))

    return translator


EXERCISE = Exercise(
    id="translator",
    assignment="translation",
    title="A model that translates dates",
    entry_point="translator",
    signature="translator(source_words, target_words, units) -> keras.Model",
    points=5,
    hint="Write the shape behind every layer on paper, for two dates: of eight words, and of nine with the start sign.",
    hints={
        "weights": "Count layer by layer: two tables, two readers, one layer of words. Which of them differs?",
        "accuracy": "With which two states does your decoder begin, and what do they know of the source?",
    },
    cases=cases,
    truth=truth,
    slack=lambda case, truth: {},
    checks=(
        Check("shape", "A number for every German word, at each of nine steps", 2, ("small.output_shape",)),
        Check("weights", "The number of trainable weights", 2, ("*.weights",)),
        Check(
            "accuracy",
            "Learns to say the next word about as well as Keras's own",
            1,
            ("dates.probabilities", "dates.accuracy"),
        ),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    built_on=((trained("LSTM", "keras.layers.LSTM", "lstm"),),),
    permuted=(),
)
