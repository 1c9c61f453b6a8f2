"""The simple recurrent network to play with: its words, and where its numbers are."""

from __future__ import annotations

from typing import Any

from reference.diagram.interactive import example_rnn
from reference.diagram.interactive.network import Block, Network, Preset, Row, State, Wire
from reference.diagram.rnn_step import RNN_TITLE, UNITS, draw_rnn_step
from reference.traces import Array, RNNTrace

PRESETS = {
    "now": Preset("Without a past", "U is 0: h is only what this very step brings.", {}, 0),
    "half": Preset("Half of U", "U is halved: what lasted fades now.", {}, 0.5),
    "trained": Preset("As trained", "All is as the weights have it."),
}
QUESTIONS = (
    (
        "How much of h is left if U is 0?",
        "Only tanh(x W + b): a network that reads each step for the first time. Press “Without a past”.",
    ),
    (
        "Why does h never leave −1 to 1, however large x is?",
        "The tanh. Push x to its end: the sum before tanh grows, h hardly does.",
    ),
)
EXAMPLE_QUESTIONS = (
    (
        "Which of the two units still knows the last movement after five steps of waiting?",
        "Unit 1: it settles near 0.80. Its own weight in U is 1.40, so that tanh(1.40 h) is h again, for h = 0.80. "
        "Unit 2 has 0.64: it loses a third or more at every step of waiting.",
    ),
    (
        "Unit 1 learned to say the last movement, however long ago. What becomes of it if U is halved?",
        "It forgets: after six steps of waiting 0.077 is left of 0.98, see step 7. Its own weight is 0.70 then; below "
        "1 every step of waiting makes h smaller, and only 0 stays what it is. Press “Half of U”, and look at the row "
        "of unit 1.",
    ),
    (
        "Two sequences hold the same movements in another order. Where can you see the order?",
        "In h. Exchange two movements with the slider of x: the sum of the inputs stays, the last h does not.",
    ),
)
EXPLANATIONS = {
    "x": "It adds {a} to the sum, before tanh.",
    "state": "What unit {unit} said last. It adds {a} to the sum, before tanh.",
    "from_input": "What this step brings, for this unit.",
    "from_state": "What all steps before have left, for this unit: the number of each unit times its weight.",
    "bias": "The same at every step.",
    "total": "All that is known, before tanh. It can be as large as it likes.",
    "hidden": "tanh keeps it between −1 and 1. Of a small change made to it here, this unit has a share of {share} "
    "left at the last step.",
    "hidden_after": "The state: all that the next step knows of the past.",
    "shown": "The output: a copy of the state leaves at every step.",
}


def _weights(trace: Any, kernel: Array, recurrent_kernel: Array, bias: Array) -> dict[str, Array]:
    return {"kernel": kernel, "recurrent": recurrent_kernel, "bias": bias}


NETWORK = Network(
    name="RNN",
    trace=RNNTrace,
    maker="rnn_trace",
    title="A recurrent network to play with",
    picture_title=RNN_TITLE,
    draw=draw_rnn_step,
    weights=_weights,
    bias_axes="(units,)",
    bias_rows=0,
    blocks={"hidden": Block("bias", "", "output")},
    states={"h": State("h0", "hidden", "hidden state", "cell", 1)},
    results=("h_prev", "hidden"),
    rows=(Row("hidden", "h", "unit {unit}", "cell", True),),
    rows_of_units=True,
    wires={
        **{f"state{k}": Wire("hidden state", f"h t−1, {k + 1}", None) for k in range(UNITS)},
        "from_input": Wire("from the input", "x W", (0, 22)),
        "from_state": Wire("from the state", "h U", (0, 22)),
        "bias": Wire("bias", "b", (0, -22)),
        "total": Wire("", "x W + h U + b", (0, 22)),
        "hidden": Wire("hidden state", "h", (0, 22)),
        "hidden_after": Wire("hidden state", "h", (0, 22)),
        "shown": Wire("output", "h", (0, 22)),
    },
    told="hidden",
    presets=PRESETS,
    explanations=EXPLANATIONS,
    lasting="The last row: how much of a small change of this step’s h is left in this unit at later steps.",
    questions=QUESTIONS,
    example_questions=EXAMPLE_QUESTIONS,
    task="It reads the movements of a lift: up 1, down −1, waiting 0. Unit 1 was trained to say which was the last "
    "one, however long ago; unit 2, to let it fade.",
    least_reach=3,
    scale=True,
    example=example_rnn.trace,
    inputs=example_rnn.INPUTS,
)
