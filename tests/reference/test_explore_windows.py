"""The pages of a window that slides over a picture: their scripts agree with the equations."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import quickjs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reference import diagram
from reference.diagram.interactive.window_words import IN_SCRIPT, KERNELS, MODES, WINDOW_WORDS
from reference.equations import average_pool2d, conv2d, conv2d_backward, max_pool2d, output_length, pad_amounts

FOLDER = Path(diagram.__file__).parent / "interactive"
SIDES = st.tuples(st.integers(1, 9), st.integers(1, 9))
WINDOWS = st.tuples(st.integers(1, 4), st.integers(1, 4))
MOVES = (st.integers(1, 4), st.sampled_from(["valid", "same"]), st.integers(1, 3))


class Scripts:
    """The scripts that know no page."""

    def __init__(self) -> None:
        self.context = quickjs.Context()
        for name in ("numbers.js", "windows.js", "convolution.js", "pooling.js"):
            self.context.eval((FOLDER / name).read_text("utf-8"))

    def __call__(self, expression: str, **values: Any) -> Any:
        names, given = ", ".join(values), ", ".join(json.dumps(v, default=np.ndarray.tolist) for v in values.values())
        return json.loads(self.context.eval(f"JSON.stringify((({names}) => {expression})({given}))"))


@pytest.fixture(scope="module")
def script() -> Scripts:
    return Scripts()


OVER_ALL = """WINDOWS.overAll(
    WINDOWS.laid([picture.length, picture[0].length], OPERATION.window(settings)),
    (cells) => OPERATION.output(picture, settings, cells))"""
TOLD = """OPERATION.told(picture, settings, WINDOWS.under(
    WINDOWS.laid([picture.length, picture[0].length], OPERATION.window(settings)), place), (name) => name)"""


@given(st.integers(1, 30), st.integers(1, 9), *MOVES)
def test_places_and_borders_are_those_of_the_equations(
    script: Scripts, length: int, size: int, stride: int, padding: str, dilation: int
) -> None:
    given = {"length": length, "size": size, "stride": stride, "padding": padding, "dilation": dilation}
    arguments = (length, size, stride, padding, dilation)
    assert script("WINDOWS.outputLength(length, size, stride, padding, dilation)", **given) == output_length(*arguments)
    made = script("WINDOWS.padAmounts(length, size, stride, padding, dilation)", **given)
    assert tuple(made) == pad_amounts(*arguments)


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**32 - 1), SIDES, WINDOWS, *MOVES)
def test_the_script_convolves_as_the_equations(
    script: Scripts, seed: int, shape: tuple[int, int], size: tuple[int, int], stride: int, padding: str, dilation: int
) -> None:
    rng = np.random.default_rng(seed)
    picture, kernel, bias = rng.normal(size=shape), rng.normal(size=size), float(rng.normal())
    given = {"kernel": kernel, "bias": bias, "stride": stride, "padding": padding, "dilation": dilation}
    made = script(OVER_ALL.replace("OPERATION", "CONVOLUTION"), picture=picture, settings=given)
    if not all(output_length(*along, stride, padding, dilation) for along in zip(shape, size, strict=True)):
        assert not any(made)  # there is no place for it: no rows, or rows without a number
        return
    truth = conv2d(picture[None, :, :, None], kernel[:, :, None, None], np.array([bias]), stride, padding, dilation)
    assert np.allclose(made, truth.output[0, :, :, 0], rtol=0, atol=1e-12)
    place = [int(rng.integers(0, n)) for n in truth.output.shape[1:3]]
    *lines, sentence = script(TOLD.replace("OPERATION", "CONVOLUTION"), picture=picture, settings=given, place=place)
    value = float(truth.output[0, place[0], place[1], 0])
    assert lines[-1].endswith(f"= {diagram.number(value)}")
    assert sentence in ("inside", "border")


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**32 - 1), SIDES, st.integers(1, 4), st.integers(1, 4), MOVES[1], st.sampled_from(list(MODES)))
def test_the_script_pools_as_the_equations(
    script: Scripts, seed: int, shape: tuple[int, int], size: int, stride: int, padding: str, mode: str
) -> None:
    picture = np.random.default_rng(seed).integers(-9, 9, size=shape).astype(float)
    given = {"size": size, "stride": stride, "padding": padding, "mode": mode}
    made = script(OVER_ALL.replace("OPERATION", "POOLING"), picture=picture, settings=given)
    pool = max_pool2d if mode == "max" else average_pool2d
    if not all(output_length(length, size, stride, padding) for length in shape):
        assert not any(made)
        return
    truth = pool(picture[None, :, :, None], size, stride, padding).output
    assert np.allclose(made, truth[0, :, :, 0], rtol=0, atol=1e-12)
    line, _ = script(TOLD.replace("OPERATION", "POOLING"), picture=picture, settings=given, place=[0, 0])
    assert float(line.rsplit("=", 1)[1].replace("−", "-")) == pytest.approx(truth[0, 0, 0, 0], abs=0.006)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=3), st.data())
def test_what_reaches_an_output_is_its_gradient(
    script: Scripts, stack: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """With weights of 1 the gradient of an output counts the ways that lead to it."""
    traces, x = [], np.zeros((1, 15, 15, 1))
    for size, stride, dilation in stack:
        assume(output_length(x.shape[1], size, stride, "valid", dilation))
        traces.append(conv2d(x, np.ones((size, size, 1, 1)), None, stride, "valid", dilation))
        x = traces[-1].output
    place = [data.draw(st.integers(0, n - 1)) for n in x.shape[1:3]]
    gradient = np.zeros_like(x)
    gradient[0, place[0], place[1], 0] = 1
    expected = [gradient]
    for trace in reversed(traces):
        expected.append(conv2d_backward(trace, expected[-1]).x)
    windows = [{"size": [k, k], "stride": s, "dilation": d, "padding": "valid"} for k, s, d in stack]
    made = script(
        "WINDOWS.reaching(WINDOWS.stacked([15, 15], windows), windows.length, place)", windows=windows, place=place
    )
    for ours, theirs in zip(made, reversed(expected), strict=True):
        assert np.array_equal(ours, theirs[0, :, :, 0])
    seen = np.flatnonzero(expected[-1][0, :, :, 0].any(axis=1))
    assert script("WINDOWS.fields(windows)", windows=windows)[-1]["r"] == seen[-1] - seen[0] + 1


def test_the_jump_is_how_far_the_next_output_looks_on(script: Scripts) -> None:
    windows = [{"size": [k, k], "stride": s, "dilation": 1, "padding": "valid"} for k, s in ((3, 1), (2, 2), (3, 2))]
    reaching = "WINDOWS.reaching(WINDOWS.stacked([15, 15], windows), 3, place)[0]"
    starts = [np.flatnonzero(np.any(script(reaching, windows=windows, place=[0, j]), axis=0))[0] for j in range(2)]
    assert [b - a for a, b in pairwise(starts)] == [script("WINDOWS.fields(windows)", windows=windows)[-1]["g"]]


def test_numbers_are_as_short_as_possible(script: Scripts) -> None:
    numbers = script("values.map(NUMBERS.short)", values=[3, -3, 0.25, 12345, -0.5])
    assert numbers == ["3", "−3", "0.25", "1.2e4", "−0.50"]
    assert script("values.map(NUMBERS.inBrackets)", values=[3, -3]) == ["3", "(−3)"]


def pages(labels: dict[str, str] | None = None) -> dict[str, diagram.Page]:
    return {
        "convolution": diagram.explore_convolution(labels=labels),
        "own": diagram.explore_convolution(np.eye(5), np.ones((2, 3)), 0.5, padding="same", labels=labels),
        "pooling": diagram.explore_pooling(labels=labels),
    }


def data_of(page: diagram.Page) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.html, re.S)
    assert found
    return dict(json.loads(found[1]))


def body_of(page: diagram.Page) -> str:
    return re.sub(r"<(style|script).*?</\1>", "", page.html, flags=re.S)


def test_the_pages_hold_the_numbers() -> None:
    data = data_of(diagram.explore_convolution(np.eye(5), np.ones((2, 3)), 0.5, strides=2, padding="same"))
    assert np.array_equal(data["picture"], np.eye(5))
    assert np.array_equal(data["kernel"], np.ones((2, 3)))
    assert data["settings"] == {"stride": 2, "dilation": 1, "padding": "same", "bias": 0.5}
    assert data["presets"]["own"]["kernel"] == [[1, 1, 1], [1, 1, 1]]
    assert data_of(diagram.explore_pooling(pool_size=3, mode="average"))["settings"] == {
        "size": 3,
        "stride": 3,
        "padding": "valid",
        "mode": "average",
    }


def test_the_pages_load_nothing_and_show_a_place_without_javascript() -> None:
    for page in pages().values():
        assert set(re.findall(r"https?://[^\s\"'<>)]+", page.html)) == {"http://www.w3.org/2000/svg"}
        assert not re.search(r"\b(?:src|href)=|url\(|@import|\bimport\(|fetch\(|XMLHttpRequest|<link", page.html)
        assert "<noscript><p>Without JavaScript this page shows one place of the window only." in page.html
    image, kernel = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]]), np.array([[1, 2], [0, -1]])
    still = diagram.explore_convolution(image, kernel, 0.25)
    truth = conv2d(image[None, :, :, None] * 1.0, kernel[:, :, None, None] * 1.0).output[0, 0, 0, 0]
    assert f"and the bias: {diagram.number(truth + 0.25)}." in repr(still)
    assert "the largest is 2, the mean 1." in repr(diagram.explore_pooling(image))


def test_every_control_has_a_label() -> None:
    for name, page in pages().items():
        body = body_of(page)
        named = set(re.findall(r'<input type="range" id="([^"]+)"', body))
        own = {"s-size"} if name == "pooling" else {"s-dilation", "s-k", "s-bias"}
        assert named == {"step", "s-stride", "s-x", *own}
        assert named <= set(re.findall(r'<label for="([^"]+)"', body))
        lists = re.findall(r"<select[^>]*>", body)
        assert len(lists) == (1 if name == "pooling" else 10)
        assert all(re.search(r'aria-label="[^"]+"', tag) for tag in lists)


def test_every_word_goes_through_labels() -> None:
    known = dict.fromkeys((*diagram.WORDS, *diagram.EXPLORE_WORDS))
    labels = {w: f"[{n}]" + "".join(re.findall(r"\{\w+\}", w)) for n, w in enumerate(known)}
    made = pages(labels)
    for n, word in enumerate(known):
        if word in WINDOW_WORDS:
            assert any(f"[{n}]" in page.html for page in made.values()), word
    for page in made.values():
        assert not re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>|\[\d+\]", " ", body_of(page)))
        assert not re.search("[a-z]{2}", " ".join(re.findall(r'(?:aria-label|title)="([^"]*)"', body_of(page))))


def test_every_word_of_the_scripts_is_there() -> None:
    scripts = "".join((FOLDER / name).read_text("utf-8") for name in ("window.js", "field.js"))
    asked = set(re.findall(r'(?:say|sized)\((?:\s*data.operation === "pooling" \? )?"([^"]+)"', scripts))
    assert len(asked) > 12
    assert asked <= set(IN_SCRIPT)


def test_every_kernel_does_what_its_sentence_says() -> None:
    level, upright = (np.array(KERNELS[name].kernel) for name in ("level", "upright"))
    assert np.array_equal(level, upright.T)
    assert level.sum() == upright.sum() == np.sum(KERNELS["slope"].kernel) == 0
    assert np.sum(KERNELS["mean"].kernel) == 1
    seven = np.array(data_of(diagram.explore_convolution())["picture"], float)[None, :, :, None]
    one = conv2d(seven, np.array(KERNELS["one"].kernel, float)[:, :, None, None], padding="same")
    assert np.array_equal(one.output, seven)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image": np.zeros((1, 5, 5, 1))}, "image has shape (1, 5, 5, 1), expected (height, width): one channel"),
        ({"image": np.zeros((28, 28))}, "image has shape (28, 28), expected at most 16 rows and columns"),
        ({"image": [[np.nan]], "kernel": [[1]]}, "image holds a number that is not finite"),
        ({"image": np.zeros((2, 2))}, "kernel is 3 × 3, expected no larger than the image, (2, 2)"),
        ({"strides": (2, 1)}, "strides is (2, 1), expected an integer from 1 to 4, the same down and across"),
        ({"dilation_rate": 4}, "dilation_rate is 4, expected an integer from 1 to 3"),
        ({"padding": "causal"}, "padding is 'causal', expected 'valid' or 'same'"),
        ({"labels": {"kernels": "k"}}, "labels has 'kernels', which no picture draws"),
    ],
)
def test_errors(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        diagram.explore_convolution(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "mean"}, "mode is 'mean', expected 'max' or 'average'"),
        ({"pool_size": 0}, "pool_size is 0, expected an integer from 1 to 4"),
        ({"image": [[1, 2]]}, "pool_size is 2 × 2, expected no larger than the image, (1, 2)"),
    ],
)
def test_errors_of_poolings(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        diagram.explore_pooling(**arguments)
