"""One step of a simple recurrent network as a drawing: above it the chain of steps, below it one step from within."""

from __future__ import annotations

import numpy as np

from reference.diagram.canvas import (
    Picture,
    document,
    dot,
    element,
    group,
    head,
    math_text,
    number,
    pill,
    text,
    wire,
)
from reference.diagram.parts import layer, oval, plus
from reference.diagram.step import FEATURES, index_in
from reference.diagram.words import MASKED, Words
from reference.traces import RNNTrace

WIDTH, HEIGHT = 576, 456
CHAIN, PITCH, MIDDLE = 74, 100, 288  # height of the chain, from box to box, the box that is shown from within
LINE, BELOW, TOP, BOTTOM = 246, 336, 150, 388  # heights of the state, of the input; of the frame
BOX, SUM = 136, 288  # where the boxes are, where all is added
UNITS = 4  # of h, drawn
RNN_TITLE = "One step of a recurrent network: step {step} of {steps}"
RNN_TEXT = (
    "The input adds {from_input}, the state {from_state}, the bias {bias}: {total}. Its tanh is {hidden}, the new "
    "state and the output."
)
RNN_WORDS = (RNN_TITLE, RNN_TEXT, "from the state", "from the input", "bias", "the next step reads it", "step {step}")


def draw_rnn_step(trace: RNNTrace, batch_item: int, unit: int, words: Words) -> Picture:
    """The first step of one unit. A script finds numbers by their names, and the boxes of the chain by their places."""
    batch, steps, units = trace.hidden.shape
    n, u = index_in("batch_item", batch_item, batch), index_in("unit", unit, units)
    place = steps - 1 if trace.go_backwards else 0
    x, h = trace.x[n, place], trace.h_prev[n, 0]
    value = {
        "from_input": float(x @ trace.kernel[:, u]),
        "from_state": float(h @ trace.recurrent_kernel[:, u]),
        "bias": 0.0 if trace.bias is None else float(trace.bias[u]),
        "hidden": float(trace.hidden[n, 0, u]),
    }
    counts = bool(trace.mask[n, place])
    value["total"] = value["from_input"] + value["from_state"] + value["bias"]
    after = value["hidden"] if counts else float(h[u])
    told = words(RNN_TEXT, **{name: number(v) for name, v in value.items()})
    title = words(RNN_TITLE, step=1, steps=steps)
    caption = [text(12, 24, words("step {step} of {steps}", step=1, steps=steps), "strong", "start")]
    if not counts:
        told += " " + words(MASKED)
        caption.append(text(130, 24, words(MASKED), "word strong", "start"))
    after_each = [float(v) for v in trace.hidden[n, :, u]]
    parts = [
        *_chain(float(trace.h0[n, u]), after_each, words),
        element("rect", x=62, y=TOP, width=404, height=BOTTOM - TOP, rx=14, class_="frame"),
        group(_state(h, after, words), "part gate-cell"),
        group(_boxes(x, words), "part bus"),
        group(_inside(value, words), "part gate-output"),
        group(_out(value["hidden"] if counts else after, words), "part gate-output"),
        *caption,
    ]
    kind = "" if counts else "masked"
    return Picture(document((0, 0, WIDTH, HEIGHT), kind, title, told, parts))


def _chain(first: float, states: list[float], words: Words) -> list[str]:
    """The steps around the one that is shown, and a glass that enlarges it."""
    glass = f"M{MIDDLE - 17} {CHAIN + 17}H{MIDDLE + 17}L466 {TOP + 8}H62Z"
    links = []
    for place in range(-3, 3):
        cell = MIDDLE + PITCH * place
        here = 0 <= place < len(states)
        known = first if place == -1 else states[place] if here else None
        parts = [
            group(
                [wire(f"M{cell + 18} {CHAIN}H{cell + PITCH - 26}"), head(cell + PITCH - 18, CHAIN, "right")],
                "gate-cell",
            ),
            text(cell + PITCH / 2, CHAIN - 8, "" if known is None else number(known), "num word"),
        ]
        if place > -3:
            parts.append(group(_box(cell, place, words("step {step}", step=place + 1) if here else ""), "inside"))
        links.append(
            element("g", "".join(parts), class_="link", data_link=place, hidden="" if here or place == -1 else "hidden")
        )
    return [element("path", d=glass, class_="frame"), *links]


def _box(x: float, place: int, name: str) -> list[str]:
    size = 34
    box = element("rect", x=x - size / 2, y=CHAIN - size / 2, width=size, height=size, rx=7, class_="box")
    return [
        wire(f"M{x} {CHAIN + 34}V{CHAIN + 24}") if place else "",
        head(x, CHAIN + 18, "up") if place else "",
        wire(f"M{x} {CHAIN - 17}V{CHAIN - 26}"),
        head(x, CHAIN - 33, "up"),
        group([box], "gate-output" if place == 0 else "bus"),
        text(x, CHAIN + 5, "tanh", "op", size=13),
        text(
            x + (10 if place else 0), CHAIN + (33 if place else 35), name, "soft name", "start" if place else "middle"
        ),
    ]


def _state(h: np.ndarray, after: float, words: Words) -> list[str]:
    """The vector that comes in, the number that goes out, and the way back."""
    shown = h[:UNITS]
    first = LINE - 12 * (len(shown) - 1)
    low = LINE + 12 * (len(shown) - 1) + 11
    more = len(h) - len(shown)
    back = f"M546 {LINE + 11}V392Q546 404 534 404H45Q33 404 33 392V{low + (32 if more else 16)}"
    return [
        wire(f"M62 {LINE}H{BOX - 60}"),
        head(BOX - 51, LINE, "right"),
        *(pill(33, first + 24 * k, number(value), f"state{k}") for k, value in enumerate(shown)),
        text(33, low + 12, f"… {words('{count} more', count=more)}", "soft") if more else "",
        math_text(33, first - 20, "h_{t-1}"),
        wire(back, "tap"),
        head(33, low + (20 if more else 3), "up"),
        text(300, 398, words("the next step reads it"), "soft"),
        pill(546, LINE, number(after), "hidden_after"),
        math_text(546, LINE - 20, "h_{t}"),
    ]


def _boxes(x: np.ndarray, words: Words) -> list[str]:
    """The two products, one above the other."""
    shown = x[:FEATURES]
    first = BOX - 32 * (len(shown) - 1) if len(shown) < 3 else 64
    end = first + 64 * len(shown) - 26
    more = len(x) - len(shown)
    return [
        *layer(BOX, LINE - 24, LINE + 24, words("from the state"), "· U", half=50),
        *layer(BOX, BELOW - 24, BELOW + 24, words("from the input"), "· W", half=50),
        element("path", d=f"M{BOX} 410V397", class_="under"),
        wire(f"M{BOX} 420V{BELOW + 28}"),
        head(BOX, BELOW + 25, "up"),
        *(pill(first + 64 * k, 432, number(value), f"x{k}") for k, value in enumerate(shown)),
        math_text(first - 34, 437, "x_{t}", "end"),
        text(end, 437, f"… {words('{count} more', count=more)}" if more else words("input"), "soft", "start"),
    ]


def _inside(value: dict[str, float], words: Words) -> list[str]:
    """What is added, and the tanh of the sum."""
    return [
        wire(f"M{BOX + 50} {LINE}H{SUM - 24}"),
        head(SUM - 15, LINE, "right"),
        wire(f"M{BOX + 50} {BELOW}H{SUM - 12}Q{SUM} {BELOW} {SUM} {BELOW - 12}V{LINE + 24}"),
        head(SUM, LINE + 15, "up"),
        wire(f"M{SUM} 196V{LINE - 24}"),
        head(SUM, LINE - 15, "down"),
        pill(226, LINE, number(value["from_state"]), "from_state"),
        math_text(226, LINE - 20, "h_{t-1} U"),
        pill(226, BELOW, number(value["from_input"]), "from_input"),
        math_text(226, BELOW - 20, "x_{t} W"),
        pill(SUM, 186, number(value["bias"]), "bias"),
        math_text(SUM + 36, 191, "b", "start"),
        text(SUM - 36, 191, words("bias"), "soft", "end"),
        plus(SUM, LINE),
        wire(f"M{SUM + 15} {LINE}H393"),
        head(401, LINE, "right"),
        pill(352, LINE, number(value["total"]), "total"),
        math_text(352, LINE - 20, "a_{t}"),
        oval(426, LINE, "tanh"),
        pill(426, LINE + 34, number(value["hidden"]), "hidden"),
    ]


def _out(shown: float, words: Words) -> list[str]:
    return [
        wire(f"M450 {LINE}H508"),
        head(516, LINE, "right"),
        dot(500, LINE),
        wire(f"M500 {LINE}V207"),
        head(500, 199, "up"),
        pill(500, 186, number(shown), "shown"),
        text(500, 168, words("output"), "soft"),
    ]
