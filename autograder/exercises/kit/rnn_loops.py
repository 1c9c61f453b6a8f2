"""Loops around a right step of a simple recurrent network that learners write by mistake.

A mistake replaces one of these lines:

| Line | Is |
| --- | --- |
| `reading` | the loop: from what is about to be read to everything that was computed |
| `outputs` | all outputs, and the last one |
| `state` | the final state |
| `switch` | what `return_sequences` chooses of all outputs and the last one |
| `handed` | output and state as they are returned |
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.exercises.kit import rnn_steps
from autograder.exercises.kit import simple_rnn as family
from autograder.exercises.kit.recipe import Lines, Recipe, Wrong
from autograder.exercises.kit.simple_rnn import Weights
from autograder.model import Arrays, FunctionCase, LayerCase, Mistake
from reference import equations as eq


@dataclass(frozen=True)
class Run:
    """Everything that a loop computed. h_0 (batch, units); the others (batch, time, units)."""

    h_0: np.ndarray
    hidden: np.ndarray
    h_prev: np.ndarray
    sums: np.ndarray

    @property
    def last(self) -> np.ndarray:
        """The state after the last step."""
        return self.hidden[:, -1]


@dataclass(frozen=True)
class Reading:
    """A sequence that is about to be read."""

    x: np.ndarray
    h_0: np.ndarray
    weights: Weights
    step: Callable[..., eq.RNNStep] = eq.rnn_step

    def read(self, **changes: Any) -> Run:
        """Read it, with something else in place of `x` or `h_0`."""
        changed = dataclasses.replace(self, **changes)
        trace = eq.simple_rnn(changed.x, *changed.weights, h0=changed.h_0, step=changed.step)
        return Run(changed.h_0, trace.hidden, trace.h_prev, trace.pre_activation)


RIGHT: dict[str, Callable[..., Any]] = {
    "reading": lambda reading: reading.read(),
    "outputs": lambda run: (run.hidden, run.last),
    "state": lambda run: run.last,
    "switch": lambda outputs, last, sequences: outputs if sequences else last,
    "handed": lambda output, state: (output, state),
}


def _handed_out(use: Lines, reading: Reading, sequences: bool) -> tuple[np.ndarray, np.ndarray]:
    """Output and state of the loop."""
    run = use["reading"](reading)
    output = use["switch"](*use["outputs"](run), sequences)
    output, state = use["handed"](output, use["state"](run))
    return output, state


def _unrolled(use: Lines, step: Callable[..., eq.RNNStep], case: FunctionCase) -> Arrays:
    x, h_0, W, U, b = case.arguments.values()
    outputs, state = _handed_out(use, Reading(x, h_0, (W, U, b), step), True)
    return {"outputs": outputs, "final_state": state}


def _layer(use: Lines, step: Callable[..., eq.RNNStep], case: LayerCase) -> Arrays:
    if "state" not in case.returns:
        use = {**use, "handed": RIGHT["handed"]}
    reading = Reading(case.inputs, family.initial_state(case), family.layers(case)[0], step)
    handed = _handed_out(use, reading, bool(case.config.get("return_sequences")))
    return dict(zip(case.returns, handed, strict=False))


UNROLLED = Recipe(_unrolled, RIGHT, around=rnn_steps.STEP, prefix="rnn.")
"""The function `rnn_unroll`."""
LAYER = Recipe(_layer, RIGHT, around=rnn_steps.STEP, prefix="rnn.")
"""The layer."""


def _reading(line: Callable[[Reading], Run]) -> dict[str, Callable[..., Any]]:
    return {"reading": line}


def _outputs(change: Callable[[Run], np.ndarray]) -> dict[str, Callable[..., Any]]:
    """Only the array of all outputs is wrong."""
    return {"outputs": lambda run: (change(run), run.last)}


def _each_output(change: Callable[[Run], np.ndarray]) -> dict[str, Callable[..., Any]]:
    """The outputs are wrong, the last one among them; the final state is right."""

    def line(run: Run) -> tuple[np.ndarray, np.ndarray]:
        outputs = change(run)
        return outputs, outputs[:, -1]

    return {"outputs": line}


def _state(change: Callable[[Run], np.ndarray]) -> dict[str, Callable[..., Any]]:
    """Only the final state is wrong."""
    return {"state": change}


def _of_states(hidden: np.ndarray, h_0: np.ndarray) -> Run:
    before = np.concatenate([h_0[:, np.newaxis], hidden[:, :-1]], axis=1)
    return Run(h_0, hidden, before, hidden)


def _never_advanced(reading: Reading) -> Run:
    steps = [reading.step(x_t, reading.h_0, *reading.weights).hidden for x_t in _time_major(reading.x)]
    return _of_states(np.stack(steps, axis=1), reading.h_0)


def _across_samples(reading: Reading) -> Run:
    h = reading.h_0[:1]
    samples = []
    for sample in reading.x:
        samples.append(reading.read(x=sample[np.newaxis], h_0=h).hidden)
        h = samples[-1][:, -1]
    return _of_states(np.concatenate(samples), reading.h_0)


def _reshaped_input(reading: Reading) -> Run:
    batch, time, features = reading.x.shape
    return reading.read(x=np.ascontiguousarray(_time_major(reading.x.reshape(time, batch, features))))


def _as_many_steps_as_units(run: Run) -> np.ndarray:
    """A buffer of which only as many steps are filled as there are units."""
    units = run.hidden.shape[2]
    return run.hidden * (np.arange(run.hidden.shape[1]) < units)[:, np.newaxis]


def _time_major(batch_major: np.ndarray) -> np.ndarray:
    return np.swapaxes(batch_major, 0, 1)


def _zeros(run: Run) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros_like(run.hidden), np.zeros_like(run.last)


WRONG_LOOPS: tuple[Wrong, ...] = (
    Wrong(
        "rnn.initial_state_ignored",
        "The initial state that was handed in is ignored; the loop starts from zeros",
        "At the very first step, which tensor plays the part of the previous state? Print it beside the "
        "argument.",
        _reading(lambda r: r.read(h_0=np.zeros_like(r.h_0))),
    ),
    Wrong(
        "rnn.state_never_advanced", "Every step is fed the initial state; the new state is never carried on",
        "If you shuffle the first inputs, should the last output change? Does yours?",
        _reading(_never_advanced),
    ),
    Wrong(
        "rnn.state_never_advanced_nor_returned",
        "Every step is fed the initial state, which is also returned in the end",
        "Follow the name of your state once round the loop. At which line does it get a new value?",
        {"reading": _never_advanced, "state": lambda run: run.h_0},
    ),
    Wrong(
        "rnn.one_initial_state_for_all", "Every sample starts from the initial state of the first one",
        "How many sequences are read at once, and how many states were handed in?",
        _reading(lambda r: r.read(h_0=np.broadcast_to(r.h_0[:1], r.h_0.shape).copy())), usual=False,
    ),
    Wrong(
        "rnn.state_runs_across_samples", "Each sample starts from the state in which the one before it ended",
        "If you put the samples of the batch in another order, should their outputs change? Do yours?",
        _reading(_across_samples), usual=False,
    ),
    Wrong(
        "rnn.read_backwards", "The sequence is read from its end",
        "Change nothing but the last input. Which of the outputs should move, and which move in yours?",
        _reading(lambda r: r.read(x=r.x[:, ::-1])),
    ),
    Wrong(
        "rnn.as_many_steps_as_features", "The loop takes as many steps as there are features",
        "Print how often your loop turns, and the shape of the input. Which axis is the time?",
        _reading(lambda r: r.read(x=r.x[:, : r.x.shape[2]])), usual=False,
    ),
    Wrong(
        "rnn.as_many_steps_as_samples", "The loop takes as many steps as there are samples in the batch",
        "Print how often your loop turns, and the shape of the input. Which axis is the time?",
        _reading(lambda r: r.read(x=r.x[:, : len(r.x)])), usual=False,
    ),
    Wrong(
        "rnn.fixed_step_read", "Every step reads the first step of the input",
        "Change the second input only. Should the last output change? Does yours?",
        _reading(lambda r: r.read(x=np.repeat(r.x[:, :1], r.x.shape[1], axis=1))),
    ),
    Wrong(
        "rnn.fixed_last_step_read", "Every step reads the last step of the input",
        "Change the first input only. Should the first output change? Does yours?",
        _reading(lambda r: r.read(x=np.repeat(r.x[:, -1:], r.x.shape[1], axis=1))),
    ),
    Wrong(
        "rnn.input_reshape_used_as_transpose", "A reshape brings time to the front of the input: it mixes samples and "
        "steps",
        "Fill a small array with digits that say sample and step. Which digits does your first step read?",
        _reading(_reshaped_input),
    ),
    Wrong(
        "rnn.first_step_skipped", "The first step is not read",
        "How many outputs do you have, and how many inputs? Does the first input change any of them?",
        _reading(lambda r: r.read(x=r.x[:, 1:])),
    ),
    Wrong(
        "rnn.last_step_skipped", "The last step is not read",
        "How many outputs do you have, and how many inputs? Does the last input change any of them?",
        _reading(lambda r: r.read(x=r.x[:, :-1])),
    ),
    Wrong(
        "rnn.only_first_step_read", "The loop ends after its first step",
        "How many outputs do you have, and how many inputs? At which line does your loop end?",
        _reading(lambda r: r.read(x=r.x[:, :1])), usual=False,
    ),
    Wrong(
        "rnn.outputs_one_late", "Each output is the state before its step",
        "Change only the input of step 0. Should output 0 move? Does yours?",
        _each_output(lambda run: run.h_prev),
    ),
    Wrong(
        "rnn.outputs_before_tanh", "The outputs are the sums before the tanh",
        "Can an output of yours leave the interval from -1 to 1? And the state beside it?",
        _each_output(lambda run: run.sums), usual=False,
    ),
    Wrong(
        "rnn.outputs_reversed", "The outputs stand in reverse order",
        "Change only the last input. How many outputs should move, and at which end?",
        _each_output(lambda run: run.hidden[:, ::-1]),
    ),
    Wrong(
        "rnn.outputs_all_the_last", "All outputs are the last one: one array was changed in place and kept each time",
        "Print your list of outputs after each step of the loop. Do the ones that are in it already stay as they are?",
        _outputs(lambda run: np.repeat(run.hidden[:, -1:], run.hidden.shape[1], axis=1)),
    ),
    Wrong(
        "rnn.initial_state_among_outputs", "The initial state is counted as an output",
        "Count: how many inputs came in, how many outputs go out? Which of your outputs has no input of "
        "its own?",
        _outputs(lambda run: np.concatenate([run.h_0[:, np.newaxis], run.hidden], axis=1)), usual=False,
    ),
    Wrong(
        "rnn.outputs_time_major", "The outputs are joined along a new first axis: (time, batch, units)",
        "Your list has one entry per step. Which axis of the result should have that length?",
        _outputs(lambda run: _time_major(run.hidden)),
    ),
    Wrong(
        "rnn.outputs_stacked_last", "The outputs are joined along a new last axis: (batch, units, time)",
        "Your list has one entry per step. Which axis of the result should have that length?",
        _outputs(lambda run: run.hidden.swapaxes(1, 2)),
    ),
    Wrong(
        "rnn.reshape_used_as_transpose", "A reshape is used where two axes should be exchanged",
        "Fill a small array with digits that say sample and step. Where did sample 0, step 1 go?",
        _outputs(lambda run: _time_major(run.hidden).reshape(run.hidden.shape)),
    ),
    Wrong(
        "rnn.outputs_side_by_side", "The outputs are joined along the units: (batch, time * units)",
        "How many axes does one output have, and how many should all of them together have?",
        _outputs(lambda run: run.hidden.reshape(len(run.hidden), -1)),
    ),
    Wrong(
        "rnn.outputs_end_to_end", "The outputs are joined along the batch: (time * batch, units)",
        "How many axes does one output have, and how many should all of them together have?",
        _outputs(lambda run: np.concatenate(list(_time_major(run.hidden)))),
    ),
    Wrong(
        "rnn.everything_zero", "Outputs and state are all 0: the buffer holds whole numbers, or is never filled",
        "What kind of number does your buffer hold? Put 0.7 into it and print it.",
        {"outputs": _zeros, "state": lambda run: np.zeros_like(run.last)}, usual=False,
    ),
    Wrong(
        "rnn.state_is_initial", "The state that is returned is the initial one",
        "Which name does your loop give to the newest state, and which name do you return?",
        _state(lambda run: run.h_0),
    ),
    Wrong(
        "rnn.state_of_first_step", "The state that is returned is that of the first step",
        "After which step should someone who wants to read on take over?",
        _state(lambda run: run.hidden[:, 0]),
    ),
    Wrong(
        "rnn.state_one_early", "The state that is returned is the one before the last step",
        "Change only the last input. Should the returned state move? Does yours?",
        _state(lambda run: run.h_prev[:, -1]),
    ),
    Wrong(
        "rnn.all_states_returned_as_state",
        "The states of all steps are returned where the final one is asked for",
        "How many tensors came back, and which of them should have a time axis?",
        _state(lambda run: run.hidden), usual=False,
    ),
    Wrong(
        "rnn.outputs_and_state_exchanged", "State and outputs are returned in exchanged order",
        "Which of the two results has a time axis, and which place does it stand in?",
        {"handed": lambda output, state: (state, output)}, usual=False,
    ),
)  # fmt: skip
"""One-line changes of the loop around the step."""

_OF_THE_FUNCTION = (
    Wrong(
        "rnn.steps_counted_by_units", "The loop turns once for every unit instead of once for every step",
        "Which outputs of yours are exactly 0? Which of your sizes says how often the loop turns?",
        {
            "outputs": lambda run: (_as_many_steps_as_units(run), run.last),
            "state": lambda run: run.hidden[:, : run.hidden.shape[2]][:, -1],
        }, usual=False,
    ),
)  # fmt: skip

_WRONG_SWITCHES = (
    Wrong(
        "rnn.sequences_always", "Every step is returned, whatever return_sequences says",
        "Make the layer with and without return_sequences. Do the two outputs have the same number of axes?",
        {"switch": lambda hidden, last, sequences: hidden}, usual=False,
    ),
    Wrong(
        "rnn.sequences_never", "Only the last step is returned, whatever return_sequences says",
        "Make the layer with and without return_sequences. Do the two outputs have the same number of axes?",
        {"switch": lambda hidden, last, sequences: last}, usual=False,
    ),
    Wrong(
        "rnn.sequences_inverted", "return_sequences is taken the wrong way round",
        "Read your condition aloud with return_sequences=False. Which branch is taken?",
        {"switch": lambda hidden, last, sequences: last if sequences else hidden}, usual=False,
    ),
    Wrong(
        "rnn.first_output_returned", "Without return_sequences the first output is returned",
        "Change only the last input. Should a summary of the whole sequence move? Does yours?",
        {"switch": lambda hidden, last, sequences: hidden if sequences else hidden[:, 0]},
    ),
    Wrong(
        "rnn.mean_output_returned", "Without return_sequences the mean of the outputs is returned",
        "Which single output has seen every input, and do you return that one?",
        {"switch": lambda hidden, last, sequences: hidden if sequences else hidden.mean(axis=1)},
    ),
    Wrong(
        "rnn.time_axis_of_one", "Without return_sequences the last output keeps a time axis of length 1",
        "How many axes does the last output have? What does an index do to an axis, and what does a slice "
        "do?",
        {"switch": lambda hidden, last, sequences: hidden if sequences else hidden[:, -1:]}, usual=False,
    ),
    Wrong(
        "rnn.last_sample_returned", "Without return_sequences the last sample of the batch is returned",
        "Name the axes of the outputs in their order. Which of them does your index -1 stand on?",
        {"switch": lambda hidden, last, sequences: hidden if sequences else hidden[-1]}, usual=False,
    ),
    Wrong(
        "rnn.last_unit_returned", "Without return_sequences the last unit of every step is returned",
        "Name the axes of the outputs in their order. Which of them does your index -1 stand on?",
        {"switch": lambda hidden, last, sequences: hidden if sequences else hidden[:, :, -1]}, usual=False,
    ),
)  # fmt: skip
"""A layer that does the right thing with the states and then returns the wrong one."""


def _state_list_taken_for_state(case: LayerCase) -> Arrays:
    """The tensor of a list of one state has an axis too many, and so has everything that is made of it."""
    right = dict(LAYER.truth(case))
    if case.states is None:
        return right
    if case.config.get("return_sequences"):  # (1, time, batch, units)
        right |= {"output": right["output"].swapaxes(0, 1)}
    return {name: value[np.newaxis] for name, value in right.items()}


def unroll_mistakes() -> tuple[Mistake, ...]:
    """Every wrong step and every wrong loop as a mistake of the function `rnn_unroll`."""
    return UNROLLED.mistakes(rnn_steps.WRONG_STEPS + WRONG_LOOPS + _OF_THE_FUNCTION)


def layer_mistakes() -> tuple[Mistake, ...]:
    """Every wrong step, every wrong loop and every wrong switch as a mistake of the layer."""
    return (
        *LAYER.mistakes(rnn_steps.WRONG_STEPS + WRONG_LOOPS + _WRONG_SWITCHES),
        LAYER.other(
            "state_list_taken_for_state", "The list of states is used as if it were the state",
            "What type is the initial state that reaches your loop, and how long is it? How many axes has your result?",
            _state_list_taken_for_state,
        ),
    )  # fmt: skip
