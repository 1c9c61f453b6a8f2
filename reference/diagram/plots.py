"""Plots of matplotlib that follow the theme of a notebook and speak the reader's language, as the pictures do."""

from __future__ import annotations

import base64
import html
import io
import re
from typing import Any

from reference.diagram.canvas import COLOURS, themed
from reference.diagram.words import label, spoken

INK, GROUND = COLOURS["ink"][0], "#fefefe"
"""What plots draw words and axes with, and what lies below a legend. Black and white, which stand on colours, stay."""
TWINS = {
    **{light: (light, dark) for light, dark in COLOURS.values() if light not in ("#ffffff", COLOURS["line"][0])},
    GROUND: COLOURS["paper"],
    "#555555": COLOURS["soft"],
    "#0072b2": ("#0072b2", "#2186c9"),
    "#882255": ("#882255", "#b5477f"),
    "#b35806": ("#b35806", "#f0a04b"),
}
"""The colours that are too dark for a dark ground, in both themes."""
SETTINGS = {
    "axes.facecolor": "none",
    "legend.facecolor": GROUND,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}
_TEXT = re.compile(r"(<text [^>]*>)([^<]+)(?=</text>)")
_WORD = re.compile(r"[a-z]{2,}")
_PAPER = "background:{0};background:light-dark({0},{1})".format(*COLOURS["paper"])
_STYLE = themed(".gbd-plot img") + ".gbd-plot img{max-width:100%;height:auto;border-radius:6px}"


def follow_theme(shell: Any = None) -> None:
    """From here on, plots in this notebook are dark where the notebook is, and speak the reader's language.

    Their labels stay English in the notebook's code; `languages/<code>.json` has what is shown in their place.

    Args:
        shell: IPython's shell; None for the running one. Outside of a notebook nothing happens.

    >>> follow_theme()
    """
    import matplotlib.pyplot as plt
    from IPython import get_ipython
    from matplotlib.figure import Figure

    shell = shell or get_ipython()
    if shell is None:
        return
    plt.switch_backend(plt.get_backend())  # while it is loaded, a notebook's takes away what makes HTML of figures
    plt.rcParams.update(SETTINGS)
    shell.display_formatter.formatters["text/html"].for_type(Figure, as_html)


def as_html(figure: Any) -> str | None:
    """A figure as an image that knows both themes; None for an empty one.

    An image, since a notebook that nobody has trusted shows no SVG beside it. What is translated is written with the
    reader's fonts, since matplotlib's has no Chinese; English is drawn, as it always was.
    """
    if not figure.axes and not figure.lines:
        return None
    import matplotlib.pyplot as plt

    file, language = io.StringIO(), spoken()
    with plt.rc_context({} if language == "en" else {"svg.fonttype": "none"}):
        figure.savefig(file, format="svg", bbox_inches="tight", facecolor="none", metadata={"Date": None})
    svg = _translated(file.getvalue())
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.S)
    svg = re.sub(r"(fill|stroke): (#[0-9a-f]{6})", _both, svg)
    svg = svg.replace("<svg ", f'<svg lang="{language.replace("_", "-")}" style="color-scheme:light dark;{_PAPER}" ', 1)
    titles = (axes.get_title() or axes.get_title(loc="left") for axes in figure.axes)
    told = ". ".join(label(title) for title in titles if title)
    encoded = base64.b64encode(svg.encode()).decode()
    return (
        f'<div class="gbd-plot"><style>{_STYLE}</style>'
        f'<img alt="{html.escape(told)}" src="data:image/svg+xml;base64,{encoded}"></div>'
    )


def _translated(svg: str) -> str:
    """The labels in the reader's language. Where a plot shows words of its data, a single word may be one of them."""
    words = {text: html.unescape(text) for _, text in _TEXT.findall(svg)}
    of_data = any(_WORD.fullmatch(word) and label(word) == word for word in words.values())
    said = {text: word if of_data and _WORD.fullmatch(word) else label(word) for text, word in words.items()}
    return _TEXT.sub(lambda match: match[1] + html.escape(said[match[2]], quote=False), svg)


def _both(match: re.Match[str]) -> str:
    if match[2] not in TWINS:
        return match[0]
    light, dark = TWINS[match[2]]
    return f"{match[1]}: {light}; {match[1]}: light-dark({light},{dark})"
