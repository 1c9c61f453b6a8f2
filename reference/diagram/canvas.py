"""What all pictures share: numbers, SVG elements, colours, and the object that a caller gets."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, unescape

COLOURS = {  # (light, dark)
    "ink": ("#1c2127", "#e4e8ee"),
    "soft": ("#59626e", "#9ba6b4"),
    "line": ("#dfe3e8", "#353c46"),
    "wire": ("#59626e", "#9ba6b4"),
    "paper": ("#ffffff", "#171b21"),
    "well": ("#f5f6f8", "#1f242c"),
    "forget": ("#a8410a", "#f5a66b"),
    "input": ("#0b6e4f", "#4ccfa0"),
    "candidate": ("#6d3fb0", "#c3a2f5"),
    "cell": ("#7d5a00", "#e6c35c"),
    "belt": ("#f6ebc8", "#40371d"),
    "output": ("#1d5fa8", "#7cb8f2"),
}

FONT = (
    'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Noto Sans CJK SC","PingFang SC",'
    '"Microsoft YaHei",sans-serif'
)
SERIF = '"STIX Two Text",Cambria,Georgia,"Times New Roman","DejaVu Serif","Noto Serif CJK SC",serif'


def themed(selector: str) -> str:
    """Style rules by which something follows the theme of the notebook around it, or else that of the system."""
    return (
        f"{selector}{{color-scheme:light dark}}"
        ':is(body[data-jp-theme-light="true"],.vscode-light,.vscode-high-contrast-light,html[theme="light"])'
        f" :is({selector}){{color-scheme:light}}"
        ':is(body[data-jp-theme-light="false"],.vscode-dark,.vscode-high-contrast:not(.vscode-high-contrast-light),'
        f'html[theme="dark"]) :is({selector}){{color-scheme:dark}}'
    )


# Doubled and tripled classes outweigh the rules that Jupyter and the card have for every svg.
_STYLE = """
THEME
svg.gbd.gbd.gbd{fill:none;stroke:none;stroke-width:1;font:14px/1.2 FONT;font-variant-numeric:tabular-nums}
svg.gbd.gbd.gbd:not(:root){display:block;width:100%;height:auto;max-width:46rem;margin:0 auto;vertical-align:top}
.gbd .paper{fill:$paper}
.gbd .frame{fill:$well;stroke:$line}
.gbd text{fill:$ink;stroke:none;font-size:14px}
.gbd .word{font-size:13px}
.gbd .soft{fill:$soft;font-size:13px}
.gbd .code{fill:$soft;font-size:12px;font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
.gbd .strong{font-weight:650}
.gbd .math{font:italic 17px SERIF}
.gbd .math .sub{font-size:11.5px}
.gbd .math .name{font-style:normal}
.gbd .op{font:18px SERIF}
.gbd .wire{stroke:$wire;stroke-width:2;stroke-linecap:round;stroke-linejoin:round;fill:none}
.gbd .tap{stroke-dasharray:1 4.5;stroke-width:2.4}
.gbd .head,.gbd .dot{fill:$wire;stroke:none}
.gbd .pill{fill:$paper;stroke:$wire;stroke-width:1}
.gbd .belt{fill:$belt;stroke:$cell;stroke-width:1.5;stroke-linejoin:round}
.gbd .chevron{stroke:$cell;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round;fill:none}
.gbd .box{fill:$paper;stroke:$wire;stroke-width:2}
.gbd .ring{fill:$paper;stroke-width:2}
.gbd .sign{stroke:$ink;stroke-width:2.2;stroke-linecap:round}
.gbd .under{stroke:$paper;stroke-width:5.5;stroke-linecap:round}
.gbd .unknown{stroke-dasharray:3 3}
.gbd .halo{display:none;fill:none;stroke-width:13;stroke-linecap:round;stroke-linejoin:round;stroke-opacity:.22}
.gbd .note{display:none}
GATES.gbd.masked .part{opacity:.38}
.gbd .masked{opacity:.5}
@media print{.gbd,.gbd-page{color-scheme:light!important;print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@media (forced-colors:active){.gbd,.gbd-page{forced-color-adjust:none}}
"""
_GATE = """
.gbd .gate-NAME :is(.wire,.box,.ring,.pill,.halo){stroke:$NAME}
.gbd .gate-NAME :is(.head,.dot,.plate){fill:$NAME}
.gbd .gate-NAME .note{fill:$NAME}
ON .gate-NAME :is(.halo,.note){display:inline}
ON .gate-NAME .wire{stroke-width:3.4}
ON .gate-NAME :is(.box,.ring){stroke-width:3.6}
ON .gate-NAME .pill{stroke-width:2}
ON .gate-NAME .belt{stroke-width:3}
ON .part:not(.gate-NAME):not(.with-NAME){opacity:.36}
"""


def paint(css: str) -> str:
    """Style rules with every ``property:$colour`` written out, for light alone and for light and dark.

    The first of the two declarations serves programs that do not know ``light-dark()``.

    >>> paint("a{fill:$paper}")
    'a{fill:#ffffff;fill:light-dark(#ffffff,#171b21)}'
    """

    def both(match: re.Match[str]) -> str:
        name, (light, dark) = match[1], COLOURS[match[2]]
        return f"{name}:{light};{name}:light-dark({light},{dark})"

    return re.sub(r"([a-z-]+):\$(\w+)", both, css).replace("\n", "")


def _style() -> str:
    gates = "".join(
        _GATE.replace("ON", f":is(.gbd.hl-{name},.hl-{name} .gbd)").replace("NAME", name)
        for name in ("forget", "input", "candidate", "cell", "output")
    )
    return paint(
        _STYLE.replace("THEME", themed(".gbd,.gbd-page"))
        .replace("GATES", gates)
        .replace("FONT", FONT)
        .replace("SERIF", SERIF)
    )


STYLE = _style()


def number(value: float) -> str:
    """Two or three significant digits, never more than nine characters.

    >>> [number(v) for v in (0.0, 0.8520, -12.34, 0.0123, 999.6, 1.2e-5, -4e120, float("nan"), -float("inf"))]
    ['0', '0.85', '−12.3', '0.012', '1000', '1.2e−5', '−4.0e120', 'nan', '−∞']
    """
    size = abs(float(value))
    minus = "−" if value < 0 else ""
    if math.isnan(size):
        return "nan"
    if math.isinf(size):
        return minus + "∞"
    if size == 0:
        return "0"
    exponent = int(f"{size:.1e}".partition("e")[2])
    if exponent < -3 or size >= 9999.5:
        digits, power = f"{size:.1e}".split("e")
        return f"{minus}{digits}e{int(power)}".replace("e-", "e−")
    if exponent < -1:
        return f"{minus}{size:.{1 - exponent}f}"
    return f"{minus}{size:.{2 if size < 9.995 else 1 if size < 99.95 else 0}f}"


def factor(value: float) -> str:
    """A number as a factor or a summand: in brackets if negative.

    >>> factor(-0.5)
    '(−0.50)'
    """
    text = number(value)
    return f"({text})" if text.startswith("−") else text


_WIDTHS = {".": 0.32, "−": 0.84, "e": 0.62, "∞": 0.84, "(": 0.4, ")": 0.4, ",": 0.32, " ": 0.32}


def width(text: str, size: float) -> float:
    """About how wide a text becomes, in a wide font (DejaVu Sans): no common font exceeds it by much."""
    wide = sum(_WIDTHS.get(letter, 1.0 if letter > "\u2e80" else 0.64) for letter in text)
    return wide * size


def element(name: str, content: str = "", **attributes: object) -> str:
    """One element. ``content`` is SVG already; an underscore in a name stands for a hyphen, ``class_`` for class."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_plain(value)}"' for key, value in attributes.items() if value != ""
    )
    return f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>"


def _plain(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "middle", size: float | None = None) -> str:
    """A text whose baseline starts at (x, y); it is escaped."""
    style = "" if size is None else f"font-size:{_plain(float(size))}px"
    return element("text", escape(content), x=x, y=y, class_=kind, text_anchor=anchor, style=style)


def math_text(x: float, y: float, formula: str, anchor: str = "middle") -> str:
    """A formula such as ``c_{t-1}``, letters italic, subscripts lowered."""
    spans, lowered = [], False
    for part, sub in re.findall(r"([^_]+)(?:_\{(.*?)\})?", formula):
        name, letters = ("tanh", part[4:]) if part.startswith("tanh") else ("", part)
        if name:
            spans.append(element("tspan", name, class_="name"))
        spans.append(element("tspan", escape(letters), dy=-4 if lowered else ""))
        lowered = bool(sub)
        if sub:
            spans.append(element("tspan", escape(sub.replace("-", "−")), class_="sub", dy=4))
    return element("text", "".join(spans), x=x, y=y, class_="math", text_anchor=anchor)


def html_formula(formula: str) -> str:
    """The same formula as HTML.

    >>> html_formula("c_{t-1}")
    '<i>c</i><sub>t−1</sub>'
    """
    parts = re.findall(r"([^_]+)(?:_\{(.*?)\})?", formula)
    return "".join(
        re.sub(r"\b([a-zA-Z]̃?)\b", r"<i>\1</i>", escape(part))
        + (f"<sub>{escape(sub.replace('-', '−'))}</sub>" if sub else "")
        for part, sub in parts
    )


PILL, TALL = 58, 21


def pill(x: float, y: float, content: str, name: str = "") -> str:
    """A number on a wire, centred at (x, y), with a ground of its own; smaller where it is long.

    With a ``name`` both are a group of their own, by which a script finds them.
    """
    size = min(14.0, 14 * (PILL - 7) / width(content, 14))
    ground = element("rect", x=x - PILL / 2, y=y - TALL / 2, width=PILL, height=TALL, rx=5, class_="pill")
    drawn = ground + text(x, y + 0.36 * size, content, "num", size=size)
    return element("g", drawn, data_wire=name) if name else drawn


def symbol_pill(x: float, y: float, formula: str, wide: float = 34) -> str:
    """A symbol on a wire, where there are no numbers."""
    ground = element("rect", x=x - wide / 2, y=y - 12, width=wide, height=24, rx=6, class_="pill")
    return ground + math_text(x, y + 5, formula)


def wire(path: str, kind: str = "") -> str:
    """A line along an SVG path."""
    return element("path", d=path, class_=f"wire {kind}".strip())


def halo(path: str) -> str:
    """The glow of a line, shown while its part is highlighted."""
    return element("path", d=path, class_="halo")


def head(x: float, y: float, toward: str) -> str:
    """An arrow head whose tip is at (x, y)."""
    along = {"right": (1, 0), "left": (-1, 0), "up": (0, -1), "down": (0, 1)}[toward]
    dx, dy = along
    back_x, back_y = x - 9 * dx, y - 9 * dy
    points = f"M{x:g} {y:g}L{back_x + 5 * dy:g} {back_y + 5 * dx:g}L{back_x - 5 * dy:g} {back_y - 5 * dx:g}Z"
    return element("path", d=points, class_="head")


def dot(x: float, y: float) -> str:
    """Where a line forks."""
    return element("circle", cx=x, cy=y, r=3.8, class_="dot")


def group(parts: Iterable[str], kind: str) -> str:
    """Parts that belong together."""
    return element("g", "".join(parts), class_=kind)


def document(box: tuple[float, float, float, float], kind: str, title: str, told: str, parts: Iterable[str]) -> str:
    """The whole SVG: what it shows in words, its style, its ground, its parts."""
    x, y, wide, tall = box
    ground = element("rect", x=x, y=y, width=wide, height=tall, rx=8, class_="paper")
    content = (
        element("title", escape(title))
        + element("desc", escape(told))
        + element("style", escape(STYLE))
        + ground
        + "".join(parts)
    )
    return element(
        "svg",
        content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"{x:g} {y:g} {wide:g} {tall:g}",
        width=f"{wide:g}",
        height=f"{tall:g}",
        role="img",
        class_=f"gbd {kind}".strip(),
    )


@dataclass(frozen=True, repr=False)
class Picture:
    """One drawing. The last expression of a notebook cell shows it; its text says what it shows."""

    svg: str
    """The SVG document."""

    def __repr__(self) -> str:
        return ". ".join(unescape(said) for said in re.findall(r"<(?:title|desc)>(.*?)</", self.svg))

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> None:
        """Write the picture to an ``.svg`` or ``.html`` file.

        Args:
            path: the file. Its suffix says what is written.

        Raises:
            ValueError: for another suffix.
        """
        path = Path(path)
        if path.suffix == ".svg":
            path.write_text(self.svg + "\n", encoding="utf-8")
        else:
            save_html(path, self.svg)


def save_html(path: Path, body: str) -> None:
    """Write a page of its own around ``body``."""
    if path.suffix not in (".html", ".htm"):
        raise ValueError(f"path ends in {path.suffix!r}, expected .html (or .svg for a single picture)")
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
        f'content="light dark"><title>Gatebook</title></head>\n<body>{body}</body></html>\n'
    )
    path.write_text(page, encoding="utf-8")
