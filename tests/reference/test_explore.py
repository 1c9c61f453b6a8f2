"""The page to play with: one file that loads nothing, whose numbers are the trace's."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference import diagram
from reference.diagram.interactive import example, example_gru, example_rnn
from reference.diagram.interactive.sequence import NETWORKS
from reference.diagram.interactive.window_words import WINDOW_WORDS
from reference.equations import gru, lstm, simple_rnn

BATCH, TIME, FEATURES, UNITS = 2, 5, 3, 4
FOLDER = Path(diagram.__file__).parent / "interactive"


def make_trace(rng: np.random.Generator, **given: Any) -> Any:
    arguments = {
        "x": rng.normal(size=(BATCH, TIME, FEATURES)),
        "kernel": rng.normal(size=(FEATURES, 4 * UNITS)),
        "recurrent_kernel": rng.normal(size=(UNITS, 4 * UNITS)),
        "bias": rng.normal(size=4 * UNITS),
    }
    return lstm(**{**arguments, **given})


def traces(rng: np.random.Generator, **given: Any) -> dict[str, Any]:
    """One of each network."""
    x, sizes = rng.normal(size=(BATCH, TIME, FEATURES)), {"rnn": (simple_rnn, 1), "gru": (gru, 3)}
    made = {"lstm": make_trace(rng, x=x, **given)}
    for name, (run, blocks) in sizes.items():
        width = blocks * UNITS
        bias = rng.normal(size=(2, width) if name == "gru" else width)
        weights = rng.normal(size=(FEATURES, width)), rng.normal(size=(UNITS, width)), bias
        made[name] = run(x, *weights, **given)
    return made


def data_of(page: diagram.Page) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.html, re.S)
    assert found
    return dict(json.loads(found[1]))


def body_of(page: diagram.Page) -> str:
    """What is read on the page, without styles and scripts."""
    return re.sub(r"<(style|script).*?</\1>", "", page.html, flags=re.S)


def test_the_example_is_what_the_equations_give() -> None:
    held = example.trace()
    truth = lstm(held.x, example.KERNEL, example.RECURRENT_KERNEL, example.BIAS)
    for name in ("forget", "input", "candidate", "output", "cell", "hidden"):
        assert np.allclose(getattr(held, name), getattr(truth, name), rtol=1e-3, atol=1e-6), name
    # It says the bit that was stored last where it is asked for, and nothing elsewhere.
    said = truth.hidden[0, :, 0]
    assert [step + 1 for step in np.flatnonzero(np.abs(said) > 0.1)] == list(example.ASKED)
    for stored, asked in zip(example.STORED, example.ASKED, strict=True):
        assert np.sign(said[asked - 1]) == example.BITS[stored - 1]
    waiting = truth.hidden[0, :, 1] > 0.5
    assert waiting.tolist() == [2 <= t < 4 or 5 <= t < 25 for t in range(1, 27)]


def test_the_small_examples_are_what_the_equations_give() -> None:
    held = example_rnn.trace()
    truth = simple_rnn(held.x, example_rnn.KERNEL, example_rnn.RECURRENT_KERNEL, example_rnn.BIAS)
    assert np.allclose(held.hidden, truth.hidden, rtol=1e-3, atol=1e-6)
    last = [next(m for m in example_rnn.MOVEMENTS[t::-1] if m) for t in range(len(example_rnn.MOVEMENTS))]
    assert np.sign(truth.hidden[0, :, 0]).tolist() == last
    of_gru = example_gru.trace()
    gated = gru(of_gru.x, example_gru.KERNEL, example_gru.RECURRENT_KERNEL, example_gru.BIAS)
    for name in ("update", "reset", "candidate", "hidden"):
        assert np.allclose(getattr(of_gru, name), getattr(gated, name), rtol=1e-3, atol=1e-6), name
    stored = [step - 1 for step in example.STORED]
    assert np.flatnonzero(gated.update[0, :, 0] < 0.5).tolist() == stored
    assert np.sign(gated.hidden[0, stored[1] :, 0]).tolist() == [example.BITS[stored[1]]] * (26 - stored[1])


def test_the_answers_about_what_lasts_come_out_of_the_numbers() -> None:
    """What the page gives for the sliders that an answer names, by the equations."""

    def cells(only: bool = False, **added: float) -> list[str]:
        x, bias = example.trace().x, example.BIAS.copy()
        for gate, by in added.items():
            bias[2 * ("input", "forget").index(gate)] += by  # of unit 1
        weights = (0 if only else 1) * example.KERNEL, (0 if only else 1) * example.RECURRENT_KERNEL, bias
        return [diagram.number(c) for c in lstm(x, *weights, c0=np.array([[2.0, 0.0]])).cell[0, :, 0]]

    assert set(cells(forget=10, input=-10)) == {"2.00"}
    without_input, without_forget = cells(forget=10), cells(input=-10)
    answers = dict((*NETWORKS["lstm"].questions, *NETWORKS["lstm"].example_questions))
    told = next(text for text in answers.values() if text.startswith("With the one of the input gate"))
    for c in (without_input[1], without_input[4], without_forget[1], without_forget[4]):
        assert f" {c}" in told
    told = next(text for text in answers.values() if "σ(3)" in text)
    at_3 = float(cells(only=True, forget=3 - 4.78, input=-10)[19])
    assert 2 / 3 < at_3 < 0.8
    assert "more than a third of c is left, about 0.75" in told
    halved = simple_rnn(example_rnn.trace().x, example_rnn.KERNEL, example_rnn.RECURRENT_KERNEL / 2, example_rnn.BIAS)
    left, first = (diagram.number(halved.hidden[0, t, 0]) for t in (6, 0))
    assert any(f"{left} is left of {first}" in text for _, text in NETWORKS["rnn"].example_questions)


def test_the_example_says_what_it_was_trained_for(rng: np.random.Generator) -> None:
    for name, trace in traces(rng).items():
        task = html.escape(NETWORKS[name].task)
        assert f'</h1><p class="lead">{task}</p>' in diagram.explore(name).html
        assert task not in diagram.explore(trace).html


def test_the_page_holds_the_numbers(rng: np.random.Generator) -> None:
    trace = make_trace(rng)
    data = data_of(diagram.explore(trace, trace.kernel, trace.recurrent_kernel, trace.bias, batch_item=1, unit=-1))
    assert np.array_equal(data["x"], trace.x[1])
    assert np.array_equal(data["weights"]["kernel"], trace.kernel)
    assert np.array_equal(data["weights"]["recurrent"], trace.recurrent_kernel)
    assert np.array_equal(data["weights"]["bias"], trace.bias)
    assert np.array_equal(data["given"]["cell"], trace.cell[1])
    assert (data["item"], data["unit"], data["yours"]) == (1, UNITS - 1, None)


def test_steps_are_in_the_order_of_reading(rng: np.random.Generator) -> None:
    mask = np.array([[True, True, True, False, False]] * BATCH)
    data = data_of(diagram.explore(make_trace(rng, mask=mask, go_backwards=True)))
    trace = make_trace(rng, go_backwards=True)
    assert data["mask"] == [False, False, True, True, True]
    assert np.array_equal(data_of(diagram.explore(trace))["x"], trace.x[0, ::-1])


def test_without_a_bias_it_is_zero(rng: np.random.Generator) -> None:
    assert not any(data_of(diagram.explore(make_trace(rng, bias=None)))["weights"]["bias"])


def test_numbers_that_json_lacks_are_words(rng: np.random.Generator) -> None:
    trace = make_trace(rng)
    odd = dataclasses.replace(trace, cell=np.full_like(trace.cell, np.nan), hidden=np.full_like(trace.hidden, -np.inf))
    given = data_of(diagram.explore(odd))["given"]
    assert given["cell"][0][0] == "NaN"
    assert given["hidden"][0][0] == "-Infinity"


def test_the_page_loads_nothing(rng: np.random.Generator) -> None:
    page = diagram.explore(make_trace(rng)).html
    assert set(re.findall(r"https?://[^\s\"'<>)]+", page)) == {"http://www.w3.org/2000/svg"}  # the name of SVG
    assert not re.search(r"\b(?:src|href)=|url\(|@import|\bimport\(|fetch\(|XMLHttpRequest|<link", page)
    assert "default-src 'none'" in page


def test_without_javascript_there_is_the_first_step_and_a_sentence(rng: np.random.Generator) -> None:
    trace = make_trace(rng)
    body = body_of(diagram.explore(trace, unit=2))
    assert "<noscript><p>Without JavaScript this page shows the first step only" in body
    assert f">{diagram.number(trace.cell[0, 0, 2])}</text>" in body
    live = re.findall(r'<(?:div|section|p) class="live[^>]*>', body)
    assert len(live) == 4
    assert all(tag.endswith("hidden>") for tag in live)


def test_numbers_and_valves_have_names(rng: np.random.Generator) -> None:
    trace = make_trace(rng)
    page = diagram.explore(trace).picture.svg
    wires = dict(re.findall(r'<g data-wire="(\w+)">.*?class="num"[^>]*>(.*?)</text></g>', page))
    assert list(wires)[: 1 + FEATURES] == ["h_prev", "x0", "x1", "x2"]
    at = (0, 0, 0)
    for name in ("forget", "input", "candidate", "output", "cell", "hidden"):
        assert wires[name] == diagram.number(getattr(trace, name)[at]), name
    assert re.findall(r'data-valve="(\w+)"', page) == ["forget", "input", "output"]
    assert not re.search("data-(wire|valve)", diagram.lstm(trace, timestep=0).svg)


def test_every_control_has_a_label(rng: np.random.Generator) -> None:
    own = {
        "lstm": ("c", "forget", "input", "candidate", "output"),
        "rnn": ("hidden", "scale"),
        "gru": ("update", "reset", "candidate"),
    }
    for name, trace in traces(rng).items():
        body = body_of(diagram.explore(trace))
        named = set(re.findall(r'<input type="range" id="([^"]+)"', body))
        assert named == {"step", *(f"s-{n}" for n in ("x0", "x1", "x2", "h", *own[name]))}
        assert named <= set(re.findall(r'<label for="([^"]+)"', body))
        unnamed = re.findall(r"<(?:select|button)[^>]*>(?=[‹›↺<])", body)
        assert len(unnamed) > 5
        assert all(re.search(r'aria-label="[^"]+"', tag) for tag in unnamed)


def test_every_word_goes_through_labels(rng: np.random.Generator) -> None:
    known = dict.fromkeys((*diagram.WORDS, *diagram.EXPLORE_WORDS))
    assert len(set(diagram.EXPLORE_WORDS)) == len(diagram.EXPLORE_WORDS)
    labels = {w: f"[{n}]" + "".join(re.findall(r"\{\w+\}", w)) for n, w in enumerate(known)}
    mask = np.array([[False] + [True] * (TIME - 1)] * BATCH)
    pages = [
        *(diagram.explore(trace, labels=labels, inputs=["1", "2", "3"]) for trace in traces(rng).values()),
        *(diagram.explore(trace, labels=labels) for trace in traces(rng, mask=mask).values()),
        *(diagram.explore(name, labels=labels) for name in NETWORKS),
    ]
    for n, word in enumerate(known):
        if word in diagram.EXPLORE_WORDS and (word not in WINDOW_WORDS or word == "bias"):
            assert any(f"[{n}]" in page.html for page in pages), word
    for page in pages:
        seen = re.sub(r"<[^>]*>|\[\d+\]", " ", body_of(page))
        assert set(re.findall(r"[A-Za-z]{3,}", seen)) == {"tanh"}
        assert not re.search("[a-z]{2}", " ".join(re.findall(r'(?:aria-label|title)="([^"]*)"', body_of(page))))


def test_every_word_of_the_script_is_there(rng: np.random.Generator) -> None:
    script = (FOLDER / "sequence.js").read_text("utf-8")
    asked = set(re.findall(r'say\("([^"]+)"', script)) | set(re.findall(r'partedSentence\("([^"]+)"', script))
    assert len(asked) > 10
    for trace in traces(rng).values():
        data = data_of(diagram.explore(trace))
        own = {
            data["title"],
            *data["explanations"].values(),
            *(preset["sentence"] for preset in data["presets"].values()),
        }
        own |= {wire["word"] for wire in data["wires"].values() if wire["word"]}
        assert asked | own <= data["words"].keys()


def test_examples_have_questions_of_their_own(rng: np.random.Generator) -> None:
    for name, trace in traces(rng).items():
        asked = NETWORKS[name].example_questions
        assert [question for question, _ in asked if question in diagram.explore(trace).html] == []
        assert [question for question, _ in asked if question not in diagram.explore(name).html] == []
    assert NETWORKS["rnn"].example_questions


def test_labels_and_names_are_escaped(rng: np.random.Generator) -> None:
    bad = "</script><b>&\"c\" 'd'"
    labels = {"forget gate": bad, "Keep everything": bad, "Predict, then try": bad, "Step back": bad}
    page = diagram.explore(make_trace(rng), labels=labels, inputs=[bad, "a", "b"])
    assert "<b>" not in page.html
    assert page.html.count("</script>") == 2
    assert data_of(page)["inputs"][0] == data_of(page)["words"]["forget gate"] == bad
    assert f'aria-label="{html.escape(bad)}"' in page.html


def test_in_a_notebook_it_has_a_frame_of_its_own(rng: np.random.Generator) -> None:
    page = diagram.explore(make_trace(rng))
    frame = page._repr_html_()
    tag = re.fullmatch(r'<iframe title="([^"]+)" srcdoc="([^"]*)" style="[^"]*"></iframe>', frame)
    assert tag
    assert html.unescape(tag[2]) == page.html
    assert repr(page).startswith("An LSTM to play with. One step of an LSTM: step 1 of 5. The forget gate is ")


def test_saving(tmp_path: Path) -> None:
    page = diagram.explore()
    page.save(tmp_path / "lstm.html")
    assert (tmp_path / "lstm.html").read_text("utf-8") == page.html
    with pytest.raises(ValueError, match=r"path ends in '\.svg', expected \.html"):
        page.save(tmp_path / "lstm.svg")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"kernel": np.zeros((4, 16))},
            ValueError,
            "kernel has shape (4, 16), expected (3, 16): (features, 4 * units)",
        ),
        (
            {"recurrent_kernel": np.zeros((4, 12))},
            ValueError,
            "recurrent_kernel has shape (4, 12), expected (4, 16): (units, 4 * units)",
        ),
        ({"bias": np.zeros(4)}, ValueError, "bias has shape (4,), expected (16,): (4 * units,)"),
        ({"batch_item": 2}, IndexError, "batch_item is 2, expected -2 to 1: the trace has 2"),
        ({"unit": 4}, IndexError, "unit is 4, expected -4 to 3: the trace has 4"),
        ({"inputs": ["bit"]}, ValueError, "inputs has 1 names, expected 3: one for each feature of x"),
        ({"labels": {"memory gate": "z"}}, ValueError, "labels has 'memory gate', which no picture draws"),
        ({"yours": 3}, ValueError, "yours is a int, expected LSTMTrace"),
    ],
)
def test_errors(arguments: dict[str, Any], error: type[Exception], message: str, rng: np.random.Generator) -> None:
    with pytest.raises(error, match=re.escape(message)):
        diagram.explore(make_trace(rng), **arguments)


def test_errors_of_traces(rng: np.random.Generator) -> None:
    trace = make_trace(rng)
    with pytest.raises(
        ValueError, match=r"trace is a ndarray, expected what one of diagram.lstm_trace, .* gives, or 'lst"
    ):
        diagram.explore(trace.x)
    with pytest.raises(ValueError, match="trace is 'lstm', the example, expected a trace beside weights or yours"):
        diagram.explore(yours=trace)
    with pytest.raises(ValueError, match="trace is 'cnn', expected a trace or 'lstm' or 'rnn' or 'gru'"):
        diagram.explore("cnn")
    others = traces(rng)
    with pytest.raises(ValueError, match=r"yours is a RNNTrace, expected GRUTrace, what diagram\.gru_trace gives"):
        diagram.explore(others["gru"], yours=others["rnn"])
    with pytest.raises(ValueError, match=re.escape("bias has shape (12,), expected (2, 12): (2, 3 * units)")):
        diagram.explore(others["gru"], bias=np.zeros(12))
    before = gru(trace.x, others["gru"].kernel, others["gru"].recurrent_kernel, reset_after=False)
    with pytest.raises(ValueError, match="trace has reset_after=False, expected True"):
        diagram.explore(before)
    shorter = make_trace(rng, x=trace.x[:, :3])
    with pytest.raises(ValueError, match=re.escape("yours.x has shape (2, 3, 3), expected (2, 5, 3)")):
        diagram.explore(trace, yours=shorter)
    with pytest.raises(ValueError, match="yours read another x"):
        diagram.explore(trace, yours=make_trace(rng))


def test_yours_is_on_the_page(rng: np.random.Generator) -> None:
    trace = make_trace(rng)
    yours = dataclasses.replace(trace, forget=1 - trace.forget)
    assert np.array_equal(data_of(diagram.explore(trace, yours=yours))["yours"]["forget"], 1 - trace.forget[0])
