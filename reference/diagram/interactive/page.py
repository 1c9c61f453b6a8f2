"""The page of `reference.diagram.explore`: one file with its style, its scripts and its numbers."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from reference.diagram.canvas import FONT, SERIF, Picture, html_formula, paint
from reference.diagram.interactive import words as said
from reference.diagram.step import FEATURES, draw_step, index_in, step_of
from reference.diagram.words import HEADINGS, Words
from reference.traces import Array, LSTMTrace

HERE = Path(__file__).parent
SCRIPTS = ("lstm.js", "numbers.js", "equations.js", "comparing.js", "page.js")
FRAME_HEIGHT = 1100
"""Of the frame in a notebook, until the page within has said how tall it is."""
RESULTS = ("h_prev", "c_prev", "forget", "input", "candidate", "output", "cell", "hidden")


@dataclass(frozen=True, repr=False)
class Page:
    """A page to play with. The last expression of a notebook cell shows it, in a frame of its own."""

    html: str
    """The page: one file, which loads nothing."""
    picture: Picture
    """What it shows before its scripts run: the first step."""
    title: str

    def __repr__(self) -> str:
        return f"{self.title}. {self.picture!r}"

    def _repr_html_(self) -> str:
        """A frame keeps styles and scripts inside; the page makes it as tall as itself."""
        return (
            f'<iframe title="{html.escape(self.title)}" srcdoc="{html.escape(self.html)}" '
            f'style="display:block;width:100%;height:{FRAME_HEIGHT}px;border:0"></iframe>'
        )

    def save(self, path: str | Path) -> None:
        """Write the page.

        Args:
            path: the file, ending in ``.html``.

        Raises:
            ValueError: for another suffix.
        """
        path = Path(path)
        if path.suffix not in (".html", ".htm"):
            raise ValueError(f"path ends in {path.suffix!r}, expected .html")
        path.write_text(self.html, encoding="utf-8")


def make_page(
    trace: LSTMTrace,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    *,
    batch_item: int,
    unit: int,
    yours: LSTMTrace | None,
    inputs: Sequence[str] | None,
    labels: Mapping[str, str] | None,
) -> Page:
    """Put the page together from arguments that `check_weights` and `check_yours` have seen."""
    words = Words(labels, said.EXPLORE_WORDS)
    step = step_of(trace, batch_item, unit, 0)
    picture = draw_step(step, None, words, named=True)
    item, unit = index_in("batch_item", batch_item, trace.x.shape[0]), index_in("unit", unit, trace.hidden.shape[2])
    names = _input_names(inputs, trace.x.shape[2], words)

    def say(word: str) -> str:
        return _said(words, word)

    data = {
        "x": _reading_order(trace, trace.x)[item],
        "mask": _reading_order(trace, trace.mask)[item],
        "zeroOutput": trace.zero_output_for_mask,
        "h0": trace.h0[item],
        "c0": trace.c0[item],
        "weights": {"kernel": kernel, "recurrent": recurrent_kernel, "bias": bias},
        "given": {name: getattr(trace, name)[item] for name in RESULTS},
        "yours": None if yours is None else {name: getattr(yours, name)[item] for name in RESULTS},
        "item": item,
        "unit": unit,
        "inputs": names,
        "words": {word: words(word) for word in said.IN_SCRIPT},
        "presets": {name: words(sentence) for name, (_, sentence) in said.PRESETS.items()},
        "explanations": {name: words(sentence) for name, sentence in said.EXPLANATIONS.items()},
    }
    page = Template((HERE / "page.html").read_text("utf-8")).substitute(
        title=say(said.TITLE),
        static=say(said.STATIC),
        style=paint((HERE / "page.css").read_text("utf-8").replace("FONT", FONT).replace("SERIF", SERIF)),
        picture=picture.svg,
        steps=step.steps,
        step=say("Step"),
        step_back=say("Step back"),
        step_forward=say("Step forward"),
        units=_unit_choice(trace.hidden.shape[2], unit, words),
        presets="".join(
            f'<button type="button" data-preset="{name}" aria-pressed="false">{say(word)}</button>'
            for name, (word, _) in said.PRESETS.items()
        ),
        reads=say("What this step reads"),
        read_sliders=_read_sliders(trace, item, names, words),
        biases=say("Added to the biases, at every step"),
        bias_sliders=_bias_sliders(bias, words),
        only_biases=say("only biases act (W and U are 0)"),
        all_steps=say("All steps"),
        film_legend=say("Bars: now. Lines: as trained. A click goes to a step."),
        predict=say("Predict, then try"),
        questions="".join(
            f"<details><summary>{say(question)}</summary><p>{say(answer)}</p></details>"
            for question, answer in said.QUESTIONS
        ),
        data=json.dumps(_plain(data), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c"),
        script="\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS),
    )
    return Page(page, picture, words(said.TITLE))


def check_weights(trace: LSTMTrace, kernel: Any, recurrent_kernel: Any, bias: Any) -> tuple[Array, Array, Array]:
    """The weights as arrays; each that is None is the trace's."""
    if not isinstance(trace, LSTMTrace):
        raise ValueError(f"trace is a {type(trace).__name__}, expected an LSTMTrace, what diagram.lstm_trace gives")
    features, units = trace.x.shape[2], trace.hidden.shape[2]
    given_bias = trace.bias if bias is None else bias
    return (
        _shaped("kernel", trace.kernel if kernel is None else kernel, (features, 4 * units), "(features, 4 * units)"),
        _shaped(
            "recurrent_kernel",
            trace.recurrent_kernel if recurrent_kernel is None else recurrent_kernel,
            (units, 4 * units),
            "(units, 4 * units)",
        ),
        _shaped("bias", np.zeros(4 * units) if given_bias is None else given_bias, (4 * units,), "(4 * units,)"),
    )


def check_yours(trace: LSTMTrace, yours: LSTMTrace | None) -> None:
    """An error where ``yours`` cannot be held against ``trace``."""
    if yours is None:
        return
    if not isinstance(yours, LSTMTrace):
        raise ValueError(f"yours is a {type(yours).__name__}, expected an LSTMTrace, what diagram.lstm_trace gives")
    for name, axes in (("x", "(batch, time, features)"), ("hidden", "(batch, time, units)")):
        _shaped(f"yours.{name}", getattr(yours, name), getattr(trace, name).shape, f"{axes}, as the trace's")
    if not np.allclose(_reading_order(trace, trace.x), _reading_order(yours, yours.x), equal_nan=True):
        raise ValueError("yours read another x than the trace, expected the same inputs")


def _shaped(name: str, value: Any, shape: tuple[int, ...], axes: str) -> Array:
    array = np.asarray(value, dtype=float)
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}: {axes}")
    return array


def _reading_order(trace: LSTMTrace, values: Array) -> Array:
    return values[:, ::-1] if trace.go_backwards else values


def _plain(value: Any) -> Any:
    """Arrays as lists, and as words the numbers that JSON does not know; JavaScript's Number reads them."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(part) for part in value]
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        if math.isfinite(number):
            return number
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return value


def _input_names(inputs: Sequence[str] | None, features: int, words: Words) -> list[str]:
    if inputs is None:
        return [words("input {input}", input=k + 1) for k in range(features)]
    if isinstance(inputs, str) or len(inputs) != features:
        raise ValueError(f"inputs has {len(inputs)} names, expected {features}: one for each feature of x")
    return [str(name) for name in inputs]


def _unit_choice(units: int, unit: int, words: Words) -> str:
    if units == 1:
        return ""
    options = "".join(
        f'<option value="{u}"{" selected" if u == unit else ""}>{_said(words, "unit {unit}", unit=u + 1)}</option>'
        for u in range(units)
    )
    return f'<select id="unit" aria-label="{_said(words, "Unit")}">{options}</select>'


def _slider(name: str, kind: str, label: str, what: str, reach: float, words: Words) -> str:
    step = 0.05 * math.ceil(reach / 5)
    reset = _said(words, "Reset {what}", what=what)
    return (
        f'<div class="row {kind}" data-slider="{name}"><label for="s-{name}">{label}</label>'
        f'<input type="range" id="s-{name}" min="{-reach:g}" max="{reach:g}" step="{step:g}" value="0">'
        f'<output for="s-{name}"></output><button type="button" aria-label="{reset}" title="{reset}">↺</button></div>'
    )


def _read_sliders(trace: LSTMTrace, item: int, names: list[str], words: Words) -> str:
    """Sliders for x_t, h_{t-1} and c_{t-1}; they reach beyond what the trace holds."""
    rows = []
    for k, name in enumerate(names[:FEATURES]):
        reach = _reach(trace.x[item, :, k], 2)
        label = f"{html_formula('x_{t}')} {html.escape(name)}"
        rows.append(_slider(f"x{k}", "bus", label, name, reach, words))
    for letter, kind, word, reach in (
        ("h", "bus", "hidden state", 1.0),
        ("c", "cell", "cell state", _reach(trace.cell[item], 3)),
    ):
        label = f"{html_formula(f'{letter}_{{t-1}}')} {_said(words, word)}"
        rows.append(_slider(letter, kind, label, words(word), reach, words))
    return "".join(rows)


def _bias_sliders(bias: Array, words: Words) -> str:
    """Sliders that reach far enough to shut or open each gate, whatever its bias is."""
    reach = max(10.0, math.ceil(2 * float(np.max(np.abs(bias)))))
    rows = []
    for name, letter in (("forget", "f"), ("input", "i"), ("candidate", "c"), ("output", "o")):
        value = f'<small>{html_formula(f"b_{{{letter}}}")} = <span data-bias="{name}"></span></small>'
        label = f"{_said(words, HEADINGS[name])} {value}"
        rows.append(_slider(name, name, label, words(HEADINGS[name]), reach, words))
    return "".join(rows)


def _said(words: Words, word: str, **values: object) -> str:
    return html.escape(words(word, **values))


def _reach(values: Array, least: float) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(max(least, math.ceil(1.5 * float(known.max(initial=0.0)))))
