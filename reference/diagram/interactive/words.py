"""The words that the pages to play with have in common; `Network.words` has those of one network."""

from __future__ import annotations

from reference.diagram.words import MASKED

HINT = "Numbers of this step: the arrow keys go from one to the next"
LEAD = "Move a slider: what this step reads acts on this step and all later ones, all else on every step."
GATES_FOLLOW = "A gate also follows x and h. Tick “only biases act” to hold it where its slider is."
LEFT = "left of {letter}"
FILM = (
    "Bars: now. Lines: as trained. A click goes to a step. A row reaches to 1, or as far as is written beside its name."
)
STATIC = "Without JavaScript this page shows the first step only, as the weights have it."
PARTED = "{whose} and what the weights give part first at step {step}: {wires}."
MARKED = "The picture shows both, the other number behind a sign ≠."
PARTED_WIRE = "{symbol} is {theirs}, the weights give {ours}"
AGREES = "What you computed agrees with what the weights give, at every step."
COMPARE = "Press “As trained” to see the signs ≠ again: your numbers belong to the weights as they are."

SEQUENCE_WORDS: tuple[str, ...] = (
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
    "The recurrent weights",
    "U times",
    "input {input}",
    "Reset {what}",
    "only biases act (W and U are 0)",
    GATES_FOLLOW,
    "All steps",
    LEFT,
    FILM,
    "Predict, then try",
)
"""Of every page about a sequence, beside those of its network."""

SEQUENCE_IN_SCRIPT = (
    LEAD,
    "step {step} of {steps}",
    "step {step}",
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
    LEFT,
)
"""Those that the script fills in."""
