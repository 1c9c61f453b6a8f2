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
from autograder.exercises.kit.recipe import Lines, Recipe, Wrong
from autograder.language import Text, words
from reference import equations as eq
from reference.equations import sigmoid, tanh

GATES = ("i", "f", "c", "o")
NAMES = {"i": "input", "f": "forget", "c": "candidate", "o": "output"}
THE = {
    "i": words("the input gate"), "f": words("the forget gate"), "c": words("the candidate"),
    "o": words("the output gate"),
}  # fmt: skip
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


def _step(use: Lines, x_t: Any, h_prev: Any, c_prev: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> eq.LSTMStep:
    at = Step(x_t, h_prev, c_prev)
    blocks = use["weights"](use["blocks"](kernel, recurrent_kernel, bias))
    made = (use[f"activation.{gate}"](use[f"sum.{gate}"](at, *blocks[gate])) for gate in GATES)
    i, f, g, o = use["gates"](*made)
    c = use["memory"](at, i, f, g, o)  # (batch, units)
    return eq.LSTMStep(i, f, g, o, c, use["output"](at, i, f, g, o, c))


STEP = Recipe(_step, RIGHT, right=eq.lstm_step, whole="step")
"""Arguments and result as of `reference.equations.lstm_step`."""


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


def _bias_by_stride(kernel: Any, recurrent_kernel: Any, bias: Any) -> Blocks:
    blocks = _in_order("ifco")(kernel, recurrent_kernel, bias)
    return {gate: (W, U, bias[..., k::4]) for k, (gate, (W, U, _)) in enumerate(blocks.items())}


def _exchanged(one: str, other: str, place: int) -> Callable[[Blocks], Blocks]:
    """Two gates with one of their weights exchanged."""

    def weights(blocks: Blocks) -> Blocks:
        changed = {gate: list(block) for gate, block in blocks.items()}
        changed[one][place], changed[other][place] = changed[other][place], changed[one][place]
        return {gate: (block[0], block[1], block[2]) for gate, block in changed.items()}

    return weights


_WRITTEN: tuple[Wrong, ...] = (
    Wrong(
        "lstm.gate_block_order_ifoc",
        "The fused weights are split in the order i, f, o, c",
        "Keras stores four blocks in one kernel. Which gate does the third quarter belong to? A "
        "freshly built bias, where one block is all ones, helps to find out how the blocks are counted.",
        _split_as("ifoc"), "candidate",
    ),
    Wrong(
        "lstm.gate_block_order_icfo",
        "The fused weights are split in the order i, c, f, o",
        "Which quarter of a freshly built bias is not zero, and which gate is usually started open?",
        _split_as("icfo"), "forget",
    ),
    Wrong(
        "lstm.gate_block_order_fico",
        "The input gate and the forget gate are exchanged",
        "Say in words what each of the two gates is in charge of. Which tensor stands next to it in your "
        "update, and which block of the weights made it?",
        _split_as("fico"), "forget",
    ),
    Wrong(
        "lstm.gate_block_order_ofci",
        "The input gate and the output gate are exchanged",
        "Which block of the weights makes the gate that stands beside tanh(c_t)?",
        _split_as("ofci"), "output", usual=False,
    ),
    Wrong(
        "lstm.gate_block_order_iocf",
        "The forget gate and the output gate are exchanged",
        "If the output gate is shut, what should be left of the memory afterwards? And in yours?",
        _split_as("iocf"), "output", usual=False,
    ),
    Wrong(
        "lstm.candidate_sigmoid",
        "The candidate goes through a sigmoid",
        "Can your memory ever be told to count downwards? Which values can your candidate take?",
        {"activation.c": sigmoid}, "candidate", slips=_SLIPS["c"],
    ),
    Wrong(
        "lstm.candidate_linear",
        "The candidate has no activation",
        "What are the smallest and the largest value of your candidate over a batch? Which range should "
        "they lie in?",
        {"activation.c": lambda z: z}, "candidate", slips=("c",),
    ),
    Wrong(
        "lstm.all_gates_tanh",
        "The gates go through tanh",
        "A gate lets a share of something through. Can a share be negative?",
        _all_gates(tanh), "forget",
    ),
    Wrong(
        "lstm.forget_tanh",
        "The forget gate goes through tanh",
        "What are the smallest and the largest value of each of your gates over a batch? Which gate "
        "stands out?",
        {"activation.f": tanh}, "forget", slips=_SLIPS["f"],
    ),
    Wrong(
        "lstm.output_gate_tanh",
        "The output gate goes through tanh",
        "What are the smallest and the largest value of each of your gates over a batch? Which gate "
        "stands out?",
        {"activation.o": tanh}, "output", slips=_SLIPS["o"],
    ),
    Wrong(
        "lstm.gates_softmax",
        "The gates go through a softmax over the units",
        "Add up one gate over its units. Should opening the valve of one memory entry shut that of another?",
        _all_gates(softmax), "forget", usual=False,
    ),
    Wrong(
        "lstm.hard_sigmoid",
        "A piecewise linear sigmoid is used",
        "What is your gate at an input of 4? Can a true sigmoid ever be exactly 1?",
        _all_gates(hard_sigmoid), "forget",
    ),
    Wrong(
        "lstm.old_hard_sigmoid",
        "The piecewise linear sigmoid of old Keras versions is used",
        "What is your gate at an input of 4? Can a true sigmoid ever be exactly 1?",
        _all_gates(old_hard_sigmoid), "forget", usual=False,
    ),
    Wrong(
        "lstm.no_forget_gate",
        "The old memory is kept whole: the forget gate is not used",
        "If you delete the line that computes the forget gate, does anything change?",
        {"memory": lambda s, i, f, g, o: s.c_prev + i * g}, "forget",
    ),
    Wrong(
        "lstm.forget_inverted",
        "The forget gate is used as 1 - f",
        "Force the forget gate to 1. Should the memory be kept or cleared?",
        {"memory": lambda s, i, f, g, o: (1 - f) * s.c_prev + i * g}, "forget",
    ),
    Wrong(
        "lstm.no_input_gate",
        "The candidate arrives whole: the input gate is not used",
        "If the input gate is 0, how much of the candidate should arrive?",
        {"memory": lambda s, i, f, g, o: f * s.c_prev + g}, "input",
    ),
    Wrong(
        "lstm.input_gate_added",
        "Input gate and candidate are added instead of multiplied",
        "If the input gate is 0, how much of the candidate should arrive?",
        {"memory": lambda s, i, f, g, o: f * s.c_prev + (i + g)}, "input",
    ),
    Wrong(
        "lstm.input_gate_is_one_minus_forget",
        "The input gate is taken as 1 - f",
        "Do your input and forget gates always add up to 1? Who says that they should?",
        {"gates": lambda i, f, g, o: (1 - f, f, g, o)}, "input", usual=False,
    ),
    Wrong(
        "lstm.forget_gate_on_candidate",
        "The forget gate does the work of the input gate as well",
        "Name, in words, what each gate is in charge of. Which tensor stands next to it in your code?",
        {"memory": lambda s, i, f, g, o: f * s.c_prev + f * g}, "input",
    ),
    Wrong(
        "lstm.old_memory_missing",
        "The old memory does not enter the new one",
        "The cell state runs through every step. Where does your update read what was there before?",
        {"memory": lambda s, i, f, g, o: i * g}, "cell",
    ),
    Wrong(
        "lstm.hidden_in_place_of_memory",
        "The previous hidden state is used in place of the previous cell state",
        "Two things travel from step to step. Which of them is the memory that the forget gate works on?",
        {"memory": lambda s, i, f, g, o: f * s.h_prev + i * g}, "cell",
    ),
    Wrong(
        "lstm.update_subtracted",
        "The new content is subtracted from the memory",
        "What does an open input gate do to the memory when the candidate is positive?",
        {"memory": lambda s, i, f, g, o: f * s.c_prev - i * g}, "cell", usual=False,
    ),
    Wrong(
        "lstm.tanh_inside_the_memory",
        "tanh is put round the new cell state itself",
        "Set forget to 1 and input to 0. After a hundred steps, what should be left of the memory?",
        {"memory": lambda s, i, f, g, o: tanh(f * s.c_prev + i * g)}, "cell",
    ),
    Wrong(
        "lstm.no_tanh_on_output",
        "The hidden state is the output gate times the raw cell state",
        "After fifty steps the memory can be large. What keeps the output in range?",
        {"output": lambda s, i, f, g, o, c: o * c}, "output",
    ),
    Wrong(
        "lstm.sigmoid_on_output",
        "The memory goes out through a sigmoid instead of tanh",
        "Can your hidden state be negative?",
        {"output": lambda s, i, f, g, o, c: o * sigmoid(c)}, "output",
    ),
    Wrong(
        "lstm.output_from_old_memory",
        "The output reads the old cell state",
        "Which of the two memories, before or after the update, should the output gate let out?",
        {"output": lambda s, i, f, g, o, c: o * tanh(s.c_prev)}, "output",
    ),
    Wrong(
        "lstm.output_from_candidate",
        "The output reads the candidate instead of the cell state",
        "The output gate opens a door: to the note of this step, or to the whole warehouse?",
        {"output": lambda s, i, f, g, o, c: o * tanh(g)}, "output", usual=False,
    ),
    Wrong(
        "lstm.output_is_candidate",
        "The output gate lets out the candidate itself",
        "The output gate opens a door: to the note of this step, or to the whole warehouse?",
        {"output": lambda s, i, f, g, o, c: o * g}, "output", usual=False,
    ),
    Wrong(
        "lstm.no_output_gate",
        "The output gate is not used",
        "Force the output gate to 0. What should the hidden state be then?",
        {"output": lambda s, i, f, g, o, c: tanh(c)}, "output",
    ),
    Wrong(
        "lstm.no_bias",
        "The bias weights do not enter the gates",
        "Raise the bias weights a lot. Does your result change? In which line should they be read?",
        _weights(lambda W, U, b: (W, U, b * 0)),
    ),
    Wrong(
        "lstm.double_bias",
        "The bias is added twice",
        "How many bias vectors does the layer have, and how often does each enter a gate?",
        _weights(lambda W, U, b: (W, U, b + b)),
    ),
    Wrong(
        "lstm.no_recurrence",
        "The recurrent term is missing",
        "If you shuffle the earlier steps, should the gates of this step change? Do yours?",
        _weights(lambda W, U, b: (W, U * 0, b)),
    ),
    Wrong(
        "lstm.forget_bias_added_in_step",
        "1 is added to the forget gate's bias in every step",
        "Look at the initial bias of a fresh Keras LSTM. Is the 1 a number in a weight, or a term in the "
        "formula?",
        _weights(lambda W, U, b: (W, U, b + 1), "f"), "forget", usual=False,
    ),
    Wrong(
        "lstm.blocks_by_stride",
        "The fused weights are cut by stride instead of in blocks",
        "Force one block of the bias to +30: which units of which gate should open?",
        {"blocks": lambda W, U, b: {gate: (W[:, k::4], U[:, k::4], b[k::4]) for k, gate in enumerate(GATES)}},
        usual=False,
    ),
    Wrong(
        "lstm.copied_bias",
        "Several gates use the output gate's bias",
        "How many times does each of the four biases occur in your four gate lines?",
        {"weights": lambda blocks: {gate: (W, U, blocks["o"][2]) for gate, (W, U, _) in blocks.items()}}, usual=False,
    ),
    Wrong(
        "lstm.state_before_input",
        "The joined vector is [h, x] where the rows of the weights are those of [x, h]",
        "The first rows of the joined weights belong to the input. What stands first in your joined vector?",
        {"blocks": _state_before_input},
    ),
    Wrong(
        "lstm.bias_by_stride",
        "The bias is cut by every fourth entry, the kernels by blocks",
        "In the fused bias, where do the entries of the first gate stand: side by side, or four apart? And in yours?",
        {"blocks": _bias_by_stride}, usual=False,
    ),
    Wrong(
        "lstm.one_recurrent_kernel",
        "All gates use the recurrent kernel of the first block",
        "How many blocks has the recurrent kernel? Change the last one: which gate should notice?",
        {"weights": lambda blocks: {gate: (W, blocks["i"][1], b) for gate, (W, _, b) in blocks.items()}}, usual=False,
    ),
    Wrong(
        "lstm.one_kernel",
        "All gates use the kernel of the first block",
        "How many blocks has the kernel? Change the last one: which gate should notice?",
        {"weights": lambda blocks: {gate: (blocks["i"][0], U, b) for gate, (_, U, b) in blocks.items()}}, usual=False,
    ),
    Wrong(
        "lstm.all_gates_inverted",
        "All three gates are turned round: 1 minus the gate",
        "Raise a bias a lot. Should its gate open or shut? What do yours do?",
        {"gates": lambda i, f, g, o: (1 - i, 1 - f, g, 1 - o)}, usual=False,
    ),
    Wrong(
        "lstm.candidate_in_place_of_memory",
        "The forget gate is laid on the new candidate; the old memory is not used",
        "Set the forget gate to 1 and the input gate to 0. What should be left of the old memory? And in yours?",
        {"memory": lambda s, i, f, g, o: f * g + i * g}, usual=False,
    ),
    Wrong(
        "lstm.recurrent_kernel_transposed",
        "The recurrent kernel is transposed, block by block",
        "Row j of the recurrent kernel belongs to unit j of the previous state. Which of its two axes do you sum over?",
        _weights(lambda W, U, b: (W, U.T, b)),
    ),
    Wrong(
        "lstm.recurrent_kernel_diagonal",
        "The previous hidden state and the recurrent kernel are multiplied entry by entry",
        "Can unit 0 of the past influence unit 1 of a gate? Does it in yours?",
        {f"sum.{gate}": lambda s, W, U, b: s.x_t @ W + s.h_prev * np.diag(U) + b for gate in GATES}, usual=False,
    ),
    Wrong(
        "lstm.gates_look_at_memory",
        "The gates look at the previous cell state in place of the previous hidden state",
        "Two states arrive from the step before. Which of them may the gates see, and which one only flows past?",
        {f"sum.{gate}": lambda s, W, U, b: s.x_t @ W + s.c_prev @ U + b for gate in GATES}, "cell",
    ),
    Wrong(
        "lstm.activations_exchanged",
        "The gates go through tanh, and the candidate through a sigmoid",
        "Two kinds of things are made from the four sums: shares, and content. Which function suits which?",
        {**_all_gates(tanh), "activation.c": sigmoid}, "candidate", usual=False,
    ),
    Wrong(
        "lstm.candidate_relu",
        "The candidate goes through a ReLU",
        "How many entries of your candidate are exactly 0? What happened to the negative ones?",
        {"activation.c": lambda z: np.maximum(z, 0)}, "candidate", usual=False,
    ),
    Wrong(
        "lstm.no_activations_of_gates",
        "The gates have no activation",
        "A gate lets a share of something through. Which values can your gates take?",
        _all_gates(lambda z: z), "forget", usual=False,
    ),
    Wrong(
        "lstm.bias_subtracted",
        "The bias is subtracted",
        "Raise one bias a lot. Should its gate open or shut? What does yours do?",
        _weights(lambda W, U, b: (W, U, -b)), usual=False,
    ),
    Wrong(
        "lstm.no_input_term",
        "The input of the step is not used",
        "If another word arrives at this step, should the gates change? Do yours?",
        _weights(lambda W, U, b: (W * 0, U, b)), usual=False,
    ),
    Wrong(
        "lstm.input_gate_on_old_memory",
        "The input gate does the work of the forget gate as well",
        "Name, in words, what each gate is in charge of. Which tensor stands next to it in your update?",
        {"memory": lambda s, i, f, g, o: i * s.c_prev + i * g}, "forget",
    ),
    Wrong(
        "lstm.output_gate_added",
        "The output gate is added to tanh of the memory instead of multiplied",
        "Force the output gate to 0. What should the hidden state be then?",
        {"output": lambda s, i, f, g, o, c: o + tanh(c)}, "output", usual=False,
    ),
    Wrong(
        "lstm.tanh_round_the_product",
        "tanh is put round the product of output gate and memory",
        "Which of the two factors of the last line can be large? Where does its tanh belong?",
        {"output": lambda s, i, f, g, o, c: tanh(o * c)}, "output", usual=False,
    ),
    Wrong(
        "lstm.forget_gate_at_the_output",
        "The forget gate does the work of the output gate as well",
        "How often does each of your four gates occur after it was computed? Which one occurs twice?",
        {"output": lambda s, i, f, g, o, c: f * tanh(c)}, "output", usual=False,
    ),
    Wrong(
        "lstm.input_gate_at_the_output",
        "The input gate does the work of the output gate as well",
        "How often does each of your four gates occur after it was computed? Which one occurs twice?",
        {"output": lambda s, i, f, g, o, c: i * tanh(c)}, "output", usual=False,
    ),
    Wrong(
        "lstm.tanh_one_line_early",
        "The memory itself is squashed, and goes out without a tanh",
        "Two lines follow the gates. Which of them squashes, and is what it squashes also what is kept?",
        {"memory": lambda s, i, f, g, o: tanh(f * s.c_prev + i * g), "output": lambda s, i, f, g, o, c: o * c}, "cell",
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


def _copied(kind: str, places: tuple[int, ...], title: str, hint: str) -> Iterator[Wrong]:
    for one, other in itertools.permutations(GATES, 2):
        if kind == "weights" and (one, other) in _THE_OTHER_GATE:
            continue

        def weights(blocks: Blocks, one: str = one, other: str = other) -> Blocks:
            W, U, b = (blocks[other if k in places else one][k] for k in range(3))
            return {**blocks, one: (W, U, b)}

        yield Wrong(
            f"lstm.{NAMES[one]}_with_{kind}_of_{NAMES[other]}", words(title, One=_at_start(one), other=THE[other]),
            hint, {"weights": weights}, NAMES[one], usual=False,
            # The squashing function is copied too, and shows where it is the wrong one.
            slips=(f"{one} copied",) if "c" in (one, other) else (),
        )  # fmt: skip


def _missing(kind: str, place: int, title: str, hint: str) -> Iterator[Wrong]:
    for gate in GATES:

        def without(*block: np.ndarray) -> tuple[Any, ...]:
            return tuple(weight * 0 if k == place else weight for k, weight in enumerate(block))

        yield Wrong(
            f"lstm.{NAMES[gate]}_without_{kind}", words(title, One=_at_start(gate)), hint,
            _weights(without, gate), NAMES[gate], usual=False, slips=(gate,),
        )  # fmt: skip


def _of_any_gate() -> Iterator[Wrong]:
    for copied in _COPIED:
        yield from _copied(*copied)
    for missing in _MISSING:
        yield from _missing(*missing)
    for gate in GATES:
        yield Wrong(
            f"lstm.{NAMES[gate]}_looks_at_memory",
            words("{One} looks at the previous cell state in place of the previous hidden state", One=_at_start(gate)),
            "Two states arrive from the step before. Which of them may the gates see, and which one only flows past?",
            {f"sum.{gate}": lambda s, W, U, b: s.x_t @ W + s.c_prev @ U + b}, NAMES[gate], usual=False,
        )  # fmt: skip
        yield Wrong(
            f"lstm.{NAMES[gate]}_bias_subtracted",
            words("The bias of {one} is subtracted", one=THE[gate]),
            "Raise one bias a lot. Should its gate open or shut? What does yours do?",
            _weights(lambda W, U, b: (W, U, -b), gate), NAMES[gate], usual=False, slips=(gate,),
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
            yield Wrong(
                f"lstm.{NAMES[gate]}_{name}", words(title, One=_at_start(gate)), hint,
                {f"activation.{gate}": activation}, NAMES[gate], usual=name in ("inverted", "tanh"),
                slips={"tanh": _SLIPS[gate], "without_activation": (gate,)}.get(name, ()),
            )  # fmt: skip


def _orders() -> Iterator[Wrong]:
    """Every other order of the four blocks."""
    known = {"ifco", "ifoc", "icfo", "fico", "ofci", "iocf"}
    for order in map("".join, itertools.permutations(GATES)):
        if order not in known:
            yield Wrong(
                f"lstm.gate_block_order_{order}",
                words("The fused weights are split in the order {order}", order=", ".join(order)),
                "Keras stores four blocks in one kernel. Which gate does each quarter belong to? A freshly built bias, "
                "where one block is all ones, helps to find out how the blocks are counted.",
                _split_as(order), usual=False,
            )  # fmt: skip


def _two_exchanged() -> Iterator[Wrong]:
    for place, title in enumerate((
        "The kernels of {one} and {other} are exchanged",
        "The recurrent kernels of {one} and {other} are exchanged",
        "The biases of {one} and {other} are exchanged",
    )):  # fmt: skip
        for one, other in itertools.combinations(GATES, 2):
            kind = ("kernels", "recurrent_kernels", "biases")[place]
            yield Wrong(
                f"lstm.{kind}_of_{NAMES[one]}_and_{NAMES[other]}_exchanged",
                words(title, one=THE[one], other=THE[other]),
                "Write the four gate lines one below the other, and read each column of weights from top to bottom. "
                "Which two stand in each other's place?",
                {"weights": _exchanged(one, other, place)}, NAMES[one], usual=False,
            )  # fmt: skip


WRONG_STEPS: tuple[Wrong, ...] = (*_WRITTEN, *_of_any_gate(), *_orders(), *_two_exchanged())
