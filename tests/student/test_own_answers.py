"""`own` on the student's machine: which it is, and why."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import keras
import pytest

from autograder import own
from autograder.answering.earlier import EarlierError
from autograder.student.checking import check_sheet, find_sheet

ROOT = Path(__file__).parents[2]
LAYER = """
class MaskedLSTM(keras.layers.Layer):
    def __init__(self, units, return_sequences=False, return_state=False, **kwargs):
        super().__init__(**kwargs)
        self.units, self.return_sequences, self.return_state = units, return_sequences, return_state
        self.cell = LSTMCell(units)

    def call(self, inputs, mask=None):
        h = c = keras.ops.zeros((keras.ops.shape(inputs)[0], self.units), dtype=inputs.dtype)
        outputs = []
        for t in range(inputs.shape[1]):
            _, (h_t, c_t) = self.cell(inputs[:, t], [h, c])
            if mask is not None:
                h_t, c_t = (keras.ops.where(mask[:, t, None], new, old) for new, old in ((h_t, h), (c_t, c)))
            h, c = h_t, c_t
            outputs.append(h)
        output = keras.ops.stack(outputs, axis=1) if self.return_sequences else h
        return (output, h, c) if self.return_state else output

    def get_config(self):
        names = ("units", "return_sequences", "return_state")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the notebook `sentiment`, with none of `lstm` near it."""
    folder = tmp_path / "work" / "sentiment"
    shutil.copytree(ROOT / "assignments" / "sentiment", folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GATEBOOK_LANGUAGE", "en")
    return folder


def hand_in_lstm(here: Path, *change: str, checks: bool = True) -> None:
    shutil.copytree(ROOT / "solutions" / "lstm", here.parent / "lstm")
    if not checks:
        (here.parent / "lstm" / "lstm.checks").unlink()
    if change:
        path = here.parent / "lstm" / "lstm.ipynb"
        content = json.loads(path.read_text("utf-8"))
        for cell in content["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "lstm_step":
                source = "".join(cell["source"])
                assert change[0] in source
                cell["source"] = source.replace(*change)
        path.write_text(json.dumps(content), "utf-8")


def test_ones_own_is_taken_where_it_is_right(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hand_in_lstm(here)
    cell = own("lstm", "LSTMCell", instead=keras.layers.LSTMCell)
    assert cell.__module__ == "own_lstm"
    assert capsys.readouterr().out == "`LSTMCell` is yours, from lstm.ipynb, and right.\n"


def test_it_is_said_in_the_language_of_the_course(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEBOOK_LANGUAGE", "zh_CN")
    own("lstm", "LSTMCell", instead=keras.layers.LSTMCell)
    assert not re.search(r"takes the place|There is no", capsys.readouterr().out)


def test_one_that_is_wrong_is_replaced(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hand_in_lstm(here, "ops.tanh(c_t)", "c_t")
    assert own("lstm", "LSTMCell", instead=keras.layers.LSTMCell) is keras.layers.LSTMCell
    assert capsys.readouterr().out == (
        "Your `LSTMCell` in lstm.ipynb is not right yet. Keras's own takes the place of `LSTMCell` here; that costs no "
        "points.\n"
    )


def test_where_there_are_no_checks_it_is_taken_as_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hand_in_lstm(here, checks=False)
    assert own("lstm", "LSTMCell", instead=keras.layers.LSTMCell).__module__ == "own_lstm"
    assert "Its checks are not beside it" in capsys.readouterr().out


def test_where_there_is_none_something_else_takes_its_place(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert own("lstm", "LSTMCell", instead=keras.layers.LSTMCell) is keras.layers.LSTMCell
    assert "There is no notebook lstm.ipynb here" in capsys.readouterr().out
    with pytest.raises(EarlierError):
        own("lstm", "LSTMCell")(4)


@pytest.mark.parametrize("taken", ["Keras's", "wrong", "missing"])
def test_what_is_built_on_it_is_right_by_itself(here: Path, taken: str) -> None:
    """Whatever took its place, and though Keras's own cell may not answer."""
    if taken == "wrong":
        hand_in_lstm(here, "ops.tanh(c_t)", "c_t", checks=False)
    cell = own("lstm", "LSTMCell", instead=None if taken == "missing" else keras.layers.LSTMCell)
    names = {"keras": keras, "LSTMCell": cell, "__name__": "__main__"}
    exec(LAYER, names)
    sheet, beside = find_sheet("masked_lstm")
    verdict = check_sheet(sheet, names["MaskedLSTM"], beside)
    assert (verdict.status, verdict.points) == ("passed", 12)
    assert verdict.earlier == ("lstm",)
    assert "it costs nothing here" in str(verdict.message)


def test_what_is_wrong_itself_is_told_though_the_cell_is_missing(here: Path) -> None:
    names = {"keras": keras, "LSTMCell": own("lstm", "LSTMCell", instead=keras.layers.LSTMCell), "__name__": "__main__"}
    exec(LAYER.replace("((h_t, h), (c_t, c))", "((h_t, h_t), (c_t, c))"), names)
    sheet, beside = find_sheet("masked_lstm")
    verdict = check_sheet(sheet, names["MaskedLSTM"], beside)
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.mistake == "masked.only_memory_held"


def test_keras_layer_itself_is_no_answer(here: Path) -> None:
    class MaskedLSTM(keras.layers.LSTM):
        pass

    sheet, beside = find_sheet("masked_lstm")
    assert check_sheet(sheet, MaskedLSTM, beside).points == 0
