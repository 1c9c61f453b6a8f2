"""An LSTM layer that passes over masked steps: where no word stands, nothing is remembered and nothing forgotten."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw, hints, lstm_parts
from autograder.exercises.kit import lstm as family
from autograder.exercises.kit.lstm_steps import STEP
from autograder.exercises.kit.parts import of_assignment
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, sequence_returns, slack, with_cotangents
from autograder.model import Arrays, Check, Exercise, LayerCase
from reference import equations as eq

SEQUENCES = {"return_sequences": True, "return_state": False}
LAST = {"return_sequences": False, "return_state": True}
BOTH = {"return_sequences": True, "return_state": True}


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    config = _case("config", rng, LAST, route="from_config")
    return (
        _case("padded", rng, LAST, gaps=False),
        _case("gaps", rng, LAST),
        _case("sequences", rng, SEQUENCES),
        _case("unmasked", rng, LAST, mask=None),
        _case("gradients", rng, BOTH, gradients=True),
        _case("again", rng, SEQUENCES, route="twice"),
        dataclasses.replace(config, config_back=dict(config.config)),
        _case("symbolic", rng, LAST, route="symbolic"),
    )


def _case(
    name: str,
    rng: np.random.Generator,
    config: dict[str, Any],
    *,
    gaps: bool = True,
    gradients: bool = False,
    **changes: Any,
) -> LayerCase:
    """Sentences that end at different places, none at the end of the row; with gaps, a word is missing in the middle of
    each, and at the beginning of the first. What stands at masked steps are numbers like all others."""
    size = draw.distinct_sizes(rng, ("batch", "features", "units"), 2, 4) | {"time": 6}
    batch, time, units = size["batch"], size["time"], size["units"]
    ends = rng.permutation(np.arange(3, time - 1).repeat(2))[:batch]
    mask = np.arange(time) <= ends[:, np.newaxis]  # (batch, time)
    if gaps:
        mask[np.arange(batch), rng.integers(1, 3, batch)] = False
        mask[0, 0] = False
    settings = {"units": units, **config}
    case = LayerCase(
        id=name,
        config=settings,
        weights={
            "kernel": draw.weight(rng, size["features"], 4 * units),
            "recurrent_kernel": draw.weight(rng, units, 4 * units),
            "bias": draw.bias(rng, 4 * units),
        },
        inputs=draw.inputs(rng, batch, time, size["features"]),
        axes={"inputs": "batch time features"} | family.WEIGHT_AXES,
        returns=sequence_returns(settings, ("state_h", "state_c")),
        mask=mask,
    )
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


# -------------------------------------------------------------------------------------------- the layer, line by line


def _hold(counts: Any, new: Any, old: Any) -> Any:
    return np.where(counts, new, old)  # (batch, units)


RIGHT: dict[str, Callable[..., Any]] = {
    # mask (batch, time) -> which steps count
    "counts": lambda mask: mask,
    # what the cell reads at a step
    "read": lambda counts, x_t: x_t,
    "hold_h": _hold,
    "hold_c": _hold,
    # the output of a step: from whether it counts, the new state, the held one, the output before
    "shown": lambda counts, new, held, before: held,
    # outputs (batch, time, units), last h and c -> what is returned
    "handed": lambda outputs, h, c: (outputs, outputs[:, -1], h, c),
}
"""The lines of a right answer."""


def _layer(use: Lines, step: Callable[..., eq.LSTMStep], case: LayerCase) -> Arrays:
    batch, time, _ = case.inputs.shape
    (weights,) = family.fused(case)
    mask = np.ones((batch, time), bool) if case.mask is None else use["counts"](case.mask)
    h = c = shown = np.zeros((batch, len(weights[1])), case.inputs.dtype)
    outputs = []
    for t in range(time):
        counts = mask[:, t, np.newaxis]  # (batch, 1)
        new = step(use["read"](counts, case.inputs[:, t]), h, c, *weights)
        h, c = use["hold_h"](counts, new.hidden, h), use["hold_c"](counts, new.cell, c)
        shown = use["shown"](counts, new.hidden, h, shown)
        outputs.append(shown)
    sequence, last, h, c = use["handed"](np.stack(outputs, axis=1), h, c)
    values = (sequence if case.config["return_sequences"] else last, h, c)
    return dict(zip(case.returns, values, strict=False))


LAYER = Recipe(_layer, RIGHT, around=STEP, prefix="masked.")


def _passed_by(counts: Any, new: Any, old: Any) -> Any:
    return new


def _put_to_zero(counts: Any, new: Any, old: Any) -> Any:
    return np.where(counts, new, np.zeros_like(new))


def _until_the_first_gap(mask: np.ndarray) -> np.ndarray:
    begun = np.maximum.accumulate(mask, axis=1)
    return np.logical_and.accumulate(mask | ~begun, axis=1) & mask


def _one_step_late(mask: np.ndarray) -> np.ndarray:
    return np.concatenate([np.ones_like(mask[:, :1]), mask[:, :-1]], axis=1)


def _one_step_early(mask: np.ndarray) -> np.ndarray:
    return np.concatenate([mask[:, 1:], np.ones_like(mask[:, :1])], axis=1)


def _only_read_once(counts: Any, new: Any, held: Any, before: Any) -> Any:
    return np.where(counts, new, np.zeros_like(new))


_WHICH = "Take a row with the mask True, False, True. What should your layer have remembered after its second step?"
_TWO = "Two states travel through the loop. What becomes of each of them at a step without a word?"

MISTAKES = (
    LAYER.wrong("mask_ignored", "The mask is ignored", _WHICH, counts=np.ones_like),
    LAYER.wrong(
        "mask_inverted", "The mask is read the wrong way round: words are passed over, and padding is read",
        "Is the mask True where a word stands, or where none does?", counts=lambda mask: ~mask,
    ),
    LAYER.wrong(
        "input_zeroed", "At a masked step the input is set to zero, and the cell takes the step all the same",
        "If the cell reads a zero, does it leave its states as they are? What does the forget gate do meanwhile?",
        read=lambda counts, x_t: x_t * counts, hold_h=_passed_by, hold_c=_passed_by,
    ),
    LAYER.wrong(
        "states_zeroed", "At a masked step the states are set to zero",
        "After a gap in the middle of a sentence, how much of its beginning is left?",
        hold_h=_put_to_zero, hold_c=_put_to_zero,
    ),
    LAYER.wrong("only_memory_held", "At a masked step only the cell state is held, not h", _TWO, hold_h=_passed_by),
    LAYER.wrong("only_hidden_held", "At a masked step only h is held, not the cell state", _TWO, hold_c=_passed_by),
    LAYER.wrong(
        "hidden_zeroed", "At a masked step h is set to zero; the cell state is held", _TWO, hold_h=_put_to_zero,
    ),
    LAYER.wrong(
        "memory_zeroed", "At a masked step the cell state is set to zero; h is held", _TWO, hold_c=_put_to_zero,
    ),
    LAYER.wrong(
        "first_gap_ends", "The first masked step ends the sentence: what stands behind a gap is not read",
        "Can there be a word behind a place without one? Try the mask True, False, True.", counts=_until_the_first_gap,
    ),
    LAYER.wrong(
        "one_step_late", "Each step looks at the mask of the step before",
        "At step t, which column of the mask do you read, and which column of the input?", counts=_one_step_late,
    ),
    LAYER.wrong(
        "one_step_early", "Each step looks at the mask of the next step",
        "At step t, which column of the mask do you read, and which column of the input?", counts=_one_step_early,
    ),
    LAYER.wrong(
        "first_sample_for_all", "The mask of the first sample is used for the whole batch",
        "Do all sentences of a batch end at the same step? Which shape has the mask of one step?",
        counts=lambda mask: np.broadcast_to(mask[:1], mask.shape),
    ),
    LAYER.wrong(
        "any_word_counts", "A step counts for the whole batch as soon as one sentence has a word there",
        "May one sentence decide for another whether it is read on? Which shape has the mask of one step?",
        counts=lambda mask: np.broadcast_to(mask.any(axis=0), mask.shape),
    ),
    LAYER.wrong(
        "all_words_count", "A step counts only if every sentence of the batch has a word there",
        "May one sentence decide for another whether it is read on? Which shape has the mask of one step?",
        counts=lambda mask: np.broadcast_to(mask.all(axis=0), mask.shape),
    ),
    LAYER.wrong(
        "outputs_zeroed", "The output of a masked step is zero, the last output too; the states are right",
        "What does Keras put out at a step that is passed over: nothing, or what it put out before?",
        shown=_only_read_once,
    ),
    LAYER.wrong(
        "unheld_output", "The output of a masked step is what the cell made of the padding; the states are right",
        "Which h do you append to the outputs: the cell's new one, or the one that is carried on?",
        shown=lambda counts, new, held, before: new,
    ),
    LAYER.wrong(
        "states_exchanged", "The states are returned as c, h",
        "Which of the two states comes first in what the docstring promises?",
        handed=lambda outputs, h, c: (outputs, outputs[:, -1], c, h),
    ),
    LAYER.wrong(
        "memory_put_out", "The cell state is put out in place of h",
        "Can your output leave (-1, 1)? Should it?", handed=lambda outputs, h, c: (outputs, c, h, c),
    ),
    LAYER.wrong(
        "first_output_returned", "The first output is returned in place of the last",
        "How much of the sequence has the state seen that you return?",
        handed=lambda outputs, h, c: (outputs, outputs[:, 0], h, c),
    ),
    LAYER.wrong(
        "stacked_first", "The outputs are stacked on the first axis",
        "Your list has one entry per step. Which axis of the result should have that length?",
        handed=lambda outputs, h, c: (outputs.swapaxes(0, 1), outputs[:, -1], h, c),
    ),
)  # fmt: skip


def _keras() -> Any:
    import keras

    return keras.layers.LSTM


def _reference() -> Any:
    from reference import LSTM

    return LSTM


EXERCISE = Exercise(
    id="masked_lstm",
    assignment="sentiment",
    title="An LSTM that passes over padding",
    entry_point="MaskedLSTM",
    signature="MaskedLSTM(units, return_sequences, return_state)(inputs, mask=None)",
    points=12,
    hint="At a step where no word stands, which two things should be as if the step had never been taken?",
    hints={
        "sequences": "What do you append to the outputs at a step that is passed over?",
        "unmasked": "Without a mask every step counts. What is `mask` then, and what does your loop do with it?",
        "gradients": hints.GRADIENTS,
        "no_leak": hints.NO_LEAK,
        "config": hints.CONFIG,
        "symbolic": hints.OPEN_BATCH,
    },
    cases=cases,
    truth=family.truth,
    slack=slack,
    checks=(
        Check("padded", "Padding behind the words changes nothing", 3, ("padded.*",)),
        Check("gaps", "Nor does a gap in the middle: both states are held", 3, ("gaps.*",), ("padded",)),
        Check("sequences", "The outputs of all steps", 2, ("sequences.*",), ("padded",)),
        Check("unmasked", "Without a mask every step counts", 1, ("unmasked.*",)),
        Check("gradients", "Gradients reach inputs and weights", 1, ("gradients.grad.*",), ("sequences",)),
        Check("no_leak", "A second call does not remember the first", 1, ("again.*",), ("sequences",)),
        Check("config", "get_config makes the same layer again", 0.5, ("config.*",), ("padded",)),
        Check("symbolic", "Works in a model of unknown batch size", 0.5, ("symbolic.*",), ("padded",)),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras, "reference": _reference},
    layouts=family.LAYOUTS,
    made_of=LAYER.answer,
    built_on=((of_assignment(lstm_parts.CELL, "lstm"),),),
    forbidden=RECURRENT_BUILTINS,
)
