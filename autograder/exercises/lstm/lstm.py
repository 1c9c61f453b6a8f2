"""An LSTM layer: the step repeated over a sequence, from given or zero states."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograder.exercises.kit import advice, hints
from autograder.exercises.kit import lstm as family
from autograder.exercises.kit import lstm_parts as parts
from autograder.exercises.kit.lstm_gates import GATES, PICTURE
from autograder.exercises.kit.lstm_steps import WRONG_STEPS
from autograder.exercises.kit.recurrent import RECURRENT_BUILTINS, slack
from autograder.model import Arrays, Check, Exercise, LayerCase
from reference import equations as eq

BACKWARDS = {"return_sequences": True, "go_backwards": True}
BOTH = {"return_sequences": True, "return_state": True}
DEFAULTS = {"return_sequences": False, "return_state": False, "go_backwards": False}


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    config = family.layer_case("config", rng, config={"return_state": True}, short=True, route="from_config")
    return (
        family.layer_case("last", rng),
        family.layer_case("sequences", rng, config={"return_sequences": True}, short=True),
        family.layer_case("states", rng, config=BOTH, states=True, gradients=True),
        family.layer_case("backwards", rng, config={**BACKWARDS, "return_state": True}, short=True),
        family.layer_case("backwards_last", rng, config={"go_backwards": True}, short=True),
        family.layer_case("again", rng, config={"return_sequences": True}, short=True, route="twice"),
        dataclasses.replace(config, config_back={**DEFAULTS, **config.config}),
        family.layer_case("symbolic", rng, short=True, route="symbolic"),
    )


def contracts(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return (
        dataclasses.replace(family.layer_case("fresh", rng, short=True), route="fresh", returns={}),
        advice.in_float64(family.layer_case("float64", rng, short=True)),
        family.layer_case("resized", rng, config={"return_sequences": True}, short=True, route="resized"),
    )


StepOf: TypeAlias = Callable[..., eq.LSTMStep]
Loop: TypeAlias = Callable[[LayerCase, StepOf], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""All hidden states (batch, time, units) and the last h and c, of a layer with one line changed."""


def _looped(loop: Loop) -> Callable[..., Arrays]:
    return lambda case, step: family.collect(case, *loop(case, step))


def _right(case: LayerCase, step: StepOf) -> dict[str, np.ndarray]:
    return dict(family.run(case, step, gradients=False))


def _trace(case: LayerCase, step: StepOf, **changes: Any) -> eq.LSTMTrace:
    h0, c0 = case.states or (None, None)
    settings = {"h0": h0, "c0": c0, "go_backwards": bool(case.config.get("go_backwards"))} | changes
    x = settings.pop("x", case.inputs)
    (weights,) = family.fused(case)
    return eq.lstm(x, *weights, step=step, **settings)


def _run(case: LayerCase, step: StepOf, **changes: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    trace = _trace(case, step, **changes)
    return trace.hidden, trace.last_hidden, trace.last_cell


def _stuck(case: LayerCase, right: StepOf, *, hidden: bool, cell: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every step starts from the initial hidden state, cell state, or both."""
    units = case.weights["recurrent_kernel"].shape[0]
    zeros = np.zeros((len(case.inputs), units), case.inputs.dtype)
    h0, c0 = case.states or (zeros, zeros)

    def step(x_t: Any, h_prev: Any, c_prev: Any, *weights: Any) -> eq.LSTMStep:
        return right(x_t, h0 if hidden else h_prev, c0 if cell else c_prev, *weights)

    return _run(case, step)


def _exchanged_in_loop(case: LayerCase, right: StepOf) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    (weights,) = family.fused(case)
    zeros = np.zeros((len(case.inputs), len(weights[1])), case.inputs.dtype)
    h, c = case.states or (zeros, zeros)
    shown = []
    steps = range(case.inputs.shape[1])
    for t in reversed(steps) if case.config.get("go_backwards") else steps:
        step = right(case.inputs[:, t], h, c, *weights)
        h, c = step.cell, step.hidden
        shown.append(step.hidden)
    return np.stack(shown, axis=1), c, h


def _turned_back(case: LayerCase, step: StepOf) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    hidden, last_hidden, last_cell = _run(case, step)
    return hidden[:, ::-1] if case.config.get("go_backwards") else hidden, last_hidden, last_cell


def _first_step_put_out(case: LayerCase, step: StepOf) -> Arrays:
    right = _right(case, step)
    if case.config.get("return_sequences"):
        return right
    return right | {"output": _trace(case, step).hidden[:, 0]}


def _first_step_put_out_backwards(case: LayerCase, step: StepOf) -> Arrays:
    return _first_step_put_out(case, step) if case.config.get("go_backwards") else _right(case, step)


def _states_of_the_first_step(case: LayerCase, step: StepOf) -> Arrays:
    right = _right(case, step)
    if not case.config.get("return_state"):
        return right
    trace = _trace(case, step)
    return right | {"state_h": trace.hidden[:, 0], "state_c": trace.cell[:, 0]}


def _states_of_the_first_step_backwards(case: LayerCase, step: StepOf) -> Arrays:
    return _states_of_the_first_step(case, step) if case.config.get("go_backwards") else _right(case, step)


def _ones(case: LayerCase, *states: str) -> dict[str, np.ndarray]:
    """Ones for these states where the case hands in none."""
    if case.states is not None:
        return {}
    units = case.weights["recurrent_kernel"].shape[0]
    return {state: np.ones((len(case.inputs), units), case.inputs.dtype) for state in states}


def _cell_states_put_out(case: LayerCase, step: StepOf) -> Arrays:
    trace = _trace(case, step)
    return family.collect(case, trace.cell, trace.last_hidden, trace.last_cell) | (
        {} if case.config.get("return_sequences") else {"output": trace.last_cell}
    )


def _time_major(case: LayerCase, step: StepOf) -> Arrays:
    right = _right(case, step)
    return right | ({"output": right["output"].swapaxes(0, 1)} if case.config.get("return_sequences") else {})


def _joined_on_last_axis(case: LayerCase, step: StepOf) -> Arrays:
    right = _right(case, step)
    if not case.config.get("return_sequences"):
        return right
    return right | {"output": right["output"].reshape(len(right["output"]), -1)}


def _batch_taken_for_time(case: LayerCase, step: StepOf) -> Arrays | None:
    if case.states is not None:
        return None
    trace = _trace(case, step, x=case.inputs.swapaxes(0, 1))
    hidden = trace.hidden.swapaxes(0, 1) if case.config.get("return_sequences") else trace.hidden
    return family.collect(case, hidden, trace.last_hidden, trace.last_cell)


def _first_steps(case: LayerCase, step: StepOf, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A loop that takes so many steps; the sequence is as long where that is more."""
    x = case.inputs[:, ::-1] if case.config.get("go_backwards") else case.inputs
    return _run(case, step, x=x[:, :count], go_backwards=False)


def _returned(change: Callable[[Any, Any], tuple[Any, Any]]) -> Callable[..., Arrays]:
    """Two states made of the right h and c, in a case that returns them."""

    def answer(case: LayerCase, step: StepOf) -> Arrays:
        right = _right(case, step)
        if not case.config.get("return_state"):
            return right
        state_h, state_c = change(right["state_h"], right["state_c"])
        return right | {"state_h": state_h, "state_c": state_c}

    return answer


def _keras() -> Any:
    import keras

    return keras.layers.LSTM


def _reference() -> Any:
    from reference import LSTM

    return LSTM


EXERCISE = Exercise(
    id="lstm",
    assignment="lstm",
    title="The LSTM layer",
    entry_point="LSTM",
    signature="LSTM(units, return_sequences, return_state, go_backwards)(x, initial_state=None)",
    points=12,
    hint=(
        "A loop over the time axis: what goes into step t, what does it hand to step t + 1, and what is kept "
        "for the end?"
    ),
    hints={
        "sequences": "Which of the states that the loop makes are thrown away if only the last one is kept?",
        "states": "With what does the loop start when states are given, and what is left of them after the last step?",
        "gradients": hints.GRADIENTS,
        "backwards": "Which input does the first step read, and in which order are the outputs handed out?",
        "no_leak": hints.NO_LEAK,
        "config": hints.CONFIG,
        "symbolic": hints.OPEN_BATCH,
        "forget_bias": advice.FORGET_BIAS,
        "float64": advice.FLOAT64,
        "resized": advice.RESIZED,
    },
    cases=cases,
    advice=contracts,
    truth=family.truth,
    slack=slack,
    checks=(
        Check("values", "The last hidden state, from zero states", 3, ("last.*",)),
        Check("sequences", "The hidden states of all steps", 2, ("sequences.*",), ("values",)),
        Check(
            "states", "Starts from the given states and returns the last ones, h then c", 2,
            ("states.output", "states.state_*"), ("values",),
        ),
        Check("gradients", "Gradients reach inputs, states and weights", 1, ("states.grad.*",), ("states",)),
        Check("backwards", "go_backwards reads the last step first", 1, ("backwards*.*",), ("sequences",)),
        Check("no_leak", "A second call does not remember the first", 1, ("again.*",), ("sequences",)),
        Check("config", "get_config makes the same layer again", 1, ("config.*",), ("values", "states")),
        Check("symbolic", "Works in a model of unknown batch size", 1, ("symbolic.*",), ("values",)),
        Check("forget_bias", "A fresh layer has a forget bias of one, and zeros beside it", 0, ("fresh.*",)),
        Check("float64", "float64 in, float64 out", 0, ("float64.*",)),
        Check("resized", "Reads sequences of another length afterwards", 0, ("resized.*",)),
    ),
    mistakes=(
        *family.RECIPE.mistakes(WRONG_STEPS),
        family.RECIPE.wrong(
            "rnn.initial_state_ignored", "The given initial states are ignored",
            "At the very first step, which tensors play the part of the previous states? Print them "
            "beside the argument.",
            gate="cell", layer=_looped(lambda case, step: _run(case, step, h0=None, c0=None)),
        ),
        family.RECIPE.wrong(
            "lstm.initial_states_exchanged", "The initial states are taken as c, h",
            "In which order does the caller hand in the two states? Which of yours meets the recurrent "
            "kernel?",
            gate="cell", layer=_looped(
                lambda case, step: _run(case, step, **dict(zip(("c0", "h0"), case.states or (None, None), strict=True)))
            ),
        ),
        family.RECIPE.wrong(
            "lstm.initial_hidden_state_ignored", "The given hidden state is ignored; the loop starts from zero",
            "The caller hands in two states. Follow each of them into the first step: do both arrive?",
            gate="output", layer=_looped(lambda case, step: _run(case, step, h0=None)),
        ),
        family.RECIPE.wrong(
            "lstm.initial_state_same_for_both", "The given hidden state is taken for both states",
            "The caller hands in two states. Follow each of them into the first step: do both arrive?",
            gate="cell", layer=_looped(lambda case, step: _run(case, step, c0=(case.states or (None, None))[0])),
        ),
        family.RECIPE.wrong(
            "lstm.states_exchanged_in_loop", "Each step gets the two states of the step before exchanged",
            "What does your step return first, and what does it take first? Follow both names once round the loop.",
            gate="cell", layer=_looped(_exchanged_in_loop),
        ),
        family.RECIPE.wrong(
            "lstm.starts_from_ones", "Without initial states the loop starts from ones",
            "What should a layer remember before it has read anything? Print the states before your first step.",
            gate="cell", layer=_looped(lambda case, step: _run(case, step, **_ones(case, "h0", "c0"))), usual=False,
        ),
        family.RECIPE.wrong(
            "lstm.memory_starts_from_ones", "Without initial states the memory starts from ones",
            "What should a layer remember before it has read anything? Print the states before your first step.",
            gate="cell", layer=_looped(lambda case, step: _run(case, step, **_ones(case, "c0"))), usual=False,
        ),
        family.RECIPE.wrong(
            "lstm.hidden_state_starts_from_ones", "Without initial states the hidden state starts from ones",
            "What should a layer have shown before it has read anything? Print the states before your first step.",
            gate="output", layer=_looped(lambda case, step: _run(case, step, **_ones(case, "h0"))), usual=False,
        ),
        family.RECIPE.wrong(
            "lstm.as_many_steps_as_features", "The loop takes as many steps as there are features",
            "Print how often your loop turns, and the shape of the input. Which axis is the time?",
            gate="cell", layer=_looped(lambda case, step: _first_steps(case, step, case.inputs.shape[2])), usual=False,
        ),
        family.RECIPE.wrong(
            "lstm.as_many_steps_as_samples", "The loop takes as many steps as there are samples in the batch",
            "Print how often your loop turns, and the shape of the input. Which axis is the time?",
            gate="cell", layer=_looped(lambda case, step: _first_steps(case, step, len(case.inputs))), usual=False,
        ),
        family.RECIPE.wrong(
            "lstm.first_states_returned", "The states after the first step are returned",
            "How much of the sequence has a state seen that you return?",
            gate="cell", layer=_states_of_the_first_step, usual=False,
        ),
        family.RECIPE.wrong(
            "rnn.fixed_step_read", "Every step reads the first step of the input",
            "Change the second input only. Should the last output change? Does yours?",
            layer=_looped(lambda case, step: _run(case, step, x=np.repeat(
                case.inputs[:, -1:] if case.config.get("go_backwards") else case.inputs[:, :1],
                case.inputs.shape[1], axis=1))),
        ),
        family.RECIPE.wrong(
            "rnn.features_turned_round", "With go_backwards the features are turned round instead of the steps",
            "Name the three axes of the input in their order. Which one did you turn round?",
            layer=_looped(lambda case, step: _run(case, step, go_backwards=False, x=case.inputs[:, :, ::-1])
                    if case.config.get("go_backwards") else _run(case, step)),
        ),
        family.RECIPE.wrong(
            "rnn.batch_turned_round", "With go_backwards the batch is turned round instead of the steps",
            "Name the three axes of the input in their order. Which one did you turn round?",
            layer=_looped(lambda case, step: _run(case, step, go_backwards=False, x=case.inputs[::-1])
                    if case.config.get("go_backwards") else _run(case, step)),
        ),
        family.RECIPE.wrong(
            "rnn.go_backwards_inverted", "go_backwards works the other way round",
            "With go_backwards, which step of the input should be read first? And without it?",
            layer=_looped(lambda case, step: _run(case, step, go_backwards=not case.config.get("go_backwards"))),
        ),
        family.RECIPE.wrong(
            "lstm.initial_cell_state_ignored", "The given cell state is ignored; the memory starts from zero",
            "The caller hands in two states. Follow each of them into the first step: do both arrive?",
            gate="cell", layer=_looped(lambda case, step: _run(case, step, c0=None)),
        ),
        family.RECIPE.wrong(
            "rnn.state_never_advanced", "Every step starts from the initial states",
            "If you shuffle the first inputs, should the last output change? Does yours?",
            gate="cell", layer=_looped(lambda case, step: _stuck(case, step, hidden=True, cell=True)),
        ),
        family.RECIPE.wrong(
            "lstm.cell_state_never_advanced", "Every step starts from the initial cell state",
            "Two things must travel from step to step. Which of the two names does your loop assign anew?",
            gate="cell", layer=_looped(lambda case, step: _stuck(case, step, hidden=False, cell=True)),
        ),
        family.RECIPE.wrong(
            "lstm.hidden_state_never_advanced", "Every step starts from the initial hidden state",
            "Two things must travel from step to step. Which of the two names does your loop assign anew?",
            gate="output", layer=_looped(lambda case, step: _stuck(case, step, hidden=True, cell=False)),
        ),
        family.RECIPE.wrong(
            "rnn.last_step_missing", "The loop ends one step early",
            "How many steps has your input, and how many times does your loop turn?",
            layer=_looped(lambda case, step: _run(case, step, x=case.inputs[:, 1:] if case.config.get("go_backwards")
                                      else case.inputs[:, :-1])),
        ),
        family.RECIPE.wrong(
            "rnn.first_step_missing", "The first step is left out",
            "Which index does your loop begin with, and which does Python begin with?",
            layer=_looped(lambda case, step: _run(case, step, x=case.inputs[:, :-1] if case.config.get("go_backwards")
                                      else case.inputs[:, 1:])),
        ),
        family.RECIPE.wrong(
            "rnn.first_output_returned", "The hidden state of the first step is returned",
            "How much of the sequence has the state seen that you return?",
            gate="output", layer=_first_step_put_out,
        ),
        family.RECIPE.wrong(
            "rnn.backwards_first_output_returned", "With go_backwards the state of the step read first is returned",
            "With go_backwards, which step is read last? Which of your hidden states has seen the whole sequence?",
            gate="output", layer=_first_step_put_out_backwards, usual=False,
        ),
        family.RECIPE.wrong(
            "rnn.backwards_states_of_first_step", "With go_backwards the states of the step read first are returned",
            "With go_backwards, which step is read last? Which of your states has seen the whole sequence?",
            gate="output", layer=_states_of_the_first_step_backwards, usual=False,
        ),
        family.RECIPE.wrong(
            "lstm.cell_state_put_out", "The cell states are put out in place of the hidden states",
            "Which of the two lines that travel through the cell is meant for the outside?",
            gate="output", layer=_cell_states_put_out,
        ),
        family.RECIPE.wrong(
            "rnn.outputs_joined_on_wrong_axis", "The outputs of the steps are stacked on the first axis",
            "Your list has one entry per step. Which axis of the result should have that length?",
            gate="output", layer=_time_major,
        ),
        family.RECIPE.wrong(
            "rnn.outputs_joined_on_last_axis", "The outputs of the steps are joined along the units",
            "Your list has one entry per step. Has your result an axis of that length?",
            gate="output", layer=_joined_on_last_axis,
        ),
        family.RECIPE.wrong(
            "rnn.axis_order", "The loop runs over the batch instead of over time",
            "Name the three axes of the input in their order. Which of them does your loop take apart?",
            layer=_batch_taken_for_time,
        ),
        family.RECIPE.wrong(
            "layer.state_order_h_c", "The last states are returned as c, h",
            "One of the two states can leave (-1, 1), the other cannot. Which one stands first in yours?",
            gate="output", layer=_returned(lambda h, c: (c, h)),
        ),
        family.RECIPE.wrong(
            "lstm.hidden_returned_twice", "The hidden state is returned as both states",
            "Two different things travel from step to step. Is your second state ever larger than 1?",
            gate="cell", layer=_returned(lambda h, c: (h, h)),
        ),
        family.RECIPE.wrong(
            "rnn.always_forwards", "go_backwards changes nothing",
            "With go_backwards, which step of the input should be read first? Which one do you read?",
            layer=_looped(lambda case, step: _run(case, step, go_backwards=False)),
        ),
        family.RECIPE.wrong(
            "rnn.always_backwards", "The sequence is always read from its end",
            "Which step of the input does your loop read first?",
            layer=_looped(lambda case, step: _run(case, step, go_backwards=True)),
        ),
        family.RECIPE.wrong(
            "rnn.backwards_output_in_input_order",
            "With go_backwards the outputs are put back in the order of the input",
            "Keras returns the outputs in the order in which they were made. Which step does your first "
            "output belong to?",
            layer=_looped(_turned_back),
        ),
    ),
    witnesses={"keras": _keras, "reference": _reference},
    layouts=family.LAYOUTS,
    made_of=family.RECIPE.answer,
    alone=family.alone,
    built_on=((parts.CELL,), (parts.STEP,)),
    forbidden=RECURRENT_BUILTINS,
    gates=GATES,
    picture=PICTURE,
)  # fmt: skip
