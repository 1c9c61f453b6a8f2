"""The LSTM to play with: its words, and where its numbers are."""

from __future__ import annotations

from typing import Any

from reference.diagram.canvas import Picture
from reference.diagram.interactive import example
from reference.diagram.interactive.network import Block, Network, Preset, Row, State, Wire
from reference.diagram.step import draw_step, step_of
from reference.diagram.words import STEP_TITLE, Words
from reference.traces import Array, LSTMTrace

PRESETS = {
    "keep": Preset(
        "Keep everything",
        "The forget gate is open and the input gate shut at every step: c stays what it was. At first that is 0: go to "
        "step 1 and set c to 2.",
        {"forget": 1, "input": -1},
    ),
    "forget": Preset(
        "Forget always", "The forget gate is shut at every step: c is only what this very step writes.", {"forget": -1}
    ),
    "write": Preset(
        "Write always", "The input gate is open at every step: all of the candidate is added to c.", {"input": 1}
    ),
    "silent": Preset(
        "Say nothing", "The output gate is shut at every step: h is 0, while c goes on as before.", {"output": -1}
    ),
    "trained": Preset("As trained", "All is as the weights have it."),
}
QUESTIONS = (
    (
        "What must the forget gate and the input gate do so that c lasts for 20 steps?",
        "The forget gate must be open, or c is lost; the input gate must be shut, or something is added. Press “Keep "
        "everything”, go to step 1, and set c to 2: it is 2 at all later steps. Then bring the bias of one gate back; "
        "press “Keep everything” again, and bring the other one back.",
    ),
    (
        "What becomes of h when the output gate shuts?",
        "It is 0, and c at that step does not notice: what c holds can be said later. Only later gates, which read h, "
        "may differ.",
    ),
    (
        "h never leaves −1 to 1. Why can c?",
        "h is a tanh times a gate. c is a sum: with both valves open, every step adds up to 1 to it. Press “Keep "
        "everything”, then open the input gate too, and push the candidate up.",
    ),
    (
        "Where does x act?",
        "In the four boxes only. Press a number of x in the picture: it says what x adds in each box.",
    ),
    (
        "What does a forget bias of 3 do at the start of training?",
        "Press “Keep everything”, let only the biases act, go to step 1, and set c to 2. Then move the slider of the "
        "forget gate until b reads 3, or nearly: the gate is σ(3) = 0.95, and at step 20 more than a third of c is "
        "left, about 0.75. Where b reads 0, half is lost at every step. Only what lasts can be learned from.",
    ),
)
EXAMPLE_QUESTIONS = (
    (
        "“Keep everything”, c set to 2 at step 1: which bias, brought back, adds to the c of unit 1, and which takes "
        "away?",
        "With the one of the input gate the bit 1 is added at step 2, and c is 2.96; at step 5 the bit −1 is added, "
        "and the two cancel: 2.04. With the one of the forget gate c is 0.20 at step 2 and 0.019 at step 5: where a "
        "bit is to be stored, this LSTM learned to clear the old one.",
    ),
)
EXPLANATIONS = {
    "x": "It acts in the four boxes and nowhere else. There it adds, before σ and tanh: f {f}, i {i}, g {g}, o {o}.",
    "h_prev": "What this unit said last. It adds, before σ and tanh: f {f}, i {i}, g {g}, o {o}.",
    "c_prev": "The cell state after the step before. Nothing but the forget gate acts on it.",
    "forget": "σ keeps a gate between 0, shut, and 1, open. How much of the old cell state stays?",
    "input": "σ keeps a gate between 0, shut, and 1, open. How much of the candidate is written?",
    "candidate": "tanh keeps the candidate between −1 and 1. What could be written?",
    "output": "σ keeps a gate between 0, shut, and 1, open. How much of the cell state is shown?",
    "kept": "What stays of the old cell state.",
    "written": "What is added to the cell state.",
    "cell": "A sum. Nothing squashes it, so it can grow from step to step. Through all later forget gates, {share} of "
    "it is left at the last step.",
    "squashed": "tanh keeps it between −1 and 1, however large c is.",
    "hidden": "What the unit says: to the next step, and as the output.",
}


def _draw(trace: LSTMTrace, batch_item: int, unit: int, words: Words) -> Picture:
    return draw_step(step_of(trace, batch_item, unit, 0), None, words, named=True)


def _weights(trace: Any, kernel: Array, recurrent_kernel: Array, bias: Array) -> dict[str, Array]:
    return {"kernel": kernel, "recurrent": recurrent_kernel, "bias": bias}


NETWORK = Network(
    name="LSTM",
    trace=LSTMTrace,
    maker="lstm_trace",
    title="An LSTM to play with",
    picture_title=STEP_TITLE,
    draw=_draw,
    weights=_weights,
    bias_axes="(4 * units,)",
    bias_rows=0,
    blocks={
        "forget": Block("forget gate", "f", "forget"),
        "input": Block("input gate", "i", "input"),
        "candidate": Block("candidate", "c", "candidate"),
        "output": Block("output gate", "o", "output"),
    },
    states={
        "h": State("h0", "hidden", "hidden state", "bus", 1),
        "c": State("c0", "cell", "cell state", "cell", 3),
    },
    results=("h_prev", "c_prev", "forget", "input", "candidate", "output", "cell", "hidden"),
    rows=(
        Row("forget", "f", "forget gate", "forget", False),
        Row("input", "i", "input gate", "input", False),
        Row("candidate", "g", "candidate", "candidate", True),
        Row("output", "o", "output gate", "output", False),
        Row("cell", "c", "cell state", "cell", True, None),
        Row("hidden", "h", "hidden state", "bus", True),
    ),
    rows_of_units=False,
    wires={
        "h_prev": Wire("hidden state", "h t−1", (0, 22)),
        "c_prev": Wire("cell state", "c t−1", (0, 23)),
        "forget": Wire("forget gate", "f", (0, 22)),
        "input": Wire("input gate", "i", (0, 21)),
        "candidate": Wire("candidate", "g", (0, 21)),
        "output": Wire("output gate", "o", (0, -21)),
        "kept": Wire("", "f · c t−1", (20, 23)),
        "written": Wire("", "i · g", (60, 0)),
        "cell": Wire("cell state", "c", (0, 23)),
        "cell_after": Wire("cell state", "c", (0, 23)),
        "squashed": Wire("", "tanh c", (62, 0)),
        "hidden": Wire("hidden state", "h", (0, 22)),
        "hidden_after": Wire("hidden state", "h", (0, 22)),
        "shown": Wire("output", "h", (0, -20)),
    },
    told="cell",
    presets=PRESETS,
    explanations=EXPLANATIONS,
    lasting="The last row: how much of this step’s c the later forget gates leave.",
    questions=QUESTIONS,
    example_questions=EXAMPLE_QUESTIONS,
    task="Trained to store the bit where “store” is 1, and to say it where “ask” is 1. Unit 2 says whether a bit "
    "is waiting.",
    least_reach=10,
    scale=False,
    example=example.trace,
    inputs=example.INPUTS,
)
