"""The card of one exercise, as HTML and as text."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from urllib.parse import unquote
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from rich.cells import cell_len
from support.hostile import ATTACK, attacked
from support.html_tree import Tree
from support.verdicts import STATUSES, sequence_part, wrong_part

from autograder.answering.protocol import Array, CallLine, Problem
from autograder.cards.card import card_html, card_style
from autograder.cards.card_text import card_text
from autograder.cards.status import LOOKS
from autograder.model import Finding, PartResult, Status, Verdict


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_its_word_icon_and_tone(verdict: Verdict, status: Status) -> None:
    tree = Tree(card_html(replace(verdict, status=status)))
    (head,) = tree.of_class("gbk-status")
    assert head.text == f"{LOOKS[status].symbol} {LOOKS[status].word}"
    drawn, instead = head.children
    assert (drawn.tag, instead.classes) == ("svg", ["gbk-bare"])
    assert f"gbk-{LOOKS[status].tone}" in tree.of_class("gbk")[0].classes
    first_line = card_text(replace(verdict, status=status)).splitlines()[0]
    assert first_line.startswith(f"{LOOKS[status].symbol} {LOOKS[status].word}")
    assert first_line.endswith("1 of 4.5 points")


def test_statuses_differ_in_words_and_symbols() -> None:
    assert set(LOOKS) == set(STATUSES)
    assert len({look.word for look in LOOKS.values()}) == len(STATUSES)
    assert len({look.symbol for look in LOOKS.values()}) == len(STATUSES)


def test_root_cause_comes_before_everything_else(verdict: Verdict) -> None:
    said = [
        "wrong from",
        "Two gates are exchanged",
        "Which block",
        "four blocks",
        "(example: batch 2",
        "Output at every",
    ]
    for text in (Tree(card_html(verdict)).text, card_text(verdict)):
        places = [text.index(words) for words in said]
        assert places == sorted(places)


def test_checks_say_what_they_are(verdict: Verdict) -> None:
    (checks,) = Tree(card_html(verdict)).of_class("gbk-checks")
    texts = [" ".join(item.text.split()) for item in checks.children]
    assert texts[0].startswith("✗ Output at every step (Not right yet) · 0 of 2.5")
    assert "(Waiting) waiting for: Output at every step" in texts[1]
    assert texts[2] == "✓ The config (Passed) · 1 of 1"


def test_values_name_axes_and_mark_the_worst(verdict: Verdict) -> None:
    tree = Tree(card_html(verdict))
    captions = [caption.text for caption in tree.tags("caption")]
    assert captions[:3] == ["yours", "expected", "difference"]
    assert "Batch item 1: 16 of 20 entries wrong. Down: timestep, across: unit." in " ".join(tree.text.split())
    yours = tree.tags("table")[0]
    rows = [element for child in yours.children if child.tag == "tbody" for element in child.children]
    heads = [row.children[0].text for row in rows]
    assert heads == [f"timestep {n}" for n in range(5)]
    marked = [
        (r, c) for r, row in enumerate(rows) for c, cell in enumerate(row.children[1:]) if "gbk-w" in cell.classes
    ]
    assert marked == [(3, 2)]
    assert rows[3].children[3].text.endswith("(worst)")
    difference = tree.tags("table")[2]
    equal = [cell for row in difference.children[2].children for cell in row.children if "gbk-eq" in cell.classes]
    assert [cell.text for cell in equal] == ["·equal"] * 4


def test_every_table_head_has_a_scope(verdict: Verdict) -> None:
    heads = Tree(card_html(verdict)).tags("th")
    assert {head.attributes["scope"] for head in heads} == {"row", "col"}


def test_styles_touch_only_the_card() -> None:
    style = str(card_style())
    rules = style[style.index(">") + 1 : style.index("</style>")]
    selectors = []
    for block in rules.split("{")[:-1]:
        selector = block.rsplit("}", 1)[-1].rsplit(";", 1)[-1].strip()
        if not selector.startswith(("@", "from", "55%")):
            selectors += [one.strip() for one in re.split(r",(?![^(]*\))", selector)]
    assert len(selectors) > 50
    assert [one for one in selectors if ".gbk.gbk" not in one] == []


def test_nothing_in_the_card_needs_a_script(verdict: Verdict) -> None:
    tree = Tree(card_html(verdict))
    assert tree.tags("script") == []
    assert [e for e in tree.elements if any(name.startswith("on") for name in e.attributes)] == []


def test_no_text_can_become_a_tag(verdict: Verdict) -> None:
    plain, bad = Tree(card_html(attacked(verdict, "kind"))), Tree(card_html(attacked(verdict)))
    assert bad.skeleton == plain.skeleton
    assert bad.text.count("<script>") >= 15
    names = {name for element in bad.elements for name in element.attributes}
    assert "onmouseover" not in names


def test_no_text_can_move_the_cursor(verdict: Verdict) -> None:
    text = card_text(attacked(verdict))
    assert "\x1b" not in text
    assert [c for c in text if ord(c) < 32 and c != "\n"] == []
    text.encode("utf-8")


def test_colour_only_when_asked(verdict: Verdict) -> None:
    assert "\x1b" not in card_text(verdict)
    assert "\x1b[31m✗ Not right yet\x1b[0m" in card_text(verdict, colour=True)


@pytest.mark.parametrize("width", [40, 63, 80, 200])
def test_no_line_is_wider_than_asked(verdict: Verdict, width: int) -> None:
    wide = replace(
        verdict,
        title="长短期记忆网络作为一个层" * 9,
        message="遗忘门和输入门被交换了。" * 20,
        look_at="x" * 500,
        notes=(ATTACK * 3,),
        case="a" * 99,
    )
    lines = card_text(wide, width).splitlines()
    assert max(map(cell_len, lines)) == width
    assert "x" * 500 in "".join(line.strip() for line in lines)


def _moved(verdict: Verdict, part: PartResult | None = None) -> Verdict:
    """The values are all there, which numbers in a terminal show."""
    first = verdict.checks[0]
    part = replace(part or first.parts[0], moved="The right values are all there.")
    return replace(verdict, checks=(replace(first, parts=(part,)), *verdict.checks[1:]))


def test_a_terminal_shows_numbers_only_where_looking_at_them_helps(verdict: Verdict) -> None:
    text = card_text(verdict)
    assert "The worst is at batch item 1" in " ".join(text.split())
    assert "difference" not in text
    assert "difference" in card_text(_moved(verdict))


def test_no_id_of_a_case_is_shown(verdict: Verdict) -> None:
    first = verdict.checks[0]
    entry = PartResult("config.config.return_state", "config", "get_config() has no entry 'return_state'.")
    again = replace(first, id="again", title="Once more", message="It differs.", parts=(*first.parts, entry))
    for text in both(replace(verdict, checks=(first, again))):
        assert "sequence." not in text
        assert "config.config" not in text
        assert text.count("get_config() has no entry 'return_state'.") == 1


def test_what_follows_from_a_missing_entry_is_not_told(verdict: Verdict) -> None:
    entry = PartResult("config.config.return_state", "config", "There is no entry.")
    follows = PartResult("config.output", "kind", "Two values were expected.")
    check = replace(verdict.checks[0], message="There is no entry.", parts=(entry, follows))
    for text in both(replace(verdict, message="There is no entry.", checks=(check,))):
        assert "Two values" not in text


def test_what_is_wrong_from_end_to_end_is_told_once(verdict: Verdict) -> None:
    first = verdict.checks[0]
    whole = replace(first.parts[0], message="All of it.", wrong_entries=first.parts[0].entries, wrong_where={})
    again = replace(first, id="again", title="Once more", message="All of it.", parts=(whole,))
    for text in both(replace(verdict, checks=(first, again))):
        assert "Once more" in text
    assert "All of it." not in card_text(replace(verdict, checks=(first, again)))


def test_two_mistakes_are_announced_together(verdict: Verdict) -> None:
    assert verdict.diagnosis is not None
    second = replace(verdict.diagnosis, mistake="other", title="A bias is missing", hint="Which?")
    two = replace(verdict, diagnosis=replace(verdict.diagnosis, second=second))
    text = card_text(two)
    assert "Two likely mistakes, both in `LSTM`:\n  Two gates are exchanged\n    Which block" in text
    assert "\n  A bias is missing\n    Which?" in text
    assert "Both are in LSTM." in " ".join(Tree(card_html(two)).text.split())


def test_panels_stand_side_by_side_in_a_usual_terminal(verdict: Verdict) -> None:
    (heads,) = [line.split() for line in card_text(_moved(verdict), 80).splitlines() if "expected  " in line]
    assert heads == ["yours", "expected", "difference"]


@pytest.mark.parametrize("width", [40, 80])
def test_wide_panels_are_cropped_to_the_terminal(verdict: Verdict, width: int) -> None:
    expected = np.tanh(np.random.default_rng(1).normal(size=(3, 24)))
    got = expected.copy()
    got[1, 20] += 0.5
    part = wrong_part(got, expected, ("features", "4*units"))
    text = card_text(_moved(verdict, part), width)
    lines = [line.strip() for line in text.splitlines()]
    assert [lines.count(title) for title in ("yours", "expected", "difference")] == [1, 1, 1]
    assert sum("*" in line for line in lines) == 4  # three panels, and what the star means
    assert max(map(cell_len, lines)) <= width


def test_what_is_wrong_alike_is_said_once(verdict: Verdict) -> None:
    expected = np.tanh(np.random.default_rng(1).normal(size=(5, 3, 2)))
    got = expected + 0.25
    got[0, 1, 1] += 0.5
    got[3, 2] = expected[3, 2]
    got[4] = expected[4]
    part = wrong_part(got, expected, ("batch", "time", "units"))
    text = " ".join(card_text(_moved(verdict, part), 200).split())
    assert "batch item 1, batch item 2: 6 of 6 entries wrong each. " in text
    assert "batch item 3: 4 of 6 entries wrong. " in text
    assert "batch item 4: all right." in text


def test_shapes_of_equal_rank_are_compared_axis_by_axis(verdict: Verdict) -> None:
    part = PartResult("first.h", "shape", axes=("batch", "units"), got_shape=(4, 2), expected_shape=(2, 4))
    card = replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),))
    (table,) = Tree(card_html(card)).of_class("gbk-shapes")
    assert " ".join(table.text.split()).replace("\n", "") == "Sizes of the axes batch itemsunits yours42expected24"


def test_shapes_of_other_rank_are_said_in_words(verdict: Verdict) -> None:
    part = PartResult("h", "shape", axes=("batch", "time", "units"), got_shape=(2, 4), expected_shape=(2, 5, 4))
    card = replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),))
    said = "Yours has 2 axes: (2, 4). Expected 3: (batch items 2, timesteps 5, units 4)."
    assert said in Tree(card_html(card)).text


@pytest.mark.parametrize("bad", [Array("float32", (3,), b"x"), Array("complex64", (1, 1), b"12345678")])
def test_arrays_that_cannot_be_shown_leave_the_rest(verdict: Verdict, bad: Array) -> None:
    part = replace(sequence_part(), got_values=bad, expected_values=None)
    card = replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),))
    assert Tree(card_html(card)).tags("table") == []
    assert "32 of 40 entries are wrong, all of them in timesteps 1 to 4." in card_html(card)


def test_not_a_number_is_shown_and_never_called_equal(verdict: Verdict) -> None:
    expected = np.ones((2, 3))
    got = expected.copy()
    got[1, 2] = np.nan
    part = wrong_part(got, expected, ("batch", "units"), worst={"batch": 1, "units": 2}, got=float("nan"))
    tree = Tree(card_html(replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),))))
    bad = [cell.text for cell in tree.of_class("gbk-bad")]
    assert bad == ["NaN (worst)", "NaN (worst)"]
    assert len(tree.of_class("gbk-eq")) == 5


def test_large_arrays_are_cropped_round_the_worst(verdict: Verdict) -> None:
    expected = np.zeros((40, 30))
    got = expected.copy()
    got[33, 21] = 1.0
    part = wrong_part(got, expected, ("time", "units"))
    tree = Tree(card_html(replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),))))
    assert len(tree.tags("td")) < 3 * 14 * 24 + 10
    assert [cell.text for cell in tree.of_class("gbk-w")] == ["1 (worst)", "0 (worst)", "1.00 (worst)"]
    assert "only those round the worst entry" in tree.text


def test_an_exception_is_translated_and_its_report_folded(verdict: Verdict) -> None:
    tree = Tree(card_html(replace(verdict, status="error")))
    assert "There is nothing called sigmoid at this point." in tree.text
    assert [e.text for e in tree.tags("pre")] == ["z = sigmoid(x)", "Traceback"]
    (folded,) = [e for e in tree.tags("details") if "Traceback" in e.text]
    assert "open" not in folded.attributes
    assert "  > z = sigmoid(x)" in card_text(verdict)


def test_a_stub_is_not_explained_as_an_error(verdict: Verdict) -> None:
    stub = replace(verdict, status="not_attempted", problem=Problem("not_implemented", "NotImplementedError"))
    assert "NotImplementedError" not in card_html(stub)
    assert "NotImplementedError" not in card_text(stub)


def test_joy_runs_through_the_checks_and_only_when_all_is_right(verdict: Verdict) -> None:
    right = card_html(replace(verdict, status="passed"))
    (checks,) = Tree(right).of_class("gbk-joy")
    assert [item.attributes["style"] for item in checks.children] == [
        f"--n:{n + 1}" for n in range(len(verdict.checks))
    ]
    assert "@keyframes gbk-pulse" in right
    assert Tree(card_html(verdict)).of_class("gbk-joy") == []
    assert "gbk-pulse" not in card_html(verdict)


def test_sizes_of_another_example_are_said_to_be_its_own(verdict: Verdict) -> None:
    """The headline counts the entries of the first example, whose sizes stand above its table."""
    rng = np.random.default_rng(5)

    def part(case: str, *shape: int) -> PartResult:
        values = rng.normal(size=shape)
        said = f"`g_t` differs in {values.size} of {values.size} entries."
        return wrong_part(values, -values, ("batch", "units"), part=f"{case}.g_t", message=said)

    first, second = part("first", 2, 5), part("second", 3, 4)
    check = replace(verdict.checks[1], outcome="failed", parts=(first, second), message=first.message)
    shown = replace(verdict, checks=(check,), message=first.message, case="batch 2, units 5", problem=None)
    (other,) = [fold for fold in Tree(card_html(shown)).tags("details") if "12 of 12" in fold.text]
    assert other.text.strip().startswith("Another example: g_t differs in 12 of 12 entries.")
    assert "(example: batch 2, units 5)" in card_html(shown)
    some = replace(second, wrong_entries=7, wrong_where={"units": (1, 2)}, message="`g_t` differs in 7 of 12 entries.")
    text = card_text(replace(shown, checks=(replace(check, parts=(first, some)),)))
    assert "Another example: `g_t` differs in 7 of 12 entries." in " ".join(text.split())

    bare = replace(first, got_values=None, expected_values=None, wrong_entries=0, got=None, difference=None)
    without = replace(shown, checks=(replace(check, parts=(bare, second)),))
    assert "g_t</code> (another example than the one above)" in card_html(without)
    assert "(example: batch 2, units 5)" not in card_html(without)


def test_importing_the_card_imports_no_heavy_package() -> None:
    code = (
        "import sys, autograder.cards.card; "
        "print([name for name in ('tensorflow', 'keras', 'nbgrader', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_picture_of_the_cell_is_an_image_with_its_words_in_it(verdict: Verdict) -> None:
    tree = Tree(card_html(verdict))
    (picture,) = tree.tags("img")
    kind, _, content = (picture.attributes["src"] or "").partition(",")
    assert kind == "data:image/svg+xml"
    assert "#" not in content  # there an address would end
    drawn = ElementTree.fromstring(unquote(content))
    assert drawn.attrib["class"] == "gbd hl-forget"
    rules = "".join(style.text or "" for style in drawn.iter("{http://www.w3.org/2000/svg}style"))
    assert ".hl-forget" in rules
    assert ".hl-output" not in rules
    assert (picture.attributes["alt"] or "").startswith("One step of an LSTM. The cell state runs")
    assert tree.tags("text") == tree.tags("desc") == []  # what remains of an SVG where a notebook is not trusted


def test_the_picture_is_folded_where_the_mistake_is_known(verdict: Verdict) -> None:
    def is_open(shown: Verdict) -> bool:
        (picture,) = Tree(card_html(shown)).of_class("gbk-picture")
        return "open" in picture.attributes

    assert verdict.diagnosis is not None
    assert not is_open(verdict)
    narrowed = Finding(("It is right where `b_f` is zero.",), gate="forget", picture="lstm")
    assert is_open(replace(verdict, diagnosis=None, finding=narrowed))


def test_dots_are_explained_only_where_there_are_some(verdict: Verdict) -> None:
    expected = np.full((2, 2), 4.0)

    def text(yours: np.ndarray) -> str:
        part = wrong_part(yours, expected, ("batch", "units"))
        return Tree(card_html(replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),)))).text

    assert "A dot: equal" not in text(expected + 0.5)
    assert "A dot: equal" in text(expected + np.array([0.5, 0.0]))


def test_feature_maps_are_laid_out_as_images(verdict: Verdict) -> None:
    expected = np.zeros((2, 3, 7, 4))
    part = wrong_part(expected + np.eye(7)[2][:, None], expected, ("batch", "new_height", "new_width", "filters"))
    tree = Tree(card_html(replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),))))
    text = " ".join(tree.text.split())
    assert "The worst is at batch item 0, row 0, column 2, filter 0:" in text
    assert "Batch item 0, filter 0: 3 of 21 entries wrong. Down: row, across: column." in text
    panels = tree.of_class("gbk-panel")
    assert all(panel.attributes["tabindex"] == "0" for panel in panels)  # they scroll on a phone
    assert {panel.attributes["role"] for panel in panels} == {"group"}
    assert [panel.attributes["aria-label"] for panel in panels] == ["yours", "expected", "difference"] * (2 * 4)
    assert all(panel.attributes["data-lm-suppress-shortcuts"] == "true" for panel in panels)  # by their own arrow keys


def test_the_legend_tells_both_scales(verdict: Verdict) -> None:
    expected = np.full((2, 2), 4.0)
    part = wrong_part(expected + 0.5, expected, ("batch", "units"))
    text = Tree(card_html(replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),)))).text
    assert "strongest at ±4.5, in the difference at ±0.5." in text


def test_axes_without_a_name_are_numbered(verdict: Verdict) -> None:
    expected = np.zeros((3, 2))
    part = wrong_part(expected + 1, expected, ("axis 0", "axis 1"), wrong_where={"axis 0": (0, 1, 2)}, wrong_entries=5)
    text = card_text(replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),)), width=200)
    assert "all of them in indices 0 to 2 of axis 0." in text
    assert "The worst is at index 0 of axis 0, index 0 of axis 1:" in text


def test_what_is_forbidden_is_said_once(verdict: Verdict) -> None:
    problem = Problem("forbidden", "ForbiddenError", "`keras.layers.LSTM` is what this exercise asks you to write")
    for card in (
        replace(verdict, problem=problem),
        replace(verdict, problem=msgspec.structs.replace(problem, line="x")),
    ):
        assert "ForbiddenError" not in Tree(card_html(card)).text
        assert "ForbiddenError" not in card_text(card)
    assert "What happened" not in Tree(card_html(replace(verdict, problem=problem))).text


def test_code_in_a_title_is_code_and_its_name_is_plain(verdict: Verdict) -> None:
    tree = Tree(card_html(replace(verdict, title="The border of `same`")))
    (title,) = tree.of_class("gbk-title")
    assert [child.text for child in title.children] == ["same", "LSTM"]
    assert tree.of_class("gbk")[0].attributes["aria-label"] == "Not right yet, The border of same, 1 of 4.5 points."


def test_places_are_named_in_the_order_of_the_axes(verdict: Verdict) -> None:
    part = replace(sequence_part(), worst={"units": 2, "time": 3, "batch": 1})
    text = card_text(replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),)), width=200)
    assert "The worst is at batch item 1, timestep 3, unit 2:" in text


def both(card: Verdict) -> tuple[str, str]:
    """The card as text, and what HTML says, each on one line."""
    return " ".join(card_text(card, 200).split()), " ".join(Tree(card_html(card)).text.split())


def test_the_line_of_what_is_forbidden_is_shown_once(verdict: Verdict) -> None:
    problem = Problem("forbidden", "ForbiddenError", "`keras.LSTM`", line="x = LSTM(4)", raised_in="call")
    card = replace(verdict, message="It uses a built-in. The line is: `x = LSTM(4)`", problem=problem)
    for text in both(card):
        assert text.count("x = LSTM(4)") == 1


def test_the_lines_that_led_to_an_error_are_shown_with_their_shapes(verdict: Verdict) -> None:
    callers = (CallLine("far()", "far", (("x", "(3, 5)"),)), CallLine("h = step(x[t])", "call", (("x[t]", "(3, 5)"),)))
    problem = Problem(
        "exception", "ValueError", "operands could not be broadcast together with shapes (3,6) (4,6)",
        line="return np.tanh(x @ W + h @ U)", piece="x @ W + h @ U", raised_in="step", shapes=(("x", "(3, 5)"),),
        callers=callers,
    )  # fmt: skip
    card = replace(verdict, status="error", problem=problem, sizes={"time": 3, "batch": 4, "features": 5})
    for text in both(card):
        at = 0
        for words in (
            "return np.tanh", "It stopped at", "along axis -2, 3 (time) meets 4 (batch)", "has shape (3, 5)",
            "h = step(x[t])", "has shape (3, 5)", "far()", "Sizes of this example: 3 = time, 5 = features.",
        ):  # fmt: skip
            assert words in text[at:], words
            at = text.index(words, at) + 1
        assert text.count("has shape (3, 5)") == 2  # what a line before has told is not told again


def test_weights_that_do_not_fit_are_told_by_the_message_alone(verdict: Verdict) -> None:
    part = PartResult("two.output", "weights", "There is no value: the weights of the layer could not be set.")
    checks = tuple(replace(check, outcome="failed", parts=(part,), message=part.message) for check in verdict.checks)
    problem = Problem("weights", "ValueError", "Found: kernel. Expected: bias.")
    for text in both(replace(verdict, message="There is no `bias`.", problem=problem, checks=checks)):
        assert "Found" not in text
        assert "could not be set" not in text
        assert "What happened" not in text


def test_the_same_is_not_said_twice(verdict: Verdict) -> None:
    first = replace(sequence_part(), message="`h` differs.")
    again = [replace(first, part=f"{case}.output") for case in ("other", "third")]
    failed = replace(verdict.checks[0], message="`h` differs.", parts=(first, *again))
    for message in ("Output: `h` differs.", "Another thing."):
        text, _ = both(replace(verdict, message=message, checks=(failed,)))
        assert text.count("`h` differs.") == 1
        assert "other.output" not in text


def test_checks_that_wait_share_a_line(verdict: Verdict) -> None:
    waiting = [replace(verdict.checks[1], title=title, message="waiting for: X") for title in ("One", "Two")]
    for text in both(replace(verdict, checks=(verdict.checks[0], *waiting))):
        assert "Checked as soon as the checks above are right: “One”, “Two”." in text
        assert "waiting for: X" not in text


def test_what_rests_on_something_wrong_tells_that_and_no_more(verdict: Verdict) -> None:
    card = replace(verdict, message="`LSTM` uses `LSTMCell`. Repair that first.", roots=("LSTMCell",), status="error")
    for text in both(card):
        assert "Repair that first." in text.replace("`", "")
        assert "What happened" not in text
        assert "sequence.output" not in text
        assert "Output at every step" in text


def test_sentences_stay_whole_where_nobody_sizes_a_window(verdict: Verdict) -> None:
    long = "Sentences of a card are as long as they have to be. " * 5
    card = replace(verdict, message=long, checks=(replace(verdict.checks[0], title=long.replace(".", ",")),))
    assert long.strip() not in card_text(card)
    lines = card_text(card, wrapped=False).splitlines()
    assert long.strip() in lines
    assert any(long.strip().replace(".", ",") in line for line in lines)
