"""One step of a GRU as a drawing: the state on a belt along the top, three valves, two gates, one candidate."""

from __future__ import annotations

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
    text,
    wire,
)
from reference.diagram.parts import HALF, chevron, layer, oval, plus, valve, valve_legend
from reference.diagram.step import FEATURES, index_in
from reference.diagram.words import MASKED, Words
from reference.traces import Array, GRUTrace
from reference.weights import GRU_GATES, split_gates

WIDTH, HEIGHT = 620, 526
BELT, BLEND, JOIN = 92, 172, 284  # heights of the state, of the valve 1 − z, of the valve r
BOX_TOP, BOX_BOTTOM, STATE_BUS, INPUT_BUS, INPUTS = 336, 384, 412, 436, 472
UPDATE, RESET, STATE, CANDIDATE = 104, 202, 300, 452  # the columns
GRU_TITLE = "One step of a GRU: step {step} of {steps}"
GRU_TEXT = (
    "The reset gate is {r}: of what the state says to the candidate, {from_state}, {let_through} gets through. The "
    "candidate is {g}. The update gate is {z}: of the old state {h_prev}, {kept} stays, and of the candidate "
    "{written} is added. The new state is {h}."
)
GRU_WORDS = (GRU_TITLE, GRU_TEXT, "update gate", "reset gate")


def draw_gru_step(trace: GRUTrace, batch_item: int, unit: int, words: Words) -> Picture:
    """The first step of one unit. A script finds every number and valve by its name."""
    batch, steps, units = trace.hidden.shape
    n, u = index_in("batch_item", batch_item, batch), index_in("unit", unit, units)
    place = steps - 1 if trace.go_backwards else 0
    x, counts = trace.x[n, place], bool(trace.mask[n, place])
    value = numbers_of(trace, n, u, x)
    if not counts:
        value["hidden"] = value["kept"] + value["written"]
    after = value["hidden"] if counts else value["h_prev"]
    said = {"z": "update", "r": "reset", "g": "candidate", "h": "hidden"}
    told = words(
        GRU_TEXT,
        **{k: number(value[said.get(k, k)]) for k in (*said, "from_state", "let_through", "h_prev", "kept", "written")},
    )
    caption = [text(12, 24, words("step {step} of {steps}", step=1, steps=steps), "strong", "start")]
    if not counts:
        told += " " + words(MASKED)
        caption.append(text(12, 44, words(MASKED), "word strong", "start"))
    parts = [
        element("rect", x=54, y=48, width=494, height=BOX_BOTTOM + 66 - 48, rx=14, class_="frame"),
        group(_bus(x, words), "part bus with-forget with-input with-candidate"),
        group(_belt(value, after, float(trace.hidden[n, 0, u]), words), "part gate-cell gate-hidden_after"),
        group(_update(value, words), "part gate-output gate-update"),
        group(_reset(value, words), "part gate-forget gate-reset"),
        group(_candidate(value, words), "part gate-candidate"),
        group([valve(UPDATE, BELT, value["update"], "right", "update", "kept")], "part gate-output"),
        group([valve(CANDIDATE, BLEND, value["rest"], "up", "rest", "written")], "part gate-output"),
        group([valve(344, JOIN, value["reset"], "right", "reset", "let_through")], "part gate-forget"),
        *caption,
    ]
    title = words(GRU_TITLE, step=1, steps=steps)
    return Picture(document((0, 0, WIDTH, HEIGHT), "" if counts else "masked", title, told, parts))


def numbers_of(trace: GRUTrace, item: int, unit: int, x: Array) -> dict[str, float]:
    """What stands on the wires at the first step, gates and states as the trace has them."""
    value = {
        name: float(getattr(trace, name)[item, 0, unit])
        for name in ("h_prev", "update", "reset", "candidate", "hidden")
    }
    of_input, of_state = biases_of(trace)
    W, U = (split_gates(weights, GRU_GATES)["candidate"] for weights in (trace.kernel, trace.recurrent_kernel))
    candidate = slice(2 * W.shape[1], None)
    with np.errstate(all="ignore"):
        value["from_input"] = float(x @ W[:, unit]) + float(of_input[candidate][unit])
        value["from_state"] = float(trace.h_prev[item, 0] @ U[:, unit]) + float(of_state[candidate][unit])
        value["let_through"] = value["reset"] * value["from_state"]
        value["rest"] = 1 - value["update"]
        value["kept"] = value["update"] * value["h_prev"]
        value["written"] = value["rest"] * value["candidate"]
    return value


def biases_of(trace: GRUTrace) -> Array:
    """b and b', (2, 3 * units)."""
    return np.zeros((2, trace.kernel.shape[1])) if trace.bias is None else np.asarray(trace.bias, dtype=float)


def _bus(x: Array, words: Words) -> list[str]:
    """The state on its way down to three boxes, the input on its way to three."""
    shown, first = x[:FEATURES], 100
    down = f"M40 {BELT}V{STATE_BUS - 12}Q40 {STATE_BUS} 52 {STATE_BUS}H{STATE - 12}"
    up = f"M{first} {INPUTS}V{INPUT_BUS + 12}Q{first} {INPUT_BUS} {first + 12} {INPUT_BUS}H{CANDIDATE - 12}"
    more = len(x) - len(shown)
    end = first + 64 * len(shown) - 26
    return [
        wire(f"{down}Q{STATE} {STATE_BUS} {STATE} {STATE_BUS - 12}V{BOX_BOTTOM + 4}"),
        head(STATE, BOX_BOTTOM + 1, "up"),
        wire(f"{up}Q{CANDIDATE} {INPUT_BUS} {CANDIDATE} {INPUT_BUS - 12}V{BOX_BOTTOM + 4}"),
        head(CANDIDATE, BOX_BOTTOM + 1, "up"),
        *(
            drawn
            for column in (UPDATE, RESET)
            for at, bus in ((column - 16, STATE_BUS), (column + 16, INPUT_BUS))
            for drawn in (dot(at, bus), wire(f"M{at} {bus}V{BOX_BOTTOM + 4}"), head(at, BOX_BOTTOM + 1, "up"))
        ),
        *(pill(first + 64 * k, INPUTS + 10, number(value), f"x{k}") for k, value in enumerate(shown)),
        math_text(first - 34, INPUTS + 15, "x_{t}", "end"),
        text(end, INPUTS + 15, f"… {words('{count} more', count=more)}" if more else words("input"), "soft", "start"),
        *valve_legend(WIDTH - 206, HEIGHT - 14, words("how far a valve opens"), words("filled: shut")),
    ]


def _belt(value: dict[str, float], after: float, shown: float, words: Words) -> list[str]:
    """The state on its belt, the addition on it, and the copy that leaves as the output."""
    top, bottom, right, copy = BELT - 14, BELT + 14, WIDTH - 2, 580
    belt = f"M2 {top}H{right - 16}L{right} {BELT}L{right - 16} {bottom}H2"
    return [
        halo(f"{belt}Z"),
        element("path", d=f"{belt}L11 {BELT}Z", class_="belt"),
        *(chevron(at, BELT) for at in (150, 270, 330, 390, 490)),
        wire(f"M{CANDIDATE} {BLEND - HALF}V{BELT + 22}"),
        head(CANDIDATE, BELT + 16, "up"),
        plus(CANDIDATE, BELT),
        pill(40, BELT, number(value["h_prev"]), "h_prev"),
        math_text(36, BELT - 22, "h_{t-1}"),
        pill(210, BELT, number(value["kept"]), "kept"),
        math_text(210, BELT - 22, "z · h_{t-1}"),
        pill(CANDIDATE, 132, number(value["written"]), "written"),
        math_text(CANDIDATE + 36, 137, "(1 − z) · g", "start"),
        pill(526, BELT, number(after), "hidden_after"),
        math_text(526, BELT - 22, "h_{t}"),
        wire(f"M{copy} {BELT - 15}V54"),
        head(copy, 46, "up"),
        pill(copy, 34, number(shown), "shown"),
        text(copy - 36, 39, words("output"), "soft", "end"),
        text(UPDATE + 26, BELT + 34, words("hidden state"), "soft", "start"),
    ]


def _update(value: dict[str, float], words: Words) -> list[str]:
    tap, over = f"M{UPDATE} {BOX_TOP}V{BELT + HALF + 3}", f"M{UPDATE} {BLEND}H{CANDIDATE - HALF - 3}"
    return [
        *layer(UPDATE, BOX_TOP, BOX_BOTTOM, words("update gate"), "σ", half=43),
        halo(tap),
        wire(tap, "tap"),
        wire(over, "tap"),
        dot(UPDATE, BLEND),
        head(UPDATE, BELT + HALF, "up"),
        head(CANDIDATE - HALF, BLEND, "right"),
        pill(UPDATE, 262, number(value["update"]), "update"),
        math_text(UPDATE + 36, 267, "z", "start"),
        pill(344, BLEND, number(value["rest"]), "rest"),
        math_text(344, BLEND - 20, "1 − z"),
    ]


def _reset(value: dict[str, float], words: Words) -> list[str]:
    tap = f"M{RESET} {BOX_TOP}V232Q{RESET} 220 {RESET + 12} 220H332Q344 220 344 232V{JOIN - HALF - 3}"
    return [
        *layer(RESET, BOX_TOP, BOX_BOTTOM, words("reset gate"), "σ", half=43),
        halo(tap),
        wire(tap, "tap"),
        head(344, JOIN - HALF, "down"),
        pill(RESET, 302, number(value["reset"]), "reset"),
        math_text(RESET - 35, 307, "r", "end"),
    ]


def _candidate(value: dict[str, float], words: Words) -> list[str]:
    x = CANDIDATE
    return [
        *layer(STATE, BOX_TOP, BOX_BOTTOM, words("hidden state"), "· U", corner=0, half=43),
        *layer(x, BOX_TOP, BOX_BOTTOM, words("input"), "· W", corner=0, half=43),
        wire(f"M{STATE} {BOX_TOP}V{JOIN + 12}Q{STATE} {JOIN} {STATE + 12} {JOIN}H{344 - HALF}"),
        wire(f"M{344 + HALF} {JOIN}H{x - 21}"),
        head(x - 12, JOIN, "right"),
        wire(f"M{x} {BOX_TOP}V{JOIN + 21}"),
        head(x, JOIN + 12, "up"),
        plus(x, JOIN, 12),
        wire(f"M{x} {JOIN - 12}V{BLEND + HALF + 3}"),
        head(x, BLEND + HALF, "up"),
        oval(x, 250, "tanh"),
        pill(STATE, 312, number(value["from_state"]), "from_state"),
        pill(399, JOIN, number(value["let_through"]), "let_through"),
        pill(x, 316, number(value["from_input"]), "from_input"),
        pill(x, 216, number(value["candidate"]), "candidate"),
        math_text(x + 36, 221, "g", "start"),
        text(x - 36, 221, words("candidate"), "soft", "end"),
    ]
