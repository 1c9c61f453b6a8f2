"""The plot of what `benchmarks.tolerance` has recorded: one row for each exercise and dtype."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from benchmarks.tolerance_records import BINS, EXACT, UNLIKE, Recorded

RIGHT, WRONG = "#1f6f8b", "#d1701d"
HATCH = "////"
TALLEST = 0.82
"""Of a row that the highest bar fills."""
LEAST, MOST = 1e-4, 1e16
"""The ends of the axis; what lies beyond stands in its last bin."""


def drawn(recorded: Sequence[Recorded]) -> str:
    """An SVG picture, the same for the same results; text stays text.

    Raises:
        ValueError: nothing is recorded.
    """
    if not recorded:
        raise ValueError("nothing is recorded: run `python -m benchmarks.tolerance` first")
    rows = sorted(recorded, key=lambda one: (one.exercise, one.dtype), reverse=True)
    with matplotlib.rc_context({"svg.hashsalt": "tolerance", "svg.fonttype": "none", "hatch.linewidth": 0.6}):
        figure = Figure(figsize=(9, 1.5 + 0.42 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for height, one in enumerate(rows):
            _row(axes, height, one)
        _frame(axes, rows)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _row(axes: Axes, height: int, one: Recorded) -> None:
    axes.axhline(height, color="0.75", linewidth=0.6, zorder=0)
    _bars(axes, height, one.right, facecolor=RIGHT, edgecolor=RIGHT)
    _bars(axes, height, one.mistakes, facecolor="none", edgecolor=WRONG, hatch=HATCH)
    # The number of the worst stands on the other side of the line, where nothing should be.
    if one.worst:
        worst = max(extreme.ratio for extreme in one.worst.values())
        _marked(axes, (worst, height), "o", RIGHT, (1, 4, "left"))
    if one.nearest:
        nearest = min(extreme.ratio for extreme in one.nearest.values())
        _marked(axes, (nearest, height), "^", WRONG, (nearest, -6, "right"))


def _marked(axes: Axes, place: tuple[float, int], marker: str, colour: str, said: tuple[float, int, str]) -> None:
    """A marker, and its ratio so many points beside another place of the row."""
    beside, points, side = said
    axes.plot(*place, marker, color=colour, markersize=5, clip_on=False)
    axes.annotate(
        f"{place[0]:.2g}", (beside, place[1]), xytext=(points, 3), textcoords="offset points", ha=side, va="bottom",
        fontsize=7, color=colour,
    )  # fmt: skip


def _bars(axes: Axes, height: int, histogram: dict[str, int], **style: str) -> None:
    counts: dict[float, int] = {}
    for key, count in histogram.items():
        if key not in (EXACT, UNLIKE):
            begins = min(max(10 ** (int(key) / BINS), LEAST), MOST)
            counts[begins] = counts.get(begins, 0) + count
    most = max(counts.values(), default=1)
    for begins, count in counts.items():
        width = begins * (10 ** (1 / BINS) - 1)
        axes.bar(
            begins,
            TALLEST * count / most,
            width=width,
            bottom=height,
            align="edge",
            linewidth=0.5,
            **style,
        )


def _frame(axes: Axes, rows: Sequence[Recorded]) -> None:
    axes.set_xscale("log")
    axes.set_xlim(LEAST, MOST * 10)
    axes.set_ylim(-0.15, len(rows))
    axes.axvline(1, color="black", linewidth=1.2)
    axes.text(1, len(rows), "tolerance", ha="center", va="bottom", fontsize=8)
    axes.set_yticks(
        [height + 0.3 for height in range(len(rows))],
        [f"{one.exercise}, {one.dtype}\n{one.cases:,} cases" for one in rows], fontsize=7,
    )  # fmt: skip
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("largest error of an answer / its tolerance")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(
        handles=[
            Patch(facecolor=RIGHT, edgecolor=RIGHT, label="right answers; ● the worst"),
            Patch(facecolor="none", edgecolor=WRONG, hatch=HATCH, label="known mistakes; ▲ the nearest"),
        ],
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize=8, borderaxespad=1.6,
    )  # fmt: skip
