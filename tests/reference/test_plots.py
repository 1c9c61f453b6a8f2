"""Plots that follow the theme of a notebook."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from reference import diagram
from reference.diagram import plots


class Shell:
    """As much of IPython's shell as is asked for."""

    def __init__(self) -> None:
        self.made: dict[Any, Any] = {}
        self.display_formatter = SimpleNamespace(
            formatters={"text/html": SimpleNamespace(for_type=self.made.__setitem__)}
        )


@pytest.fixture
def shell() -> Iterator[Shell]:
    with plt.rc_context():
        shell = Shell()
        diagram.follow_theme(shell)
        yield shell
    plt.close("all")


def svg_of(made: str) -> str:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', made)
    assert found
    return base64.b64decode(found[1]).decode()


def test_words_and_axes_have_a_colour_for_either_theme(shell: Shell) -> None:
    figure, axes = plt.subplots()
    axes.plot([1, 2], color="#7d5a00", label="a line")
    axes.text(0, 1, "on a colour", color="black")
    axes.set(title="What <is> shown", xlabel="step")
    axes.legend()
    made = shell.made[Figure](figure)
    assert 'alt="What &lt;is&gt; shown"' in made
    svg = svg_of(made)
    assert svg.startswith(
        '<svg lang="en" style="color-scheme:light dark;background:#ffffff;background:light-dark(#ffffff,#171b21)"'
    )
    assert "stroke: #7d5a00; stroke: light-dark(#7d5a00,#e6c35c)" in svg
    ink = "fill: #1c2127; fill: light-dark(#1c2127,#e4e8ee)"
    assert svg.count(ink) > 10  # the title, the label, numbers at the axes
    assert not re.search(r"(fill|stroke): #1c2127(?!; \1: light-dark)", svg)
    assert "<!-- on a colour -->" in svg
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg).replace("http://www.w3.org/TR", "")


def test_black_and_white_stay_as_they_are(shell: Shell) -> None:
    figure, axes = plt.subplots()
    axes.axis("off")
    axes.text(0, 0, "white", color="white")
    svg = svg_of(shell.made[Figure](figure))
    assert "fill: #ffffff" in svg
    assert svg.count("light-dark") == 1  # the ground


def test_nothing_is_made_of_an_empty_figure(shell: Shell) -> None:
    assert shell.made[Figure](plt.figure()) is None


def test_outside_of_a_notebook_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("IPython.get_ipython", lambda: None)  # other tests leave a shell
    before = dict(plt.rcParams)
    diagram.follow_theme()
    assert dict(plt.rcParams) == before


def test_a_notebook_says_which_theme_it_has() -> None:
    for theme in ("light", "dark"):
        assert f":is(.gbd-plot img){{color-scheme:{theme}}}" in plots._STYLE
    assert 'body[data-jp-theme-light="false"]' in plots._STYLE
