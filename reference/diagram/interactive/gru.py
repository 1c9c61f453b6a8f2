"""The GRU to play with: its words, and where its numbers are."""

from __future__ import annotations

from reference.diagram.gru_step import GRU_TITLE, draw_gru_step
from reference.diagram.interactive import example_gru
from reference.diagram.interactive.network import Block, Network, Preset, Row, State, Wire
from reference.traces import Array, GRUTrace
from reference.weights import GRU_GATES, join_gates, split_gates

PRESETS = {
    "keep": Preset(
        "Keep everything",
        "The update gate is open at every step: h stays what it was, and nothing is written. At first that is 0: go to "
        "step 1 and set h to 1.",
        {"update": 1},
    ),
    "rewrite": Preset(
        "Rewrite all", "The update gate is shut at every step: h is the candidate of this very step.", {"update": -1}
    ),
    "now": Preset(
        "Without a past",
        "Both gates are shut at every step: h is the tanh of what this very step brings.",
        {"update": -1, "reset": -1},
    ),
    "trained": Preset("As trained", "All is as the weights have it."),
}
QUESTIONS = (
    (
        "Which gate must open so that h lasts for 20 steps?",
        "The update gate. One gate is enough: z = 1 keeps h and shuts the candidate out. Press “Keep everything”, set "
        "h to 1 at an early step, and look at the later ones.",
    ),
    (
        "An LSTM has an input gate. Where is the one of the GRU?",
        "It is 1 − z, the valve on the way of the candidate: what is kept is not written, and what is written is not "
        "kept.",
    ),
    (
        "What does the reset gate change while z is 1?",
        "This step nothing at all: the candidate changes, but none of it gets through. Press “Keep everything” and "
        "move the bias of the reset gate.",
    ),
    (
        "The c of an LSTM can grow from step to step. Why can h of a GRU not?",
        "It lies between the old state and the candidate, a tanh. Both are between −1 and 1, so h stays there: a GRU "
        "cannot count without bound.",
    ),
)
EXAMPLE_QUESTIONS = (
    (
        "At which steps did this GRU learn to shut the update gate of unit 1?",
        "Where a bit is to be stored, and nowhere else: there z falls to nearly 0, and the bit of that step takes the "
        "place of the old one. See the row of the update gate.",
    ),
    (
        "Unit 2 says that a bit is waiting. What clears it where the bit is asked for?",
        "The reset gate: it shuts at that step, so the candidate hears nothing of the state and is 0. And the update "
        "gate of unit 2 is nearly shut all the time, so h is the candidate.",
    ),
)
EXPLANATIONS = {
    "x": "It adds, before σ and tanh: z {z}, r {r}, g {g}.",
    "h_prev": "What this unit says and all that it knows. It adds, before σ: z {z}, r {r}; and to what the candidate "
    "hears of the state {g}.",
    "update": "σ keeps a gate between 0, shut, and 1, open. How much of the old state stays? The rest is written anew.",
    "reset": "σ keeps a gate between 0, shut, and 1, open. How much of the old state does the candidate hear?",
    "from_state": "What the state says to the candidate. It has a bias of its own, b′, since the reset gate acts "
    "after the product (reset_after, what Keras does).",
    "let_through": "What of it gets through the reset gate.",
    "from_input": "What the input says to the candidate.",
    "candidate": "tanh keeps the candidate between −1 and 1. What could be the new state?",
    "kept": "What stays of the old state.",
    "rest": "One gate does both: what is not kept is written anew.",
    "written": "What is added of the candidate.",
    "hidden": "A mean of the old state and the candidate, weighted by z: it stays between −1 and 1. Through all later "
    "update gates, {share} of it is left at the last step.",
}


def _weights(trace: GRUTrace, kernel: Array, recurrent_kernel: Array, bias: Array) -> dict[str, Array]:
    """The gates only know the sum of their two biases."""
    of_input, of_state = (split_gates(row, GRU_GATES) for row in bias)
    both = {gate: of_input[gate] + (0 if gate == "candidate" else of_state[gate]) for gate in GRU_GATES}
    return {
        "kernel": kernel,
        "recurrent": recurrent_kernel,
        "bias": join_gates(both, GRU_GATES),
        "stateBias": of_state["candidate"],
    }


NETWORK = Network(
    name="GRU",
    trace=GRUTrace,
    maker="gru_trace",
    title="A GRU to play with",
    picture_title=GRU_TITLE,
    draw=draw_gru_step,
    weights=_weights,
    bias_axes="(2, 3 * units)",
    bias_rows=2,
    blocks={
        "update": Block("update gate", "z", "output"),
        "reset": Block("reset gate", "r", "forget"),
        "candidate": Block("candidate", "h", "candidate"),
    },
    states={"h": State("h0", "hidden", "hidden state", "cell", 1)},
    results=("h_prev", "update", "reset", "candidate", "hidden"),
    rows=(
        Row("update", "z", "update gate", "output", False),
        Row("reset", "r", "reset gate", "forget", False),
        Row("candidate", "g", "candidate", "candidate", True),
        Row("hidden", "h", "hidden state", "cell", True),
    ),
    rows_of_units=False,
    wires={
        "h_prev": Wire("hidden state", "h t−1", (0, 23)),
        "update": Wire("update gate", "z", (0, 22)),
        "reset": Wire("reset gate", "r", (0, -21)),
        "from_state": Wire("", "h U", (0, -21)),
        "let_through": Wire("", "r · h U", (0, 22)),
        "from_input": Wire("", "x W", (60, 0)),
        "candidate": Wire("candidate", "g", (60, -14)),
        "kept": Wire("", "z · h t−1", (20, 23)),
        "rest": Wire("", "1 − z", (0, 22)),
        "written": Wire("", "(1 − z) · g", (-62, 0)),
        "hidden_after": Wire("hidden state", "h", (0, 23)),
        "shown": Wire("output", "h", (-10, -20)),
    },
    told="hidden_after",
    presets=PRESETS,
    explanations=EXPLANATIONS,
    lasting="The last row: how much of this step’s h the later update gates leave.",
    questions=QUESTIONS,
    example_questions=EXAMPLE_QUESTIONS,
    task="Trained to store the bit where “store” is 1, and to say all the time which it was. Unit 2 says whether it "
    "still waits for “ask”.",
    least_reach=10,
    scale=False,
    example=example_gru.trace,
    inputs=example_gru.INPUTS,
)
