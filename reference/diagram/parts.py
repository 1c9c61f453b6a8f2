"""What the drawings of cells are made of: boxes, valves, additions, functions."""

from __future__ import annotations

import math

from reference.diagram.canvas import element, head, text, wire

HALF, INNER = 16, 15  # of a valve: its frame, its passage


def layer(
    x: float, top: float, bottom: float, word: str, function: str, corner: float = 11, half: float = 41
) -> list[str]:
    """A layer with weights of its own, in the middle ``x``: its glow, then its box with a word and a function."""
    rect: dict[str, object] = {"x": x - half, "y": top, "width": 2 * half, "height": bottom - top, "rx": corner}
    return [
        element("rect", "", **rect, class_="halo"),
        element("rect", "", **rect, class_="box") + text(x, top + 20, word, "word") + text(x, top + 39, function, "op"),
    ]


def valve(x: float, y: float, opening: float, flow: str, gate: str = "", product: str = "") -> str:
    """A multiplication as a valve: a plate leaves as much of the passage free as the gate is open.

    A script finds it by the number that opens it, ``gate``, and tells of the number that comes out, ``product``.
    """
    known = not math.isnan(opening)
    shut = 1 - min(1.0, max(0.0, opening if known else 1.0))
    turn = "" if flow == "right" else f"rotate(90 {x} {y})"
    frame: dict[str, object] = {"x": x - HALF, "y": y - HALF, "width": 2 * HALF, "height": 2 * HALF, "rx": 4}
    inside: dict[str, object] = {"x": x - INNER, "y": y - INNER, "width": 2 * INNER}
    parts = [
        element("rect", "", **frame, class_="halo"),
        element("rect", "", **frame, class_="ring" if known else "ring unknown"),
    ]
    if shut:
        parts.append(element("rect", "", **inside, height=2 * INNER * shut, rx=2, transform=turn, class_="plate"))
    cross = f"M{x - 5} {y - 5}L{x + 5} {y + 5}M{x - 5} {y + 5}L{x + 5} {y - 5}"
    parts += [element("path", d=cross, class_="under"), element("path", d=cross, class_="sign")]
    return element(
        "g",
        "".join(parts),
        class_="valve",
        data_valve=gate,
        data_product=product,
        data_turn=turn if gate else "",
    )


def valve_legend(x: float, y: float, opens: str, shut: str) -> list[str]:
    """What the dotted lines and the plates of valves are."""
    return [
        wire(f"M{x:g} {y}H{x + 22:g}", "tap"),
        head(x + 32, y, "right"),
        text(x + 40, y + 5, opens, "soft", "start"),
        element("rect", x=x - 142, y=y - 8, width=16, height=16, rx=3, class_="pill"),
        element("rect", x=x - 142, y=y - 8, width=16, height=9, rx=2, class_="head"),
        text(x - 120, y + 5, shut, "soft", "start"),
    ]


def plus(x: float, y: float, radius: float = 15) -> str:
    """An addition."""
    arm = 0.4 * radius
    sign = f"M{x - arm:g} {y}H{x + arm:g}M{x} {y - arm:g}V{y + arm:g}"
    return element("circle", cx=x, cy=y, r=radius, class_="ring") + element("path", d=sign, class_="sign")


def oval(x: float, y: float, function: str) -> str:
    """A function without weights."""
    shape = element("ellipse", cx=x, cy=y, rx=24, ry=13, class_="box")
    return shape + text(x, y + 5, function, "op", size=16)


def chevron(x: float, y: float) -> str:
    """A mark on a belt: which way it runs."""
    return element("path", d=f"M{x - 3} {y - 5}L{x + 2} {y}L{x - 3} {y + 5}", class_="chevron")
