"""What a page to play with has to know about a recurrent network: its words, its gates, where its numbers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reference.diagram.canvas import Picture
from reference.diagram.words import Words
from reference.traces import Array


class Wire(NamedTuple):
    """A number in the picture."""

    word: str
    """What it is called, or nothing."""
    symbol: str
    """As it is read out."""
    beside: tuple[int, int] | None
    """Where another number has room, from here; None for nowhere."""


class Block(NamedTuple):
    """A block of weights whose bias has a slider."""

    word: str
    own: str
    """The subscript of its weights."""
    kind: str
    """Its colour."""


class State(NamedTuple):
    """What is handed from step to step."""

    first: str
    """The name of the initial one in a trace."""
    values: str
    """The name of all others."""
    word: str
    kind: str
    reach: float
    """How far its slider goes at least."""


class Row(NamedTuple):
    """A number at all steps, as bars."""

    part: str
    """Its name in a trace."""
    symbol: str
    word: str
    kind: str
    signed: bool
    least: float | None = 1
    """The largest number that the bars have room for at least."""


class Preset(NamedTuple):
    """A button: where it moves the biases, 1 for as far as their sliders go, and by what it multiplies U."""

    word: str
    sentence: str
    biases: Mapping[str, int] = {}
    scale: float = 1


@dataclass(frozen=True)
class Network:
    """A recurrent network to play with. Its equations are in a script of its own."""

    name: str
    """As its script calls it; the script's file has the same name in small letters."""
    trace: type[Any]
    maker: str
    """The function of `reference.diagram` that makes such a trace."""
    title: str
    picture_title: str
    draw: Callable[[Any, int, int, Words], Picture]
    weights: Callable[[Any, Array, Array, Array], dict[str, Array]]
    """From a trace, kernel, recurrent kernel and bias to what the script runs with."""
    bias_axes: str
    bias_rows: int
    """0 for a vector."""
    blocks: Mapping[str, Block]
    """In the order of their sliders. Their number is how many blocks lie side by side in a kernel."""
    states: Mapping[str, State]
    results: tuple[str, ...]
    """What of a trace is compared."""
    rows: tuple[Row, ...]
    rows_of_units: bool
    """Whether the rows are the units, each in place of the one that is chosen."""
    wires: Mapping[str, Wire]
    told: str
    """The number that is told of first."""
    presets: Mapping[str, Preset]
    explanations: Mapping[str, str]
    """A sentence for each number in the picture, below its equation."""
    lasting: str
    """What the last row of bars is: what is left of the state of the step that is shown."""
    questions: tuple[tuple[str, str], ...]
    example_questions: tuple[tuple[str, str], ...]
    """What is asked of the example alone, before the others."""
    task: str
    """What the example was trained for."""
    least_reach: float
    """How far the sliders of biases go at least."""
    scale: bool
    """Whether U has a slider."""
    example: Callable[[], Any]
    inputs: tuple[str, ...]
    """What the features of the example are called."""

    @property
    def words(self) -> tuple[str, ...]:
        """All that is said of this network alone."""
        return (
            self.title,
            self.picture_title,
            self.task,
            *self.inputs,
            *(block.word for block in self.blocks.values()),
            *(state.word for state in self.states.values()),
            *(row.word for row in self.rows),
            *(wire.word for wire in self.wires.values() if wire.word),
            *(said for preset in self.presets.values() for said in (preset.word, preset.sentence)),
            *self.explanations.values(),
            self.lasting,
            *(said for question in (*self.example_questions, *self.questions) for said in question),
        )

    @property
    def in_script(self) -> tuple[str, ...]:
        """Those that the script fills in."""
        return (
            self.picture_title,
            *(wire.word for wire in self.wires.values() if wire.word),
            *(preset.sentence for preset in self.presets.values()),
            *self.explanations.values(),
        )
