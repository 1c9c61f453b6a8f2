"""Every word of the page that is played with, beside those of the picture in it."""

from __future__ import annotations

from reference.diagram.words import HEADINGS, MASKED, STEP_TITLE

PRESETS = {
    "keep": ("Keep everything", "The forget gate is open and the input gate shut at every step: c stays what it was."),
    "forget": ("Forget at once", "The forget gate is shut at every step: c is only what this very step writes."),
    "write": ("Write now", "The input gate is open at every step: all of the candidate is added to c."),
    "silent": ("Say nothing", "The output gate is shut at every step: h is 0, while c goes on as before."),
    "trained": ("As trained", "All is as the weights have it."),
}
"""The buttons, and what is said when one is pressed."""

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
"""A sentence for each number in the picture, below its equation."""

HINT = "Numbers of this step: the arrow keys go from one to the next"
TITLE = "An LSTM to play with"
LEAD = "Move a slider: this step and all later ones follow."
STATIC = "Without JavaScript this page shows the first step only, as the weights have it."
PARTED = "{whose} and what the weights give part first at step {step}: {wires}."
MARKED = "The picture shows both, the other number behind a sign ≠."
PARTED_WIRE = "{symbol} is {theirs}, the weights give {ours}"
AGREES = "What you computed agrees with what the weights give, at every step."
COMPARE = "Press “As trained” to see the signs ≠ again: your numbers belong to the weights as they are."

EXPLORE_WORDS: tuple[str, ...] = (
    *(said for preset in PRESETS.values() for said in preset),
    *(said for question in QUESTIONS for said in question),
    *EXPLANATIONS.values(),
    TITLE,
    LEAD,
    STATIC,
    PARTED,
    PARTED_WIRE,
    MARKED,
    AGREES,
    COMPARE,
    "Your trace",
    "The trace that was given",
    "Step",
    "Step back",
    "Step forward",
    "Unit",
    "unit {unit}",
    HINT,
    "What this step reads",
    "Added to the biases, at every step",
    "input {input}",
    "Reset {what}",
    "only biases act (W and U are 0)",
    "All steps",
    "Bars: now. Lines: as trained. A click goes to a step.",
    "Predict, then try",
)
"""What `explore` says beside the words of `WORDS` that its picture draws; both can be replaced by ``labels``."""

IN_SCRIPT = (
    *(said for _, said in PRESETS.values()),
    *EXPLANATIONS.values(),
    *HEADINGS.values(),
    LEAD,
    "hidden state",
    "output",
    "step {step} of {steps}",
    STEP_TITLE,
    MASKED,
    PARTED,
    PARTED_WIRE,
    MARKED,
    AGREES,
    COMPARE,
    "Your trace",
    "The trace that was given",
    "unit {unit}",
    HINT,
)
"""Those that the script fills in."""
