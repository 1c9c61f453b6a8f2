"""The scripts of the page to play with compute and write what the equations and the pictures do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import quickjs
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import diagram
from reference.diagram.interactive.words import EXPLANATIONS
from reference.equations import lstm, lstm_step

FOLDER = Path(diagram.__file__).parent / "interactive"
SIZES = st.permutations([1, 2, 3, 4, 5]).map(lambda sizes: sizes[:4])
PARTS = {
    "hPrev": "h_prev",
    "cPrev": "c_prev",
    "forget": "forget",
    "input": "input",
    "candidate": "candidate",
    "output": "output",
    "cAfter": "cell",
    "shown": "hidden",
}


class Scripts:
    """All scripts but the page's own, in an engine that has no page."""

    def __init__(self) -> None:
        self.context = quickjs.Context()
        for name in ("lstm.js", "numbers.js", "equations.js", "comparing.js"):
            self.context.eval((FOLDER / name).read_text("utf-8"))

    def __call__(self, function: str, *arguments: Any) -> Any:
        given = ", ".join("undefined" if a is None else json.dumps(a, default=np.ndarray.tolist) for a in arguments)
        return json.loads(self.context.eval(f"JSON.stringify({function}({given}))"))


@pytest.fixture(scope="module")
def script() -> Scripts:
    return Scripts()


def weights_of(trace: Any) -> dict[str, Any]:
    return {"kernel": trace.kernel, "recurrent": trace.recurrent_kernel, "bias": trace.bias}


def random_trace(seed: int, sizes: list[int], scale: float = 1.0, **options: Any) -> Any:
    batch, time, features, units = sizes
    rng = np.random.default_rng(seed)
    return lstm(
        rng.normal(size=(batch, time, features)),
        scale * rng.normal(size=(features, 4 * units)),
        scale * rng.normal(size=(units, 4 * units)),
        scale * rng.normal(size=4 * units),
        rng.normal(size=(batch, units)),
        rng.normal(size=(batch, units)),
        mask=rng.random((batch, time)) < 0.7,
        **options,
    )


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), sizes=SIZES, scale=st.sampled_from([0.1, 1.0, 30.0]), zeros=st.booleans())
def test_the_script_computes_the_equations(
    script: Scripts, seed: int, sizes: list[int], scale: float, zeros: bool
) -> None:
    trace = random_trace(seed, sizes, scale, zero_output_for_mask=zeros)
    for item in range(len(trace.x)):
        steps = script(
            "LSTM.run", trace.x[item], trace.h0[item], trace.c0[item], weights_of(trace), trace.mask[item], zeros
        )
        for theirs, ours in PARTS.items():
            made = np.array([step[theirs] for step in steps])
            assert np.allclose(made, getattr(trace, ours)[item], rtol=0, atol=1e-9), ours


def test_what_is_changed_flows_on(script: Scripts, rng: np.random.Generator) -> None:
    trace = random_trace(5, [1, 6, 3, 2])
    x, h, c = rng.normal(size=3), rng.normal(size=2), rng.normal(size=2)
    change = (
        f"(t, x, h, c) => t === 2 ? {json.dumps({'x': x.tolist(), 'h': h.tolist(), 'c': c.tolist()})} : {{x, h, c}}"
    )
    given = ", ".join(
        json.dumps(a, default=np.ndarray.tolist) for a in (trace.x[0], trace.h0[0], trace.c0[0], weights_of(trace))
    )
    steps = json.loads(script.context.eval(f"JSON.stringify(LSTM.run({given}, undefined, false, {change}))"))
    later = trace.x[:, 2:].copy()
    later[0, 0] = x
    truth = lstm(later, trace.kernel, trace.recurrent_kernel, trace.bias, h[None], c[None])
    assert np.allclose([s["cAfter"] for s in steps[2:]], truth.cell[0], rtol=0, atol=1e-9)


def test_what_lasts_is_how_the_last_cell_follows_an_earlier_one(script: Scripts) -> None:
    trace = random_trace(6, [1, 7, 3, 2])
    trace = lstm(trace.x, trace.kernel, 0 * trace.recurrent_kernel, trace.bias, mask=trace.mask)  # by the belt alone
    run = (weights_of(trace), trace.mask[0], False)
    steps = script("LSTM.run", trace.x[0], trace.h0[0], trace.c0[0], *run)
    nudged = lstm(
        trace.x[:, 3:],
        trace.kernel,
        trace.recurrent_kernel,
        trace.bias,
        c0=trace.cell[:, 2] + [[0, 0.5]],
        mask=trace.mask[:, 3:],
    )
    share = (nudged.last_cell - trace.last_cell)[0, 1] / 0.5
    assert script("LSTM.lasting", steps, 2, 1) == pytest.approx(share, abs=1e-12)


def test_biases_are_added_to_the_gate_and_the_unit_that_is_meant(script: Scripts) -> None:
    trace = random_trace(3, [1, 4, 3, 2])
    added = {"forget": [0, 1.5], "input": [0, 0], "candidate": [0.5, 0], "output": [0, -2]}
    made = script("LSTM.withBiases", weights_of(trace), added, False)
    assert np.allclose(np.array(made["bias"]) - trace.bias, [0, 0, 0, 1.5, 0.5, 0, 0, -2])
    assert np.array_equal(made["kernel"], trace.kernel)
    only = script("LSTM.withBiases", weights_of(trace), added, True)
    assert not np.any(only["kernel"])
    assert not np.any(only["recurrent"])
    assert only["bias"] == made["bias"]


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.floats(-200, 200)))
def test_numbers_are_written_as_in_the_pictures(script: Scripts, value: float) -> None:
    theirs, ours = script("NUMBERS.number", value), diagram.number(value)
    assert theirs == ours or off_by(theirs, value) == off_by(ours, value)  # Python rounds a half to even
    assert script("NUMBERS.factor", value) == (f"({theirs})" if theirs.startswith("−") else theirs)


def off_by(text: str, value: float) -> Fraction:
    return abs(Fraction(text.replace("−", "-")) - Fraction(value))


@pytest.mark.parametrize(("value", "text"), [("NaN", "nan"), ("Infinity", "∞"), ("-Infinity", "−∞"), ("-0", "0")])
def test_numbers_that_json_lacks(script: Scripts, value: str, text: str) -> None:
    assert script.context.eval(f"NUMBERS.number({value})") == text


def read(line: str) -> float:
    """The value that an equation ends with."""
    return float(line.rsplit("=", 1)[1].replace("−", "-"))


def lines_of(script: Scripts, wire: str, s: Any, trace: Any) -> list[str]:
    """What is told of a number of unit 1; the sentence is its name."""
    weights = json.dumps(weights_of(trace), default=np.ndarray.tolist)
    told = f"EQUATIONS.told({json.dumps(wire)}, {json.dumps(s)}, 1, {weights}, (name) => name)"
    return list(json.loads(script.context.eval(f"JSON.stringify({told})")))


@pytest.mark.parametrize("sizes", [[1, 4, 3, 2], [1, 4, 6, 5]])
def test_every_equation_ends_with_the_number_on_the_wire(script: Scripts, sizes: list[int]) -> None:
    trace = random_trace(11, sizes)
    run = ("LSTM.run", trace.x[0], trace.h0[0], trace.c0[0], weights_of(trace), None, False)
    for s in script(*run):
        values = {
            **{name: s[name][1] for name in ("forget", "input", "candidate", "output", "cell", "hidden")},
            "cell_after": s["cAfter"][1],
            "hidden_after": s["hAfter"][1],
            "shown": s["shown"][1],
            "h_prev": s["hPrev"][1],
            "c_prev": s["cPrev"][1],
            "kept": s["forget"][1] * s["cPrev"][1],
            "written": s["input"][1] * s["candidate"][1],
            "squashed": np.tanh(s["cell"][1]),
            "x0": s["x"][0],
        }
        for wire, value in values.items():
            *lines, sentence = lines_of(script, wire, s, trace)
            assert read(lines[-1]) == read(f"= {diagram.number(value)}"), wire
            assert sentence in EXPLANATIONS
        assert ("·" in lines_of(script, "forget", s, trace)[1]) == (max(sizes[2:]) <= 4)


def test_products_of_an_equation_add_up(script: Scripts) -> None:
    trace = random_trace(2, [1, 4, 3, 2])
    s = script("LSTM.run", trace.x[0], trace.h0[0], trace.c0[0], weights_of(trace), None, False)[1]
    line = lines_of(script, "candidate", s, trace)[1]
    inside, total = re.findall(r"tanh\((.*?)\) = tanh\((.*?)\) =", line)[0]
    terms = inside.replace("−", "-").replace("·", "*")
    assert eval(terms) == pytest.approx(float(total.replace("−", "-")), abs=0.05)


def wrong(change: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: change(lstm_step(*arguments))


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda s: s._replace(forget=1 - s.forget), {"forget"}),
        (lambda s: s._replace(cell=s.cell + 0.1), {"cell"}),
        (lambda s: s._replace(hidden=2 * s.hidden), {"hidden"}),
    ],
)
def test_the_first_parting_is_where_the_mistake_is(script: Scripts, change: Any, names: set[str]) -> None:
    trace = random_trace(8, [1, 5, 3, 2])
    trace = lstm(trace.x, trace.kernel, trace.recurrent_kernel, trace.bias)
    steps = script("LSTM.run", trace.x[0], trace.h0[0], trace.c0[0], weights_of(trace), None, False)
    other = lstm(trace.x, trace.kernel, trace.recurrent_kernel, trace.bias, step=wrong(change))
    fields = ("h_prev", "c_prev", "forget", "input", "candidate", "output", "cell", "hidden")
    theirs = {name: getattr(other, name)[0] for name in fields}
    found = script("COMPARING.firstParting", theirs, steps)
    assert {(at["t"], at["name"]) for at in found} == {(0, name) for name in names}
    assert script("COMPARING.firstParting", {name: getattr(trace, name)[0] for name in fields}, steps) is None
