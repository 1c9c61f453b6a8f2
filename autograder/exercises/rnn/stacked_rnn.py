"""Two or three recurrent layers on top of each other, all but the last returning sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercises.kit import hints, rnn_steps
from autograder.exercises.kit import rnn_parts as parts
from autograder.exercises.kit import simple_rnn as family
from autograder.exercises.kit.parts import read
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, in_every_group, slack
from autograder.model import Arrays, Check, Exercise, LayerCase
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return family.stacked_case("two", rng, 2, gradients=True), family.stacked_case("three", rng, 3)


def _stack(layer: Any) -> Any:
    """The stack as one layer, made of a given recurrent layer."""
    import keras

    class StackedRNN(keras.layers.Layer):
        def __init__(self, units: Sequence[int], **kwargs: Any) -> None:
            super().__init__(**kwargs)
            last = len(units) - 1
            self.layers = [layer(width, return_sequences=k < last) for k, width in enumerate(units)]

        def build(self, input_shape: Any) -> None:
            for part in self.layers:
                part.build(tuple(input_shape))
                input_shape = (*input_shape[:2], part.units)

        def call(self, inputs: Any) -> Any:
            for part in self.layers:
                inputs = part(inputs)
            return inputs

    return StackedRNN


def _keras() -> Any:
    import keras

    return _stack(keras.layers.SimpleRNN)


def _reference() -> Any:
    from reference import SimpleRNN

    return _stack(SimpleRNN)


def _made(use: Lines, step: Callable[..., eq.RNNStep], case: LayerCase) -> Arrays:
    """`between`: what the next layer reads of those below. `returned`: the output, from the outputs of all layers."""
    outputs: list[np.ndarray] = []
    for weights in family.layers(case):
        x = use["between"](outputs[-1]) if outputs else case.inputs
        outputs.append(read(step, eq.simple_rnn, x, *weights).hidden)
    return {"output": use["returned"](outputs)}


STACK = Recipe(
    _made, {"between": lambda x: x, "returned": lambda outputs: outputs[-1][:, -1]},
    around=rnn_steps.STEP, prefix="rnn.",
)  # fmt: skip


def _runs_over_batch(case: LayerCase) -> Arrays:
    """Every layer takes the first axis for time; the last step is then the last sample."""
    x = case.inputs.swapaxes(0, 1)
    for weights in family.layers(case):
        x = eq.simple_rnn(x, *weights).hidden
    return {"output": x[:, -1]}


def _steps_stacked_first(case: LayerCase) -> Arrays:
    """Every layer hands out (time, batch, units), which the next one reads as (batch, time, units)."""
    x = case.inputs
    for weights in family.layers(case):
        x = np.ascontiguousarray(eq.simple_rnn(x, *weights).hidden.swapaxes(0, 1))
    return {"output": x[:, -1]}


EXERCISE = Exercise(
    id="stacked_rnn",
    assignment="rnn",
    title="Recurrent layers on top of each other",
    entry_point="StackedRNN",
    signature="StackedRNN(units)(x) -> last output of the last layer",
    points=4,
    hint="Every layer but the last has a reader above it. What does that reader iterate over?",
    hints={
        "three": "Does your loop make as many layers as there are widths?",
        "gradients": hints.GRADIENTS,
    },
    cases=cases,
    truth=family.stacked_truth,
    slack=slack,
    checks=(
        Check("two", "Two layers", 2, ("two.output",)),
        Check("three", "Three layers", 1, ("three.output",)),
        Check("gradients", "Gradients reach inputs and weights of both layers", 1, ("two.grad.*",), ("two",)),
    ),
    mistakes=(
        *STACK.mistakes(rnn_steps.WRONG_STEPS, titles={
            "rnn.no_recurrence": "The previous state has no say: it is not used, or never carried on from zero",
        }),
        STACK.wrong(
            "stack_reads_last_output_only",
            "An upper layer reads nothing but the last output of the layer below",
            "Over how many steps does your second layer run? Over how many should it?",
            between=lambda x: x[:, -1:], usual=False,
        ),
        STACK.wrong(
            "stack_repeats_last_output",
            "An upper layer reads the last output of the layer below at every step",
            "Change only the last input. At which steps should the input of the second layer change? Does "
            "it in yours?",
            between=lambda x: np.repeat(x[:, -1:], x.shape[1], axis=1),
        ),
        STACK.wrong(
            "stack_tanh_between", "The outputs go through another tanh between the layers",
            "Which function does a layer end with? What is done to its outputs before the next layer reads "
            "them?",
            between=eq.tanh,
        ),
        STACK.wrong(
            "stack_outputs_one_late", "An upper layer reads the output of the step before",
            "At step t, which output of the lower layer is the newest that the upper layer may read? Does "
            "it?",
            between=lambda x: np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1),
        ),
        STACK.wrong(
            "stack_reads_backwards", "An upper layer reads the outputs below from the end",
            "In which order do the outputs leave the first layer, and in which order does the second one "
            "read them?",
            between=lambda x: x[:, ::-1],
        ),
        STACK.wrong(
            "stack_reshape_between", "Time and batch are mixed by a reshape between the layers",
            "Fill a small array with digits that say sample and step. Where is sample 0, step 1 when the "
            "second layer reads?",
            between=lambda x: x.swapaxes(0, 1).reshape(x.shape),
        ),
        STACK.wrong(
            "stack_sequence_returned", "Every step of the last layer is returned",
            "How many axes should the summary of a sequence have? How many has yours?",
            returned=lambda outputs: outputs[-1], usual=False,
        ),
        STACK.wrong(
            "stack_first_layer_returned", "The last output of the first layer is returned",
            "How wide is your result, and how wide is your last layer?",
            returned=lambda outputs: outputs[0][:, -1], usual=False,
        ),
        STACK.wrong(
            "stack_all_layers_returned", "The last outputs of all layers are joined",
            "How wide is your result, and how wide is your last layer?",
            returned=lambda outputs: np.concatenate([output[:, -1] for output in outputs], axis=-1), usual=False,
        ),
        STACK.wrong(
            "stack_first_output_returned", "The first output of the last layer is returned",
            "Change only the last input. Should the summary of the whole sequence move? Does yours?",
            returned=lambda outputs: outputs[-1][:, 0],
        ),
        STACK.wrong(
            "stack_mean_returned", "The mean of the last layer's outputs is returned",
            "Which single output of the last layer has seen every input, and do you return that one?",
            returned=lambda outputs: outputs[-1].mean(axis=1),
        ),
        STACK.wrong(
            "stack_last_sample_returned", "The last sample of the batch is returned",
            "Name the axes of the top layer's outputs in their order. Which of them does your index -1 stand on?",
            returned=lambda outputs: outputs[-1][-1], usual=False,
        ),
        STACK.wrong(
            "stack_last_unit_returned", "The last unit of every step is returned",
            "Name the axes of the top layer's outputs in their order. Which of them does your index -1 stand on?",
            returned=lambda outputs: outputs[-1][:, :, -1], usual=False,
        ),
        STACK.wrong(
            "stack_time_axis_kept", "The last output keeps a time axis of length 1",
            "How many axes does the last output have? What does an index do to an axis, and what does a slice do?",
            returned=lambda outputs: outputs[-1][:, -1:], usual=False,
        ),
        STACK.other(
            "stack_runs_over_batch", "The layers run over the batch instead of over time",
            "Name the three axes of the input in their order. Which of them does your loop take apart?",
            _runs_over_batch,
        ),
        STACK.other(
            "stack_outputs_time_major", "Each layer stacks its outputs on the first axis: (time, batch, units)",
            "Your list has one entry per step. Which axis of what a layer hands out should have that length?",
            _steps_stacked_first,
        ),
    ),
    made_of=STACK.answer,
    witnesses={"keras": _keras, "reference": _reference},
    layouts=in_every_group(family.LAYOUTS),
    built_on=((parts.LAYER,), (parts.CELL,)),
    forbidden=RECURRENT_BUILTINS,
    permuted=("features", "units_0", "units_1", "units_2"),
)  # fmt: skip
