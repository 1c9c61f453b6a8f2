"""Draw the README's pictures again, from what the code shows now.

    python packaging/pictures.py [--class-page REPORT]      writes docs/pictures/*.svg

The card and the LSTM are made at once. The class page is taken from a graded demonstration class, whose
`reports/index.html` is given, or which is graded first. Pages become pictures without a browser: an SVG file may hold
a page, and browsers show it wherever they show an image.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from bs4 import BeautifulSoup, Tag  # noqa: E402

from autograder.student.checking import check  # noqa: E402
from reference import diagram  # noqa: E402
from reference.equations import lstm  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SECTIONS = 3
"""Of the class page, as many as fit the picture."""
AROUND = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img">
<title>{title}</title>
<foreignObject width="{wide}" height="{high}"><div xmlns="http://www.w3.org/1999/xhtml" style="{style}">
{content}
</div></foreignObject></svg>
"""
PAPER = "background:#fff;background:light-dark(#fff,#171b21);color-scheme:light dark;height:100%;overflow:hidden"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--class-page", type=Path, metavar="REPORT", help="reports/index.html of a demonstration class")
    report = parser.parse_args().class_page
    with tempfile.TemporaryDirectory() as folder:
        if report is None:
            subprocess.run([sys.executable, "-m", "autograder", "demo", folder], check=True)
            report = Path(folder, "reports", "index.html")
        drawn = {"card": card(), "lstm": picture_of_a_step(), "class": class_page(report.read_text("utf-8"))}
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, picture in drawn.items():
        (PICTURES / f"{name}.svg").write_text(picture, "utf-8")
        print(PICTURES / f"{name}.svg")


def card() -> str:
    """What `check` says of a candidate through the sigmoid."""

    def candidate(x_t: np.ndarray, h_prev: np.ndarray, W_c: np.ndarray, U_c: np.ndarray, b_c: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-(x_t @ W_c + h_prev @ U_c + b_c))))

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "assignments" / "lstm" / "lstm.checks", folder)  # how far one has come is kept beside it
        with contextlib.chdir(folder):
            shown = check("candidate", candidate)
    from autograder.cards.card import card_html

    return as_picture(card_html(shown.verdict), 760, 640, "The card of a candidate that goes through the sigmoid")


def picture_of_a_step() -> str:
    """One step of an LSTM with its numbers."""
    half = np.full((1, 4), 0.5)
    x, h0, c0 = np.ones((1, 1, 1)), np.array([[0.5]]), np.array([[2.0]])
    trace = lstm(x, half, half, bias=np.array([0.0, 1.0, 0.0, 0.0]), h0=h0, c0=c0)
    return diagram.lstm(trace, timestep=0).svg + "\n"


def class_page(report: str) -> str:
    """The first screen of a class page: what tells when and how long it was graded stands further down."""
    page = BeautifulSoup(report, "html.parser")
    assert isinstance(page.body, Tag)
    for script in page.find_all("script"):
        script.decompose()
    sections = page.body.find_all("section")
    for section in sections[SECTIONS:]:
        section.decompose()
    style = "".join(re.sub(r"\bbody\b", ".body", str(one)) for one in page.find_all("style"))
    kind = " ".join(["body", *page.body.get_attribute_list("class")])
    content = f'{style}<div class="{kind}">{page.body.decode_contents()}</div>'
    return as_picture(content, 1100, 760, "The class page of a demonstration class")


def as_picture(html: str, wide: int, high: int, title: str) -> str:
    """A page as an SVG file of this size in pixels."""
    content = BeautifulSoup(html, "html.parser").decode(formatter="minimal")
    # In HTML a drawing needs no namespace, and the reader of HTML has no capitals.
    content = content.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ').replace(" viewbox=", " viewBox=")
    content = re.sub("<style>.*?</style>", lambda style: style[0].replace("&", "&amp;"), content, flags=re.DOTALL)
    return AROUND.format(wide=wide, high=high, title=title, style=PAPER, content=content)


if __name__ == "__main__":
    os.environ.setdefault("GATEBOOK_LANGUAGE", "en")
    main()
