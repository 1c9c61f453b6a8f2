"""Every word that the pictures draw, and how a caller or the reader's language replaces it.

English needs no file; every other language is one, `languages/<code>.json`, from each word to its translation. It also
has what the plots of the notebooks say, which stands in the notebooks, and the first lines of docstrings.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

GATES = ("forget", "input", "candidate", "cell", "output")
"""The parts of an LSTM step that can be highlighted, in the order in which they are explained."""

HEADINGS = {
    "forget": "forget gate",
    "input": "input gate",
    "candidate": "candidate",
    "cell": "cell state",
    "output": "output gate",
}
SENTENCES = {
    "forget": "How much of the old cell state stays?",
    "input": "How much of the candidate is written?",
    "candidate": "What could be written?",
    "cell": "Keep some of the old, add some of the new.",
    "output": "How much of the cell state is shown?",
}
EXPLANATIONS = {
    "forget": "The valve on the belt is open to {f}: of the old cell state {c_prev}, {fc} stays.",
    "input": "The valve below the addition is open to {i}: so much of the candidate gets through.",
    "candidate": "{g} could be written; the valve above lets {ig} of it through.",
    "cell": "What stays and what is let in are added: the new cell state is {c}.",
    "output": "The last valve is open to {o}: of the cell state, {h} is shown, as the hidden state and as the output.",
}

SCHEMATIC_TITLE = "One step of an LSTM"
SCHEMATIC_TEXT = (
    "The cell state runs along the top from left to right. The forget gate multiplies it; the input gate times the "
    "candidate is added to it. The output gate times tanh of the cell state is the hidden state, which leaves to the "
    "right and, as the output, to the top."
)
STEP_TITLE = "One step of an LSTM: step {step} of {steps}"
STEP_TEXT = (
    "The forget gate is {f}: of the cell state {c_prev}, {fc} stays. The input gate is {i}: of the candidate {g}, {ig} "
    "is added. The cell state becomes {c}. The output gate is {o}: the hidden state becomes {h}."
)
MASKED = "This step is masked: it changes no state."
HIGHLIGHTED = "Highlighted: {part}."
CHAIN_TITLE = "A recurrent network, step by step"
CHAIN_TEXT = (
    "The same cell at each of {steps} steps. Inputs enter from below. The state runs from left to right, from each "
    "step to the next. At every step a copy of the result leaves upwards as the output."
)
CHAIN_STATES = "Unit {unit}: initial state {first}, outputs {outputs}, final state {last}."
CELL_LEGEND = "cell: the same weights at every step"
OUTPUT_LEGEND = "output: leaves at every step; return_sequences keeps all of them"
STATE_LEGEND = "state: goes to the next step; return_state gives the last one"

WORDS: tuple[str, ...] = (
    *HEADINGS.values(),
    *SENTENCES.values(),
    *EXPLANATIONS.values(),
    "hidden state",
    "how far a valve opens",
    "filled: shut",
    "output",
    "outputs",
    "input",
    "inputs",
    "state",
    "initial state",
    "final state",
    "masked",
    "{count} more",
    "step {step} of {steps}",
    "batch item {item}, unit {unit}",
    "step",
    "Choose a step",
    "Values at each step",
    "The LSTM in five steps",
    SCHEMATIC_TITLE,
    SCHEMATIC_TEXT,
    STEP_TITLE,
    STEP_TEXT,
    MASKED,
    HIGHLIGHTED,
    CHAIN_TITLE,
    CHAIN_TEXT,
    CHAIN_STATES,
    CELL_LEGEND,
    OUTPUT_LEGEND,
    STATE_LEGEND,
)
"""All English words and sentences that pictures draw. What stands in braces is filled in after translation."""

SCHEMATIC_WORDS: tuple[str, ...] = (
    *HEADINGS.values(),
    *SENTENCES.values(),
    "hidden state",
    "how far a valve opens",
    "filled: shut",
    "output",
    "input",
    SCHEMATIC_TITLE,
    SCHEMATIC_TEXT,
)
"""Those of `WORDS` that `lstm_schematic` draws. None of them has braces."""


LANGUAGES = Path(__file__).parent / "languages"
CHOSEN = ("GATEBOOK_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The environment variables that say what the reader speaks; the first that is set counts."""


def spoken(environment: Mapping[str, str] | None = None) -> str:
    """The code of the reader's language, ``en`` if there is no file of it.

    >>> spoken({"GATEBOOK_LANGUAGE": "zh-Hans", "LANG": "en_GB.UTF-8"}), spoken({"LANG": "fr_FR.UTF-8"})
    ('zh_CN', 'en')
    """
    given = os.environ if environment is None else environment
    wanted = next((given[name] for name in CHOSEN if given.get(name)), "")
    language = wanted.replace("-", "_").partition("_")[0].casefold()
    known = (path.stem for path in sorted(LANGUAGES.glob("*.json")))
    return next((code for code in known if code.partition("_")[0] == language), "en")


@functools.cache
def translations(code: str) -> Mapping[str, str]:
    """From English to a language."""
    if code == "en":
        return {}
    found: dict[str, str] = json.loads((LANGUAGES / f"{code}.json").read_text("utf-8"))
    return found


def label(text: str) -> str:
    """What a plot says, in the reader's language; as it stands where the language has no word for it.

    A gap of a translated label stands for numbers: ``inputs seen: {n}``.

    >>> label("LSTM")
    'LSTM'
    """
    code = spoken()
    if said := translations(code).get(text):
        return said
    found = ((said, pattern.fullmatch(text)) for pattern, said in _with_gaps(code))
    return next((said.format(**match.groupdict()) for said, match in found if match), text)


def summary(thing: Any) -> str:
    """The first paragraph of a docstring, in one line: what `help` begins with."""
    return " ".join((thing.__doc__ or "").partition("\n\n")[0].split())


def explain(*things: Any) -> None:
    """Let ``help`` of functions and classes begin in the reader's language; the rest of their docstrings is English."""
    known = translations(spoken())
    for thing in things:
        if said := known.get(summary(thing)):
            thing.__doc__ = "".join((said, *(thing.__doc__ or "").partition("\n\n")[1:]))


@functools.cache
def _with_gaps(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    for word, said in translations(code).items():
        parts = re.split(r"\{(\w+)\}", word)  # plain, the name of a gap, plain, ...
        gaps = parts[1::2]
        if gaps and len(set(gaps)) == len(gaps):
            pieces = [f"(?P<{part}>[^A-Za-z]+)" if n % 2 else re.escape(part) for n, part in enumerate(parts)]
            found.append((re.compile("".join(pieces)), said))
    return tuple(found)


class Words:
    """Looks words up in a caller's ``labels``, then in the reader's language, and fills in numbers.

    >>> Words({"step {step} of {steps}": "第 {step} 步，共 {steps} 步"})("step {step} of {steps}", step=1, steps=5)
    '第 1 步，共 5 步'
    """

    def __init__(self, labels: Mapping[str, str] | None = None, more: tuple[str, ...] = ()) -> None:
        labels = labels or {}
        unknown = sorted(set(labels) - {*WORDS, *more})
        if unknown:
            raise ValueError(f"labels has {unknown[0]!r}, which no picture draws; diagram.WORDS lists what they draw")
        code = spoken()
        self.tag = code.replace("_", "-")
        self._labels = {**translations(code), **labels}
        self._more = more

    def __call__(self, word: str, **values: object) -> str:
        assert word in WORDS or word in self._more, word
        said = self._labels.get(word, word)
        return said.format(**values) if values else said
