"""One LSTM step as a drawing: the cell state on a belt along the top, three valves, four boxes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reference.diagram.canvas import (
    Picture,
    document,
    dot,
    element,
    group,
    halo,
    head,
    math_text,
    number,
    pill,
    symbol_pill,
    text,
    wire,
)
from reference.diagram.parts import HALF, chevron, layer, oval, plus, valve, valve_legend
from reference.diagram.words import (
    EXPLANATIONS,
    GATES,
    HEADINGS,
    HIGHLIGHTED,
    MASKED,
    SCHEMATIC_TEXT,
    SCHEMATIC_TITLE,
    SENTENCES,
    STEP_TEXT,
    STEP_TITLE,
    Words,
)
from reference.traces import LSTMTrace
from reference.weights import split_gates

BELT, JOIN, BUS = 104, 194, 356  # heights of the cell state, the input gate's valve, the hidden state
COLUMN = {"forget": 110, "input": 198, "candidate": 286, "output": 374}
SHOW, COPY = 456, 495  # where the cell state goes down to be shown, where the output goes up
BOX_TOP, BOX_BOTTOM = 272, 320
WIDTH, HEIGHT = 576, 452
FEATURES = 4  # of x, drawn


@dataclass(frozen=True)
class Step:
    """The numbers of one unit at one step."""

    index: int
    steps: int
    place: tuple[int, int] | None
    """Batch item and unit, where the trace has several of either."""
    counts: bool
    x: tuple[float, ...]
    c_prev: float
    h_prev: float
    forget: float
    input: float
    candidate: float
    output: float
    kept: float
    """f · c_prev."""
    written: float
    """i · g."""
    cell: float
    """What the addition gives; at a masked step it has no effect."""
    squashed: float
    """tanh of ``cell``."""
    hidden: float
    """o · tanh(cell); at a masked step it has no effect."""
    cell_after: float
    hidden_after: float
    shown: float
    """The output of the step."""
    sums: Mapping[str, tuple[float, float, float]]
    """For each gate and the candidate: x W, h U and b."""


def index_in(name: str, index: int, size: int) -> int:
    """The index counted from the start; an error that names the argument where it is none of ``size``."""
    if isinstance(index, bool) or not isinstance(index, int | np.integer):
        raise ValueError(f"{name} is {index!r}, expected an integer")
    if not -size <= index < size:
        raise IndexError(f"{name} is {index}, expected {-size} to {size - 1}: the trace has {size}")
    return int(index) % size


def step_of(trace: LSTMTrace, batch_item: int, unit: int, timestep: int) -> Step:
    """Read one step of one unit from a trace."""
    if not isinstance(trace, LSTMTrace):
        raise ValueError(f"trace is a {type(trace).__name__}, expected an LSTMTrace, what diagram.lstm_trace gives")
    batch, time, units = trace.hidden.shape
    n, u, t = (
        index_in("batch_item", batch_item, batch),
        index_in("unit", unit, units),
        index_in("timestep", timestep, time),
    )
    place = time - 1 - t if trace.go_backwards else t
    counts = bool(trace.mask[n, place])
    x, h = trace.x[n, place], trace.h_prev[n, t]
    value = {
        name: float(getattr(trace, name)[n, t, u])
        for name in ("c_prev", "h_prev", "input", "forget", "candidate", "output")
    }
    W, U = split_gates(trace.kernel), split_gates(trace.recurrent_kernel)
    b = {name: np.zeros(units) for name in W} if trace.bias is None else split_gates(trace.bias)
    with np.errstate(all="ignore"):
        kept, written = value["forget"] * value["c_prev"], value["input"] * value["candidate"]
        cell = float(trace.cell[n, t, u]) if counts else kept + written
        squashed = math.tanh(cell)
        hidden = float(trace.hidden[n, t, u]) if counts else value["output"] * squashed
        sums = {g: (float(x @ W[g][:, u]), float(h @ U[g][:, u]), float(b[g][u])) for g in W}
    return Step(
        index=t,
        steps=time,
        place=(n, u) if batch > 1 or units > 1 else None,
        counts=counts,
        x=tuple(float(v) for v in x),
        kept=kept,
        written=written,
        cell=cell,
        squashed=squashed,
        hidden=hidden,
        cell_after=float(trace.cell[n, t, u]),
        hidden_after=hidden if counts else value["h_prev"],
        shown=float(trace.hidden[n, t, u]),
        sums=sums,
        **value,
    )


def check_highlight(highlight: str | None) -> None:
    """An error that lists the parts where ``highlight`` is none of them."""
    if highlight is not None and highlight not in GATES:
        raise ValueError(f"highlight is {highlight!r}, expected None or one of {', '.join(GATES)}")


def numbers(step: Step) -> dict[str, str]:
    """What the sentences about a step can fill in."""
    return {
        "f": number(step.forget),
        "c_prev": number(step.c_prev),
        "fc": number(step.kept),
        "i": number(step.input),
        "g": number(step.candidate),
        "ig": number(step.written),
        "c": number(step.cell),
        "o": number(step.output),
        "h": number(step.hidden),
    }


def explanation(name: str, step: Step, words: Words) -> str:
    """What one part does at this step, in one sentence."""
    return words(EXPLANATIONS[name], **numbers(step)) if step.counts else words(MASKED)


def draw_step(step: Step, highlight: str | None, words: Words, named: bool = False) -> Picture:
    """The picture with numbers. With ``named`` a script finds every number and valve by its name."""
    title = words(STEP_TITLE, step=step.index + 1, steps=step.steps)
    told = words(STEP_TEXT, **numbers(step))
    if not step.counts:
        told += " " + words(MASKED)
    if highlight:
        told += " " + words(HIGHLIGHTED, part=words(HEADINGS[highlight]))
    caption = []
    if step.steps > 1 or named:
        said = words("step {step} of {steps}", step=step.index + 1, steps=step.steps)
        caption.append(text(12, 24, said, "strong", "start"))
    if step.place is not None and not named:
        item, unit = step.place
        caption.append(
            text(12, HEIGHT - 12, words("batch item {item}, unit {unit}", item=item, unit=unit), "soft", "start")
        )
    if not step.counts:
        caption.append(text(12, 44, words(MASKED), "word strong", "start"))
    kind = " ".join((["masked"] if not step.counts else []) + ([f"hl-{highlight}"] if highlight else []))
    return Picture(document((0, 0, WIDTH, HEIGHT), kind, title, told, [*_drawing(step, words, named), *caption]))


def draw_schematic(highlight: str | None, words: Words) -> Picture:
    """The picture without numbers."""
    kind = f"hl-{highlight}" if highlight else ""
    box = (6.0, 12.0, 560.0, 418.0)
    return Picture(document(box, kind, words(SCHEMATIC_TITLE), words(SCHEMATIC_TEXT), _drawing(None, words)))


def _drawing(step: Step | None, words: Words, named: bool = False) -> list[str]:
    frame = element("rect", x=62, y=58, width=450, height=330, rx=14, class_="frame")
    return [
        frame,
        group(_bus(step, words, named), "part bus with-forget with-input with-candidate with-output"),
        group(_cell(step, words, named), "part gate-cell"),
        group(_forget(step, words, named), "part gate-forget"),
        group(_input(step, words, named), "part gate-input"),
        group([_valve(COLUMN["forget"], BELT, step, "forget", "right", "kept", named)], "part gate-forget with-cell"),
        group([_valve(COLUMN["candidate"], JOIN, step, "input", "up", "written", named)], "part gate-input with-cell"),
        group(_candidate(step, words, named), "part gate-candidate"),
        group(_output(step, words, named), "part gate-output"),
    ]


def _bus(step: Step | None, words: Words, named: bool) -> list[str]:
    """h_prev and x_t, joined, on their way to the four boxes."""
    start, end, join = (62 if step else 54), COLUMN["output"], 80
    legend = HEIGHT - 17 if step else 406
    parts = [
        wire(f"M{start} {BUS}H{end - 10}Q{end} {BUS} {end} {BUS - 10}"),
        wire(f"M{join - 16} 400V{BUS + 14}Q{join - 16} {BUS} {join} {BUS}"),
        *(dot(COLUMN[name], BUS) for name in ("forget", "input", "candidate")),
        text(join + 10, BUS + 22, words("hidden state"), "soft", "start"),
        *valve_legend(316, legend, words("how far a valve opens"), words("filled: shut")),
    ]
    if step is None:
        parts += [
            symbol_pill(34, BUS, "h_{t-1}", 40),
            symbol_pill(join - 16, 406, "x_{t}"),
            text(join + 12, 411, words("input"), "soft", "start"),
        ]
        return parts
    parts += [
        _number(33, BUS, step, "h_prev", named),
        math_text(33, BUS - 22, "h_{t-1}"),
        math_text(30, 415, "x_{t}", "end"),
    ]
    for place, value in enumerate(step.x[:FEATURES]):
        parts.append(pill(join - 16 + 64 * place, 410, number(value), f"x{place}" if named else ""))
    end_of_row = join - 16 + 64 * min(len(step.x), FEATURES) - 26
    more = len(step.x) - FEATURES
    if more > 0:
        said = words("{count} more", count=more)
        parts.append(text(end_of_row, 415, f"… {said}", "soft", "start"))
    else:
        parts.append(text(end_of_row, 415, words("input"), "soft", "start"))
    return parts


def _cell(step: Step | None, words: Words, named: bool) -> list[str]:
    """The belt, what rides on it, and the addition."""
    left, right = (2, WIDTH - 2) if step else (14, 558)
    top, bottom, x = BELT - 14, BELT + 14, COLUMN["candidate"]
    belt = f"M{left} {top}H{right - 16}L{right} {BELT}L{right - 16} {bottom}H{left}"
    parts = [
        halo(f"{belt}Z"),
        element("path", d=f"{belt}L{left + 9} {BELT}Z", class_="belt"),
        *(chevron(at, BELT) for at in ((147, 250, 319, 424) if step else (70, 147, 222, 250, 319, 360, 424, 530))),
        halo(f"M{x} 174V{BELT}"),
        wire(f"M{x} 174V{BELT + 22}"),
        head(x, BELT + 16, "up"),
        plus(x, BELT),
        text(COLUMN["forget"] + 14, BELT + 36, words("cell state"), "soft", "start"),
    ]
    if step is None:
        parts += [
            math_text(44, BELT - 22, "c_{t-1}"),
            math_text(198, BELT - 22, "f · c_{t-1}"),
            math_text(374, BELT - 22, "c_{t}"),
            math_text(x - 12, 156, "i · g", "end"),
        ]
        note_at = 26.0
    else:
        parts += [
            _number(44, BELT, step, "c_prev", named),
            math_text(44, BELT - 22, "c_{t-1}"),
            _number(198, BELT, step, "kept", named),
            math_text(198, BELT - 22, "f · c_{t-1}"),
            _number(372, BELT, step, "cell", named),
            math_text(372, BELT - 22, "c_{t}"),
            _number(529, BELT, step, "cell_after", named),
            math_text(540, BELT - 22, "c_{t}"),
            _number(x, 148, step, "written", named),
            math_text(x - 36, 153, "i · g", "end"),
        ]
        note_at = 12.0
    return [*parts, _note("cell", note_at, step, words)]


def _forget(step: Step | None, words: Words, named: bool) -> list[str]:
    x = COLUMN["forget"]
    path = f"M{x} {BOX_TOP}V{BELT + HALF + 3}"
    return [
        *_box(x, words("forget gate"), "σ"),
        halo(path),
        wire(path, "tap"),
        head(x, BELT + HALF, "up"),
        *_value(x, 204, step, "forget", "f", named),
        _note("forget", 12 if step else 26, step, words),
    ]


def _input(step: Step | None, words: Words, named: bool) -> list[str]:
    x, y, to = COLUMN["input"], JOIN, COLUMN["candidate"] - HALF
    path = f"M{x} {BOX_TOP}V{y + 10}Q{x} {y} {x + 10} {y}H{to - 3}"
    return [
        *_box(x, words("input gate"), "σ"),
        halo(path),
        wire(path, "tap"),
        head(to, y, "right"),
        *_value(x, 240, step, "input", "i", named),
        _note("input", 12 if step else 26, step, words),
    ]


def _candidate(step: Step | None, words: Words, named: bool) -> list[str]:
    x = COLUMN["candidate"]
    path = f"M{x} {BOX_TOP}V{JOIN + HALF + 3}"
    return [
        *_box(x, words("candidate"), "tanh", corner=0),
        halo(path),
        wire(path),
        head(x, JOIN + HALF, "up"),
        *_value(x, 240, step, "candidate", "g", named),
        _note("candidate", 12 if step else 26, step, words),
    ]


def _output(step: Step | None, words: Words, named: bool) -> list[str]:
    x, y, to = COLUMN["output"], 232, SHOW - HALF
    tap = f"M{x} {BOX_TOP}V{y + 10}Q{x} {y} {x + 10} {y}H{to - 3}"
    down = f"M{SHOW} {BELT}V{y - HALF - 3}"
    away = f"M{SHOW} {y + HALF}V{BUS - 12}Q{SHOW} {BUS} {SHOW + 12} {BUS}H{504 if step else 510}"
    up, on = f"M{COPY} {BUS}V{BELT + 15}", f"M{COPY} {BELT - 15}V54"
    parts = [
        *_box(x, words("output gate"), "σ"),
        *(halo(path) for path in (tap, down, away, up, on)),
        *(wire(path) for path in (down, away, up, on)),
        wire(tap, "tap"),
        dot(SHOW, BELT),
        dot(COPY, BUS),
        head(to, y, "right"),
        head(SHOW, y - HALF, "down"),
        oval(SHOW, 144, "tanh"),
        _valve(SHOW, y, step, "output", "down", "hidden", named),
        *_value(x, 252, step, "output", "o", named),
        head(COPY, 50, "up"),
    ]
    if step is None:
        parts += [
            head(518, BUS, "right"),
            symbol_pill(536, BUS, "h_{t}"),
            symbol_pill(COPY, 36, "h_{t}"),
            text(COPY - 24, 41, words("output"), "soft", "end"),
        ]
    else:
        parts += [
            _number(SHOW, 188, step, "squashed", named),
            math_text(SHOW - 35, 193, "tanh c_{t}", "end"),
            _number(SHOW, 302, step, "hidden", named),
            head(513, BUS, "right"),
            _number(544, BUS, step, "hidden_after", named),
            math_text(544, BUS - 22, "h_{t}"),
            _number(COPY, 38, step, "shown", named),
            math_text(COPY + 36, 43, "h_{t}", "start"),
            text(COPY - 36, 43, words("output"), "soft", "end"),
        ]
    parts.append(text(SHOW + 6, BUS + 22, words("hidden state"), "soft", "end"))
    return [*parts, _note("output", 12 if step else 26, step, words)]


def _box(x: float, word: str, function: str, corner: float = 11) -> list[str]:
    """A layer with weights of its own: its word, its function, and the wire from the bus."""
    up = f"M{x} {BUS}V{BOX_BOTTOM + 4}" if x != COLUMN["output"] else f"M{x} {BUS - 10}V{BOX_BOTTOM + 4}"
    glow, box = layer(x, BOX_TOP, BOX_BOTTOM, word, function, corner)
    return [glow, wire(up), head(x, BOX_BOTTOM + 1, "up"), box]


def _number(x: float, y: float, step: Step, name: str, named: bool) -> str:
    return pill(x, y, number(getattr(step, name)), name if named else "")


def _value(x: float, y: float, step: Step | None, name: str, symbol: str, named: bool) -> list[str]:
    if step is None:
        return [symbol_pill(x, y, "g = c̃", 54) if symbol == "g" else symbol_pill(x, y, symbol, 30)]
    return [_number(x, y, step, name, named), math_text(x - 35, y + 5, symbol, "end")]


def _valve(x: float, y: float, step: Step | None, gate: str, flow: str, product: str, named: bool) -> str:
    opening: float = getattr(step, gate) if step else 0.5
    return valve(x, y, opening, flow, *((gate, product) if named else ()))


def _note(name: str, x: float, step: Step | None, words: Words) -> str:
    """What the part asks, shown while it is highlighted."""
    y = 44 if step else 32
    if step and not step.counts:
        return ""
    return text(x, y, words(SENTENCES[name]), "note word strong", "start")
