"""The page of a recurrent network over a sequence."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.diagram.canvas import html_formula
from reference.diagram.interactive import gru, lstm, rnn
from reference.diagram.interactive.network import Network
from reference.diagram.interactive.page import Page, Stepper, checked, choice, page, said, slider
from reference.diagram.interactive.words import FILM, GATES_FOLLOW, SEQUENCE_IN_SCRIPT, STATIC
from reference.diagram.step import FEATURES, index_in
from reference.diagram.words import Words
from reference.traces import Array

NETWORKS: dict[str, Network] = {network.name.lower(): network for network in (lstm.NETWORK, rnn.NETWORK, gru.NETWORK)}
ROWS = 6  # of units, drawn


def network_of(trace: Any) -> Network:
    """The network that a trace is of."""
    for network in NETWORKS.values():
        if isinstance(trace, network.trace):
            if not getattr(trace, "reset_after", True):
                raise ValueError("trace has reset_after=False, expected True, what Keras does: the picture is of that")
            return network
    makers = ", ".join(f"diagram.{network.maker}" for network in NETWORKS.values())
    raise ValueError(f"trace is a {type(trace).__name__}, expected what one of {makers} gives, or {names()}")


def names() -> str:
    """The names of the networks, as an error says them."""
    return " or ".join(repr(name) for name in NETWORKS)


def make_page(
    network: Network,
    trace: Any,
    kernel: Array,
    recurrent_kernel: Array,
    bias: Array,
    *,
    batch_item: int,
    unit: int,
    yours: Any,
    inputs: Sequence[str] | None,
    example: bool,
    words: Words,
) -> Page:
    """Put the page together from arguments that `check_weights` and `check_yours` have seen."""
    picture = network.draw(trace, batch_item, unit, words)
    item, unit = index_in("batch_item", batch_item, trace.x.shape[0]), index_in("unit", unit, trace.hidden.shape[2])
    features = _input_names(inputs, trace.x.shape[2], words)
    weights = network.weights(trace, kernel, recurrent_kernel, bias)
    reach = max(network.least_reach, math.ceil(2 * float(np.max(np.abs(weights["bias"])))))
    steps, units = trace.hidden.shape[1:]
    data = {
        "network": network.name,
        "title": network.picture_title,
        "told": network.told,
        "x": _reading_order(trace, trace.x)[item],
        "mask": _reading_order(trace, trace.mask)[item],
        "zeroOutput": trace.zero_output_for_mask,
        "first": {letter: getattr(trace, state.first)[item] for letter, state in network.states.items()},
        "weights": weights,
        "given": _results(network, trace, item),
        "yours": None if yours is None else _results(network, yours, item),
        "item": item,
        "unit": unit,
        "reach": reach,
        "inputs": features,
        "rows": _rows(network, features, units, words),
        "wires": {name: wire._asdict() for name, wire in network.wires.items()},
        "presets": {name: preset._asdict() for name, preset in network.presets.items()},
        "explanations": network.explanations,
        "words": {word: words(word) for word in (*SEQUENCE_IN_SCRIPT, *network.in_script)},
    }
    return page(
        "sequence.html",
        ("numbers.js", "recurrence.js", f"{network.name.lower()}.js", "comparing.js", "shell.js", "sequence.js"),
        data,
        picture,
        title=network.title,
        lead=network.task if example else "",
        static=STATIC,
        stepper=Stepper("Step", "Step back", "Step forward", steps, _units(units, unit, words)),
        words=words,
        questions=(*(network.example_questions if example else ()), *network.questions),
        presets="".join(
            f'<button type="button" data-preset="{name}" aria-pressed="false">{said(words, preset.word)}</button>'
            for name, preset in network.presets.items()
        ),
        reads=said(words, "What this step reads"),
        read_sliders=_read_sliders(network, trace, item, features, words),
        biases=said(words, "Added to the biases, at every step"),
        bias_sliders=_bias_sliders(network, reach, words),
        scale=_scale(words) if network.scale else "",
        only_biases=said(words, "only biases act (W and U are 0)"),
        beside_biases=f'<p class="soft">{said(words, GATES_FOLLOW)}</p>' if len(network.blocks) > 1 else "",
        all_steps=said(words, "All steps"),
        film_legend=f"{said(words, FILM)} {said(words, network.lasting)}",
    )


def check_weights(
    network: Network, trace: Any, kernel: Any, recurrent_kernel: Any, bias: Any
) -> tuple[Array, Array, Array]:
    """The weights as arrays; each that is None is the trace's."""
    features, units, blocks = trace.x.shape[2], trace.hidden.shape[2], len(network.blocks)
    side = f"{blocks} * units" if blocks > 1 else "units"
    bias_shape = (network.bias_rows, blocks * units) if network.bias_rows else (blocks * units,)
    given_bias = trace.bias if bias is None else bias
    return (
        checked(
            "kernel", trace.kernel if kernel is None else kernel, (features, blocks * units), f"(features, {side})"
        ),
        checked(
            "recurrent_kernel",
            trace.recurrent_kernel if recurrent_kernel is None else recurrent_kernel,
            (units, blocks * units),
            f"(units, {side})",
        ),
        checked("bias", np.zeros(bias_shape) if given_bias is None else given_bias, bias_shape, network.bias_axes),
    )


def check_yours(network: Network, trace: Any, yours: Any) -> None:
    """An error where ``yours`` cannot be held against ``trace``."""
    if yours is None:
        return
    if not isinstance(yours, network.trace):
        expected = f"{network.trace.__name__}, what diagram.{network.maker} gives"
        raise ValueError(f"yours is a {type(yours).__name__}, expected {expected}")
    for name, axes in (("x", "(batch, time, features)"), ("hidden", "(batch, time, units)")):
        checked(f"yours.{name}", getattr(yours, name), getattr(trace, name).shape, f"{axes}, as the trace's")
    if not np.allclose(_reading_order(trace, trace.x), _reading_order(yours, yours.x), equal_nan=True):
        raise ValueError("yours read another x than the trace, expected the same inputs")


def _results(network: Network, trace: Any, item: int) -> dict[str, Array]:
    return {name: getattr(trace, name)[item] for name in network.results}


def _reading_order(trace: Any, values: Array) -> Array:
    return values[:, ::-1] if trace.go_backwards else values


def _input_names(inputs: Sequence[str] | None, features: int, words: Words) -> list[str]:
    if inputs is None:
        return [words("input {input}", input=k + 1) for k in range(features)]
    if isinstance(inputs, str) or len(inputs) != features:
        raise ValueError(f"inputs has {len(inputs)} names, expected {features}: one for each feature of x")
    return [str(name) for name in inputs]


def _rows(network: Network, features: list[str], units: int, words: Words) -> list[dict[str, Any]]:
    """The rows of bars below the picture."""
    rows: list[dict[str, Any]] = [
        {"input": k, "symbol": "x_{t}", "name": name, "kind": "bus", "signed": True}
        for k, name in enumerate(features[:FEATURES])
    ]
    for row in network.rows:
        drawn = {"part": row.part, "symbol": row.symbol, "kind": row.kind, "signed": row.signed, "least": row.least}
        if network.rows_of_units:
            rows += [{**drawn, "unit": k, "name": words(row.word, unit=k + 1)} for k in range(min(units, ROWS))]
        else:
            rows.append({**drawn, "name": words(row.word)})
    return rows


def _units(units: int, unit: int, words: Words) -> str:
    if units == 1:
        return ""
    options = ((u, said(words, "unit {unit}", unit=u + 1)) for u in range(units))
    return choice("unit", said(words, "Unit"), options, unit)


def _read_sliders(network: Network, trace: Any, item: int, features: list[str], words: Words) -> str:
    """Sliders for x_t and each state before the step; they reach beyond what the trace holds."""
    rows = []
    for k, name in enumerate(features[:FEATURES]):
        label = f"{html_formula('x_{t}')} {html.escape(name)}"
        rows.append(_slider(f"x{k}", "bus", label, name, _reach(trace.x[item, :, k], 2), words))
    for letter, state in network.states.items():
        reach = _reach(getattr(trace, state.values)[item], state.reach) if state.reach > 1 else state.reach
        label = f"{html_formula(f'{letter}_{{t-1}}')} {said(words, state.word)}"
        rows.append(_slider(letter, state.kind, label, words(state.word), reach, words))
    return "".join(rows)


def _bias_sliders(network: Network, reach: float, words: Words) -> str:
    """Sliders that reach far enough to shut or open each gate, whatever its bias is."""
    rows = []
    for name, block in network.blocks.items():
        symbol = html_formula(f"b_{{{block.own}}}" if block.own else "b")
        label = f'{said(words, block.word)} <small>{symbol} = <span data-bias="{name}"></span></small>'
        rows.append(_slider(name, block.kind, label, words(block.word), reach, words))
    return "".join(rows)


def _scale(words: Words) -> str:
    """A slider for the recurrent weights, under a heading of its own."""
    row = slider("scale", "cell", said(words, "U times"), "U", 0, 2, 0.01, words)
    return f"<fieldset><legend>{said(words, 'The recurrent weights')}</legend>{row}</fieldset>\n"


def _slider(name: str, kind: str, label: str, what: str, reach: float, words: Words) -> str:
    return slider(name, kind, label, what, -reach, reach, 0.05 * math.ceil(reach / 5), words)


def _reach(values: Array, least: float) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(max(least, math.ceil(1.5 * float(known.max(initial=0.0)))))
