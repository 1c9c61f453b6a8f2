"""The unrolled recurrent network as a drawing: one cell repeated, the state along the line, outputs on top."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reference.diagram.canvas import (
    TALL,
    Picture,
    document,
    element,
    group,
    head,
    math_text,
    number,
    pill,
    text,
    wire,
)
from reference.diagram.step import index_in
from reference.diagram.words import (
    CELL_LEGEND,
    CHAIN_STATES,
    CHAIN_TEXT,
    CHAIN_TITLE,
    OUTPUT_LEGEND,
    STATE_LEGEND,
    Words,
)
from reference.traces import RNNTrace

FIRST, PITCH, LEFT = 142, 138, 34  # centre of the first cell, from cell to cell, centre of the first state
PER_ROW = 4
FEATURES = 4  # of x, drawn
STACK = TALL + 3


def units_of(trace: RNNTrace, unit: int, units: Sequence[int] | None) -> tuple[int, ...]:
    """Which units to draw, counted from the start."""
    size = trace.hidden.shape[2]
    if units is None:
        return (index_in("unit", unit, size),)
    chosen = tuple(index_in("units", u, size) for u in units)
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"units is {units!r}, expected one or more different units")
    return chosen


def draw_chain(trace: RNNTrace, batch_item: int, units: tuple[int, ...], words: Words) -> Picture:
    """The picture of all steps, at most `PER_ROW` of them in a row."""
    steps = trace.hidden.shape[1]
    rows = math.ceil(steps / PER_ROW)
    per_row = math.ceil(steps / rows)
    shown = min(trace.x.shape[2], FEATURES)
    chain = _Chain(trace, batch_item, units, shown, words)
    parts: list[str] = []
    for row in range(rows):
        parts += chain.row(row, range(row * per_row, min(steps, (row + 1) * per_row)))
    wide = max(FIRST + PITCH * per_row - 12, 520)
    tall = chain.top(rows) + 88
    parts += _legend(chain.top(rows) + 12, trace, units, batch_item, words)
    told = " ".join(
        [
            words(CHAIN_TEXT, steps=steps),
            *(
                words(
                    CHAIN_STATES,
                    unit=u + 1,
                    first=number(trace.h0[batch_item, u]),
                    outputs=", ".join(number(v) for v in trace.hidden[batch_item, :, u]),
                    last=number(trace.last_hidden[batch_item, u]),
                )
                for u in units
            ),
        ]
    )
    return Picture(document((0, 0, wide, tall), "chain", words(CHAIN_TITLE), told, parts))


class _Chain:
    def __init__(self, trace: RNNTrace, item: int, units: tuple[int, ...], shown: int, words: Words) -> None:
        self.trace, self.item, self.units, self.shown, self.words = trace, item, units, shown, words
        self.stack = STACK * len(units)
        self.state_at = 54 + self.stack + 42 + max(24, self.stack / 2)  # from the top of a row
        self.half = max(24, self.stack / 2 + 2)  # of a cell's height
        self.inputs_at = self.state_at + self.half + 34
        hidden = trace.x.shape[2] - shown
        self.hidden_inputs = hidden
        self.height = self.inputs_at + STACK * shown + (18 if hidden else 0) + 26

    def top(self, row: int) -> float:
        return 8 + row * self.height

    def states(self, step: int) -> list[float]:
        """The state before a step; after the last one, the final state."""
        trace, u = self.trace, list(self.units)
        if step == trace.hidden.shape[1]:
            return [float(v) for v in trace.last_hidden[self.item, u]]
        return [float(v) for v in trace.h_prev[self.item, step, u]]

    def pills(self, x: float, middle: float, values: Sequence[float]) -> list[str]:
        first = middle - STACK * (len(values) - 1) / 2
        return [pill(x, first + STACK * n, number(v)) for n, v in enumerate(values)]

    def row(self, row: int, steps: range) -> list[str]:
        top, words, trace = self.top(row), self.words, self.trace
        line = top + self.state_at
        parts = [
            text(8, top + 54 + self.stack / 2 - 8, words("outputs"), "strong word", "start"),
            text(8, top + 54 + self.stack / 2 + 8, str(trace.hidden.shape), "code", "start"),
            text(
                8, line - self.stack / 2 - 30, words("initial state" if row == 0 else "state"), "strong word", "start"
            ),
            text(8, top + self.inputs_at + 14, words("inputs"), "strong word", "start"),
            text(8, top + self.inputs_at + 30, str(trace.x.shape), "code", "start"),
        ]
        state = [
            *self.pills(LEFT, line, self.states(steps.start)),
            math_text(LEFT, line - self.stack / 2 - 10, f"h_{{{steps.start}}}"),
        ]
        x = LEFT + 29.0
        for step in steps:
            cell = FIRST + PITCH * (step - steps.start)
            place = trace.hidden.shape[1] - 1 - step if trace.go_backwards else step
            counts = bool(trace.mask[self.item, place])
            out = cell + PITCH // 2
            if counts:
                state += [wire(f"M{x:g} {line:g}H{cell - 30}"), head(cell - 26, line, "right")]
                state += [wire(f"M{cell + 26} {line:g}H{out - 38}"), head(out - 29, line, "right")]
            else:
                state += [wire(f"M{x:g} {line:g}H{out - 38}"), head(out - 29, line, "right")]
            state += self.pills(out, line, self.states(step + 1))
            state.append(math_text(out, line - self.stack / 2 - 10, f"h_{{{step + 1}}}"))
            x = out + 29.0
            parts += self.column(cell, top, step, place, counts)
        if steps.stop == trace.hidden.shape[1]:
            state.append(text(out, line + self.stack / 2 + 18, words("final state"), "strong word"))
            state.append(text(out, line + self.stack / 2 + 34, str(trace.last_hidden.shape), "code"))
        else:
            state += [wire(f"M{x:g} {line:g}H{x + 18:g}"), head(x + 25, line, "right")]
        return [*parts, group(state, "gate-cell")]

    def column(self, x: float, top: float, step: int, place: int, counts: bool) -> list[str]:
        """One cell with its input below and its output above."""
        line, words = top + self.state_at, self.words
        cell_top, cell_bottom = line - self.half, line + self.half
        outputs = [float(v) for v in self.trace.hidden[self.item, step, list(self.units)]]
        inputs = [float(v) for v in self.trace.x[self.item, place, : self.shown]]
        out_bottom, in_top = top + 44 + self.stack, top + self.inputs_at - 2
        up = [
            *self.pills(x, top + 44 + self.stack / 2 - 1, outputs),
            math_text(x, top + 34, f"h_{{{step + 1}}}"),
        ]
        below = [
            *self.pills(x, top + self.inputs_at + STACK * (self.shown - 1) / 2 + TALL / 2, inputs),
            math_text(x + 34, top + self.inputs_at + 16, f"x_{{{place + 1}}}", "start"),
        ]
        if self.hidden_inputs:
            said = words("{count} more", count=self.hidden_inputs)
            below.append(text(x, top + self.inputs_at + STACK * self.shown + 14, f"… {said}", "soft"))
        if not counts:
            stop = line + 30
            below += [wire(f"M{x} {in_top:g}V{stop:g}"), wire(f"M{x - 8} {stop:g}H{x + 8}")]
            word = text(x, line - 10, words("masked"), "soft")
            return [group(below, "masked"), word, group(up, "gate-output masked")]
        below += [wire(f"M{x} {in_top:g}V{cell_bottom + 4:g}"), head(x, cell_bottom + 1, "up")]
        box = element("rect", x=x - 26, y=cell_top, width=52, height=2 * self.half, rx=9, class_="box")
        up += [wire(f"M{x} {cell_top:g}V{out_bottom + 4:g}"), head(x, out_bottom, "up")]
        cell = group([box, text(x, line + 6, "tanh", "op")], "bus")
        return [group(below, "bus"), group(up, "gate-output"), cell]


def _legend(y: float, trace: RNNTrace, units: tuple[int, ...], item: int, words: Words) -> list[str]:
    shown = ", ".join(map(str, units))
    place = words("batch item {item}, unit {unit}", item=item, unit=shown) if trace.hidden[:, 0].size > 1 else ""
    return [
        group([wire(f"M17 {y + 9:g}V{y - 1:g}"), head(17, y - 7, "up")], "gate-output"),
        text(32, y + 6, words(OUTPUT_LEGEND), "soft", "start"),
        group([wire(f"M8 {y + 23:g}H19"), head(26, y + 23, "right")], "gate-cell"),
        text(32, y + 28, words(STATE_LEGEND), "soft", "start"),
        element("rect", x=9, y=y + 36, width=16, height=16, rx=4, class_="box"),
        text(32, y + 50, words(CELL_LEGEND), "soft", "start"),
        *([text(8, y + 70, place, "soft", "start")] if place else []),
    ]
