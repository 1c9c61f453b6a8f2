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
from reference.diagram.interactive.sequence import NETWORKS, check_weights, network_of
from reference.equations import gru, gru_step, lstm, lstm_step, rnn_step, simple_rnn

FOLDER = Path(diagram.__file__).parent / "interactive"
SIZES = st.permutations([1, 2, 3, 4, 5]).map(lambda sizes: sizes[:4])
FUNCTIONS = {"LSTM": lstm, "RNN": simple_rnn, "GRU": gru}
PARTS = {
    "LSTM": {
        "before.h": "h_prev",
        "before.c": "c_prev",
        "forget": "forget",
        "input": "input",
        "candidate": "candidate",
        "output": "output",
        "after.c": "cell",
        "shown": "hidden",
    },
    "RNN": {"before.h": "h_prev", "total": "pre_activation", "shown": "hidden"},
    "GRU": {
        "before.h": "h_prev",
        "update": "update",
        "reset": "reset",
        "candidate": "candidate",
        "shown": "hidden",
    },
}
NAMES = tuple(PARTS)


class Scripts:
    """All scripts but those of pages, in an engine that has no page."""

    def __init__(self) -> None:
        self.context = quickjs.Context()
        for name in ("numbers.js", "recurrence.js", "lstm.js", "rnn.js", "gru.js", "comparing.js"):
            self.context.eval((FOLDER / name).read_text("utf-8"))

    def __call__(self, function: str, *arguments: Any) -> Any:
        return json.loads(self.context.eval(f"JSON.stringify({function}({', '.join(map(written, arguments))}))"))

    def run(self, name: str, trace: Any, item: int = 0, changed: str = "undefined") -> Any:
        """What the script of a network makes of the sequence that a trace has read."""
        first = {"h": trace.h0[item], **({"c": trace.c0[item]} if name == "LSTM" else {})}
        zeros = trace.zero_output_for_mask
        return self(
            "RECURRENCE.run", Raw(name), trace.x[item], first, weights_of(trace), trace.mask[item], zeros, Raw(changed)
        )


class Raw(str):
    """An argument that is JavaScript already."""


def written(argument: Any) -> str:
    if isinstance(argument, Raw):
        return argument
    return "undefined" if argument is None else json.dumps(argument, default=np.ndarray.tolist)


@pytest.fixture(scope="module")
def script() -> Scripts:
    return Scripts()


def weights_of(trace: Any) -> dict[str, Any]:
    """As the page has them."""
    network = network_of(trace)
    return network.weights(trace, *check_weights(network, trace, None, None, None))


def random_trace(seed: int, sizes: list[int], scale: float = 1.0, name: str = "LSTM", **options: Any) -> Any:
    batch, time, features, units = sizes
    blocks = {"LSTM": 4, "RNN": 1, "GRU": 3}[name]
    rng = np.random.default_rng(seed)
    return FUNCTIONS[name](
        rng.normal(size=(batch, time, features)),
        scale * rng.normal(size=(features, blocks * units)),
        scale * rng.normal(size=(units, blocks * units)),
        scale * rng.normal(size=(2, blocks * units) if name == "GRU" else blocks * units),
        *(rng.normal(size=(batch, units)) for _ in range(2 if name == "LSTM" else 1)),
        **{"mask": rng.random((batch, time)) < 0.7, **options},
    )


def part_of(step: dict[str, Any], path: str) -> Any:
    for key in path.split("."):
        step = step[key]
    return step


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), sizes=SIZES, scale=st.sampled_from([0.1, 1.0, 30.0]), zeros=st.booleans())
def test_the_script_computes_the_equations(
    script: Scripts, name: str, seed: int, sizes: list[int], scale: float, zeros: bool
) -> None:
    trace = random_trace(seed, sizes, scale, name, zero_output_for_mask=zeros)
    for item in range(len(trace.x)):
        steps = script.run(name, trace, item)
        for theirs, ours in PARTS[name].items():
            made = np.array([part_of(step, theirs) for step in steps])
            assert np.allclose(made, getattr(trace, ours)[item], rtol=0, atol=1e-9 * max(1, scale)), ours


@pytest.mark.parametrize("name", NAMES)
def test_what_is_changed_flows_on(script: Scripts, name: str, rng: np.random.Generator) -> None:
    trace = random_trace(5, [1, 6, 3, 2], name=name, mask=None)
    read = {"x": rng.normal(size=3), "h": rng.normal(size=2), **({"c": rng.normal(size=2)} if name == "LSTM" else {})}
    steps = script.run(name, trace, changed=f"(t, read) => t === 2 ? {written(read)} : read")
    later = trace.x[:, 2:].copy()
    later[0, 0] = read.pop("x")
    states = (state[None] for state in read.values())
    truth = FUNCTIONS[name](later, trace.kernel, trace.recurrent_kernel, trace.bias, *states)
    assert np.allclose([s["shown"] for s in steps[2:]], truth.hidden[0], rtol=0, atol=1e-9)


def test_what_lasts_is_how_later_cells_follow_an_earlier_one(script: Scripts) -> None:
    trace = random_trace(6, [1, 7, 3, 2])
    weights = trace.kernel, 0 * trace.recurrent_kernel, trace.bias  # by the belt alone
    trace = lstm(trace.x, *weights, mask=trace.mask)

    def later(by: float) -> Any:
        nudged = trace.cell[:, 2] + [[0, by]]
        rest = [
            lstm(trace.x[:, 3:end], *weights, c0=nudged, mask=trace.mask[:, 3:end]).last_cell for end in range(4, 8)
        ]
        return np.array([cell[0, 1] for cell in (nudged, *rest)])

    assert len(set(trace.mask[0, 3:])) == 2
    shares = (later(0.5) - later(0)) / 0.5
    assert script("LSTM.lasting", script.run("LSTM", trace), 2, 1) == pytest.approx(shares, abs=1e-12)


@pytest.mark.parametrize("name", ["RNN", "GRU"])
def test_what_lasts_is_how_later_states_follow_an_earlier_one(script: Scripts, name: str) -> None:
    trace = random_trace(6, [1, 7, 3, 2], name=name)
    recurrent = trace.recurrent_kernel * (0 if name == "GRU" else 1)  # of a GRU by the belt alone
    run = FUNCTIONS[name]
    trace = run(trace.x, trace.kernel, recurrent, trace.bias, mask=trace.mask)
    state = np.where(trace.mask[:, 2, None], trace.hidden[:, 2], trace.h_prev[:, 2])

    def later(by: float) -> Any:
        nudged = state + np.array([0, by])
        rest = [
            run(trace.x[:, 3:end], trace.kernel, recurrent, trace.bias, nudged, mask=trace.mask[:, 3:end])
            for end in range(4, 8)
        ]
        return np.array([nudged[0, 1], *(part.last_hidden[0, 1] for part in rest)])

    shares = (later(1e-6) - later(-1e-6)) / 2e-6
    made = script(f"{name}.lasting", script.run(name, trace), 2, 1, weights_of(trace))
    assert made == pytest.approx(shares, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_biases_are_added_to_the_gate_and_the_unit_that_is_meant(script: Scripts, name: str) -> None:
    trace = random_trace(3, [1, 4, 3, 2], name=name)
    blocks = script.context.eval(f"JSON.stringify({name}.BLOCKS)")
    for place, block in enumerate(json.loads(blocks)):
        before = weights_of(trace)
        made = script("RECURRENCE.moved", Raw(name), before, {"biases": {block: [0, 1.5]}, "scale": 0.5})
        assert np.allclose(np.array(made["bias"]) - before["bias"], 1.5 * np.eye(len(before["bias"]))[2 * place + 1])
        assert np.array_equal(made["kernel"], trace.kernel)
        assert np.allclose(made["recurrent"], 0.5 * trace.recurrent_kernel)
        assert made.keys() == before.keys()
    only = script("RECURRENCE.moved", Raw(name), before, {"biases": {}, "only": True})
    assert not np.any(only["kernel"])
    assert not np.any(only["recurrent"])
    assert only["bias"] == before["bias"].tolist()


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.floats(-200, 200)))
def test_numbers_are_written_as_in_the_pictures(script: Scripts, value: float) -> None:
    theirs, ours = script("NUMBERS.number", value), diagram.number(value)
    assert theirs == ours or off_by(theirs, value) == off_by(ours, value)  # Python rounds a half to even


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.floats(-0.01, 0.01), st.floats(-1e-4, 1e-4)))
def test_in_texts_small_numbers_have_no_exponent(script: Scripts, value: float) -> None:
    plain, number = script("NUMBERS.plain", value), script("NUMBERS.number", value)
    if 0 < abs(value) < 1e-5:
        assert (plain, script("NUMBERS.nearly", value), script("NUMBERS.equals", value)) == ("0.00", "≈ 0", "≈ 0")
    else:
        assert Fraction(plain.replace("−", "-")) == Fraction(number.replace("−", "-"))
        assert ("e" in plain) == ("e" in number and abs(value) > 1)
        assert (script("NUMBERS.nearly", value), script("NUMBERS.equals", value)) == (plain, f"= {plain}")


def off_by(text: str, value: float) -> Fraction:
    return abs(Fraction(text.replace("−", "-")) - Fraction(value))


@pytest.mark.parametrize(("value", "text"), [("NaN", "nan"), ("Infinity", "∞"), ("-Infinity", "−∞"), ("-0", "0")])
def test_numbers_that_json_lacks(script: Scripts, value: str, text: str) -> None:
    assert script.context.eval(f"NUMBERS.number({value})") == text


def read(line: str) -> float:
    """The value that an equation ends with."""
    return float(re.split("[=≈]", line)[-1].replace("−", "-"))


def lines_of(script: Scripts, name: str, wire: str, s: Any, trace: Any) -> list[str]:
    """What is told of a number of unit 1; the sentence is its name."""
    return list(script(f"{name}.told", wire, s, 1, weights_of(trace), Raw("(sentence) => sentence")))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sizes", [[1, 4, 3, 2], [1, 4, 6, 5]])
def test_every_equation_ends_with_the_number_on_the_wire(script: Scripts, name: str, sizes: list[int]) -> None:
    trace = random_trace(11, sizes, name=name, mask=None)
    network = NETWORKS[name.lower()]
    drawn = set(re.findall(r'data-wire="(\w+)"', diagram.explore(trace, unit=1).picture.svg))
    for s in script.run(name, trace):
        values = {**script(f"{name}.values", s, 1), **{f"x{k}": value for k, value in enumerate(s["x"])}}
        assert drawn <= values.keys()
        for wire in drawn:
            *lines, sentence = lines_of(script, name, wire, s, trace)
            shown = 0 if abs(values[wire]) < 1e-5 else read(f"= {diagram.number(values[wire])}")
            assert read(lines[-1]) == shown, wire
            assert shown or values[wire] == 0 or "≈ 0" in lines[-1], wire
            assert sentence in network.explanations
    gate = "hidden" if name == "RNN" else next(iter(network.blocks))
    assert ("·" in lines_of(script, name, gate, s, trace)[1]) == (max(sizes[2:]) <= 4)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_has_the_numbers_of_the_script(script: Scripts, name: str) -> None:
    """What is seen before the scripts run, and after."""
    trace = random_trace(4, [2, 3, 3, 2], name=name, mask=None)
    svg = diagram.explore(trace, batch_item=1, unit=1).picture.svg
    wires = dict(re.findall(r'<g data-wire="(\w+)">.*?class="num"[^>]*>(.*?)</text></g>', svg))
    step = script.run(name, trace, 1)[0]
    values = {**script(f"{name}.values", step, 1), **{f"x{k}": value for k, value in enumerate(step["x"])}}
    assert len(wires) > 8
    assert {wire: diagram.number(values[wire]) for wire in wires} == wires
    assert set(re.findall(r'data-(?:valve|product)="(\w+)"', svg)) <= values.keys()


def test_products_of_an_equation_add_up(script: Scripts) -> None:
    trace = random_trace(2, [1, 4, 3, 2])
    s = script.run("LSTM", trace)[1]
    line = lines_of(script, "LSTM", "candidate", s, trace)[1]
    inside, total = re.findall(r"tanh\((.*?)\) [=≈] tanh\((.*?)\) [=≈]", line)[0]
    terms = inside.replace("−", "-").replace("·", "*")
    assert eval(terms) == pytest.approx(float(total.replace("−", "-")), abs=0.05)


SUMS = (
    "kept",
    "written",
    "cell",
    "hidden_after",
    "total",
    "from_input",
    "from_state",
    "let_through",
    "rest",
    "squashed",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
def test_the_numbers_that_are_read_give_the_result_that_is_read(script: Scripts, name: str, scale: float) -> None:
    """Or the sign is ≈."""
    trace = random_trace(9, [1, 30, 3, 2], scale, name, mask=None)
    worked = []
    for s in script.run(name, trace):
        for wire in (wire for wire in SUMS if wire in script(f"{name}.values", s, 1)):
            line = lines_of(script, name, wire, s, trace)[0].replace("−", "-").replace("·", "*")
            *_, left, result = re.split(" [=≈] ", line)
            if "_{t" not in left:  # else the numbers are on the next line
                near = abs(eval(left, {"tanh": np.tanh}) - float(result))
                half = 0.501 * 10.0 ** -len(result.partition(".")[2])
                worked.append("≈" in line)
                assert worked[-1] or near <= half, line
    assert len(worked) >= 90
    assert np.mean(worked) < 0.4


def test_a_digit_more_is_written_where_two_do_not_give_the_result(script: Scripts) -> None:
    summed = "RECURRENCE.summed"
    line = script(summed, [[0.9998, 0], [0.9964, 0.9962]], 0.9964 * 0.9962)["line"]
    assert line == "1.000 · 0 + 0.996 · 0.996 = 0.99"
    assert script(summed, [[0.5, 0.5], [1.0, -0.25]], 0)["line"] == "0.50 · 0.50 + 1.00 · (−0.25) = 0"
    assert script(summed, [[1.004] * 4], 1.004**4)["line"] == "1.004 · 1.004 · 1.004 · 1.004 = 1.02"
    assert script(summed, [[1234.4], [-1234.1]], 0.3)["line"] == "1234 + (−1234) ≈ 0.30"
    assert script(summed, [[0.00026, 0.5]], 0.00013)["line"] == "0.00026 · 0.50 = 0.00013"
    assert script(summed, [[4e-6, 0.5]], 2e-6)["line"] == "0.00 · 0.50 ≈ 0"
    assert script(summed, [[-4e-6, 0.5], [1, 0.25]], 0.249998)["line"] == "0.00 · 0.50 + 1.00 · 0.25 = 0.25"


def wrong(step: Callable[..., Any], change: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, **options: change(step(*arguments, **options))


@pytest.mark.parametrize(
    ("name", "step", "change", "names"),
    [
        ("LSTM", lstm_step, lambda s: s._replace(forget=1 - s.forget), {"forget"}),
        ("LSTM", lstm_step, lambda s: s._replace(cell=s.cell + 0.1), {"cell"}),
        ("LSTM", lstm_step, lambda s: s._replace(hidden=2 * s.hidden), {"hidden"}),
        ("RNN", rnn_step, lambda s: s._replace(hidden=s.pre_activation), {"hidden"}),
        ("GRU", gru_step, lambda s: s._replace(reset=1 - s.reset), {"reset"}),
        ("GRU", gru_step, lambda s: s._replace(candidate=-s.candidate, hidden=-s.hidden), {"candidate"}),
    ],
)
def test_the_first_parting_is_where_the_mistake_is(
    script: Scripts, name: str, step: Any, change: Any, names: set[str]
) -> None:
    trace = random_trace(8, [1, 5, 3, 2], name=name)
    run, given = FUNCTIONS[name], (trace.x, trace.kernel, trace.recurrent_kernel, trace.bias)
    trace, other = run(*given), run(*given, step=wrong(step, change))
    steps = script.run(name, trace)
    theirs = {field: getattr(other, field)[0] for field in NETWORKS[name.lower()].results}
    found = script("COMPARING.firstParting", Raw(name), theirs, steps)
    assert {(at["t"], at["name"]) for at in found} == {(0, field) for field in names}
    right = {field: getattr(trace, field)[0] for field in theirs}
    assert script("COMPARING.firstParting", Raw(name), right, steps) is None
    mine = script("COMPARING.theirs", Raw(name), right, steps[3], 3)
    assert script(f"{name}.values", mine, 1) == pytest.approx(script(f"{name}.values", steps[3], 1))
