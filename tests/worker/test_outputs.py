"""Whatever a notebook shows or raises, the worker lives and the host gets outputs that can be written down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autograder.answering.protocol import CallFunction
from autograder.running.claims import MAX_DEPTH, checked_outputs

UNTELLABLE = """
class Kind(type):
    @property
    def __name__(cls): raise SystemExit("name")
class Silent(Exception, metaclass=Kind):
    def __str__(self): raise SystemExit("text")
    __repr__ = __str__
def f(): raise Silent
"""


@pytest.mark.parametrize(
    "source",
    [
        "for _ in range(5000): print('🟩' * 1000)",
        "import os\nfor d in (1, 2): os.write(d, bytes(4 * 2**20))",
        "import sys\nfor k in range(200_000): (sys.stdout if k % 2 else sys.stderr).write('a')",
    ],
)
def test_too_much_output_is_cut_and_costs_nothing_else(worker, source):
    done = worker.run_cell("cell", source)
    assert (done.problem, done.truncated) == (None, True)
    assert json.loads(done.outputs)
    assert worker.run_cell("next", "1").problem is None


def test_what_cannot_be_described_gets_a_text_of_ours(worker):
    assert worker.run_cell("cell", UNTELLABLE + "f()").problem is not None
    assert worker.ask([CallFunction("f", ())]).answers[0].problem.kind == "exception"
    shown = "from IPython.display import publish_display_data as p\np({'application/json': [Silent()]})"
    assert worker.run_cell("cell", shown).problem is not None
    assert worker.run_cell("next", "print('\\ud800')").problem is None


def test_outputs_that_no_record_can_hold_are_mended():
    nested = json.loads("[" * 300 + "]" * 300)
    data = {"application/json": [nested, "\ud800", 10**400, float("nan"), -(2**70), 2**60], "text/plain": "x\udfff"}
    claimed = [{"output_type": "display_data", "data": data, "metadata": {"\ud800": nested}}]
    claimed += [{"output_type": "error", "ename": "E", "evalue": "", "traceback": [nested]}]
    text = checked_outputs(json.dumps(claimed), 100_000)
    shown, failed = json.loads(text)
    assert shown["data"]["application/json"][1:] == ["?", None, None, -float(2**70), 2**60]
    assert shown["data"]["text/plain"] == "x?"
    assert text.encode().decode() == text
    assert "[" * (MAX_DEPTH + 1) not in text
    assert failed["output_type"] == "error"


@pytest.mark.parametrize(
    ("inner", "kept"), [(list(range(200_000)), True), ([[]] * 200_000, False), ([{}] * 200_000, False)]
)
def test_outputs_of_countless_lists_are_not_looked_at(inner: list[Any], kept: bool) -> None:
    output = {"output_type": "display_data", "data": {"application/json": inner}, "metadata": {}}
    assert json.loads(checked_outputs(json.dumps([output]), 2**24)) == ([output] if kept else [])
