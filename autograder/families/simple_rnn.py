"""What the exercises on the simple recurrent network share: cases, truth, layouts of weights, and mistakes.

A wrong step changes the line h_t = tanh(x_t W + h_{t-1} U + b); a wrong loop has the right step and does
something else with the states.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograder.families import draw
from autograder.families.recurrent import sequence_returns, with_cotangents
from autograder.model import Arrays, FunctionCase, LayerCase, Layout, Mistake
from reference import equations as eq
from reference.equations import sigmoid, tanh

Weights: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""W, U, b."""

WEIGHT_AXES = {"kernel": "features units", "recurrent_kernel": "units units", "bias": "units"}

# ---------------------------------------------------------------------------------------------------- layouts


def _letters(weights: Arrays) -> Arrays:
    return {"W": weights["kernel"], "U": weights["recurrent_kernel"], "b": weights["bias"]}


def _joined(weights: Arrays) -> Arrays:
    joined = np.concatenate([weights["kernel"], weights["recurrent_kernel"]], axis=0)
    return {"joined_kernel": joined, "bias": weights["bias"]}


LAYOUTS = (
    Layout("letters", _letters),
    Layout("joined kernel, rows of x before rows of h", _joined),
)

# ------------------------------------------------------------------------------------------------------ cases


def step_case(case_id: str, rng: np.random.Generator) -> FunctionCase:
    """One step as a function, from a random state."""
    size = draw.distinct_sizes(rng, ("batch", "features", "units"))
    W, U, b = _weights(rng, size["features"], size["units"])
    return FunctionCase(
        id=case_id,
        arguments={
            "x_t": draw.inputs(rng, size["batch"], size["features"]),
            "h_prev": draw.state(rng, size["batch"], size["units"]),
            "W": W,
            "U": U,
            "b": b,
        },
        axes={
            "x_t": "batch features",
            "h_prev": "batch units",
            "W": "features units",
            "U": "units units",
            "b": "units",
        },
        returns={"h_t": "batch units"},
    )


def unroll_case(case_id: str, rng: np.random.Generator) -> FunctionCase:
    """A sequence of 3 to 6 steps as a function, from a random state."""
    size = draw.distinct_sizes(rng, ("batch", "time", "features", "units"), 3, 6)
    W, U, b = _weights(rng, size["features"], size["units"])
    return FunctionCase(
        id=case_id,
        arguments={
            "x": draw.inputs(rng, size["batch"], size["time"], size["features"]),
            "h_0": draw.state(rng, size["batch"], size["units"]),
            "W": W,
            "U": U,
            "b": b,
        },
        axes={
            "x": "batch time features",
            "h_0": "batch units",
            "W": "features units",
            "U": "units units",
            "b": "units",
        },
        returns={"outputs": "batch time units", "final_state": "batch units"},
    )


def cell_case(case_id: str, rng: np.random.Generator, *, gradients: bool = False, **changes: Any) -> LayerCase:
    """One step of a cell, from a random state."""
    size = draw.distinct_sizes(rng, ("batch", "features", "units"), 3, 6)
    case = LayerCase(
        id=case_id,
        config={"units": size["units"]},
        weights=_named_weights(rng, size["features"], size["units"]),
        inputs=draw.inputs(rng, size["batch"], size["features"]),
        axes={"inputs": "batch features", "state.0": "batch units"} | WEIGHT_AXES,
        returns={"output": "batch units", "state.0": "batch units"},
        states=(draw.state(rng, size["batch"], size["units"]),),
        protocol="cell",
    )
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def layer_case(
    case_id: str,
    rng: np.random.Generator,
    *,
    config: dict[str, Any] | None = None,
    states: bool = False,
    gradients: bool = False,
    **changes: Any,
) -> LayerCase:
    """A sequence of 3 to 6 steps through a layer."""
    size = draw.distinct_sizes(rng, ("batch", "time", "features", "units"), 3, 6)
    config = {"units": size["units"]} | (config or {})
    case = LayerCase(
        id=case_id,
        config=config,
        weights=_named_weights(rng, size["features"], size["units"]),
        inputs=draw.inputs(rng, size["batch"], size["time"], size["features"]),
        axes={"inputs": "batch time features", "state.0": "batch units"} | WEIGHT_AXES,
        returns=sequence_returns(config, ("state",)),
        states=(draw.state(rng, size["batch"], size["units"]),) if states else None,
    )
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def stacked_case(
    case_id: str, rng: np.random.Generator, depth: int, *, gradients: bool = False, **changes: Any
) -> LayerCase:
    """A sequence of 3 steps through `depth` layers, each of another width."""
    widths = [f"units_{k}" for k in range(depth)]
    size = {"time": 3} | draw.distinct_sizes(rng, ("batch", "features", *widths), 4, 8)
    weights: dict[str, np.ndarray] = {}
    named = {"inputs": "batch time features"}
    below = "features"
    for k, width in enumerate(widths):
        layer = _named_weights(rng, size[below], size[width])
        weights |= {f"{k}/{name}": value for name, value in layer.items()}
        named |= {
            f"{k}/kernel": f"{below} {width}",
            f"{k}/recurrent_kernel": f"{width} {width}",
            f"{k}/bias": width,
        }
        below = width
    case = LayerCase(
        id=case_id,
        config={"units": [size[width] for width in widths]},
        weights=weights,
        inputs=draw.inputs(rng, size["batch"], size["time"], size["features"]),
        axes=named,
        returns={"output": f"batch {below}"},
    )
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def _weights(rng: np.random.Generator, features: int, units: int) -> Weights:
    return draw.weight(rng, features, units), draw.weight(rng, units, units), draw.bias(rng, units)


def _named_weights(rng: np.random.Generator, features: int, units: int) -> dict[str, np.ndarray]:
    return dict(zip(WEIGHT_AXES, _weights(rng, features, units), strict=True))


# ------------------------------------------------------------------------------------------------------ truth


def step_truth(x_t: Any, h_prev: Any, W: Any, U: Any, b: Any) -> np.ndarray:
    """h_t of one step."""
    return eq.rnn_step(x_t, h_prev, W, U, b).hidden


def unroll_truth(x: Any, h_0: Any, W: Any, U: Any, b: Any) -> tuple[np.ndarray, np.ndarray]:
    """All outputs and the final state."""
    trace = eq.simple_rnn(x, W, U, b, h0=h_0)
    return trace.hidden, trace.last_hidden


def truth(case: LayerCase) -> Arrays:
    """All parts of a cell or layer case, gradients too where the case has cotangents."""
    cell = case.protocol == "cell"
    x = case.inputs[:, np.newaxis] if cell else case.inputs  # (batch, time, features)
    trace = Reading(x, _initial(case), _layers(case)[0]).trace()
    parts = _returned(case, trace.hidden, trace.hidden[:, -1], trace.last_hidden)
    if case.cotangents is None:
        return parts
    output, *last = (case.cotangents[part] for part in case.returns)
    d_last = sum(last, np.zeros_like(trace.h0))
    if not cell and case.config.get("return_sequences"):
        grads = eq.simple_rnn_backward(trace, d_hidden=output, d_last_hidden=d_last)
    else:
        grads = eq.simple_rnn_backward(trace, d_last_hidden=d_last + output)
    parts["grad.inputs"] = grads.x[:, 0] if cell else grads.x
    if case.states is not None:
        parts["grad.state.0"] = grads.h0
    by_name = {"kernel": grads.kernel, "recurrent_kernel": grads.recurrent_kernel, "bias": grads.bias}
    return parts | {f"grad.{name}": np.asarray(by_name[name]) for name in case.weights}


def stacked_truth(case: LayerCase) -> Arrays:
    """The last output of the last layer; gradients go back through the layers from top to bottom."""
    traces = []
    x = case.inputs
    for weights in _layers(case):
        traces.append(eq.simple_rnn(x, *weights))
        x = traces[-1].hidden
    parts: dict[str, np.ndarray] = {"output": traces[-1].hidden[:, -1]}
    if case.cotangents is None:
        return parts
    by_name: dict[str, Any] = {}
    grads = eq.simple_rnn_backward(traces[-1], d_last_hidden=case.cotangents["output"])
    for k in reversed(range(len(traces))):
        by_name |= {
            f"{k}/kernel": grads.kernel,
            f"{k}/recurrent_kernel": grads.recurrent_kernel,
            f"{k}/bias": grads.bias,
        }
        if k > 0:
            grads = eq.simple_rnn_backward(traces[k - 1], d_hidden=grads.x)
    parts["grad.inputs"] = grads.x
    return parts | {f"grad.{name}": by_name[name] for name in case.weights}


def _layers(case: LayerCase) -> list[Weights]:
    values = list(case.weights.values())
    return [(values[k], values[k + 1], values[k + 2]) for k in range(0, len(values), 3)]


def _returned(case: LayerCase, outputs: np.ndarray, last: np.ndarray, state: np.ndarray) -> dict[str, np.ndarray]:
    """What the case returns, by name: all outputs or the last one, then the state where it is asked for."""
    sequences = case.config.get("return_sequences") and case.protocol == "layer"
    return dict(zip(case.returns, (outputs if sequences else last, state), strict=False))


# ------------------------------------------------------------------------------------------------ wrong steps


@dataclass(frozen=True)
class WrongStep:
    """A step with its one line changed: h_t from x_t, h_prev, W, U, b."""

    id: str
    title: str
    hint: str
    line: Callable[[Any, Any, Any, Any, Any], np.ndarray]

    def step(self, x_t: Any, h_prev: Any, W: Any, U: Any, b: Any) -> eq.RNNStep:
        """The wrong step, with the arguments and result of `reference.equations.rnn_step`."""
        h_t = self.line(x_t, h_prev, W, U, b)
        return eq.RNNStep(h_t, h_t)


WRONG_STEPS: tuple[WrongStep, ...] = (
    WrongStep(
        "rnn.sigmoid", "The sum goes through a sigmoid",
        "Can a unit of yours ever be negative? Which values does the function in the equation take?",
        lambda x, h, W, U, b: sigmoid(x @ W + h @ U + b),
    ),
    WrongStep(
        "rnn.no_activation", "The sum is not squashed",
        "What are the smallest and the largest value of your new state? Which range should they lie in?",
        lambda x, h, W, U, b: x @ W + h @ U + b,
    ),
    WrongStep(
        "rnn.relu", "The sum goes through a ReLU",
        "How many entries of your new state are exactly 0? What became of the negative sums?",
        lambda x, h, W, U, b: np.maximum(x @ W + h @ U + b, 0),
    ),
    WrongStep(
        "rnn.hard_tanh", "A piecewise linear tanh is used",
        "How many entries of your new state are exactly 1 or -1? Does tanh ever get there?",
        lambda x, h, W, U, b: np.clip(x @ W + h @ U + b, -1, 1),
    ),
    WrongStep(
        "rnn.tanh_twice", "tanh is applied twice",
        "How near to 1 can your state come when the sum is huge? How near should it come?",
        lambda x, h, W, U, b: tanh(tanh(x @ W + h @ U + b)),
    ),
    WrongStep(
        "rnn.tanh_of_each_product", "Each product has a tanh of its own, and the results are added",
        "In which range does a single tanh lie, and in which range does your new state lie?",
        lambda x, h, W, U, b: tanh(x @ W + b) + tanh(h @ U),
    ),
    WrongStep(
        "rnn.bias_after_tanh", "The bias is added after the tanh",
        "Can your new state leave the interval from -1 to 1? Could a tanh?",
        lambda x, h, W, U, b: tanh(x @ W + h @ U) + b,
    ),
    WrongStep(
        "rnn.no_bias", "The bias is missing",
        "Point at each symbol of the equation in turn. Which of them does not occur in your line?",
        lambda x, h, W, U, b: tanh(x @ W + h @ U),
    ),
    WrongStep(
        "rnn.double_bias", "The bias is added twice",
        "How many bias vectors are there, and how often does each enter the sum?",
        lambda x, h, W, U, b: tanh(x @ W + h @ U + b + b),
    ),
    WrongStep(
        "rnn.no_recurrence", "The previous state is not used",
        "If the past had been different, should this step give another result? Does yours?",
        lambda x, h, W, U, b: tanh(x @ W + b),
    ),
    WrongStep(
        "rnn.no_input", "The input of this step is not used",
        "If another input arrives at this step, should the result change? Does yours?",
        lambda x, h, W, U, b: tanh(h @ U + b),
    ),
    WrongStep(
        "rnn.recurrent_kernel_transposed", "The recurrent kernel is transposed",
        "Row j of the recurrent kernel holds what unit j of the old state tells the others. Over which "
        "axis do you sum?",
        lambda x, h, W, U, b: tanh(x @ W + h @ U.T + b),
    ),
    WrongStep(
        "rnn.recurrent_kernel_diagonal",
        "Only the diagonal of the recurrent kernel is used: a product entry by entry",
        "Should unit 0 hear what unit 1 knew one step ago? For each product, write the two shapes beside "
        "the shape you want.",
        lambda x, h, W, U, b: tanh(x @ W + h * np.diag(U) + b),
    ),
    WrongStep(
        "rnn.products_multiplied", "The two matrix products are multiplied with each other",
        "If the input is all zeros, should the past still be able to move the state? Can it in yours?",
        lambda x, h, W, U, b: tanh((x @ W) * (h @ U) + b),
    ),
    WrongStep(
        "rnn.previous_state_added", "The previous state is added to the new one",
        "Can your state leave the interval from -1 to 1? What could push it out?",
        lambda x, h, W, U, b: h + tanh(x @ W + h @ U + b),
    ),
    WrongStep(
        "rnn.first_state_for_all", "Every sample of the batch uses the state of the first one",
        "How many independent sequences are read at once, and how many states does that take?",
        lambda x, h, W, U, b: tanh(x @ W + h[:1] @ U + b),
    ),
)  # fmt: skip
"""One-line changes of the step, named for what was done."""

# ------------------------------------------------------------------------------------------------ wrong loops

Read: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""What a loop hands out: all outputs, the last output, the final state."""


@dataclass(frozen=True)
class Reading:
    """A sequence that is about to be read."""

    x: np.ndarray
    h_0: np.ndarray
    weights: Weights

    def trace(self, step: Callable[..., eq.RNNStep] = eq.rnn_step) -> eq.RNNTrace:
        """The right way to read it, with a wrong step where one is given."""
        return eq.simple_rnn(self.x, *self.weights, h0=self.h_0, step=step)

    def read(self, step: Callable[..., eq.RNNStep] = eq.rnn_step, **changes: Any) -> Read:
        """Read it, with something else in place of `x` or `h_0`."""
        return _handed_out(dataclasses.replace(self, **changes).trace(step).hidden)


def _handed_out(hidden: np.ndarray) -> Read:
    return hidden, hidden[:, -1], hidden[:, -1]


@dataclass(frozen=True)
class WrongLoop:
    """A loop with the right step and one line changed."""

    id: str
    title: str
    hint: str
    line: Callable[[Reading], Read]


def _outputs(change: Callable[[eq.RNNTrace], np.ndarray]) -> Callable[[Reading], Read]:
    """Only the array of all outputs is wrong."""

    def line(reading: Reading) -> Read:
        trace = reading.trace()
        return change(trace), trace.last_hidden, trace.last_hidden

    return line


def _state(change: Callable[[eq.RNNTrace], np.ndarray]) -> Callable[[Reading], Read]:
    """Only the final state is wrong."""

    def line(reading: Reading) -> Read:
        trace = reading.trace()
        return trace.hidden, trace.last_hidden, change(trace)

    return line


def _each_output(change: Callable[[eq.RNNTrace], np.ndarray]) -> Callable[[Reading], Read]:
    """The outputs are wrong, the last one among them; the final state is right."""

    def line(reading: Reading) -> Read:
        trace = reading.trace()
        outputs = change(trace)
        return outputs, outputs[:, -1], trace.last_hidden

    return line


def _never_advanced(reading: Reading) -> Read:
    steps = [eq.rnn_step(x_t, reading.h_0, *reading.weights).hidden for x_t in _time_major(reading.x)]
    return _handed_out(np.stack(steps, axis=1))


def _across_samples(reading: Reading) -> Read:
    h = reading.h_0[:1]
    samples = []
    for sample in reading.x:
        samples.append(eq.simple_rnn(sample[np.newaxis], *reading.weights, h0=h).hidden)
        h = samples[-1][:, -1]
    return _handed_out(np.concatenate(samples))


def _exchanged(reading: Reading) -> Read:
    hidden, last, state = reading.read()
    return state, last, hidden


def _time_major(batch_major: np.ndarray) -> np.ndarray:
    return np.swapaxes(batch_major, 0, 1)


WRONG_LOOPS: tuple[WrongLoop, ...] = (
    WrongLoop(
        "rnn.initial_state_ignored",
        "The initial state that was handed in is ignored; the loop starts from zeros",
        "At the very first step, which tensor plays the part of the previous state? Print it beside the "
        "argument.",
        lambda r: r.read(h_0=np.zeros_like(r.h_0)),
    ),
    WrongLoop(
        "rnn.state_never_advanced", "Every step is fed the initial state; the new state is never carried on",
        "If you shuffle the first inputs, should the last output change? Does yours?",
        _never_advanced,
    ),
    WrongLoop(
        "rnn.one_initial_state_for_all", "Every sample starts from the initial state of the first one",
        "How many sequences are read at once, and how many states were handed in?",
        lambda r: r.read(h_0=np.broadcast_to(r.h_0[:1], r.h_0.shape).copy()),
    ),
    WrongLoop(
        "rnn.state_runs_across_samples", "Each sample starts from the state in which the one before it ended",
        "If you put the samples of the batch in another order, should their outputs change? Do yours?",
        _across_samples,
    ),
    WrongLoop(
        "rnn.read_backwards", "The sequence is read from its end",
        "Change nothing but the last input. Which of the outputs should move, and which move in yours?",
        lambda r: r.read(x=r.x[:, ::-1]),
    ),
    WrongLoop(
        "rnn.first_step_skipped", "The first step is not read",
        "How many outputs do you have, and how many inputs? Does the first input change any of them?",
        lambda r: r.read(x=r.x[:, 1:]),
    ),
    WrongLoop(
        "rnn.last_step_skipped", "The last step is not read",
        "How many outputs do you have, and how many inputs? Does the last input change any of them?",
        lambda r: r.read(x=r.x[:, :-1]),
    ),
    WrongLoop(
        "rnn.outputs_one_late", "Each output is the state before its step",
        "Change only the input of step 0. Should output 0 move? Does yours?",
        _each_output(lambda trace: trace.h_prev),
    ),
    WrongLoop(
        "rnn.outputs_before_tanh", "The outputs are the sums before the tanh",
        "Can an output of yours leave the interval from -1 to 1? And the state beside it?",
        _each_output(lambda trace: trace.pre_activation),
    ),
    WrongLoop(
        "rnn.outputs_reversed", "The outputs stand in reverse order",
        "Change only the last input. How many outputs should move, and at which end?",
        _each_output(lambda trace: trace.hidden[:, ::-1]),
    ),
    WrongLoop(
        "rnn.initial_state_among_outputs", "The initial state is counted as an output",
        "Count: how many inputs came in, how many outputs go out? Which of your outputs has no input of "
        "its own?",
        _outputs(lambda trace: np.concatenate([trace.h0[:, np.newaxis], trace.hidden], axis=1)),
    ),
    WrongLoop(
        "rnn.outputs_time_major", "The outputs are joined along a new first axis: (time, batch, units)",
        "Your list has one entry per step. Which axis of the result should have that length?",
        _outputs(lambda trace: _time_major(trace.hidden)),
    ),
    WrongLoop(
        "rnn.reshape_used_as_transpose", "A reshape is used where two axes should be exchanged",
        "Fill a small array with digits that say sample and step. Where did sample 0, step 1 go?",
        _outputs(lambda trace: _time_major(trace.hidden).reshape(trace.hidden.shape)),
    ),
    WrongLoop(
        "rnn.outputs_side_by_side", "The outputs are joined along the units: (batch, time * units)",
        "How many axes does one output have, and how many should all of them together have?",
        _outputs(lambda trace: trace.hidden.reshape(len(trace.hidden), -1)),
    ),
    WrongLoop(
        "rnn.outputs_end_to_end", "The outputs are joined along the batch: (time * batch, units)",
        "How many axes does one output have, and how many should all of them together have?",
        _outputs(lambda trace: np.concatenate(list(_time_major(trace.hidden)))),
    ),
    WrongLoop(
        "rnn.state_is_initial", "The state that is returned is the initial one",
        "Which name does your loop give to the newest state, and which name do you return?",
        _state(lambda trace: trace.h0),
    ),
    WrongLoop(
        "rnn.state_of_first_step", "The state that is returned is that of the first step",
        "After which step should someone who wants to read on take over?",
        _state(lambda trace: trace.hidden[:, 0]),
    ),
    WrongLoop(
        "rnn.state_one_early", "The state that is returned is the one before the last step",
        "Change only the last input. Should the returned state move? Does yours?",
        _state(lambda trace: trace.h_prev[:, -1]),
    ),
    WrongLoop(
        "rnn.all_states_returned_as_state",
        "The states of all steps are returned where the final one is asked for",
        "How many tensors came back, and which of them should have a time axis?",
        _state(lambda trace: trace.hidden),
    ),
    WrongLoop(
        "rnn.outputs_and_state_exchanged", "State and outputs are returned in exchanged order",
        "Which of the two results has a time axis, and which place does it stand in?",
        _exchanged,
    ),
)  # fmt: skip
"""One-line changes of the loop around the step."""


@dataclass(frozen=True)
class _WrongSwitch:
    """A layer that does the right thing with the states and then returns the wrong one.

    line: the output from (all outputs, last output, whether the sequence was asked for).
    """

    id: str
    title: str
    hint: str
    line: Callable[[np.ndarray, np.ndarray, bool], np.ndarray]


_WRONG_SWITCHES: tuple[_WrongSwitch, ...] = (
    _WrongSwitch(
        "rnn.sequences_always", "Every step is returned, whatever return_sequences says",
        "Make the layer with and without return_sequences. Do the two outputs have the same number of axes?",
        lambda hidden, last, sequences: hidden,
    ),
    _WrongSwitch(
        "rnn.sequences_never", "Only the last step is returned, whatever return_sequences says",
        "Make the layer with and without return_sequences. Do the two outputs have the same number of axes?",
        lambda hidden, last, sequences: last,
    ),
    _WrongSwitch(
        "rnn.sequences_inverted", "return_sequences is taken the wrong way round",
        "Read your condition aloud with return_sequences=False. Which branch is taken?",
        lambda hidden, last, sequences: last if sequences else hidden,
    ),
    _WrongSwitch(
        "rnn.first_output_returned", "Without return_sequences the first output is returned",
        "Change only the last input. Should a summary of the whole sequence move? Does yours?",
        lambda hidden, last, sequences: hidden if sequences else hidden[:, 0],
    ),
    _WrongSwitch(
        "rnn.mean_output_returned", "Without return_sequences the mean of the outputs is returned",
        "Which single output has seen every input, and do you return that one?",
        lambda hidden, last, sequences: hidden if sequences else hidden.mean(axis=1),
    ),
    _WrongSwitch(
        "rnn.time_axis_of_one", "Without return_sequences the last output keeps a time axis of length 1",
        "How many axes does the last output have? What does an index do to an axis, and what does a slice "
        "do?",
        lambda hidden, last, sequences: hidden if sequences else hidden[:, -1:],
    ),
)  # fmt: skip

# --------------------------------------------------------------------------------------------------- mistakes


def step_mistakes() -> tuple[Mistake, ...]:
    """Every wrong step as a mistake of the function `rnn_step`."""

    def answer(wrong: WrongStep) -> Callable[[FunctionCase], Arrays]:
        return lambda case: {"h_t": wrong.line(*case.arguments.values())}

    return _named(WRONG_STEPS, answer)


def unroll_mistakes() -> tuple[Mistake, ...]:
    """Every wrong step and every wrong loop as a mistake of the function `rnn_unroll`."""

    def stepping(wrong: WrongStep) -> Callable[[FunctionCase], Arrays]:
        def answer(case: FunctionCase) -> Arrays:
            x, h_0, W, U, b = case.arguments.values()
            outputs, _, state = Reading(x, h_0, (W, U, b)).read(step=wrong.step)
            return {"outputs": outputs, "final_state": state}

        return answer

    def looping(wrong: WrongLoop) -> Callable[[FunctionCase], Arrays]:
        def answer(case: FunctionCase) -> Arrays:
            x, h_0, W, U, b = case.arguments.values()
            outputs, _, state = wrong.line(Reading(x, h_0, (W, U, b)))
            return {"outputs": outputs, "final_state": state}

        return answer

    return _named(WRONG_STEPS, stepping) + _named(WRONG_LOOPS, looping)


def cell_mistakes() -> tuple[Mistake, ...]:
    """Every wrong step as a mistake of the cell, and a right step that hands out the wrong things."""

    def stepping(wrong: WrongStep) -> Callable[[LayerCase], Arrays]:
        def answer(case: LayerCase) -> Arrays:
            h_t = wrong.line(case.inputs, _initial(case), *case.weights.values())
            return {"output": h_t, "state.0": h_t}

        return answer

    def handing(output: Callable[..., Any], state: Callable[..., Any]) -> Callable[[LayerCase], Arrays]:
        def answer(case: LayerCase) -> Arrays:
            step = eq.rnn_step(case.inputs, _initial(case), *case.weights.values())
            pieces = (step.pre_activation, step.hidden, _initial(case))
            return {"output": output(*pieces), "state.0": state(*pieces)}

        return answer

    return (
        *_named(WRONG_STEPS, stepping),
        Mistake(
            "rnn.cell_old_state_returned", "The new state that is returned is the old one",
            "Call your cell twice, the second time with the state it returned. Has the first input left "
            "any trace?",
            handing(lambda a, h, old: h, lambda a, h, old: old),
        ),
        Mistake(
            "rnn.cell_output_before_tanh", "The output is the sum before the tanh; the state is right",
            "In which range does your output lie, and in which your state? Should they differ in this cell?",
            handing(lambda a, h, old: a, lambda a, h, old: h),
        ),
        Mistake(
            "rnn.cell_state_before_tanh", "The state is the sum before the tanh; the output is right",
            "In which range does your state lie, and in which your output? Should they differ in this cell?",
            handing(lambda a, h, old: h, lambda a, h, old: a),
        ),
        Mistake(
            "rnn.cell_output_is_old_state", "The output is the state from before the step",
            "Change the input of this step. Should its output move? Does yours?",
            handing(lambda a, h, old: old, lambda a, h, old: h),
        ),
    )  # fmt: skip


def layer_mistakes() -> tuple[Mistake, ...]:
    """Every wrong step, every wrong loop and every wrong switch as a mistake of the layer."""

    def stepping(wrong: WrongStep) -> Callable[[LayerCase], Arrays]:
        def answer(case: LayerCase) -> Arrays:
            return _returned(case, *_reading(case).read(step=wrong.step))

        return answer

    def looping(wrong: WrongLoop) -> Callable[[LayerCase], Arrays]:
        return lambda case: _returned(case, *wrong.line(_reading(case)))

    def switching(wrong: _WrongSwitch) -> Callable[[LayerCase], Arrays]:
        def answer(case: LayerCase) -> Arrays:
            hidden, last, state = _reading(case).read()
            output = wrong.line(hidden, last, bool(case.config.get("return_sequences")))
            return _returned(case, output, output, state)

        return answer

    return _named(WRONG_STEPS, stepping) + _named(WRONG_LOOPS, looping) + _named(_WRONG_SWITCHES, switching)


def stacked_mistakes() -> tuple[Mistake, ...]:
    """Every wrong step made in every layer, and right layers put together wrongly."""

    def stepping(wrong: WrongStep) -> Callable[[LayerCase], Arrays]:
        def answer(case: LayerCase) -> Arrays:
            x = case.inputs
            for weights in _layers(case):
                x = eq.simple_rnn(x, *weights, step=wrong.step).hidden
            return {"output": x[:, -1]}

        return answer

    def reading(between: Callable[[np.ndarray], np.ndarray]) -> Callable[[LayerCase], Arrays]:
        """Something is done to the outputs of each layer before the next one reads them."""

        def answer(case: LayerCase) -> Arrays:
            first, *rest = _layers(case)
            x = eq.simple_rnn(case.inputs, *first).hidden
            for weights in rest:
                x = eq.simple_rnn(between(x), *weights).hidden
            return {"output": x[:, -1]}

        return answer

    def returning(choose: Callable[[list[np.ndarray]], np.ndarray]) -> Callable[[LayerCase], Arrays]:
        """Everything is computed rightly, and something else is returned."""

        def answer(case: LayerCase) -> Arrays:
            outputs = [case.inputs]
            for weights in _layers(case):
                outputs.append(eq.simple_rnn(outputs[-1], *weights).hidden)
            return {"output": choose(outputs[1:])}

        return answer

    return (
        *_named(WRONG_STEPS, stepping),
        Mistake(
            "rnn.stack_reads_last_output_only",
            "An upper layer reads nothing but the last output of the layer below",
            "Over how many steps does your second layer run? Over how many should it?",
            reading(lambda x: x[:, -1:]),
        ),
        Mistake(
            "rnn.stack_repeats_last_output",
            "An upper layer reads the last output of the layer below at every step",
            "Change only the last input. At which steps should the input of the second layer change? Does "
            "it in yours?",
            reading(lambda x: np.repeat(x[:, -1:], x.shape[1], axis=1)),
        ),
        Mistake(
            "rnn.stack_tanh_between", "The outputs go through another tanh between the layers",
            "Which function does a layer end with? What is done to its outputs before the next layer reads "
            "them?",
            reading(tanh),
        ),
        Mistake(
            "rnn.stack_outputs_one_late", "An upper layer reads the output of the step before",
            "At step t, which output of the lower layer is the newest that the upper layer may read? Does "
            "it?",
            reading(lambda x: np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1)),
        ),
        Mistake(
            "rnn.stack_reads_backwards", "An upper layer reads the outputs below from the end",
            "In which order do the outputs leave the first layer, and in which order does the second one "
            "read them?",
            reading(lambda x: x[:, ::-1]),
        ),
        Mistake(
            "rnn.stack_reshape_between", "Time and batch are mixed by a reshape between the layers",
            "Fill a small array with digits that say sample and step. Where is sample 0, step 1 when the "
            "second layer reads?",
            reading(lambda x: _time_major(x).reshape(x.shape)),
        ),
        Mistake(
            "rnn.stack_sequence_returned", "Every step of the last layer is returned",
            "How many axes should the summary of a sequence have? How many has yours?",
            returning(lambda outputs: outputs[-1]),
        ),
        Mistake(
            "rnn.stack_first_layer_returned", "The last output of the first layer is returned",
            "How wide is your result, and how wide is your last layer?",
            returning(lambda outputs: outputs[0][:, -1]),
        ),
        Mistake(
            "rnn.stack_all_layers_returned", "The last outputs of all layers are joined",
            "How wide is your result, and how wide is your last layer?",
            returning(lambda outputs: np.concatenate([output[:, -1] for output in outputs], axis=-1)),
        ),
        Mistake(
            "rnn.stack_first_output_returned", "The first output of the last layer is returned",
            "Change only the last input. Should the summary of the whole sequence move? Does yours?",
            returning(lambda outputs: outputs[-1][:, 0]),
        ),
        Mistake(
            "rnn.stack_mean_returned", "The mean of the last layer's outputs is returned",
            "Which single output of the last layer has seen every input, and do you return that one?",
            returning(lambda outputs: outputs[-1].mean(axis=1)),
        ),
    )  # fmt: skip


def _named(wrong: Iterable[Any], answer: Callable[[Any], Callable[[Any], Arrays]]) -> tuple[Mistake, ...]:
    return tuple(Mistake(one.id, one.title, one.hint, answer(one)) for one in wrong)


def _initial(case: LayerCase) -> np.ndarray:
    """The state that the case starts from, zeros where it hands in none."""
    bias = next(value for name, value in case.weights.items() if name.endswith("bias"))
    return case.states[0] if case.states else np.zeros((len(case.inputs), len(bias)), case.inputs.dtype)


def _reading(case: LayerCase) -> Reading:
    return Reading(case.inputs, _initial(case), _layers(case)[0])
