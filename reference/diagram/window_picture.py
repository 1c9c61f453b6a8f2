"""A window on a picture as a drawing: the numbers under it, what it makes of them, and where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reference.diagram.canvas import Picture, document, element, number, text
from reference.traces import Array

SIDE, GAP, TOP = 30, 34, 34
MINUS, PLUS = "candidate", "forget"
"""The colours of numbers below and above 0, as in the pictures of recurrent networks."""


def short(value: float) -> str:
    """As short as possible: whole numbers without a point.

    >>> short(-3.0), short(0.25)
    ('−3', '0.25')
    """
    whole = float(value).is_integer() and abs(value) < 10000
    return f"{'−' if value < 0 else ''}{abs(int(value))}" if whole else number(value)


def draw_sheets(
    sheets: Sequence[tuple[str, Array, tuple[int, int] | None]], title: str, told: str, line: str
) -> Picture:
    """Grids of numbers beside each other, each with its name and the window on it, and a line below."""
    parts, left = [], 12
    for name, values, window in sheets:
        columns = values.shape[1]
        parts.append(text(left, TOP - 12, name, "word", "start"))
        largest = float(np.max(np.abs(values), initial=1e-9, where=np.isfinite(values)))
        for (i, j), value in np.ndenumerate(values):
            parts.append(_cell(left + j * SIDE, TOP + i * SIDE, float(value), float(value) / largest))
        if window:
            tall, wide = window
            frame = element("rect", x=left, y=TOP, width=wide * SIDE, height=tall * SIDE, rx=4, class_="ring")
            parts.append(
                element("g", frame.replace('class="ring"', 'class="halo" style="display:inline"'), class_="gate-output")
            )
        left += max(columns * SIDE, 60) + GAP
    tall = TOP + SIDE * max(len(values) for _, values, _ in sheets) + 44
    parts.append(text(12, tall - 16, line, "", "start"))
    return Picture(document((0, 0, max(left - GAP + 12, 420), tall), "", title, told, parts))


def _cell(x: float, y: float, value: float, share: float) -> str:
    ground = element("rect", x=x + 1, y=y + 1, width=SIDE - 2, height=SIDE - 2, rx=3, class_="frame")
    colour = f"gate-{MINUS if value < 0 else PLUS}"
    shade = element(
        "rect",
        x=x + 1,
        y=y + 1,
        width=SIDE - 2,
        height=SIDE - 2,
        rx=3,
        class_="plate",
        style=f"fill-opacity:{0.6 * min(1.0, abs(share)):.2f}",
    )
    written = short(value)
    size = 8.5 if len(written) > 5 else 10.5 if len(written) > 3 else 13.0
    return ground + element("g", shade, class_=colour) + text(x + SIDE / 2, y + SIDE / 2 + 4, written, "num", size=size)
