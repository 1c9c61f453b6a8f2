"""The pictures show what the traces hold, in every theme, language and size of number."""

from __future__ import annotations

import dataclasses
import itertools
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pytest

from reference import diagram
from reference.diagram import canvas
from reference.equations import lstm, lstm_step, simple_rnn

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "autograder" / "cards" / "templates" / "lstm.svg"
BATCH, TIME, FEATURES, UNITS = 2, 5, 3, 4
SVG = "{http://www.w3.org/2000/svg}"
GATES = ("forget", "input", "candidate", "cell", "output")


def lstm_trace(rng: np.random.Generator, **given: Any) -> Any:
    arguments = {
        "x": rng.normal(size=(BATCH, TIME, FEATURES)),
        "kernel": rng.normal(size=(FEATURES, 4 * UNITS)),
        "recurrent_kernel": rng.normal(size=(UNITS, 4 * UNITS)),
        "bias": rng.normal(size=4 * UNITS),
        "h0": rng.normal(size=(BATCH, UNITS)),
        "c0": rng.normal(size=(BATCH, UNITS)),
    }
    return lstm(**{**arguments, **given})


def rnn_trace(rng: np.random.Generator, **given: Any) -> Any:
    arguments = {
        "x": rng.normal(size=(BATCH, TIME, FEATURES)),
        "kernel": rng.normal(size=(FEATURES, UNITS)),
        "recurrent_kernel": rng.normal(size=(UNITS, UNITS)),
        "h0": rng.normal(size=(BATCH, UNITS)),
    }
    return simple_rnn(**{**arguments, **given})


def parse(picture: diagram.Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture.svg)


def classes(element: ElementTree.Element) -> list[str]:
    return element.get("class", "").split()


def drawn(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def on_wires(root: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text") if "num" in classes(text)]


def wires_of(root: ElementTree.Element, part: str) -> list[str]:
    return [v for group in root.findall(f"{SVG}g") if part in classes(group) for v in on_wires(group)]


def shapes(root: ElementTree.Element, group: str, kind: str) -> list[ElementTree.Element]:
    return [e for g in root.iter(f"{SVG}g") if group in classes(g) for e in g if kind in classes(e)]


class Balanced(HTMLParser):
    """Fails where a tag is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("input", "br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def html_tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser.found


@pytest.mark.parametrize(("item", "unit", "step"), [(0, 0, 0), (1, 3, 2), (-1, -2, -1)])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_lstm_wires_carry_the_trace(
    item: int, unit: int, step: int, go_backwards: bool, rng: np.random.Generator
) -> None:
    trace = lstm_trace(rng, go_backwards=go_backwards)
    root = parse(diagram.lstm(trace, batch_item=item, unit=unit, timestep=step))
    at = (item, step, unit)
    f, i, g, o = trace.forget[at], trace.input[at], trace.candidate[at], trace.output[at]
    c, h = trace.cell[at], trace.hidden[at]
    x = trace.x[item, ::-1][step] if go_backwards else trace.x[item, step]

    def shown(*values: float) -> list[str]:
        return [diagram.number(v) for v in values]

    assert wires_of(root, "gate-forget") == shown(f)
    assert wires_of(root, "gate-input") == shown(i)
    assert wires_of(root, "gate-candidate") == shown(g)
    assert wires_of(root, "gate-cell") == shown(trace.c_prev[at], f * trace.c_prev[at], c, c, i * g)
    assert wires_of(root, "gate-output") == shown(o, np.tanh(c), h, h, h)
    assert wires_of(root, "bus") == shown(trace.h_prev[at], *x)
    assert f"batch item {item % BATCH}, unit {unit % UNITS}" in drawn(root)
    told = root.findtext(f"{SVG}desc") or ""
    assert all(diagram.number(v) in told for v in (f, i, g, o, c, h))


def test_worked_example_of_the_notebook() -> None:
    half = np.full((1, 4), 0.5)
    trace = lstm(
        np.ones((1, 1, 1)),
        half,
        half,
        bias=np.array([0.0, 1.0, 0.0, 0.0]),
        h0=np.array([[0.5]]),
        c0=np.array([[2.0]]),
    )
    text = re.sub("<[^>]+>", "", diagram.lstm_steps(trace).html)
    assert "= σ(0.50 + 0.25 + 1.00) = σ(1.75) = 0.85" in text
    assert "= tanh(0.50 + 0.25 + 0) = tanh(0.75) = 0.64" in text
    assert "ct = f · ct−1 + i · g = 0.85 · 2.00 + 0.68 · 0.64 = 2.14" in text
    assert "ht = o · tanh ct = 0.68 · tanh(2.14) = 0.68 · 0.97 = 0.66" in text
    assert "≠" not in text


@pytest.mark.parametrize("open_", [0.0, 0.25, 0.71, 1.0])
def test_valves_leave_the_share_free_that_the_gate_is_open(open_: float, rng: np.random.Generator) -> None:
    trace = lstm_trace(rng)
    gates = {name: np.full_like(trace.forget, open_) for name in ("forget", "input", "output")}
    root = parse(diagram.lstm(dataclasses.replace(trace, **gates), timestep=1))
    frames, plates = shapes(root, "valve", "ring"), shapes(root, "valve", "plate")
    assert len(frames) == 3
    assert len(plates) == (0 if open_ == 1 else 3)
    for plate, frame in zip(plates, frames, strict=False):
        inside = float(frame.get("width", 0)) - 2  # the line of the frame is 2 wide
        assert float(plate.get("width", 0)) == inside
        assert float(plate.get("height", 0)) == pytest.approx((1 - open_) * inside, abs=0.01)
        assert float(plate.get("y", 0)) == float(frame.get("y", 0)) + 1
    # Across the flow: the belt runs to the right, the candidate up, what is shown down.
    assert [p.get("transform", "").split("(")[0] for p in plates] in ([], ["", "rotate", "rotate"])


def test_masked_step_passes_both_states_by(rng: np.random.Generator) -> None:
    mask = np.array([[True, False, True, True, False]] * BATCH)
    trace = lstm_trace(rng, mask=mask, zero_output_for_mask=True)
    root = parse(diagram.lstm(trace, timestep=1, unit=2))
    c, h = trace.cell[0, 0, 2], trace.hidden[0, 0, 2]
    assert "masked" in classes(root)
    assert wires_of(root, "gate-cell")[3] == wires_of(root, "gate-cell")[0] == diagram.number(c)
    assert wires_of(root, "gate-output")[3:] == [diagram.number(h), "0"]
    assert "This step is masked: it changes no state." in drawn(root)
    text = re.sub("<[^>]+>", "", diagram.lstm_steps(trace, timestep=1, unit=2).html)
    assert f"→ ct = ct−1 = {diagram.number(c)}" in text
    assert f"→ ht = ht−1 = {diagram.number(h)}" in text


def test_a_trace_that_breaks_the_equation_says_so(rng: np.random.Generator) -> None:
    def wrong(*arguments: Any) -> Any:
        right = lstm_step(*arguments)
        return right._replace(cell=right.cell + 1)

    text = diagram.lstm_steps(lstm_trace(rng, step=wrong)).html
    assert text.count("≠") == 2  # the cell state, and the hidden state that was made from another one
    assert "≠" not in diagram.lstm_steps(lstm_trace(rng)).html


@pytest.mark.parametrize("units", [(0,), (1, 3), (3, 0, 2)])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_rnn_wires_carry_the_trace(units: tuple[int, ...], go_backwards: bool, rng: np.random.Generator) -> None:
    trace = rnn_trace(rng, go_backwards=go_backwards)
    root = parse(diagram.rnn(trace, batch_item=1, units=units))
    chosen = list(units)
    outputs = [diagram.number(v) for v in trace.hidden[1][:, chosen].ravel()]
    assert wires_of(root, "gate-output") == outputs
    # Three steps in the first row; the state that leaves it enters the second.
    states = np.concatenate([trace.h0[1:2], trace.hidden[1]])[[0, 1, 2, 3, 3, 4, 5]][:, chosen]
    assert wires_of(root, "gate-cell") == [diagram.number(v) for v in states.ravel()]
    x = trace.x[1, ::-1] if go_backwards else trace.x[1]
    assert wires_of(root, "bus") == [diagram.number(v) for v in x.ravel()]
    assert drawn(root).count("tanh") == TIME


def test_masked_rnn_step_shows_output_and_state_apart(rng: np.random.Generator) -> None:
    mask = np.array([[True, False, True]] * BATCH)
    trace = rnn_trace(rng, x=rng.normal(size=(BATCH, 3, FEATURES)), mask=mask, zero_output_for_mask=True)
    root = parse(diagram.rnn(trace, unit=1))
    first, last = (diagram.number(trace.hidden[0, t, 1]) for t in (0, 2))
    assert wires_of(root, "gate-output") == [first, "0", last]
    assert wires_of(root, "gate-cell") == [diagram.number(trace.h0[0, 1]), first, first, last]
    assert drawn(root).count("masked") == 1
    assert drawn(root).count("tanh") == 2


def test_long_inputs_are_cut_and_counted(rng: np.random.Generator) -> None:
    x, kernel = rng.normal(size=(BATCH, TIME, 9)), rng.normal(size=(9, 4 * UNITS))
    assert "… 5 more" in drawn(parse(diagram.lstm(lstm_trace(rng, x=x, kernel=kernel), timestep=0)))
    assert drawn(parse(diagram.rnn(rnn_trace(rng, x=x, kernel=kernel[:, :UNITS])))).count("… 5 more") == TIME


def test_five_steps_in_order_each_with_its_part_stressed(rng: np.random.Generator) -> None:
    steps = diagram.lstm_steps(lstm_trace(rng), timestep=3)
    assert diagram.GATES == GATES
    lit = [[c for c in classes(parse(p)) if c.startswith("hl-")] for p in steps.pictures]
    assert lit == [[f"hl-{name}"] for name in GATES]
    assert re.findall(r"<h4>(.*?)</h4>", steps.html) == [
        "1 forget gate",
        "2 input gate",
        "3 candidate",
        "4 cell state",
        "5 output gate",
    ]
    html_tags(steps.html)


@pytest.mark.parametrize("name", GATES)
def test_a_highlight_has_a_halo_and_a_note_and_dims_the_rest(name: str) -> None:
    root = parse(diagram.lstm_schematic(name))
    groups = [g for g in root.findall(f"{SVG}g") if f"gate-{name}" in classes(g)]
    assert all("part" in classes(g) for g in groups)
    inside = [e for g in groups for e in g.iter()]
    assert sum("note" in classes(e) for e in inside) == 1
    assert any("halo" in classes(e) for e in inside)
    on = rf":is\(\.gbd\.hl-{name},\.hl-{name} \.gbd\) "
    for rule in (r"\.gate-%s :is\(\.halo,\.note\)\{display", r"\.part:not\(\.gate-%s\):not\(\.with-%s\)\{opacity"):
        assert re.search(on + rule.replace("%s", name), canvas.STYLE)
    assert "hl-" not in (parse(diagram.lstm_schematic()).get("class") or "")


def pictures_of(rng: np.random.Generator, labels: dict[str, str] | None = None) -> list[str]:
    mask = np.array([[True, True, False, True, True]] * BATCH)
    wide = rng.normal(size=(BATCH, TIME, 9))
    cut = lstm_trace(rng, x=wide, kernel=rng.normal(size=(9, 4 * UNITS)), mask=mask)
    chain = rnn_trace(rng, x=wide, kernel=rng.normal(size=(9, UNITS)), mask=mask)
    return [
        diagram.rnn(chain, labels=labels).svg,
        diagram.lstm(cut, labels=labels).html,
        diagram.lstm_steps(cut, timestep=0, labels=labels).html,
        diagram.lstm_steps(cut, timestep=2, labels=labels).html,
        *(diagram.lstm_schematic(name, labels).svg for name in (None, *GATES)),
    ]


def test_every_word_goes_through_labels(rng: np.random.Generator) -> None:
    assert len(set(diagram.WORDS)) == len(diagram.WORDS)
    labels = {w: f"[{n}]" + "".join(re.findall(r"\{\w+\}", w)) for n, w in enumerate(diagram.WORDS)}
    everything = "\n".join(pictures_of(rng, labels))
    for n, word in enumerate(diagram.WORDS):
        assert f"[{n}]" in everything, word
    seen = re.sub(r"<style>.*?</style>|<[^>]*>|\[\d+\]", " ", everything)
    assert set(re.findall(r"[A-Za-z]{3,}", seen)) == {"tanh"}
    attributes = " ".join(re.findall(r'aria-label="([^"]*)"', everything))
    assert not re.search("[a-z]{2}", attributes)


def test_schematic_words_are_those_it_draws() -> None:
    everything = diagram.lstm_schematic(None, {w: f"[{n}]" for n, w in enumerate(diagram.SCHEMATIC_WORDS)}).svg
    assert all(f"[{n}]" in everything for n in range(len(diagram.SCHEMATIC_WORDS)))
    assert set(diagram.SCHEMATIC_WORDS) <= set(diagram.WORDS)
    assert not any("{" in word or '"' in word for word in diagram.SCHEMATIC_WORDS)


def test_labels_are_escaped() -> None:
    root = parse(diagram.lstm_schematic(labels={"forget gate": "<b> & \"c\" 'd'"}))
    assert "<b> & \"c\" 'd'" in drawn(root)


def test_committed_template_is_what_the_function_gives(tmp_path: Path) -> None:
    diagram.write_schematic_template(tmp_path / "lstm.svg")
    made = (tmp_path / "lstm.svg").read_text("utf-8")
    assert TEMPLATE.read_text("utf-8") == made == diagram.schematic_template()
    asked: list[str] = []

    def translate(word: str) -> str:
        asked.append(word)
        return word.upper() + " <&>"

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    root = ElementTree.fromstring(environment.from_string(made).render(_=translate))
    assert sorted(set(asked)) == sorted(set(diagram.SCHEMATIC_WORDS))
    assert "FORGET GATE <&>" in drawn(root)
    plain = environment.from_string(made).render(_=lambda word: word)
    assert plain.strip() == diagram.lstm_schematic().svg


def test_svg_is_plain_and_says_in_words_what_it_shows(rng: np.random.Generator) -> None:
    trace = lstm_trace(rng)
    for picture in (
        diagram.rnn(rnn_trace(rng)),
        *diagram.lstm(trace).pictures,
        *diagram.lstm_steps(trace).pictures,
        diagram.lstm_schematic(),
    ):
        root = parse(picture)
        assert root.get("role") == "img"
        assert [child.tag for child in root[:3]] == [f"{SVG}title", f"{SVG}desc", f"{SVG}style"]
        assert all(len(child.text or "") > 10 for child in root[:3])
        assert not re.search(r"<script|\son\w+=|href|url\(|\sid=", picture.svg)
        assert picture._repr_html_() == picture._repr_svg_() == picture.svg


def test_same_trace_same_bytes() -> None:
    program = (
        "import numpy as np; from reference import diagram as d; from reference.equations import lstm, simple_rnn;"
        "r = np.random.default_rng(1);"
        "t = lstm(r.normal(size=(2, 5, 3)), r.normal(size=(3, 16)), r.normal(size=(4, 16)));"
        "u = simple_rnn(t.x, t.kernel[:, :4], t.recurrent_kernel[:, :4]);"
        "import hashlib; pages = d.lstm(t).html + d.lstm_steps(t).html + d.rnn(u).svg;"
        "print(hashlib.sha256(pages.encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_stepping_needs_no_script(rng: np.random.Generator) -> None:
    trace = lstm_trace(rng)
    pages = diagram.lstm(trace, unit=1)
    tags = html_tags(pages.html)
    radios = [attributes for tag, attributes in tags if tag == "input"]
    assert [r["type"] for r in radios] == ["radio"] * TIME
    assert [r["aria-label"] for r in radios] == [f"step {n} of {TIME}" for n in range(1, TIME + 1)]
    assert ["checked" in r for r in radios] == [True] + [False] * (TIME - 1)
    assert len({r["name"] for r in radios}) == 1
    assert radios[0]["name"] not in diagram.lstm(trace, unit=2).html
    assert "script" not in [tag for tag, _ in tags]
    for n in range(TIME):
        assert f".gbd-film:has(.s{n}:checked) .t{n}{{display:block}}" in pages.html
        assert f'<div class="t t{n}"><svg' in pages.html
    # Return would send the form if it had no button, or one that is not disabled.
    assert [a for tag, a in tags if tag == "button"] == [{"type": "submit", "disabled": None, "hidden": None}]


def test_strip_holds_every_step(rng: np.random.Generator) -> None:
    trace = lstm_trace(rng)
    page = diagram.lstm(trace, batch_item=1, unit=3).html
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page)
    states = (trace.forget, trace.input, trace.candidate, trace.output, trace.cell, trace.hidden)
    fields = [*(trace.x[1, :, k] for k in range(FEATURES)), *(field[1, :, 3] for field in states)]
    assert [name.split(" <")[0] for name, _ in rows] == [
        *["input"] * FEATURES,
        "forget gate",
        "input gate",
        "candidate",
        "output gate",
        "cell state",
        "hidden state",
    ]
    for (_, cells), field in zip(rows, fields, strict=True):
        assert re.findall(r"<td[^>]*>(.*?)</td>", cells) == [diagram.number(v) for v in field]


def test_marks_stand_over_their_steps(rng: np.random.Generator) -> None:
    trace = lstm_trace(rng)
    heads = re.findall(r'aria-label="([^"]*)"[^>]*>([^<]*)</label></th>', diagram.lstm(trace, marks=[1, -1]).html)
    assert [said for said, _ in heads] == [f"step {n} of 5{' ▼' if n in (2, 5) else ''}" for n in range(1, 6)]
    assert [seen for _, seen in heads] == ["1", "2 ▼", "3", "4", "5 ▼"]
    with pytest.raises(IndexError, match="marks is 5, expected -5 to 4"):
        diagram.lstm(trace, marks=[5])


AWKWARD = [0.0, -12.3, 1.2e-5, -1.2e-5, 123.4, -9999.0, -4.5e120, np.nan, np.inf, -np.inf]


@pytest.mark.parametrize("value", AWKWARD)
def test_numbers_are_short_and_near(value: float) -> None:
    text = diagram.number(value)
    assert 1 <= len(text) <= 9
    read = float(text.replace("−", "-").replace("∞", "inf"))
    assert np.isclose(read, value, rtol=0.05, atol=0, equal_nan=True)


def test_numbers_read_back(rng: np.random.Generator) -> None:
    for value in rng.normal(size=2000) * 10 ** rng.uniform(-12, 12, size=2000):
        text = diagram.number(value)
        assert len(text) <= 8
        assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.05)


def extents(root: ElementTree.Element) -> list[tuple[float, float, float, float, str]]:
    """About where each text is, wide fonts assumed."""
    found = []
    lit = [f"gate-{c[3:]}" for c in classes(root) if c.startswith("hl-")]
    dark = [g for g in root.findall(f"{SVG}g") if not set(lit) & set(classes(g))]
    unseen = {text for g in dark for text in g.iter(f"{SVG}text") if "note" in classes(text)}
    for text in root.iter(f"{SVG}text"):
        if text in unseen:
            continue
        kinds, content = classes(text), "".join(text.itertext())
        size = next(
            (s for kind, s in {"math": 15, "op": 18, "word": 13, "soft": 13, "code": 12}.items() if kind in kinds), 14
        )
        if style := re.search(r"font-size:([\d.]+)px", text.get("style", "")):
            size = float(style[1])
        wide = canvas.width(content, size) * (0.8 if "math" in kinds else 0.93)
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        left = {"start": x, "middle": x - wide / 2, "end": x - wide}[text.get("text-anchor", "start")]
        found.append((left, y - 0.74 * size, left + wide, y + 0.2 * size, content))
    return found


def assert_texts_apart(root: ElementTree.Element) -> None:
    x, y, wide, tall = (float(v) for v in root.get("viewBox", "").split())
    boxes = extents(root)
    for left, top, right, bottom, content in boxes:
        assert x <= left, content
        assert right <= x + wide, content
        assert y <= top, content
        assert bottom <= y + tall, content
    for a, b in itertools.combinations(boxes, 2):
        assert min(a[2], b[2]) <= max(a[0], b[0]) or min(a[3], b[3]) <= max(a[1], b[1]), (a, b)


@pytest.mark.parametrize("value", AWKWARD)
def test_no_number_is_too_long_for_its_place(value: float, rng: np.random.Generator) -> None:
    trace = lstm_trace(rng, x=rng.normal(size=(BATCH, TIME, 9)), kernel=rng.normal(size=(9, 4 * UNITS)))
    arrays = {f.name: getattr(trace, f.name) for f in dataclasses.fields(trace)}
    odd = {name: np.full_like(a, value) for name, a in arrays.items() if isinstance(a, np.ndarray) and a.ndim == 3}
    trace = dataclasses.replace(trace, **odd)
    assert_texts_apart(parse(diagram.lstm(trace, timestep=0)))
    html_tags(diagram.lstm(trace).html)
    html_tags(diagram.lstm_steps(trace).html)
    chain = rnn_trace(rng)
    chain = dataclasses.replace(
        chain, **{name: np.full_like(getattr(chain, name), value) for name in ("x", "hidden", "h_prev", "h0")}
    )
    assert_texts_apart(parse(diagram.rnn(chain, units=(0, 1))))


CHINESE = {
    "forget gate": "遗忘门",
    "input gate": "输入门",
    "candidate": "候选记忆元",
    "output gate": "输出门",
    "cell state": "记忆元",
    "hidden state": "隐状态",
    "input": "输入",
    "output": "输出",
    "how far a valve opens": "阀门的开度",
}


@pytest.mark.parametrize("labels", [{}, CHINESE])
@pytest.mark.parametrize("name", [None, *GATES])
def test_no_words_overlap(name: str | None, labels: dict[str, str], rng: np.random.Generator) -> None:
    assert_texts_apart(parse(diagram.lstm_schematic(name, labels)))
    assert_texts_apart(parse(diagram.lstm(lstm_trace(rng), timestep=1, highlight=name, labels=labels)))


@pytest.mark.parametrize("time", [1, 2, 3, 4, 7, 10])
def test_chains_of_any_length(time: int, rng: np.random.Generator) -> None:
    trace = rnn_trace(rng, x=rng.normal(size=(BATCH, time, FEATURES)))
    root = parse(diagram.rnn(trace, units=(2, 1)))
    assert drawn(root).count("tanh") == time
    assert drawn(root).count("final state") == drawn(root).count("initial state") == 1
    assert_texts_apart(root)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch_item": 2}, IndexError, "batch_item is 2, expected -2 to 1: the trace has 2"),
        ({"unit": -5}, IndexError, "unit is -5, expected -4 to 3: the trace has 4"),
        ({"timestep": 5}, IndexError, "timestep is 5, expected -5 to 4: the trace has 5"),
        ({"timestep": 1.0}, ValueError, "timestep is 1.0, expected an integer"),
        ({"unit": True}, ValueError, "unit is True, expected an integer"),
        ({"highlight": "update"}, ValueError, "highlight is 'update', expected None or one of forget, input"),
        ({"labels": {"update gate": "x"}}, ValueError, "labels has 'update gate', which no picture draws"),
    ],
)
def test_lstm_errors(arguments: dict[str, Any], error: type[Exception], message: str, rng: np.random.Generator) -> None:
    with pytest.raises(error, match=re.escape(message)):
        diagram.lstm(lstm_trace(rng), **arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch_item": -3}, IndexError, "batch_item is -3, expected -2 to 1"),
        ({"unit": 4}, IndexError, "unit is 4, expected -4 to 3"),
        ({"units": (0, 9)}, IndexError, "units is 9, expected -4 to 3"),
        ({"units": ()}, ValueError, "units is (), expected one or more different units"),
        ({"units": (1, -3)}, ValueError, "units is (1, -3), expected one or more different units"),
    ],
)
def test_rnn_errors(arguments: dict[str, Any], error: type[Exception], message: str, rng: np.random.Generator) -> None:
    with pytest.raises(error, match=re.escape(message)):
        diagram.rnn(rnn_trace(rng), **arguments)


def test_each_picture_wants_its_own_trace(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="trace is a LSTMTrace, expected an RNNTrace"):
        diagram.rnn(lstm_trace(rng))
    with pytest.raises(ValueError, match="trace is a RNNTrace, expected an LSTMTrace"):
        diagram.lstm(rnn_trace(rng))
    with pytest.raises(ValueError, match="highlight is 'h'"):
        diagram.lstm_schematic("h")


def test_save(tmp_path: Path, rng: np.random.Generator) -> None:
    trace = lstm_trace(rng)
    picture, pages = diagram.lstm(trace, timestep=0), diagram.lstm(trace)
    picture.save(tmp_path / "one.svg")
    picture.save(str(tmp_path / "one.html"))
    pages.save(tmp_path / "all.html")
    assert ElementTree.parse(tmp_path / "one.svg").getroot().tag == f"{SVG}svg"
    assert picture.svg in (tmp_path / "one.html").read_text("utf-8")
    html_tags((tmp_path / "all.html").read_text("utf-8").removeprefix("<!DOCTYPE html>"))
    with pytest.raises(ValueError, match=r"path ends in '.png', expected .html"):
        picture.save(tmp_path / "one.png")
    with pytest.raises(ValueError, match=r"path ends in '.svg', expected .html"):
        pages.save(tmp_path / "all.svg")


def test_a_picture_as_text_says_what_it_shows(rng: np.random.Generator) -> None:
    trace = lstm_trace(rng)
    assert repr(diagram.lstm(trace, timestep=1)).startswith("One step of an LSTM: step 2 of 5. The forget gate is 0.")
    lines = repr(diagram.lstm(trace)).splitlines()
    assert [line.partition(".")[0] for line in lines] == [f"One step of an LSTM: step {n} of 5" for n in range(1, 6)]
    assert "<" not in repr(diagram.lstm_steps(trace)) + repr(diagram.rnn(rnn_trace(rng)))


def test_traces_from_numbers_are_those_of_the_equations(rng: np.random.Generator) -> None:
    given: Any = lstm_trace(rng)
    weights = ("x", "kernel", "recurrent_kernel", "bias", "h0", "c0")
    values = ("input", "forget", "candidate", "output", "cell", "hidden")
    made: Any = diagram.lstm_trace(
        *(getattr(given, name) for name in weights), **{name: getattr(given, name) for name in values}
    )
    for field in dataclasses.fields(given):
        np.testing.assert_array_equal(getattr(made, field.name), getattr(given, field.name))
    given = rnn_trace(rng)
    made = diagram.rnn_trace(given.x, given.kernel, given.recurrent_kernel, h0=given.h0, hidden=given.hidden)
    assert diagram.rnn(made).svg == diagram.rnn(given).svg
    assert np.isnan(made.pre_activation).all()


def test_one_sequence_needs_no_batch_axis(rng: np.random.Generator) -> None:
    full: Any = rnn_trace(rng, x=rng.normal(size=(1, TIME, FEATURES)), h0=rng.normal(size=(1, UNITS)))
    weights = full.kernel, full.recurrent_kernel
    bare = diagram.rnn_trace(full.x[0], *weights, h0=full.h0[0], hidden=full.hidden[0].tolist())
    assert diagram.rnn(bare).svg == diagram.rnn(full).svg
    from_zeros = diagram.rnn_trace(full.x, *weights, hidden=full.hidden)
    assert not from_zeros.h0.any()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": np.ones(3)}, "x has shape (3,), expected (batch, time, features)"),
        ({"x": np.ones((2, 0, 3))}, "x has shape (2, 0, 3), expected (batch, time, features), with a step or more"),
        ({"kernel": np.ones((4, 3))}, "kernel has shape (4, 3), expected (3, 4): (features, units)"),
        ({"recurrent_kernel": 1.0}, "recurrent_kernel has shape (), expected (units, units)"),
        ({"bias": np.ones((1, 4))}, "bias has shape (1, 4), expected (4,): (units,)"),
        ({"h0": np.ones(4)}, "h0 has shape (4,), expected (2, 4): (batch, units)"),
        ({"hidden": None}, "hidden has shape (), expected (2, 5, 4): (batch, time, units)"),
        ({"hidden": np.ones((5, 2, 4))}, "hidden has shape (5, 2, 4), expected (2, 5, 4): (batch, time, units)"),
    ],
)
def test_errors_of_traces_from_numbers(changed: dict[str, Any], message: str) -> None:
    right: dict[str, Any] = {
        "x": np.ones((BATCH, TIME, FEATURES)),
        "kernel": np.ones((FEATURES, UNITS)),
        "recurrent_kernel": np.ones((UNITS, UNITS)),
        "hidden": np.ones((BATCH, TIME, UNITS)),
    }
    with pytest.raises(ValueError, match=re.escape(message)):
        diagram.rnn_trace(**{**right, **changed})


def test_numpy_is_enough() -> None:
    program = "import sys, reference.diagram; print({'keras', 'tensorflow', 'matplotlib', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"


def test_a_notebook_leaves_the_arrow_keys_to_the_stepper(rng: np.random.Generator) -> None:
    inputs = re.findall(r"<input [^>]*>", diagram.lstm(lstm_trace(rng)).html)
    assert len(inputs) == TIME
    assert all('data-lm-suppress-shortcuts="true"' in one for one in inputs)
