"""Two LSTM layers: one reads a source, the other begins with the states that the first one ends with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.exercises.kit import draw, hints, lstm_parts
from autograder.exercises.kit import lstm as family
from autograder.exercises.kit.lstm_steps import STEP
from autograder.exercises.kit.parts import of_assignment, read
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, in_every_group, slack, with_cotangents
from autograder.model import Arrays, Check, Exercise, LayerCase
from reference import equations as eq

READERS = ("encoder", "decoder")


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    config = _case("config", rng, route="from_config")
    return (
        _case("outputs", rng),
        _case("longer", rng, longer=True),
        _case("gradients", rng, gradients=True),
        _case("again", rng, route="twice"),
        dataclasses.replace(config, config_back=dict(config.config)),
        _case("symbolic", rng, route="symbolic"),
    )


def _case(
    name: str, rng: np.random.Generator, *, longer: bool = False, gradients: bool = False, **changes: Any
) -> LayerCase:
    """The source has another length than what the decoder reads: fewer steps, or more where it is `longer`. Together
    they are no time axis: a simpler question of one step would leave the decoder nothing to read."""
    batch, features, units = (int(size) for size in rng.permutation([2, 5, 6]))
    first, steps = (4, 3) if longer else (3, 4)
    weights = {}
    for reader in READERS:
        weights[f"{reader}/kernel"] = draw.weight(rng, features, 4 * units)
        weights[f"{reader}/recurrent_kernel"] = 1.5 * draw.weight(rng, units, 4 * units)
        weights[f"{reader}/bias"] = draw.bias(rng, 4 * units)
    case = LayerCase(
        id=name,
        config={"units": units, "source_steps": first},
        weights=weights,
        inputs=draw.inputs(rng, batch, first + steps, features),
        axes={"inputs": "batch words features"}
        | {f"{reader}/{weight}": named for reader in READERS for weight, named in family.WEIGHT_AXES.items()},
        returns={"output": "batch time units"},
    )
    if gradients:
        case = with_cotangents(case, rng, {"batch": batch, "time": steps, "units": units})
    return dataclasses.replace(case, **changes)


# -------------------------------------------------------------------------------------------- the layer, line by line


RIGHT: dict[str, Callable[..., Any]] = {
    # x (batch, time, features), number of steps of the source -> what each of the two reads
    "source": lambda x, first: x[:, :first],
    "target": lambda x, first: x[:, first:],
    # weights of the encoder and of the decoder -> which of them either uses
    "used": lambda encoder, decoder: (encoder, decoder),
    # how the source and the target are read
    "encode": lambda run, x, weights: run(x, weights),
    "decode": lambda run, x, weights, h, c: run(x, weights, h0=h, c0=c),
    # the encoder's trace -> h and c that the decoder begins with
    "handed": lambda trace: (trace.last_hidden, trace.last_cell),
    # both traces -> what is returned
    "shown": lambda encoder, decoder: decoder.hidden,
}
"""The lines of a right answer."""


def _made(use: Lines, step: Any, case: LayerCase) -> Arrays:
    def run(x: np.ndarray, weights: family.Fused, **settings: Any) -> eq.LSTMTrace:
        return read(step, eq.lstm, x, *weights, **settings)

    first = case.config["source_steps"]
    of_encoder, of_decoder = use["used"](*family.fused(case))
    encoder = use["encode"](run, use["source"](case.inputs, first), of_encoder)
    decoder = use["decode"](run, use["target"](case.inputs, first), of_decoder, *use["handed"](encoder))
    return {"output": use["shown"](encoder, decoder)}


PAIR = Recipe(_made, RIGHT, around=STEP, pairs_inside=False, prefix="encoder_decoder.")
"""The step was an exercise of its own, and a pair takes as long here as the layers together."""


def truth(case: LayerCase) -> Arrays:
    parts: dict[str, Any] = dict(PAIR.truth(case))
    if case.cotangents is not None:
        first = case.config["source_steps"]
        of_encoder, of_decoder = family.fused(case)
        encoder = eq.lstm(case.inputs[:, :first], *of_encoder)
        decoder = eq.lstm(case.inputs[:, first:], *of_decoder, h0=encoder.last_hidden, c0=encoder.last_cell)
        late = eq.lstm_backward(decoder, case.cotangents["output"])
        early = eq.lstm_backward(encoder, None, late.h0, late.c0)
        parts["grad.inputs"] = np.concatenate([early.x, late.x], axis=1)
        for reader, own in zip(READERS, (early, late), strict=True):
            parts[f"grad.{reader}/kernel"] = own.kernel
            parts[f"grad.{reader}/recurrent_kernel"] = own.recurrent_kernel
            parts[f"grad.{reader}/bias"] = own.bias
    return parts


def _slack(case: LayerCase, truth: Arrays) -> Mapping[str, float]:
    return slack(dataclasses.replace(case, axes={**case.axes, "inputs": "batch time features"}), truth)


def _zeros(array: np.ndarray) -> np.ndarray:
    return np.zeros_like(array)


def _steps_stacked_first(encoder: eq.LSTMTrace, decoder: eq.LSTMTrace) -> np.ndarray:
    return decoder.hidden.swapaxes(0, 1)


_TWO = "Two states leave the encoder. What does each of them become in the decoder?"
_SAY = "How many words is the decoder to say, and how many steps does your result have?"
_CUT = "Number the steps of the input. Which of them belong to the source, which does each of your two layers read?"
_END = "How much of the source does a state know that the encoder had after its first step?"

MISTAKES = (
    PAIR.wrong(
        "nothing_handed", "The decoder begins with zeros: nothing of the source reaches it",
        "Change the source, and nothing else. Does your output change?",
        handed=lambda trace: (_zeros(trace.last_hidden), _zeros(trace.last_cell)),
    ),
    PAIR.wrong(
        "only_hidden", "Only h is handed over; c begins with zeros", _TWO,
        handed=lambda trace: (trace.last_hidden, _zeros(trace.last_cell)),
    ),
    PAIR.wrong(
        "only_memory", "Only c is handed over; h begins with zeros", _TWO,
        handed=lambda trace: (_zeros(trace.last_hidden), trace.last_cell),
    ),
    PAIR.wrong(
        "states_exchanged", "h and c change places on their way to the decoder",
        "In which order does your LSTM return its states, and in which order does it take them?",
        handed=lambda trace: (trace.last_cell, trace.last_hidden),
    ),
    PAIR.wrong(
        "hidden_twice", "h is handed over in both places", _TWO,
        handed=lambda trace: (trace.last_hidden, trace.last_hidden),
    ),
    PAIR.wrong(
        "memory_twice", "c is handed over in both places", _TWO,
        handed=lambda trace: (trace.last_cell, trace.last_cell),
    ),
    PAIR.wrong(
        "first_states", "The states after the encoder's first step are handed over", _END,
        handed=lambda trace: (trace.hidden[:, 0], trace.cell[:, 0]),
    ),
    PAIR.wrong(
        "first_hidden", "The encoder's first output is handed over as h, with the last c", _END,
        handed=lambda trace: (trace.hidden[:, 0], trace.last_cell),
    ),
    PAIR.wrong(
        "mean_handed", "The mean of the encoder's outputs is handed over as h",
        "Is what you hand over a state that the encoder ever had?",
        handed=lambda trace: (trace.hidden.mean(axis=1), trace.last_cell),
    ),
    PAIR.wrong(
        "first_sample_for_all", "All sentences begin with the states of the first one",
        "How many sources are in a batch, and how many pairs of states?",
        handed=lambda trace: tuple(
            np.broadcast_to(state[:1], state.shape) for state in (trace.last_hidden, trace.last_cell)
        ),
    ),
    PAIR.wrong(
        "source_backwards", "The encoder reads the source from its end",
        "Which word does the encoder meet first? Which one is freshest in its memory at the end?",
        encode=lambda run, x, weights: run(x, weights, go_backwards=True),
    ),
    PAIR.wrong(
        "target_backwards", "The decoder reads from the end",
        "Which word does the decoder meet first, and at which place of the output does it answer?",
        decode=lambda run, x, weights, h, c: run(x, weights, h0=h, c0=c, go_backwards=True),
    ),
    PAIR.wrong(
        "encoder_twice", "The encoder does the decoder's work as well",
        "How many kernels are there, and how many of them does your output depend on?",
        used=lambda encoder, decoder: (encoder, encoder),
    ),
    PAIR.wrong(
        "decoder_twice", "The decoder does the encoder's work as well",
        "How many kernels are there, and how many of them does your output depend on?",
        used=lambda encoder, decoder: (decoder, decoder),
    ),
    PAIR.wrong(
        "readers_exchanged", "The decoder reads the source, and the encoder goes on from there",
        "Which of your two layers meets the source?", used=lambda encoder, decoder: (decoder, encoder),
    ),
    PAIR.wrong(
        "encoder_reads_all", "The encoder reads the whole input, the decoder's words too",
        "What may the encoder know of a translation that has yet to be made?", source=lambda x, first: x,
    ),
    PAIR.wrong(
        "decoder_reads_all", "The decoder reads the whole input, the source too", _CUT, target=lambda x, first: x,
    ),
    PAIR.wrong(
        "decoder_reads_all_and_is_cut",
        "The decoder reads the whole input, the source too, and its last steps are returned", _CUT,
        target=lambda x, first: x,
        shown=lambda encoder, decoder: decoder.hidden[:, encoder.hidden.shape[1] :],
    ),
    PAIR.wrong(
        "decoder_reads_source", "The decoder reads the source, as the encoder did", _CUT,
        target=lambda x, first: x[:, :first],
    ),
    PAIR.wrong(
        "encoder_reads_target", "The encoder reads the decoder's words", _CUT, source=lambda x, first: x[:, first:],
    ),
    PAIR.wrong(
        "source_at_the_end", "The source is taken from the end of the input, the decoder's words from the beginning",
        _CUT, source=lambda x, first: x[:, -first:], target=lambda x, first: x[:, :-first],
    ),
    PAIR.wrong(
        "source_one_short", "The last step of the source is left out", _CUT, source=lambda x, first: x[:, : first - 1],
    ),
    PAIR.wrong(
        "source_one_long", "The encoder reads one step more than the source has", _CUT,
        source=lambda x, first: x[:, : first + 1],
    ),
    PAIR.wrong(
        "target_one_short", "The decoder misses its first step", _CUT, target=lambda x, first: x[:, first + 1 :],
    ),
    PAIR.wrong(
        "target_one_long", "The decoder begins one step early, with the last word of the source", _CUT,
        target=lambda x, first: x[:, first - 1 :],
    ),
    PAIR.wrong(
        "last_output", "Only the decoder's last output is returned", _SAY,
        shown=lambda encoder, decoder: decoder.last_hidden,
    ),
    PAIR.wrong(
        "last_repeated", "The decoder's last output stands at every step",
        "Do two steps of your output differ? Should they?",
        shown=lambda encoder, decoder: np.broadcast_to(decoder.hidden[:, -1:], decoder.hidden.shape),
    ),
    PAIR.wrong(
        "encoder_shown", "The encoder's outputs are returned", _SAY, shown=lambda encoder, decoder: encoder.hidden,
    ),
    PAIR.wrong(
        "both_shown", "The outputs of both are returned, one behind the other", _SAY,
        shown=lambda encoder, decoder: np.concatenate([encoder.hidden, decoder.hidden], axis=1),
    ),
    PAIR.wrong(
        "steps_stacked_first", "The steps stand on the first axis",
        "Which axis comes first in the shape that the docstring promises?", shown=_steps_stacked_first,
    ),
)  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- witnesses


def _pair_of(layer: Any) -> Any:
    import keras

    class EncoderDecoder(keras.layers.Layer):
        def __init__(self, units: int, source_steps: int, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.first = source_steps
            self.encoder = layer(units, return_state=True)
            self.decoder = layer(units, return_sequences=True)

        def call(self, x: Any) -> Any:
            _, *states = self.encoder(x[:, : self.first])
            return self.decoder(x[:, self.first :], initial_state=states)

    return EncoderDecoder


def _keras() -> Any:
    import keras

    return _pair_of(keras.layers.LSTM)


def _reference() -> Any:
    from reference import LSTM

    return _pair_of(LSTM)


EXERCISE = Exercise(
    id="encoder_decoder",
    assignment="translation",
    title="An encoder that hands its states to a decoder",
    entry_point="EncoderDecoder",
    signature="EncoderDecoder(units, source_steps)(inputs), with encoder and decoder",
    points=12,
    hint="What does each of the two layers read, with what does each of them begin, and which of them answers?",
    hints={
        "longer": "Does your code cut the input where the source ends, whichever of the two parts is longer?",
        "gradients": hints.GRADIENTS,
        "no_leak": hints.NO_LEAK,
        "config": hints.CONFIG,
        "symbolic": hints.OPEN_BATCH,
    },
    cases=cases,
    truth=truth,
    slack=_slack,
    checks=(
        Check("outputs", "The decoder goes on from both states of the encoder", 6, ("outputs.*",)),
        Check("longer", "Where the source is the longer part, too", 2, ("longer.*",), ("outputs",)),
        Check("gradients", "Gradients reach inputs and weights of both", 1, ("gradients.grad.*",), ("outputs",)),
        Check("no_leak", "A second call does not remember the first", 1, ("again.*",), ("outputs",)),
        Check("config", "get_config makes the same layer again", 1, ("config.*",), ("outputs",)),
        Check("symbolic", "Works in a model of unknown batch size", 1, ("symbolic.*",), ("outputs",)),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras, "reference": _reference},
    layouts=in_every_group(family.LAYOUTS),
    made_of=PAIR.answer,
    built_on=((of_assignment(lstm_parts.LAYER, "lstm"),),),
    forbidden=RECURRENT_BUILTINS,
)
