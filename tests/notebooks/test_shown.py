"""What feedback shows of a demonstration's outputs: pictures and text as handed in, and nothing that a browser runs."""

from __future__ import annotations

import base64
import io
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from support.course_builder import TinyCourse, cell_of, fake_result, read
from support.html_tree import Tree

from autograder.language import ENGLISH
from autograder.model import CellRun
from autograder.notebooks import shown
from autograder.notebooks.autograded import autograded_notebook
from reference import diagram
from reference.diagram.interactive.sequence import NETWORKS

HOSTILE = "<script>alert('pwned')</script><img src=x onerror=alert(1)>"


def display(**data: Any) -> dict[str, Any]:
    kinds = {"text": "text/plain", "html": "text/html", "svg": "image/svg+xml", "png": "image/png"}
    given = {kinds.get(name, name): content for name, content in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": given}


def png(wide: int = 3, high: int = 2) -> str:
    file = io.BytesIO()
    matplotlib.image.imsave(file, np.zeros((2, 3)), format="png")
    data = bytearray(file.getvalue())
    data[16:24] = wide.to_bytes(4) + high.to_bytes(4)
    return base64.b64encode(data).decode()


def kept(*outputs: Any) -> list[Any]:
    made = shown.Kept(ENGLISH).of(outputs)
    return made[1:] if made else []


def test_a_plot_and_what_was_printed_stay_after_a_line_that_says_where_they_are_from() -> None:
    made = shown.Kept(ENGLISH).of(
        [
            {"output_type": "stream", "name": "stderr", "text": ["one\n", "two"]},
            {"output_type": "execute_result", "execution_count": 3, "data": {"image/png": png() + "\n"}},
        ]
    )
    assert "As handed in" in made[0].data["text/plain"]
    assert (made[1].name, made[1].text) == ("stdout", "one\ntwo")
    assert made[2].data["image/png"] == png()
    assert made[2].output_type == "display_data"


@pytest.mark.parametrize("form", ["svg", "html"])
def test_a_drawing_becomes_an_image(form: str) -> None:
    drawn = "<svg onload=\"alert('pwned')\"><script>alert(1)</script><circle r='3'/></svg>"
    encoded = base64.b64encode(f"<!DOCTYPE x [<!ENTITY a 'b'>]>{drawn}".encode()).decode()
    html = f'<div onclick="x()"><script>1</script><img src="data:image/svg+xml;base64,{encoded}"></div>'
    (made,) = kept(display(text='a <b> & "c"', svg=drawn) if form == "svg" else display(text="", html=html))
    tree = Tree(made.data["text/html"])
    assert [element.tag for element in tree.elements] == ["img"]
    assert set(tree.elements[0].attributes) == {"src", "alt"}
    assert tree.elements[0].attributes["alt"] == ('a <b> & "c"' if form == "svg" else "")
    address = tree.elements[0].attributes["src"] or ""
    assert address.startswith("data:image/svg+xml;base64,")
    inside = base64.b64decode(address.partition(",")[2]).decode()
    assert inside == drawn.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"')


def images_of(made: Any) -> list[tuple[str | None, str]]:
    """The alternative text and the drawing of each image."""
    tree = Tree(made.data["text/html"])
    assert {element.tag for element in tree.elements} == {"img"}
    assert all(set(element.attributes) == {"src", "alt"} for element in tree.elements)
    addresses = [(element.attributes["src"] or "").partition(",")[2] for element in tree.elements]
    drawn = [base64.b64decode(address).decode() for address in addresses]
    return list(zip([element.attributes["alt"] for element in tree.elements], drawn, strict=True))


def shown_in_a_notebook(picture: Any) -> dict[str, Any]:
    return display(text=repr(picture), html=picture._repr_html_())


def test_of_a_film_the_first_picture_is_kept_and_of_five_all() -> None:
    trace = NETWORKS["lstm"].example()
    film, five = diagram.lstm(trace), diagram.lstm_steps(trace)
    (made,) = kept(shown_in_a_notebook(film))
    assert images_of(made) == [(repr(film).split("\n")[0], film.pictures[0].svg)]
    (made,) = kept(shown_in_a_notebook(five))
    assert images_of(made) == [(repr(picture), picture.svg) for picture in five.pictures]


@pytest.mark.parametrize("page", [diagram.explore, diagram.explore_convolution, diagram.explore_pooling])
def test_a_page_to_play_with_is_kept_as_the_picture_that_it_has_without_scripts(page: Any) -> None:
    (made,) = kept(shown_in_a_notebook(page()))
    ((alt, drawn),) = images_of(made)
    assert alt == repr(page())
    assert "<script" not in drawn
    assert "<title>" in drawn


@pytest.mark.parametrize(
    "html",
    ["<svg" * 9, "<svg" * 200_000, "<svg><g></svg>", "</svg><svg>", "<svg/>" * 9, '<iframe srcdoc="&lt;svg'],
)
def test_half_a_drawing_is_none(html: str) -> None:
    (made,) = kept(display(html=html, text="said"))
    assert made.data == {"text/plain": "said"}


def test_html_is_left_out_and_its_text_is_kept() -> None:
    (made,) = kept(display(html=HOSTILE, text="said"))
    assert made.data == {"text/plain": "said"}
    assert kept(display(html=HOSTILE)) == []


@pytest.mark.parametrize(
    "output",
    [
        display(png=HOSTILE),
        display(png=base64.b64encode(b"GIF89a" + b"\0" * 40).decode()),
        display(png=png(60_000, 60_000)),
        display(png=png(0, 2)),
        display(svg=HOSTILE),
        display(html=f'<img src="data:text/html;base64,{png()}">'),
        display(png=["a", 3, None], svg={"x": 1}, text=7),
        {"output_type": "display_data", "data": [1]},
        {"output_type": "update_display_data", "data": {"text/plain": "x"}},
        {"output_type": "error", "ename": HOSTILE, "evalue": "", "traceback": [HOSTILE]},
        {"output_type": ["stream"], "text": "x"},
        {"output_type": "stream"},
        "stream",
        None,
    ],
)
def test_what_is_neither_a_picture_nor_text_is_left_out(output: Any) -> None:
    assert kept(output) == []


def test_there_is_room_for_so_much_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "MOST", 25)
    monkeypatch.setattr(shown, "MOST_TEXT", 10)
    room = shown.Kept(ENGLISH)
    lines = [
        [
            output.get("text")
            for output in room.of([display(text="x" * 4), {"output_type": "stream", "text": "y" * 30}])[1:]
        ]
        for _ in range(3)
    ]
    assert [len(one) for one in lines] == [2, 1, 1]
    assert lines[0][1] == "y" * 10


def test_only_a_demonstration_that_was_not_run_shows_what_was_handed_in(tiny: TinyCourse) -> None:
    notebook = tiny.solved()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [display(text="handed in")]
    path = tiny.submit("ada", notebook)

    def outputs(*runs: CellRun) -> dict[str, list[str]]:
        submission = read(tiny)
        record, _, _ = fake_result(submission, {})
        made = autograded_notebook(path, submission, tiny.release, record=record, runs=runs)
        code = [cell for cell in made.cells if cell.cell_type == "code" and cell.metadata]
        said = {c.metadata.nbgrader.grade_id: [o.data["text/plain"] for o in c.outputs if "data" in o] for c in code}
        return {name: texts for name, texts in said.items() if "handed in" in texts}

    assert list(outputs(CellRun("demo", "skipped"))) == ["demo"]
    ran = CellRun("demo", "done", ({"output_type": "display_data", "data": {"text/plain": "ran"}, "metadata": {}},))
    assert outputs(ran) == {}
    cell_of(notebook, "demo")["source"] += "# changed"
    tiny.submit("ada", notebook)
    assert outputs() == {}
