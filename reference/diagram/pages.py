"""Several pictures as one piece of HTML: a step to choose, or five steps below each other. No scripts."""

from __future__ import annotations

import hashlib
import html
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reference.diagram.canvas import (
    FONT,
    SERIF,
    Picture,
    factor,
    html_formula,
    number,
    paint,
    save_html,
)
from reference.diagram.step import FEATURES, Step, explanation
from reference.diagram.words import GATES, HEADINGS, Words

OWN_KEYS = 'data-lm-suppress-shortcuts="true"'
"""Keeps JupyterLab from taking the arrow keys of what has the focus for its own; it looks at this element alone."""
_STYLE = paint(
    """
.gbd-page.gbd-page{font:15px/1.5 FONT;font-variant-numeric:tabular-nums;color:$ink;background:$paper;margin:.4rem 0;
padding:.6rem;border:1px solid;border-color:$line;border-radius:8px;max-width:60rem;box-sizing:border-box;
text-align:left}
.gbd-page .t{display:none}
.gbd-page .strip{overflow-x:auto;padding:3px}
.gbd-page table.gates{border-collapse:separate;border-spacing:2px;margin:.2rem auto 0;border:0;width:auto;
font-size:13px}
.gbd-page .gates tr:nth-child(n){background:none}
.gbd-page .gates caption{caption-side:top;text-align:left;color:$soft;font-size:13px;padding:0}
.gbd-page .gates :is(th,td){border:0;padding:.2rem .3rem;text-align:center;white-space:nowrap;min-width:3.9rem;
box-sizing:border-box;color:$ink;font-weight:400}
.gbd-page .gates tbody th{text-align:right}
.gbd-page .gates tr :first-child:is(th){position:sticky;left:0;z-index:1;background:$paper}
.gbd-page .gates thead th{padding:0}
.gbd-page .gates td{background:linear-gradient($well,$well)}
.gbd-page .gates label{display:block;padding:.15rem .3rem;border-radius:4px;cursor:pointer}
.gbd-page .gates label:hover{background:$well}
.gbd-page .gates label:has(:focus-visible){outline:2px solid;outline-color:$output}
.gbd-page .gates label:has(:checked){font-weight:700}
.gbd-page .gates input{display:block;margin:0 auto;accent-color:$output}
.gbd-page .gates .void{opacity:.5}
.gbd-page ol.five{list-style:none;display:grid;gap:1.2rem;margin:0;padding:0;
grid-template-columns:repeat(auto-fit,minmax(min(100%,25rem),1fr))}
.gbd-page .five li{margin:0;padding:0;min-width:0}
.gbd-page .five h4{margin:0 0 .2rem;font-size:16px;font-weight:650;color:inherit}
.gbd-page .five p{margin:.2rem 0 0;padding:0 .3rem;overflow-wrap:anywhere}
.gbd-page .five .sum{font:17px/1.6 SERIF}
.gbd-page sub{font-size:.7em;line-height:0}
@media print{.gbd-page .five li{break-inside:avoid}}
""".replace("FONT", FONT).replace("SERIF", SERIF)
)


@dataclass(frozen=True, repr=False)
class Pages:
    """Several drawings in one piece of HTML. The last expression of a notebook cell shows it; its text says what they
    show."""

    pictures: tuple[Picture, ...]
    """The drawings, in order."""
    html: str
    """All of it."""

    def __repr__(self) -> str:
        return "\n".join(repr(picture) for picture in self.pictures)

    def _repr_html_(self) -> str:
        return self.html

    def save(self, path: str | Path) -> None:
        """Write an HTML page.

        Args:
            path: the file, ending in ``.html``; ``pictures[0].save`` writes a single picture.

        Raises:
            ValueError: for another suffix.
        """
        save_html(Path(path), self.html)


def film(
    pictures: tuple[Picture, ...], steps: tuple[Step, ...], words: Words, marks: frozenset[int] = frozenset()
) -> Pages:
    """A picture for each step, and a table of all numbers over time in whose head the step is chosen.

    ``marks``: the steps, from 0, with a ▼ over them.
    """
    # A form keeps the radio buttons of two films apart even if both show the same trace; its disabled button
    # keeps the return key from submitting it.
    digest = hashlib.sha256("".join(p.svg for p in pictures).encode()).hexdigest()[:12]
    chosen = "".join(
        f".gbd-film:has(.s{n}:checked) .t{n}{{display:block}}"
        + paint(f".gbd-film:has(.s{n}:checked) .c{n}{{outline:2px solid;outline-color:$ink;font-weight:700}}")
        for n in range(len(pictures))
    )
    frames = "".join(f'<div class="t t{n}">{picture.svg}</div>' for n, picture in enumerate(pictures))
    body = (
        f'<form class="gbd-page gbd-film">'
        f"<style>{_STYLE}{chosen}</style>{frames}{_strip(steps, marks, digest, words)}"
        '<button type="submit" disabled hidden></button></form>'
    )
    return Pages(pictures, body)


def _strip(steps: tuple[Step, ...], marks: frozenset[int], digest: str, words: Words) -> str:
    def say(word: str, **values: object) -> str:
        return html.escape(words(word, **values))

    heads = "".join(
        f'<th scope="col"><label><input type="radio" name="gbd-{digest}" class="s{n}" value="{n}" {OWN_KEYS} '
        f'aria-label="{say("step {step} of {steps}", step=n + 1, steps=len(steps))}'
        f'{" ▼" if n in marks else ""}"{" checked" if n == 0 else ""}>{n + 1}{" ▼" if n in marks else ""}</label></th>'
        for n in range(len(steps))
    )
    rows = []
    for name, word, symbol, values in _rows(steps):
        largest = (
            1.0 if name in ("candidate", "hidden") else max((abs(v) for v in values if math.isfinite(v)), default=0.0)
        )
        cells = []
        for n, (step, value) in enumerate(zip(steps, values, strict=True)):
            void = " void" if not step.counts and name in _GATES else ""
            gate = name in _GATES and name != "candidate"
            shade = _gate_shade(name, value) if gate else _signed_shade(name, value / (largest or 1.0))
            cells.append(f'<td class="c{n}{void}" style="{shade}">{number(value)}</td>')
        rows.append(f'<tr><th scope="row">{say(word)} {html_formula(symbol)}</th>{"".join(cells)}</tr>')
    return (
        f'<div class="strip" role="radiogroup" aria-label="{say("Choose a step")}"><table class="gates">'
        f"<caption>{say('Values at each step')}</caption>"
        f'<thead><tr><th scope="col">{say("step")}</th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )


_GATES = {"forget": "f", "input": "i", "candidate": "g", "output": "o"}


def _rows(steps: tuple[Step, ...]) -> list[tuple[str, str, str, tuple[float, ...]]]:
    """Colour, word, symbol and numbers of each row: what is read, the gates, the states."""
    inputs = min(len(steps[0].x), FEATURES)
    return [
        *(
            ("bus", "input", "x_{t}" if inputs == 1 else f"x_{{t,{k + 1}}}", tuple(step.x[k] for step in steps))
            for k in range(inputs)
        ),
        *(
            (name, HEADINGS[name], letter, tuple(float(getattr(step, name)) for step in steps))
            for name, letter in _GATES.items()
        ),
        ("cell", HEADINGS["cell"], "c_{t}", tuple(step.cell_after for step in steps)),
        ("hidden", "hidden state", "h_{t}", tuple(step.shown for step in steps)),
    ]


def _gate_shade(name: str, value: float) -> str:
    """A cell filled from below as far as the gate is open."""
    if not math.isfinite(value):
        return ""
    share = 100 * min(1.0, max(0.0, value))
    return _filled(name, f"to top,COLOUR {share:.0f}%,transparent {share:.0f}%")


def _signed_shade(name: str, value: float) -> str:
    """A cell filled from its middle, to the right for a positive and to the left for a negative value."""
    if not math.isfinite(value):
        return ""
    share = 50 * min(1.0, abs(value))
    low, high = (50.0, 50 + share) if value >= 0 else (50 - share, 50.0)
    return _filled(
        name, f"to right,transparent {low:.0f}%,COLOUR {low:.0f}%,COLOUR {high:.0f}%,transparent {high:.0f}%"
    )


_TINT = {
    "bus": "light-dark(#d3d8df,#424b57)",
    "candidate": "light-dark(#ddcdf5,#4d3a70)",
    "hidden": "light-dark(#d3d8df,#424b57)",
    "forget": "light-dark(#f6cdb4,#6e3d1c)",
    "input": "light-dark(#b5e0d0,#1c5a47)",
    "output": "light-dark(#bcd7f3,#234f7d)",
    "cell": "light-dark(#efd88c,#6a5620)",
}
_GROUND = "light-dark(#f5f6f8,#1f242c)"


def _filled(name: str, gradient: str) -> str:
    return f"background:linear-gradient({gradient.replace('COLOUR', _TINT[name])}),{_GROUND}"


def five(pictures: tuple[Picture, ...], step: Step, words: Words) -> Pages:
    """The five parts in order: the picture, its equation with numbers, one sentence."""
    items = []
    for place, (name, picture) in enumerate(zip(GATES, pictures, strict=True), start=1):
        items.append(
            f"<li><h4>{place} {html.escape(words(HEADINGS[name]))}</h4>{picture.svg}"
            f'<p class="sum">{"<br>".join(equations(step)[name])}</p>'
            f"<p>{html.escape(explanation(name, step, words))}</p></li>"
        )
    label = html.escape(words("The LSTM in five steps"))
    body = (
        f'<section class="gbd-page" aria-label="{label}"><style>{_STYLE}</style>'
        f'<ol class="five">{"".join(items)}</ol></section>'
    )
    return Pages(pictures, body)


def equations(step: Step) -> dict[str, list[str]]:
    """For each part its equation with the numbers of a step, as lines of HTML.

    Where a trace holds another number than the equation gives, the last sign is ≠.
    """
    lines = {}
    for name, letter, function in (
        ("forget", "f", "σ"),
        ("input", "i", "σ"),
        ("candidate", "g", "tanh"),
        ("output", "o", "σ"),
    ):
        parts, value = step.sums[name], getattr(step, name)
        own = "c" if name == "candidate" else letter  # the weights' names in `reference.equations.lstm`
        with np.errstate(all="ignore"):
            total = float(np.sum(parts))
            result = float(np.tanh(total) if name == "candidate" else (1 + np.tanh(total / 2)) / 2)
        numbers = f"{number(parts[0])} + {factor(parts[1])} + {factor(parts[2])}"
        lines[name] = [
            f"{html_formula(f'{letter}_{{t}}')} = {function}({html_formula(f'x_{{t}} W_{{{own}}}')} + "
            f"{html_formula(f'h_{{t-1}} U_{{{own}}}')} + {html_formula(f'b_{{{own}}}')})",
            f"= {function}({numbers}) = {function}({number(total)}) {_sign(result, value)} {number(value)}",
        ]
    f, i, o = factor(step.forget), factor(step.input), number(step.output)
    with np.errstate(all="ignore"):
        added = float(np.float64(step.kept) + step.written)
        shown = float(np.float64(step.output) * step.squashed)
    lines["cell"] = [
        f"{html_formula('c_{t}')} = {html_formula('f · c_{t-1}')} + {html_formula('i · g')} = "
        f"{f} · {factor(step.c_prev)} + {i} · {factor(step.candidate)} {_sign(added, step.cell)} {number(step.cell)}"
    ]
    lines["output"].append(
        f"{html_formula('h_{t}')} = {html_formula('o')} · tanh {html_formula('c_{t}')} "
        f"= {o} · tanh({number(step.cell)}) = {o} · {factor(step.squashed)} "
        f"{_sign(shown, step.hidden)} {number(step.hidden)}"
    )
    if not step.counts:
        # The states pass by: what the equations give is thrown away.
        lines["cell"].append(f"→ {html_formula('c_{t}')} = {html_formula('c_{t-1}')} = {number(step.cell_after)}")
        lines["output"].append(f"→ {html_formula('h_{t}')} = {html_formula('h_{t-1}')} = {number(step.hidden_after)}")
    return lines


def _sign(computed: float, held: float) -> str:
    # float16 traces agree to three digits.
    return "=" if np.isclose(computed, held, rtol=5e-3, atol=2e-3, equal_nan=True) else "≠"
