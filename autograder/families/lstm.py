"""What the LSTM exercises share: layer cases, truth, layouts of the weights, and wrong steps.

Gates in Keras's block order i, f, c, o (input, forget, candidate, output).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograder.families import draw
from autograder.families.gates import hard_sigmoid, old_hard_sigmoid, softmax
from autograder.families.recurrent import sequence_returns, with_cotangents
from autograder.model import Arrays, LayerCase, Layout, Mistake
from reference import equations as eq
from reference.equations import sigmoid, tanh

GATES = ("i", "f", "c", "o")
Fused: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
"""kernel, recurrent kernel and bias of one layer."""

WEIGHT_AXES = {"kernel": "features 4*units", "recurrent_kernel": "units 4*units", "bias": "4*units"}

# ---------------------------------------------------------------------------------------------------- layouts


def _per_gate(weights: Arrays) -> Arrays:
    return {
        f"{name}_{gate}": block
        for name, value in weights.items()
        for gate, block in zip(GATES, np.split(value, 4, axis=-1), strict=True)
    }


def _per_gate_letters(weights: Arrays) -> Arrays:
    letter = {"kernel": "W", "recurrent_kernel": "U", "bias": "b"}
    named = _per_gate(weights)
    return {f"{letter[name.rpartition('_')[0]]}_{name[-1]}": value for name, value in named.items()}


def _joined(weights: Arrays) -> Arrays:
    joined = np.concatenate([weights["kernel"], weights["recurrent_kernel"]], axis=0)
    return {"joined_kernel": joined, "bias": weights["bias"]}


LAYOUTS = (
    Layout("per gate", _per_gate),
    Layout("per gate, letters", _per_gate_letters),
    Layout("joined kernel, rows of x before rows of h", _joined),
)

# ------------------------------------------------------------------------------------------------------ cases


def cell_case(case_id: str, rng: np.random.Generator, *, gradients: bool = False, **changes: Any) -> LayerCase:
    """One step of an LSTM cell from random states."""
    size = draw.distinct_sizes(rng, ("batch", "features", "units"), 2, 6)
    batch, units = size["batch"], size["units"]
    case = LayerCase(
        id=case_id,
        config={"units": units},
        weights=_weights(rng, size),
        inputs=draw.inputs(rng, batch, size["features"]),
        axes={"inputs": "batch features", "state.0": "batch units", "state.1": "batch units"} | WEIGHT_AXES,
        returns={"output": "batch units", "state.0": "batch units", "state.1": "batch units"},
        states=(draw.state(rng, batch, units), draw.inputs(rng, batch, units)),
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
    short: bool = False,
    **changes: Any,
) -> LayerCase:
    """A sequence of 3 to 6 steps through an LSTM layer, of 3 where `short`."""
    size = sequence_sizes(rng, ("batch", "features", "units"), short=short)
    batch, units = size["batch"], size["units"]
    config = {"units": units} | (config or {})
    case = LayerCase(
        id=case_id,
        config=config,
        weights=_weights(rng, size),
        inputs=draw.inputs(rng, batch, size["time"], size["features"]),
        axes={"inputs": "batch time features"} | {"state.0": "batch units", "state.1": "batch units"} | WEIGHT_AXES,
        returns=sequence_returns(config, ("state_h", "state_c")),
        states=(draw.state(rng, batch, units), draw.inputs(rng, batch, units)) if states else None,
    )
    if gradients:
        case = with_cotangents(case, rng, size)
    return dataclasses.replace(case, **changes)


def sequence_sizes(rng: np.random.Generator, names: tuple[str, ...], *, short: bool) -> dict[str, int]:
    """Pairwise distinct sizes of these axes and of `time`, which is 3 where `short`: fewer cannot show every
    mistake, and each step costs time."""
    if short:
        return draw.distinct_sizes(rng, names, 4, 5 + len(names)) | {"time": 3}
    return draw.distinct_sizes(rng, ("time", *names), 3, 4 + len(names))


def fused(case: LayerCase) -> list[Fused]:
    """The weights of a case, layer by layer."""
    arrays = list(case.weights.values())
    return [(arrays[k], arrays[k + 1], arrays[k + 2]) for k in range(0, len(arrays), 3)]


def _weights(rng: np.random.Generator, size: dict[str, int]) -> dict[str, np.ndarray]:
    features, units = size["features"], size["units"]
    return {
        "kernel": draw.weight(rng, features, 4 * units),
        "recurrent_kernel": draw.weight(rng, units, 4 * units),
        "bias": draw.bias(rng, 4 * units),
    }


# ------------------------------------------------------------------------------------------------------ truth


def truth(case: LayerCase) -> Arrays:
    """All parts of a cell or layer case, gradients too where the case has cotangents."""
    return run(case, eq.lstm_step)


def run(case: LayerCase, step: Callable[..., eq.LSTMStep], *, gradients: bool = True) -> Arrays:
    """The parts of a cell or layer case when every step is made by `step`."""
    cell = case.protocol == "cell"
    x = case.inputs[:, np.newaxis] if cell else case.inputs  # (batch, time, features)
    h0, c0 = case.states or (None, None)
    (weights,) = fused(case)
    trace = eq.lstm(
        x, *weights, h0=h0, c0=c0, mask=case.mask, step=step,
        go_backwards=bool(case.config.get("go_backwards")),
    )  # fmt: skip
    parts = collect(case, trace.hidden, trace.last_hidden, trace.last_cell)
    if case.cotangents is not None and gradients:
        upstream = dict(case.cotangents)
        names = list(case.returns)
        output = upstream[names[0]]
        d_hidden = output[:, np.newaxis] if cell else output if case.config.get("return_sequences") else None
        d_last_hidden = None if cell or case.config.get("return_sequences") else output
        d_last_cell = None
        if len(names) == 3:
            extra = upstream[names[1]]
            d_last_hidden = extra if d_last_hidden is None else d_last_hidden + extra
            d_last_cell = upstream[names[2]]
        grads = eq.lstm_backward(trace, d_hidden, d_last_hidden, d_last_cell)
        parts["grad.inputs"] = grads.x[:, 0] if cell else grads.x
        if case.states is not None:
            parts |= {"grad.state.0": grads.h0, "grad.state.1": grads.c0}
        by_name = {"kernel": grads.kernel, "recurrent_kernel": grads.recurrent_kernel, "bias": grads.bias}
        parts |= {f"grad.{name}": by_name[name] for name in case.weights}
    return parts


def collect(case: LayerCase, hidden: np.ndarray, last_hidden: np.ndarray, last_cell: np.ndarray) -> dict[str, Any]:
    """What the case returns, by name, from a whole run."""
    sequences = case.config.get("return_sequences") and case.protocol == "layer"
    values = (hidden if sequences else last_hidden, last_hidden, last_cell)
    return dict(zip(case.returns, values, strict=False))


# ------------------------------------------------------------------------------------------------ wrong steps


@dataclass(frozen=True)
class WrongStep:
    """A step with one line changed. `line` gives (i, f, g, o, c, h) from what a right step has at hand."""

    id: str
    title: str
    hint: str
    gate: str
    line: Callable[[Step], tuple[np.ndarray, ...]]

    def step(self, x_t: Any, h_prev: Any, c_prev: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> eq.LSTMStep:
        """The wrong step, with the arguments and result of `reference.equations.lstm_step`."""
        return eq.LSTMStep(*self.line(Step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias)))


@dataclass(frozen=True)
class Step:
    """The pieces of one step, from which a wrong line is put together."""

    x_t: np.ndarray
    h_prev: np.ndarray
    c_prev: np.ndarray
    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray

    def z(self, *, recurrent: bool = True, bias: float = 1.0) -> list[np.ndarray]:
        """The four pre-activations in Keras's order i, f, c, o."""
        z = self.x_t @ self.kernel + self.bias * self.bias.dtype.type(bias)  # (batch, 4*units)
        if recurrent:
            z = z + self.h_prev @ self.recurrent_kernel
        return np.split(z, 4, axis=-1)

    def finish(self, i: Any, f: Any, g: Any, o: Any, *, c: Any = None, h: Any = None) -> tuple[np.ndarray, ...]:
        """Complete a step from its gates, with the right update wherever none is given."""
        c = f * self.c_prev + i * g if c is None else c
        return i, f, g, o, c, o * tanh(c) if h is None else h


def _activated(z: list[np.ndarray], i: Any = sigmoid, f: Any = sigmoid, g: Any = tanh, o: Any = sigmoid) -> list[Any]:
    return [activation(part) for activation, part in zip((i, f, g, o), z, strict=True)]


def _order(blocks: str) -> Callable[[Step], tuple[np.ndarray, ...]]:
    def line(step: Step) -> tuple[np.ndarray, ...]:
        by_letter = dict(zip(blocks, step.z(), strict=True))
        return step.finish(*_activated([by_letter[gate] for gate in "ifco"]))

    return line


def _gates(change: Callable[..., tuple[Any, Any, Any, Any]]) -> Callable[[Step], tuple[np.ndarray, ...]]:
    return lambda step: step.finish(*change(*_activated(step.z())))


def _cell(change: Callable[..., Any]) -> Callable[[Step], tuple[np.ndarray, ...]]:
    def line(step: Step) -> tuple[np.ndarray, ...]:
        i, f, g, o = _activated(step.z())
        return step.finish(i, f, g, o, c=change(step, i, f, g, o))

    return line


def _hidden(change: Callable[..., Any]) -> Callable[[Step], tuple[np.ndarray, ...]]:
    def line(step: Step) -> tuple[np.ndarray, ...]:
        i, f, g, o = _activated(step.z())
        c = f * step.c_prev + i * g
        return step.finish(i, f, g, o, c=c, h=change(step, i, f, g, o, c))

    return line


WRONG_STEPS: tuple[WrongStep, ...] = (
    WrongStep(
        "lstm.gate_block_order_ifoc",
        "The fused weights are split in the order i, f, o, c",
        "Keras stores four blocks in one kernel. Which gate does the third quarter belong to? A "
        "freshly built bias, where one block is all ones, helps to find out how the blocks are counted.",
        "candidate", _order("ifoc"),
    ),
    WrongStep(
        "lstm.gate_block_order_icfo",
        "The fused weights are split in the order i, c, f, o",
        "Which quarter of a freshly built bias is not zero, and which gate is usually started open?",
        "forget", _order("icfo"),
    ),
    WrongStep(
        "lstm.gate_block_order_fico",
        "The input gate and the forget gate are exchanged",
        "Say in words what each of the two gates is in charge of. Which tensor stands next to it in your "
        "update, and which block of the weights made it?",
        "forget", _order("fico"),
    ),
    WrongStep(
        "lstm.gate_block_order_ofci",
        "The input gate and the output gate are exchanged",
        "Which block of the weights makes the gate that stands beside tanh(c_t)?",
        "output", _order("ofci"),
    ),
    WrongStep(
        "lstm.gate_block_order_iocf",
        "The forget gate and the output gate are exchanged",
        "If the output gate is shut, what should be left of the memory afterwards? And in yours?",
        "output", _order("iocf"),
    ),
    WrongStep(
        "lstm.candidate_sigmoid",
        "The candidate goes through a sigmoid",
        "Can your memory ever be told to count downwards? Which values can your candidate take?",
        "candidate", lambda s: s.finish(*_activated(s.z(), g=sigmoid)),
    ),
    WrongStep(
        "lstm.candidate_linear",
        "The candidate has no activation",
        "What are the smallest and the largest value of your candidate over a batch? Which range should "
        "they lie in?",
        "candidate", lambda s: s.finish(*_activated(s.z(), g=lambda z: z)),
    ),
    WrongStep(
        "lstm.all_gates_tanh",
        "The gates go through tanh",
        "A gate lets a share of something through. Can a share be negative?",
        "forget", lambda s: s.finish(*_activated(s.z(), tanh, tanh, tanh, tanh)),
    ),
    WrongStep(
        "lstm.forget_tanh",
        "The forget gate goes through tanh",
        "What are the smallest and the largest value of each of your gates over a batch? Which gate "
        "stands out?",
        "forget", lambda s: s.finish(*_activated(s.z(), f=tanh)),
    ),
    WrongStep(
        "lstm.output_gate_tanh",
        "The output gate goes through tanh",
        "What are the smallest and the largest value of each of your gates over a batch? Which gate "
        "stands out?",
        "output", lambda s: s.finish(*_activated(s.z(), o=tanh)),
    ),
    WrongStep(
        "lstm.gates_softmax",
        "The gates go through a softmax over the units",
        "Add up one gate over its units. Should opening the valve of one memory entry shut that of another?",
        "forget", lambda s: s.finish(*_activated(s.z(), softmax, softmax, tanh, softmax)),
    ),
    WrongStep(
        "lstm.hard_sigmoid",
        "A piecewise linear sigmoid is used",
        "What is your gate at an input of 4? Can a true sigmoid ever be exactly 1?",
        "forget", lambda s: s.finish(*_activated(s.z(), hard_sigmoid, hard_sigmoid, tanh, hard_sigmoid)),
    ),
    WrongStep(
        "lstm.old_hard_sigmoid",
        "The piecewise linear sigmoid of old Keras versions is used",
        "What is your gate at an input of 4? Can a true sigmoid ever be exactly 1?",
        "forget",
        lambda s: s.finish(*_activated(s.z(), old_hard_sigmoid, old_hard_sigmoid, tanh, old_hard_sigmoid)),
    ),
    WrongStep(
        "lstm.no_forget_gate",
        "The old memory is kept whole: the forget gate is not used",
        "If you delete the line that computes the forget gate, does anything change?",
        "forget", _cell(lambda s, i, f, g, o: s.c_prev + i * g),
    ),
    WrongStep(
        "lstm.forget_inverted",
        "The forget gate is used as 1 - f",
        "Force the forget gate to 1. Should the memory be kept or cleared?",
        "forget", _cell(lambda s, i, f, g, o: (1 - f) * s.c_prev + i * g),
    ),
    WrongStep(
        "lstm.no_input_gate",
        "The candidate arrives whole: the input gate is not used",
        "If the input gate is 0, how much of the candidate should arrive?",
        "input", _cell(lambda s, i, f, g, o: f * s.c_prev + g),
    ),
    WrongStep(
        "lstm.input_gate_added",
        "Input gate and candidate are added instead of multiplied",
        "If the input gate is 0, how much of the candidate should arrive?",
        "input", _cell(lambda s, i, f, g, o: f * s.c_prev + (i + g)),
    ),
    WrongStep(
        "lstm.input_gate_is_one_minus_forget",
        "The input gate is taken as 1 - f",
        "Do your input and forget gates always add up to 1? Who says that they should?",
        "input", _gates(lambda i, f, g, o: (1 - f, f, g, o)),
    ),
    WrongStep(
        "lstm.forget_gate_on_candidate",
        "The forget gate multiplies the candidate as well",
        "Name, in words, what each gate is in charge of. Which tensor stands next to it in your code?",
        "input", _cell(lambda s, i, f, g, o: f * s.c_prev + f * g),
    ),
    WrongStep(
        "lstm.old_memory_missing",
        "The old memory does not enter the new one",
        "The cell state runs through every step. Where does your update read what was there before?",
        "cell", _cell(lambda s, i, f, g, o: i * g),
    ),
    WrongStep(
        "lstm.hidden_in_place_of_memory",
        "The previous hidden state is used in place of the previous cell state",
        "Two things travel from step to step. Which of them is the memory that the forget gate works on?",
        "cell", _cell(lambda s, i, f, g, o: f * s.h_prev + i * g),
    ),
    WrongStep(
        "lstm.update_subtracted",
        "The new content is subtracted from the memory",
        "What does an open input gate do to the memory when the candidate is positive?",
        "cell", _cell(lambda s, i, f, g, o: f * s.c_prev - i * g),
    ),
    WrongStep(
        "lstm.tanh_inside_the_memory",
        "tanh is put round the new cell state itself",
        "Set forget to 1 and input to 0. After a hundred steps, what should be left of the memory?",
        "cell", _cell(lambda s, i, f, g, o: tanh(f * s.c_prev + i * g)),
    ),
    WrongStep(
        "lstm.no_tanh_on_output",
        "The hidden state is the output gate times the raw cell state",
        "After fifty steps the memory can be large. What keeps the output in range?",
        "output", _hidden(lambda s, i, f, g, o, c: o * c),
    ),
    WrongStep(
        "lstm.sigmoid_on_output",
        "The memory goes out through a sigmoid instead of tanh",
        "Can your hidden state be negative?",
        "output", _hidden(lambda s, i, f, g, o, c: o * sigmoid(c)),
    ),
    WrongStep(
        "lstm.output_from_old_memory",
        "The output reads the old cell state",
        "Which of the two memories, before or after the update, should the output gate let out?",
        "output", _hidden(lambda s, i, f, g, o, c: o * tanh(s.c_prev)),
    ),
    WrongStep(
        "lstm.output_from_candidate",
        "The output reads the candidate instead of the cell state",
        "The output gate opens a door: to the note of this step, or to the whole warehouse?",
        "output", _hidden(lambda s, i, f, g, o, c: o * tanh(g)),
    ),
    WrongStep(
        "lstm.no_output_gate",
        "The output gate is not used",
        "Force the output gate to 0. What should the hidden state be then?",
        "output", _hidden(lambda s, i, f, g, o, c: tanh(c)),
    ),
    WrongStep(
        "lstm.no_bias",
        "The bias is missing",
        "Point at each symbol of the gate equation in turn. Which of them does not occur in your line?",
        "", lambda s: s.finish(*_activated(s.z(bias=0.0))),
    ),
    WrongStep(
        "lstm.double_bias",
        "The bias is added twice",
        "How many bias vectors does the layer have, and how often does each enter a gate?",
        "", lambda s: s.finish(*_activated(s.z(bias=2.0))),
    ),
    WrongStep(
        "lstm.no_recurrence",
        "The recurrent term is missing",
        "If you shuffle the earlier steps, should the gates of this step change? Do yours?",
        "", lambda s: s.finish(*_activated(s.z(recurrent=False))),
    ),
    WrongStep(
        "lstm.forget_bias_added_in_step",
        "1 is added to the forget gate's bias in every step",
        "Look at the initial bias of a fresh Keras LSTM. Is the 1 a number in a weight, or a term in the "
        "formula?",
        "forget",
        lambda s: (lambda z: s.finish(*_activated([z[0], z[1] + 1, z[2], z[3]])))(s.z()),
    ),
    WrongStep(
        "lstm.blocks_by_stride",
        "The fused weights are cut by stride instead of in blocks",
        "Force one block of the bias to +30: which units of which gate should open?",
        "",
        lambda s: (
            lambda z: s.finish(*_activated([z[:, k::4] for k in range(4)]))
        )(np.concatenate(s.z(), axis=-1)),
    ),
    WrongStep(
        "lstm.copied_bias",
        "Several gates use the output gate's bias",
        "How many times does each of the four biases occur in your four gate lines?",
        "",
        lambda s: dataclasses.replace(s, bias=np.tile(np.split(s.bias, 4)[3], 4)).finish(
            *_activated(dataclasses.replace(s, bias=np.tile(np.split(s.bias, 4)[3], 4)).z())
        ),
    ),
)  # fmt: skip
"""One-line changes of a step, named for what was done. The field evidence for them is in courses' forums and
issue trackers; see docs/adding-an-exercise.md."""


def step_mistakes(
    answer: Callable[[Any, Callable[..., eq.LSTMStep]], Arrays] | None = None,
) -> tuple[Mistake, ...]:
    """Every wrong step as a mistake of an exercise that is made of steps.

    answer: the parts of a case when every step is made by the given function; by default those of a cell or
        layer.
    """
    make = answer or (lambda case, step: run(case, step, gradients=False))

    def mistake(wrong: WrongStep) -> Mistake:
        return Mistake(wrong.id, wrong.title, wrong.hint, lambda case: make(case, wrong.step), wrong.gate)

    return tuple(mistake(wrong) for wrong in WRONG_STEPS)
