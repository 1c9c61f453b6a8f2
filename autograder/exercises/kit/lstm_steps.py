"""One step of an LSTM in which any of its lines can be replaced, and the steps that learners write by mistake.

A line has a name; a mistake says which lines it replaces. Two that replace different lines can be made at once.

| Line | Is |
| --- | --- |
| `blocks` | the fused weights cut into (W, U, b) for each gate |
| `weights` | these blocks as the gates use them |
| `sum.<gate>` | x_t W + h_{t-1} U + b of one gate |
| `activation.<gate>` | what squashes it |
| `gates` | (i, f, g, o) as they are used from here on |
| `memory` | the new cell state |
| `output` | the new hidden state |

Gates in Keras's block order i, f, c, o (input, forget, candidate, output). One file, because
it is one catalogue: most of it is a list of mistakes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograder.exercises.kit.gates import hard_sigmoid, old_hard_sigmoid, softmax
from autograder.language import Said, Text, words
from autograder.model import Arrays, Mistake
from reference import equations as eq
from reference.equations import sigmoid, tanh

GATES = ("i", "f", "c", "o")
NAMES = {"i": "input", "f": "forget", "c": "candidate", "o": "output"}
THE = {
    "i": words("the input gate"), "f": words("the forget gate"), "c": words("the candidate"),
    "o": words("the output gate"),
}  # fmt: skip
Lines: TypeAlias = Mapping[str, Callable[..., Any]]
Blocks: TypeAlias = Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Step:
    """What a line can read: x_t (batch, features), h_prev and c_prev (batch, units)."""

    x_t: np.ndarray
    h_prev: np.ndarray
    c_prev: np.ndarray


def _in_order(order: str) -> Callable[..., Blocks]:
    def blocks(kernel: Any, recurrent_kernel: Any, bias: Any) -> Blocks:
        parts = (np.split(weight, 4, axis=-1) for weight in (kernel, recurrent_kernel, bias))
        return dict(zip(order, zip(*parts, strict=True), strict=True))

    return blocks


RIGHT: dict[str, Callable[..., Any]] = {
    "blocks": _in_order("ifco"),
    "weights": lambda blocks: blocks,
    **{f"sum.{gate}": lambda s, W, U, b: s.x_t @ W + s.h_prev @ U + b for gate in GATES},
    **{f"activation.{gate}": tanh if gate == "c" else sigmoid for gate in GATES},
    "gates": lambda i, f, g, o: (i, f, g, o),
    "memory": lambda s, i, f, g, o: f * s.c_prev + i * g,
    "output": lambda s, i, f, g, o, c: o * tanh(c),
}


def step_with(lines: Lines) -> Callable[..., eq.LSTMStep]:
    """A step with these lines replaced; arguments and result of `reference.equations.lstm_step`."""
    use = RIGHT | {name: line for name, line in lines.items() if name in RIGHT}

    def step(x_t: Any, h_prev: Any, c_prev: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> eq.LSTMStep:
        at = Step(x_t, h_prev, c_prev)
        blocks = use["weights"](use["blocks"](kernel, recurrent_kernel, bias))
        made = (use[f"activation.{gate}"](use[f"sum.{gate}"](at, *blocks[gate])) for gate in GATES)
        i, f, g, o = use["gates"](*made)
        c = use["memory"](at, i, f, g, o)  # (batch, units)
        return eq.LSTMStep(i, f, g, o, c, use["output"](at, i, f, g, o, c))

    return step


@dataclass(frozen=True)
class WrongStep:
    """A step with one line changed, or the same line of several gates."""

    id: str
    title: Said
    hint: str
    gate: str
    lines: Lines
    usual: bool = True
    """Whether it is common enough to be looked for together with another mistake."""
    slips: tuple[str, ...] = ()
    """What may make it and another mistake in one line of code; see `_SLIPS`."""


_SLIPS = {gate: (f"{gate} copied", gate) for gate in GATES}
"""The line of a gate is a copy of the candidate's, or the other way round; or it was written without care."""


def _split_as(order: str) -> Lines:
    return {"blocks": _in_order(order)}


def _all_gates(activation: Callable[[np.ndarray], np.ndarray]) -> Lines:
    return {f"activation.{gate}": activation for gate in "ifo"}


def _weights(change: Callable[..., tuple[Any, Any, Any]], gates: str = "ifco") -> Lines:
    return {"weights": lambda blocks: {g: change(*block) if g in gates else block for g, block in blocks.items()}}


def _state_before_input(kernel: Any, recurrent_kernel: Any, bias: Any) -> Blocks:
    """Rows of [x, h] weights that meet [h, x]."""
    rows = np.concatenate([kernel, recurrent_kernel])  # (features + units, 4*units)
    units = len(recurrent_kernel)
    return _in_order("ifco")(rows[units:], rows[:units], bias)


_WRITTEN: tuple[WrongStep, ...] = (
    WrongStep(
        "lstm.gate_block_order_ifoc",
        "The fused weights are split in the order i, f, o, c",
        "Keras stores four blocks in one kernel. Which gate does the third quarter belong to? A "
        "freshly built bias, where one block is all ones, helps to find out how the blocks are counted.",
        "candidate", _split_as("ifoc"),
    ),
    WrongStep(
        "lstm.gate_block_order_icfo",
        "The fused weights are split in the order i, c, f, o",
        "Which quarter of a freshly built bias is not zero, and which gate is usually started open?",
        "forget", _split_as("icfo"),
    ),
    WrongStep(
        "lstm.gate_block_order_fico",
        "The input gate and the forget gate are exchanged",
        "Say in words what each of the two gates is in charge of. Which tensor stands next to it in your "
        "update, and which block of the weights made it?",
        "forget", _split_as("fico"),
    ),
    WrongStep(
        "lstm.gate_block_order_ofci",
        "The input gate and the output gate are exchanged",
        "Which block of the weights makes the gate that stands beside tanh(c_t)?",
        "output", _split_as("ofci"), usual=False,
    ),
    WrongStep(
        "lstm.gate_block_order_iocf",
        "The forget gate and the output gate are exchanged",
        "If the output gate is shut, what should be left of the memory afterwards? And in yours?",
        "output", _split_as("iocf"), usual=False,
    ),
    WrongStep(
        "lstm.candidate_sigmoid",
        "The candidate goes through a sigmoid",
        "Can your memory ever be told to count downwards? Which values can your candidate take?",
        "candidate", {"activation.c": sigmoid}, slips=_SLIPS["c"],
    ),
    WrongStep(
        "lstm.candidate_linear",
        "The candidate has no activation",
        "What are the smallest and the largest value of your candidate over a batch? Which range should "
        "they lie in?",
        "candidate", {"activation.c": lambda z: z}, slips=("c",),
    ),
    WrongStep(
        "lstm.all_gates_tanh",
        "The gates go through tanh",
        "A gate lets a share of something through. Can a share be negative?",
        "forget", _all_gates(tanh),
    ),
    WrongStep(
        "lstm.forget_tanh",
        "The forget gate goes through tanh",
        "What are the smallest and the largest value of each of your gates over a batch? Which gate "
        "stands out?",
        "forget", {"activation.f": tanh}, slips=_SLIPS["f"],
    ),
    WrongStep(
        "lstm.output_gate_tanh",
        "The output gate goes through tanh",
        "What are the smallest and the largest value of each of your gates over a batch? Which gate "
        "stands out?",
        "output", {"activation.o": tanh}, slips=_SLIPS["o"],
    ),
    WrongStep(
        "lstm.gates_softmax",
        "The gates go through a softmax over the units",
        "Add up one gate over its units. Should opening the valve of one memory entry shut that of another?",
        "forget", _all_gates(softmax), usual=False,
    ),
    WrongStep(
        "lstm.hard_sigmoid",
        "A piecewise linear sigmoid is used",
        "What is your gate at an input of 4? Can a true sigmoid ever be exactly 1?",
        "forget", _all_gates(hard_sigmoid),
    ),
    WrongStep(
        "lstm.old_hard_sigmoid",
        "The piecewise linear sigmoid of old Keras versions is used",
        "What is your gate at an input of 4? Can a true sigmoid ever be exactly 1?",
        "forget",
        _all_gates(old_hard_sigmoid), usual=False,
    ),
    WrongStep(
        "lstm.no_forget_gate",
        "The old memory is kept whole: the forget gate is not used",
        "If you delete the line that computes the forget gate, does anything change?",
        "forget", {"memory": lambda s, i, f, g, o: s.c_prev + i * g},
    ),
    WrongStep(
        "lstm.forget_inverted",
        "The forget gate is used as 1 - f",
        "Force the forget gate to 1. Should the memory be kept or cleared?",
        "forget", {"memory": lambda s, i, f, g, o: (1 - f) * s.c_prev + i * g},
    ),
    WrongStep(
        "lstm.no_input_gate",
        "The candidate arrives whole: the input gate is not used",
        "If the input gate is 0, how much of the candidate should arrive?",
        "input", {"memory": lambda s, i, f, g, o: f * s.c_prev + g},
    ),
    WrongStep(
        "lstm.input_gate_added",
        "Input gate and candidate are added instead of multiplied",
        "If the input gate is 0, how much of the candidate should arrive?",
        "input", {"memory": lambda s, i, f, g, o: f * s.c_prev + (i + g)},
    ),
    WrongStep(
        "lstm.input_gate_is_one_minus_forget",
        "The input gate is taken as 1 - f",
        "Do your input and forget gates always add up to 1? Who says that they should?",
        "input", {"gates": lambda i, f, g, o: (1 - f, f, g, o)}, usual=False,
    ),
    WrongStep(
        "lstm.forget_gate_on_candidate",
        "The forget gate does the work of the input gate as well",
        "Name, in words, what each gate is in charge of. Which tensor stands next to it in your code?",
        "input", {"memory": lambda s, i, f, g, o: f * s.c_prev + f * g},
    ),
    WrongStep(
        "lstm.old_memory_missing",
        "The old memory does not enter the new one",
        "The cell state runs through every step. Where does your update read what was there before?",
        "cell", {"memory": lambda s, i, f, g, o: i * g},
    ),
    WrongStep(
        "lstm.hidden_in_place_of_memory",
        "The previous hidden state is used in place of the previous cell state",
        "Two things travel from step to step. Which of them is the memory that the forget gate works on?",
        "cell", {"memory": lambda s, i, f, g, o: f * s.h_prev + i * g},
    ),
    WrongStep(
        "lstm.update_subtracted",
        "The new content is subtracted from the memory",
        "What does an open input gate do to the memory when the candidate is positive?",
        "cell", {"memory": lambda s, i, f, g, o: f * s.c_prev - i * g}, usual=False,
    ),
    WrongStep(
        "lstm.tanh_inside_the_memory",
        "tanh is put round the new cell state itself",
        "Set forget to 1 and input to 0. After a hundred steps, what should be left of the memory?",
        "cell", {"memory": lambda s, i, f, g, o: tanh(f * s.c_prev + i * g)},
    ),
    WrongStep(
        "lstm.no_tanh_on_output",
        "The hidden state is the output gate times the raw cell state",
        "After fifty steps the memory can be large. What keeps the output in range?",
        "output", {"output": lambda s, i, f, g, o, c: o * c},
    ),
    WrongStep(
        "lstm.sigmoid_on_output",
        "The memory goes out through a sigmoid instead of tanh",
        "Can your hidden state be negative?",
        "output", {"output": lambda s, i, f, g, o, c: o * sigmoid(c)},
    ),
    WrongStep(
        "lstm.output_from_old_memory",
        "The output reads the old cell state",
        "Which of the two memories, before or after the update, should the output gate let out?",
        "output", {"output": lambda s, i, f, g, o, c: o * tanh(s.c_prev)},
    ),
    WrongStep(
        "lstm.output_from_candidate",
        "The output reads the candidate instead of the cell state",
        "The output gate opens a door: to the note of this step, or to the whole warehouse?",
        "output", {"output": lambda s, i, f, g, o, c: o * tanh(g)}, usual=False,
    ),
    WrongStep(
        "lstm.output_is_candidate",
        "The output gate lets out the candidate itself",
        "The output gate opens a door: to the note of this step, or to the whole warehouse?",
        "output", {"output": lambda s, i, f, g, o, c: o * g}, usual=False,
    ),
    WrongStep(
        "lstm.no_output_gate",
        "The output gate is not used",
        "Force the output gate to 0. What should the hidden state be then?",
        "output", {"output": lambda s, i, f, g, o, c: tanh(c)},
    ),
    WrongStep(
        "lstm.no_bias",
        "The bias weights do not enter the gates",
        "Raise the bias weights a lot. Does your result change? In which line should they be read?",
        "", _weights(lambda W, U, b: (W, U, b * 0)),
    ),
    WrongStep(
        "lstm.double_bias",
        "The bias is added twice",
        "How many bias vectors does the layer have, and how often does each enter a gate?",
        "", _weights(lambda W, U, b: (W, U, b + b)),
    ),
    WrongStep(
        "lstm.no_recurrence",
        "The recurrent term is missing",
        "If you shuffle the earlier steps, should the gates of this step change? Do yours?",
        "", _weights(lambda W, U, b: (W, U * 0, b)),
    ),
    WrongStep(
        "lstm.forget_bias_added_in_step",
        "1 is added to the forget gate's bias in every step",
        "Look at the initial bias of a fresh Keras LSTM. Is the 1 a number in a weight, or a term in the "
        "formula?",
        "forget",
        _weights(lambda W, U, b: (W, U, b + 1), "f"), usual=False,
    ),
    WrongStep(
        "lstm.blocks_by_stride",
        "The fused weights are cut by stride instead of in blocks",
        "Force one block of the bias to +30: which units of which gate should open?",
        "",
        {"blocks": lambda W, U, b: {gate: (W[:, k::4], U[:, k::4], b[k::4]) for k, gate in enumerate(GATES)}},
        usual=False,
    ),
    WrongStep(
        "lstm.copied_bias",
        "Several gates use the output gate's bias",
        "How many times does each of the four biases occur in your four gate lines?",
        "",
        {"weights": lambda blocks: {gate: (W, U, blocks["o"][2]) for gate, (W, U, _) in blocks.items()}}, usual=False,
    ),
    WrongStep(
        "lstm.state_before_input",
        "The joined vector is [h, x] where the rows of the weights are those of [x, h]",
        "The first rows of the joined weights belong to the input. What stands first in your joined vector?",
        "", {"blocks": _state_before_input},
    ),
    WrongStep(
        "lstm.recurrent_kernel_transposed",
        "The recurrent kernel is transposed, block by block",
        "Row j of the recurrent kernel belongs to unit j of the previous state. Which of its two axes do you sum over?",
        "", _weights(lambda W, U, b: (W, U.T, b)),
    ),
    WrongStep(
        "lstm.recurrent_kernel_diagonal",
        "The previous hidden state and the recurrent kernel are multiplied entry by entry",
        "Can unit 0 of the past influence unit 1 of a gate? Does it in yours?",
        "", {f"sum.{gate}": lambda s, W, U, b: s.x_t @ W + s.h_prev * np.diag(U) + b for gate in GATES}, usual=False,
    ),
    WrongStep(
        "lstm.gates_look_at_memory",
        "The gates look at the previous cell state in place of the previous hidden state",
        "Two states arrive from the step before. Which of them may the gates see, and which one only flows past?",
        "cell", {f"sum.{gate}": lambda s, W, U, b: s.x_t @ W + s.c_prev @ U + b for gate in GATES},
    ),
    WrongStep(
        "lstm.activations_exchanged",
        "The gates go through tanh, and the candidate through a sigmoid",
        "Two kinds of things are made from the four sums: shares, and content. Which function suits which?",
        "candidate", {**_all_gates(tanh), "activation.c": sigmoid}, usual=False,
    ),
    WrongStep(
        "lstm.candidate_relu",
        "The candidate goes through a ReLU",
        "How many entries of your candidate are exactly 0? What happened to the negative ones?",
        "candidate", {"activation.c": lambda z: np.maximum(z, 0)}, usual=False,
    ),
    WrongStep(
        "lstm.no_activations_of_gates",
        "The gates have no activation",
        "A gate lets a share of something through. Which values can your gates take?",
        "forget", _all_gates(lambda z: z), usual=False,
    ),
    WrongStep(
        "lstm.bias_subtracted",
        "The bias is subtracted",
        "Raise one bias a lot. Should its gate open or shut? What does yours do?",
        "", _weights(lambda W, U, b: (W, U, -b)), usual=False,
    ),
    WrongStep(
        "lstm.no_input_term",
        "The input of the step is not used",
        "If another word arrives at this step, should the gates change? Do yours?",
        "", _weights(lambda W, U, b: (W * 0, U, b)), usual=False,
    ),
    WrongStep(
        "lstm.input_gate_on_old_memory",
        "The input gate does the work of the forget gate as well",
        "Name, in words, what each gate is in charge of. Which tensor stands next to it in your update?",
        "forget", {"memory": lambda s, i, f, g, o: i * s.c_prev + i * g},
    ),
    WrongStep(
        "lstm.output_gate_added",
        "The output gate is added to tanh of the memory instead of multiplied",
        "Force the output gate to 0. What should the hidden state be then?",
        "output", {"output": lambda s, i, f, g, o, c: o + tanh(c)}, usual=False,
    ),
    WrongStep(
        "lstm.tanh_round_the_product",
        "tanh is put round the product of output gate and memory",
        "Which of the two factors of the last line can be large? Where does its tanh belong?",
        "output", {"output": lambda s, i, f, g, o, c: tanh(o * c)}, usual=False,
    ),
    WrongStep(
        "lstm.forget_gate_at_the_output",
        "The forget gate does the work of the output gate as well",
        "How often does each of your four gates occur after it was computed? Which one occurs twice?",
        "output", {"output": lambda s, i, f, g, o, c: f * tanh(c)}, usual=False,
    ),
    WrongStep(
        "lstm.input_gate_at_the_output",
        "The input gate does the work of the output gate as well",
        "How often does each of your four gates occur after it was computed? Which one occurs twice?",
        "output", {"output": lambda s, i, f, g, o, c: i * tanh(c)}, usual=False,
    ),
    WrongStep(
        "lstm.tanh_one_line_early",
        "The memory itself is squashed, and goes out without a tanh",
        "Two lines follow the gates. Which of them squashes, and is what it squashes also what is kept?",
        "cell", {"memory": lambda s, i, f, g, o: tanh(f * s.c_prev + i * g), "output": lambda s, i, f, g, o, c: o * c},
        usual=False,
    ),
)  # fmt: skip
"""One-line changes of a step, named for what was done. The field evidence for them is in courses' forums and
issue trackers; see docs/adding-an-exercise.md."""
_COPIED = (
    (
        "bias", (2,), "{One} uses the bias of {other}",
        "Read your gate lines one below the other. Which names of a bias occur in them, and how often each?",
    ),
    (
        "kernel", (0,), "{One} uses the kernel of {other}",
        "Read your gate lines one below the other. Which name stands beside the input in each of them?",
    ),
    (
        "recurrent_kernel", (1,), "{One} uses the recurrent kernel of {other}",
        "Read your gate lines one below the other. Which name stands beside the previous hidden state in each?",
    ),
    (
        "weights", (0, 1, 2), "{One} is made with all the weights of {other}",
        "Four gates need four blocks of weights. How many different blocks do your four gate lines use?",
    ),
    (
        "kernels", (0, 1), "{One} uses both kernels of {other}, and its own bias",
        "Was one gate line copied from another? Which names in it still end in the letter of the other one?",
    ),
    (
        "kernel_and_bias", (0, 2), "{One} uses the kernel and the bias of {other}",
        "Was one gate line copied from another? Which names in it still end in the letter of the other one?",
    ),
    (
        "recurrent_kernel_and_bias", (1, 2), "{One} uses the recurrent kernel and the bias of {other}",
        "Was one gate line copied from another? Which names in it still end in the letter of the other one?",
    ),
)  # fmt: skip

_MISSING = (
    (
        "bias", 2, "{One} has no bias",
        "Point at each symbol of the gate equation in turn, once for every gate. In which line is one left over?",
    ),
    (
        "recurrence", 1, "{One} does not look at the previous hidden state",
        "Should each of the four gates change when the past changes? Try it: which of yours does not?",
    ),
    (
        "input", 0, "{One} does not look at the input of the step",
        "Should each of the four gates change when another input arrives? Try it: which of yours does not?",
    ),
)  # fmt: skip


def _at_start(gate: str) -> Text:
    """The gate as the first words of a sentence."""
    return {
        "i": words("The input gate"), "f": words("The forget gate"), "c": words("The candidate"),
        "o": words("The output gate"),
    }[gate]  # fmt: skip


_THE_OTHER_GATE = {("i", "f"), ("f", "i"), ("o", "f"), ("o", "i")}
"""Gates that are the other gate when they have its weights: written out above as one gate that does both works."""


def _copied(kind: str, places: tuple[int, ...], title: str, hint: str) -> Iterator[WrongStep]:
    for one, other in itertools.permutations(GATES, 2):
        if kind == "weights" and (one, other) in _THE_OTHER_GATE:
            continue

        def weights(blocks: Blocks, one: str = one, other: str = other) -> Blocks:
            W, U, b = (blocks[other if k in places else one][k] for k in range(3))
            return {**blocks, one: (W, U, b)}

        yield WrongStep(
            f"lstm.{NAMES[one]}_with_{kind}_of_{NAMES[other]}", words(title, One=_at_start(one), other=THE[other]),
            hint, NAMES[one], {"weights": weights}, usual=False,
            # The squashing function is copied too, and shows where it is the wrong one.
            slips=(f"{one} copied",) if "c" in (one, other) else (),
        )  # fmt: skip


def _missing(kind: str, place: int, title: str, hint: str) -> Iterator[WrongStep]:
    for gate in GATES:

        def without(*block: np.ndarray) -> tuple[Any, ...]:
            return tuple(weight * 0 if k == place else weight for k, weight in enumerate(block))

        yield WrongStep(
            f"lstm.{NAMES[gate]}_without_{kind}", words(title, One=_at_start(gate)), hint, NAMES[gate],
            _weights(without, gate), usual=False, slips=(gate,),
        )  # fmt: skip


def _of_any_gate() -> Iterator[WrongStep]:
    for copied in _COPIED:
        yield from _copied(*copied)
    for missing in _MISSING:
        yield from _missing(*missing)
    for gate in GATES:
        yield WrongStep(
            f"lstm.{NAMES[gate]}_looks_at_memory",
            words("{One} looks at the previous cell state in place of the previous hidden state", One=_at_start(gate)),
            "Two states arrive from the step before. Which of them may the gates see, and which one only flows past?",
            NAMES[gate], {f"sum.{gate}": lambda s, W, U, b: s.x_t @ W + s.c_prev @ U + b}, usual=False,
        )  # fmt: skip
        yield WrongStep(
            f"lstm.{NAMES[gate]}_bias_subtracted",
            words("The bias of {one} is subtracted", one=THE[gate]),
            "Raise one bias a lot. Should its gate open or shut? What does yours do?",
            NAMES[gate], _weights(lambda W, U, b: (W, U, -b), gate), usual=False, slips=(gate,),
        )  # fmt: skip
    for gate in "ifo":
        for name, activation, title, hint in (
            (
                "without_activation", lambda z: z, "{One} has no activation",
                "A gate lets a share of something through. Which values can each of your gates take?",
            ),
            (
                "relu", lambda z: np.maximum(z, 0), "{One} goes through a ReLU",
                "A gate lets a share of something through. Can a share be larger than 1?",
            ),
            (
                "inverted", lambda z: 1 - sigmoid(z), "{One} is turned round: 1 minus the gate",
                "Raise one bias a lot. Should its gate open or shut? What does yours do?",
            ),
            (
                "tanh", tanh, "{One} goes through tanh",
                "What are the smallest and the largest value of each of your gates over a batch? Which gate stands "
                "out?",
            ),
        ):  # fmt: skip
            if (gate, name) in (("f", "inverted"), ("f", "tanh"), ("o", "tanh")):
                continue  # written out above
            yield WrongStep(
                f"lstm.{NAMES[gate]}_{name}", words(title, One=_at_start(gate)), hint, NAMES[gate],
                {f"activation.{gate}": activation}, usual=name in ("inverted", "tanh"),
                slips={"tanh": _SLIPS[gate], "without_activation": (gate,)}.get(name, ()),
            )  # fmt: skip


def _orders() -> Iterator[WrongStep]:
    """Every other order of the four blocks."""
    known = {"ifco", "ifoc", "icfo", "fico", "ofci", "iocf"}
    for order in map("".join, itertools.permutations(GATES)):
        if order not in known:
            yield WrongStep(
                f"lstm.gate_block_order_{order}",
                words("The fused weights are split in the order {order}", order=", ".join(order)),
                "Keras stores four blocks in one kernel. Which gate does each quarter belong to? A freshly built bias, "
                "where one block is all ones, helps to find out how the blocks are counted.",
                "", _split_as(order), usual=False,
            )  # fmt: skip


WRONG_STEPS: tuple[WrongStep, ...] = (*_WRITTEN, *_of_any_gate(), *_orders())


def step_mistakes(answer: Callable[[Any, Callable[..., eq.LSTMStep]], Arrays]) -> tuple[Mistake, ...]:
    """Every wrong step as a mistake of an exercise that is made of steps.

    answer: the parts of a case when every step is made by the given function.
    """

    def mistake(wrong: WrongStep) -> Mistake:
        step = step_with(wrong.lines)
        return Mistake(
            wrong.id, wrong.title, wrong.hint, lambda case: answer(case, step), wrong.gate,
            lines=wrong.lines if wrong.usual or wrong.slips else {}, usual=wrong.usual, slips=wrong.slips,
        )  # fmt: skip

    return tuple(mistake(wrong) for wrong in WRONG_STEPS)


def made_of(
    answer: Callable[[Any, Callable[..., eq.LSTMStep]], Arrays],
) -> Callable[[Any, Mapping[str, Any]], Arrays | None]:
    """What an exercise answers when several lines are replaced: those of a step, and `layer`, what surrounds it."""

    def answered(case: Any, lines: Mapping[str, Any]) -> Arrays | None:
        around = lines.get("layer", answer)
        made: Arrays | None = around(case, step_with(lines))
        return made

    return answered
