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
        "The forget gate is open and the input gate shut at every step: c stays what it was.",
        {"forget": 1, "input": -1},
    ),
    "forget": Preset(
        "Forget at once", "The forget gate is shut at every step: c is only what this very step writes.", {"forget": -1}
    ),
    "write": Preset(
        "Write now", "The input gate is open at every step: all of the candidate is added to c.", {"input": 1}
    ),
    "silent": Preset(
        "Say nothing", "The output gate is shut at every step: h is 0, while c goes on as before.", {"output": -1}
    ),
    "trained": Preset("As trained", "All is as the weights have it."),
}
QUESTIONS = (
    (
        "Which gate must shut so that c lasts for 20 steps?",
        "The input gate; and the forget gate must stay open. Press “Keep everything”, set c to 2 at an early step, and "
        "look at the later ones. Then move one of the two biases back.",
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
        "Let only the biases act, go to step 1, set c to 2, and bring the bias of the forget gate to 3: it is σ(3) = "
        "0.95, and after 20 steps a third of c is left. With 0 half is lost at every step. Only what lasts can be "
        "learned from.",
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
    questions=QUESTIONS,
    example_questions=(),
    least_reach=10,
    scale=False,
    example=example.trace,
    inputs=example.INPUTS,
)
