"""What can be wrong with a notebook file: strategies for hypothesis, from a wrong metadata field to random bytes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

REPRODUCIBLE = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
"""The same mutants every time, however slow; for these tests alone, so no profile is loaded."""

ODD_TEXT = st.sampled_from(
    [
        "", " ", "\n", "\r\n", "\x00", "\ud800", "\udcff\ud83d", "é中😀", "\u202eabc", "a" * 300, "../../etc/passwd",
        "/",
        "__proto__", "{0.__class__}", "{{ 7 * 7 }}", "<script>alert(1)</script>", "]]>", "%s%n", "NaN", "\\", "`$_*[",
        "\x1b[31m", "\ufeff", "'; drop table grade; --", "gatebook-notes", "\u2028",
    ]
)  # fmt: skip
ODD_NUMBERS = st.sampled_from(
    [0, -1, 3, 4, 5, 2**31, -(2**63), 2**64, 10**400, 0.5, -0.0, 1e308, float("inf"), float("-inf"), float("nan")]
)
SCALARS = st.one_of(st.none(), st.booleans(), ODD_NUMBERS, st.integers(), ODD_TEXT, st.text(max_size=20))


def nested(depth: int, kind: str = "list") -> str:
    """A value so many levels deep; a mark for it, as Python writes no JSON that is so deep."""
    return f"<{kind} {depth} deep>"


def dumped(notebook: Any, **options: Any) -> str:
    """The notebook as JSON."""

    def dug(mark: re.Match[str]) -> str:
        opening, closing = ("[", "]") if mark[1] == "list" else ('{"a":', "}")
        return opening * int(mark[2]) + "0" + closing * int(mark[2])

    return re.sub(r'"<(list|dict) (\d+) deep>"', dug, json.dumps(notebook, **options))


VALUES = st.one_of(
    SCALARS,
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.one_of(ODD_TEXT, st.text(max_size=8)), inner, max_size=4)
        ),
        max_leaves=6,
    ),
    st.builds(nested, st.sampled_from([3, 50, 300, 480, 700, 950, 2000]), st.sampled_from(["list", "dict"])),
)
"""Anything that JSON, as Python reads it, can hold."""

SOURCES = st.one_of(
    VALUES,
    st.sampled_from(
        [
            "(" * 5000, "-" * 20000 + "1", "1" + "+1" * 20000, "a" + ".b" * 20000, "[" * 90 + "]" * 90,
            "x = '" + "y" * 10**5, "def rnn_step(", "def rnn_step" + " " * 5000, "async " * 2000 + "def rnn_step",
            "rnn_step" + "\n" * 5000 + "=", "class SimpleRNN:\n" + " pass\n" * 2000, "if 1:\n" * 3, "\tx\n  y\n",
            "%%html\n<b>", "!ls", "%matplotlib", "?x", "lambda: " * 3000 + "1", "f'{" * 200, "0" * 5000,
            "import os; os._exit(0)", "\n" * 10000, "é = 1\u2028x = 2", "# coding: utf-7\n+AGE-",
            "def f():\n" + "".join(" " * i + "if 1:\n" for i in range(1, 95)) + " " * 96 + "pass",
            ["def rnn_step(x):\n", "    return x"], ["a", None, 3, ["b"]],
        ]
    ),
)  # fmt: skip

GRADE_IDS = ("imports", "rnn_step", "rnn_step_check", "simple_rnn", "simple_rnn_check", "stacked_rnn", "order")
IDS = st.one_of(ODD_TEXT, VALUES, st.sampled_from(GRADE_IDS), st.sampled_from(["a" * 64, "a" * 65, "A-b_c", "cell-0"]))

Notebook = dict[str, Any]


class Base:
    """A good notebook that mutants are made of. (hypothesis prints what strategies hold, and takes its time.)"""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.text = json.dumps(notebook)
        self.paths = paths_of(notebook)

    def copy(self) -> Notebook:
        return json.loads(self.text)

    def __repr__(self) -> str:
        return "Base"


class Hidden:
    """A value that hypothesis does not print."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "..."


Edit = Callable[[Notebook], None]


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where there is something in a notebook, as keys and indices."""
    found = [path]
    if isinstance(value, dict):
        for key in value:
            found += paths_of(value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if not isinstance(item, str):
                found += paths_of(item, (*path, index))
    return found


@st.composite
def put_anything_anywhere(draw: st.DrawFn, base: Base) -> Any:
    """One to five places of the notebook hold something else, or are gone."""
    notebook: Any = base.copy()
    for _ in range(draw(st.integers(1, 5))):
        path = draw(st.sampled_from(base.paths))
        if not path:
            if draw(st.integers(0, 20)) == 0:
                return draw(VALUES)
            continue
        *way, last = path
        place = notebook
        try:
            for step in way:
                place = place[step]
            if draw(st.booleans()):
                place[last] = draw(VALUES)
            else:
                del place[last]
        except (KeyError, IndexError, TypeError):  # gone with an earlier change
            continue
    return notebook


@st.composite
def cells_moved(draw: st.DrawFn, base: Base) -> Notebook:
    """Cells deleted, doubled, swapped, shuffled, of another kind, or thousands of them."""
    notebook = base.copy()
    cells = notebook["cells"]
    for _ in range(draw(st.integers(1, 6))):
        what = draw(
            st.sampled_from(["delete", "double", "swap", "reverse", "kind", "source", "empty", "flood", "nest"])
        )
        at = draw(st.integers(0, max(len(cells) - 1, 0)))
        if what == "empty":
            cells.clear()
        elif not cells:
            continue
        elif what == "delete":
            del cells[at]
        elif what == "double":
            cells.insert(draw(st.integers(0, len(cells))), copy.deepcopy(cells[at]))
        elif what == "swap":
            other = draw(st.integers(0, len(cells) - 1))
            cells[at], cells[other] = cells[other], cells[at]
        elif what == "reverse":
            cells.reverse()
        elif what == "flood" and len(cells) < 200 and draw(st.integers(0, 9)) == 0:
            cells.extend([cells[at]] * draw(st.sampled_from([100, 1000, 6000])))
        elif what == "nest":
            cells[at] = [cells[at]] if draw(st.booleans()) else {"cells": [cells[at]], "cell_type": "code"}
        elif isinstance(cells[at], dict):
            key = "cell_type" if what == "kind" else "source"
            odd = st.sampled_from(["code", "markdown", "raw", "heading", "html", 3, None])
            cells[at][key] = draw(odd if key == "cell_type" else SOURCES)
    return notebook


@st.composite
def metadata_edited(draw: st.DrawFn, base: Base) -> Notebook:
    """nbgrader's metadata missing, edited, of wrong types; grade ids and cell ids doubled or odd."""
    notebook = base.copy()
    for _ in range(draw(st.integers(1, 8))):
        cell = draw(st.sampled_from(notebook["cells"]))
        meta = cell.get("metadata") if isinstance(cell, dict) else None
        nbgrader = meta.get("nbgrader") if isinstance(meta, dict) else None
        what = draw(st.sampled_from(["none", "odd", "field", "grade_id", "id", "no id", "tags", "metadata", "attach"]))
        if what == "metadata":
            cell["metadata"] = draw(VALUES)
        elif what == "id":
            cell["id"] = draw(IDS)
        elif what == "no id":
            cell.pop("id", None)
        elif what == "attach":
            cell["attachments"] = draw(VALUES | st.dictionaries(ODD_TEXT, st.dictionaries(ODD_TEXT, VALUES)))
        elif not isinstance(meta, dict):
            continue
        elif what == "none":
            meta.pop("nbgrader", None)
        elif what == "odd":
            meta["nbgrader"] = draw(VALUES)
        elif what == "tags":
            meta["tags"] = draw(VALUES | st.lists(SCALARS, max_size=3))
        elif isinstance(nbgrader, dict):
            keys = ["grade", "solution", "locked", "task", "points", "schema_version", "checksum", "cell_type", "x"]
            if what == "grade_id":
                nbgrader["grade_id"] = draw(IDS)
            else:
                nbgrader[draw(st.sampled_from(keys))] = draw(VALUES)
    return notebook


@st.composite
def whole_changed(draw: st.DrawFn, base: Base) -> Notebook:
    """Formats 3 to 4.5 and absurd ones, kernels, other keys."""
    notebook = base.copy()
    what = draw(st.sampled_from(["version", "minor", "metadata", "kernelspec", "worksheets", "extra"]))
    if what == "version":
        notebook["nbformat"] = draw(VALUES)
    elif what == "minor":
        notebook["nbformat_minor"] = draw(VALUES)
    elif what == "metadata":
        notebook["metadata"] = draw(VALUES)
    elif what == "kernelspec":
        notebook["metadata"][draw(st.sampled_from(["kernelspec", "language_info", "widgets"]))] = draw(VALUES)
    elif what == "worksheets":
        sheets = [{"cells": notebook.pop("cells"), "metadata": {}}, draw(VALUES)]
        for cell in sheets[0]["cells"]:
            if cell["cell_type"] == "code" and draw(st.booleans()):
                cell["input"] = cell.pop("source")
                cell["language"] = "python"
            elif draw(st.booleans()):
                cell |= {"cell_type": "heading", "level": draw(SCALARS)}
        notebook |= {"worksheets": sheets, "nbformat": 3}
    else:
        notebook[draw(ODD_TEXT)] = draw(VALUES)
    return notebook


@st.composite
def _written(draw: st.DrawFn, notebook: Hidden) -> bytes:
    """The bytes of a notebook, in an encoding that an editor may have chosen."""
    text = dumped(notebook.value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp037"]))
    data = text.encode(
        encoding, draw(st.sampled_from(["surrogatepass", "replace"])) if "utf" in encoding else "replace"
    )
    if draw(st.integers(0, 9)) == 0:  # keys that are there twice
        data = data.replace(b'"metadata":', b'"metadata": 3, "metadata":', draw(st.integers(1, 9)))
    return data


@st.composite
def _damaged(draw: st.DrawFn, data: Hidden) -> bytes:
    """Bits flipped, pieces cut out, doubled or put in, the end lost."""
    changed = bytearray(data.value)
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(changed) - 1, 0)))
        what = draw(st.sampled_from(["flip", "cut", "put", "truncate", "double"]))
        if what == "flip" and changed:
            changed[at] ^= 1 << draw(st.integers(0, 7))
        elif what == "cut":
            del changed[at : at + draw(st.integers(1, 500))]
        elif what == "put":
            changed[at:at] = draw(
                st.binary(max_size=8)
                | st.sampled_from(
                    [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"[" * 5000, b'{"a":' * 5000, b"<<<<<<< HEAD\n"]
                )
            )
        elif what == "truncate":
            del changed[at:]
        else:
            changed += changed[at:]
    return bytes(changed)


@st.composite
def mutants(draw: st.DrawFn, base: Base) -> bytes:
    """Files made of a good notebook."""
    what = draw(st.integers(0, 9))
    if what == 0:
        return draw(st.binary(max_size=300))
    if what == 1:
        return draw(_damaged(Hidden(base.text.encode())))
    change = draw(
        st.sampled_from([put_anything_anywhere, cells_moved, metadata_edited, metadata_edited, whole_changed])
    )
    data = draw(_written(Hidden(draw(change(base)))))
    return draw(_damaged(Hidden(data))) if what == 2 else data


def worst(base: Notebook) -> dict[str, bytes]:
    """Fixed files, each the worst of its kind, by a name for its student."""

    def edited(edit: Edit) -> bytes:
        notebook = copy.deepcopy(base)
        edit(notebook)
        return dumped(notebook).encode("utf-8", "surrogatepass")

    def meta(**values: Any) -> Edit:
        def edit(notebook: Notebook) -> None:
            for cell in notebook["cells"]:
                cell["metadata"].get("nbgrader", {}).update(values)

        return edit

    def sources(value: Any, kind: str = "") -> Edit:
        def edit(notebook: Notebook) -> None:
            for cell in notebook["cells"]:
                if cell["cell_type"] == kind or not kind:
                    cell["source"] = value

        return edit

    def top(**values: Any) -> Edit:
        return lambda notebook: notebook.update(values)

    def each_id(value: Any) -> Edit:
        return lambda notebook: [cell.update(id=value) for cell in notebook["cells"]] and None

    good = json.dumps(base).encode()
    return {
        "empty": b"",
        "spaces": b" \n\t ",
        "nul_bytes": b"\x00" * 1000,
        "truncated": good[: len(good) // 2],
        "no_last_brace": good[:-1],
        "two_notebooks": good + good,
        "bom": b"\xef\xbb\xbf" + good,
        "utf16": good.decode().encode("utf-16"),
        "utf16_without_bom": good.decode().encode("utf-16-le"),
        "latin1": good.replace(b'"cells"', b'"\xe9": 0, "cells"', 1),
        "lone_surrogates": edited(sources("x = '\ud800'", "code")),
        "surrogates_in_text": edited(sources("\udcff **a** \ud83d", "markdown")),
        "deep_list": b"[" * 100_000,
        "deep_dict": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "deep_version": edited(top(nbformat=nested(480))),
        "deep_cells": edited(lambda n: n["cells"].append(nested(900))),
        "deep_metadata": edited(top(metadata=nested(900, "dict"))),
        "many_empty_lists": b"[" + b"[]," * 3_000_000 + b"[]]",
        "null": b"null",
        "number": b"1e999",
        "nan": b"NaN",
        "huge_number": b"9" * 10_000,
        "list": b"[1, 2]",
        "no_cells": edited(lambda n: n.pop("cells")),
        "cells_null": edited(top(cells=None)),
        "cells_dict": edited(lambda n: n.update(cells={"0": n["cells"][0]})),
        "cells_of_cells": edited(lambda n: n.update(cells=[n["cells"]])),
        "no_cell_at_all": edited(top(cells=[])),
        "six_thousand_cells": edited(lambda n: n.update(cells=n["cells"][:1] * 6000)),
        "same_cell_often": edited(lambda n: n["cells"].extend([n["cells"][-1]] * 4000)),
        "damaged_cells": edited(lambda n: n["cells"].extend([None, 3, "x", []] * 500)),
        "version_3": edited(lambda n: n.update(nbformat=3, worksheets=[{"cells": n.pop("cells")}])),
        "version_99": edited(top(nbformat=99, nbformat_minor=-1)),
        "version_text": edited(top(nbformat="four")),
        "no_metadata": edited(lambda n: [c.pop("metadata") for c in n["cells"]] and None),
        "metadata_null": edited(lambda n: [c.update(metadata=None) for c in n["cells"]] and None),
        "one_grade_id_for_all": edited(meta(grade_id="rnn_step")),
        "huge_grade_ids": edited(meta(grade_id="g" * 1_000_000)),
        "grade_ids_of_lists": edited(meta(grade_id=[["rnn_step"]])),
        "points_nan": edited(meta(points=float("nan"))),
        "points_huge": edited(meta(points=10**400)),
        "all_solutions": edited(meta(grade=True, solution=True, locked=True, task=True)),
        "schema_99": edited(meta(schema_version=99)),
        "one_cell_id": edited(each_id("same")),
        "cell_ids_of_markup": edited(each_id("<b>'\"&")),
        "endless_line": edited(sources("x = '" + "y" * 1_000_000 + "'", "code")),
        "endless_code": edited(sources("x = [" + "0," * 1_000_000 + "]", "code")),
        "deep_expression": edited(sources("1" + "+1" * 50_000, "code")),
        "deep_brackets": edited(sources("(" * 50_000, "code")),
        "latex_without_end": edited(sources("\\begin{a}" * 50_000, "markdown")),
        "deep_quotes": edited(sources("> " * 5000, "markdown")),
        "open_links": edited(sources("[a](" * 10_000, "markdown")),
        "attachments": edited(
            lambda n: n["cells"][0].update(attachments={"../a": {"image/png": "x"}, "b": 3, "c": {"d": nested(400)}})
        ),
        "kernelspec": edited(top(metadata={"kernelspec": {"name": "../../bash"}, "language_info": {"name": [3]}})),
        "double_keys": good.replace(b'"metadata":', b'"metadata": null, "metadata":'),
        "merge": good.replace(b'"cells"', b'<<<<<<< HEAD\n"cells"\n>>>>>>> other\n', 1),
        "zip": b"PK\x03\x04" + b"\x00" * 500,
        "html": b"<!DOCTYPE html><title>Log in</title>",
    }
