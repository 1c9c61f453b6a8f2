"""Weights that do not fit are told layer by layer, beside the layout that is nearest."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.answering.protocol import Answer, CallLayer, Problem, WeightInfo
from autograder.judging import policy
from autograder.judging import sheet_files as sheets
from autograder.model import Observation, Sheet
from autograder.sheets.seeds import commitment

ROOT = Path(__file__).parents[2]


def sheet_of(exercise: str) -> Sheet:
    return next(
        found[exercise]
        for path in sorted(ROOT.glob("assignments/*/*.checks"))
        if exercise in (found := sheets.read(path))
    )


Held = dict[str, tuple[int, ...]]


def answered(sheet: Sheet, held: Held, kind: str = "weights") -> str:
    """The message for a layer that holds these weights."""
    weights = tuple(
        WeightInfo(f"layer/{name.replace('.', '/')}", shape, "float32", held=name) for name, shape in held.items()
    )
    answer = Answer(weights=weights, problem=Problem(kind, "ValueError", "they could not be set"))
    observation = Observation(sheet.exercise, {case.id: answer for case in sheet.cases})
    return str(policy.judge(sheet, observation, "cell").message)


def right(sheet: Sheet, layout: int = 0, places: tuple[str, ...] = ("",)) -> Held:
    """The weights of a layout as a layer may hold them; `places`: its sublayers, by group."""
    question = sheet.cases[0].question
    assert isinstance(question, CallLayer)
    groups = list(dict.fromkeys(named.group for named in question.layouts[layout]))
    return {
        ".".join(filter(None, (places[groups.index(named.group)], named.name))): named.array.shape
        for named in question.layouts[layout]
    }


STACK = ("layers[0].cell", "layers[1].cell")


def test_the_sublayer_that_was_built_for_another_input() -> None:
    sheet = sheet_of("stacked_rnn")
    held = right(sheet, places=STACK)
    assert held["layers[1].cell.kernel"] == (6, 5)
    said = answered(sheet, held | {"layers[1].cell.kernel": (7, 5)})
    assert "`self.layers[1].cell.kernel` has shape (7, 5); expected (6, 5)" in said
    assert "built for an input of width 7 (features) and should get one of width 6 (units of layer 0)" in said
    assert "bias" not in said


def test_an_input_of_another_width_is_no_other_number_of_units() -> None:
    sheet = sheet_of("stacked_lstm")
    held = right(sheet, layout=1, places=STACK)
    wrong = {name: (5, 4) for name in held if name.startswith("layers[1].cell.kernel_")}
    said = answered(sheet, held | wrong)
    assert "was built for an input of width 5 (features) and should get one of width 7 (units of layer 0)" in said
    assert said.count("expected") == 1


def test_a_layer_that_was_made_and_never_called() -> None:
    sheet = sheet_of("bidirectional_lstm")
    held = right(sheet, places=("forward_layer", "backward_layer"))
    said = answered(sheet, {name: shape for name, shape in held.items() if name.startswith("forward")})
    assert "There are no weights for `backward`. Only `self.forward_layer` has any." in said
    assert "Does it do the work of another layer as well? Or is there one for `backward` that is made in" in said


def test_a_layer_too_few_and_one_too_many() -> None:
    sheet = sheet_of("stacked_rnn")
    held = right(sheet, places=STACK)
    below = {name: shape for name, shape in held.items() if name.startswith("layers[0]")}
    said = answered(sheet, below)
    assert "There are no weights for layer 1 (counted from 0). Only `self.layers[0]" in said
    above = {name: shape for name, shape in held.items() if name.startswith("layers[1]")}
    assert "layer 0 (counted from 0)" in answered(sheet, above)
    said = answered(sheet, held | {"top.kernel": (5, 9), "top.bias": (9,)})
    assert "`self.top.kernel` of shape (5, 9), `self.top.bias` of shape (9,) are 2 weights too many." in said


def test_a_layer_of_another_width_is_told_once() -> None:
    sheet = sheet_of("bidirectional_lstm")
    held = right(sheet, places=("forward_layer", "backward_layer"))
    wide = {"kernel": (6, 32), "recurrent_kernel": (8, 32), "bias": (32,)}
    said = answered(sheet, held | {f"forward_layer.{name}": shape for name, shape in wide.items()})
    assert "`self.forward_layer` has 8 units; expected 4." in said
    assert "shape" not in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kernel": (8, 4)}, "expected (4, 8), that is (features, 4*units): yours is turned round."),
        ({"kernel": (4, 2)}, "holds a block of columns for each gate"),
        ({"kernel": (5, 8)}, "made for an input of width 5 (batch), and the input has width 4 (features)"),
        ({"extra": (7,)}, "`self.extra` of shape (7,) is one weight too many."),
        ({"bias": None}, "There is no `bias` of shape (8,)."),
    ],
)
def test_one_difference(change: dict[str, tuple[int, ...] | None], says: str) -> None:
    sheet = sheet_of("lstm_cell")
    held = {name: shape for name, shape in (right(sheet) | change).items() if shape is not None}
    said = answered(sheet, held)
    assert says in said
    assert said.count("expected") <= 1


def test_the_reason_that_several_have_is_told_once() -> None:
    said = answered(sheet_of("lstm_cell"), {"kernel": (4, 2), "recurrent_kernel": (2, 2), "bias": (2,)})
    assert said.count("for each gate") == 1
    assert said.count("expected") == 3


def test_the_nearest_layout_is_looked_at() -> None:
    sheet = sheet_of("lstm_cell")
    per_gate = right(sheet, layout=1)
    assert "kernel_o" in per_gate
    del per_gate["bias_o"]
    assert answered(sheet, per_gate).endswith("There is no `bias_o` of shape (2,).")


def test_names_where_shapes_do_not_tell() -> None:
    sheet = sheet_of("lstm_cell")
    held = {name.replace("kernel_i", "a").replace("kernel_f", "b"): s for name, s in right(sheet, layout=1).items()}
    said = answered(sheet, held)
    assert "`self.a`" in said
    assert "Call them" in said


def test_no_weights_at_all() -> None:
    assert "It holds no weights; these were expected: `kernel`" in answered(sheet_of("conv1d"), {})


def test_a_call_that_stopped_tells_wrong_shapes_and_nothing_that_may_still_come() -> None:
    sheet = sheet_of("lstm_cell")
    said = answered(sheet, {"kernel": (8, 4)}, "exception")
    assert "stopped with ValueError" in said
    assert "turned round" in said
    assert "bias" not in said
    assert answered(sheet, right(sheet), "exception") == answered(sheet, {}, "exception")


def test_nothing_is_told_of_the_weights_of_a_secret_case() -> None:
    secret = Sheet(**{**vars(sheet_of("lstm_cell")), "seed": commitment(b"0" * 32, "1")})
    for kind in ("weights", "exception"):
        assert "shape" not in answered(secret, {"kernel": (8, 4)}, kind)
