"""The ladder, on arrays of every wrong sort."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.answering.protocol import Answer, CallFunction, Items, Other, Problem, Value, encode_array
from autograder.judging import compare
from autograder.model import Expected, SheetCase

RIGHT = np.arange(24.0).reshape(2, 3, 4) / 7


def case(value: np.ndarray = RIGHT, axes: str = "batch time units", tolerance: float = 1e-6) -> SheetCase:
    expected = Expected("output", tuple(axes.split()), encode_array(value), tolerance)
    return SheetCase("case", CallFunction("f", ()), ("output",), ((expected,),))


def rung(value: Value, asked: SheetCase | None = None) -> str:
    (result,) = compare.compare_case(asked or case(), Answer(value=value), show=True)
    return result.rung


def test_equal_arrays_are_right_in_any_container() -> None:
    assert rung(encode_array(RIGHT)) == "right"
    assert rung(encode_array(RIGHT.astype(np.float32))) == "right"
    nested = Items(tuple(Items(tuple(encode_array(row) for row in page)) for page in RIGHT))
    assert rung(nested) == "right"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "kind"),
        ("text", "kind"),
        (Other("generator"), "kind"),
        (Items(()), "kind"),
        (Items((1.0, encode_array(RIGHT))), "kind"),
        (1.0, "shape"),
        (encode_array(RIGHT[0]), "shape"),
        (encode_array(RIGHT[:, :1]), "shape"),
        (encode_array(RIGHT.transpose(1, 0, 2)), "shape"),
        (encode_array(RIGHT.astype(complex)), "dtype"),
        (encode_array(RIGHT > 1), "dtype"),
        (encode_array(np.full_like(RIGHT, np.nan)), "finite"),
        (encode_array(np.full_like(RIGHT, np.inf)), "finite"),
        (encode_array(RIGHT + 1e-5), "value"),
    ],
)
def test_each_rung(value: Value, expected: str) -> None:
    assert rung(value) == expected


def test_a_function_without_a_return_is_asked_for_it() -> None:
    def told(asked: SheetCase, value: Value) -> str:
        return str(compare.compare_case(asked, Answer(value=value), show=True)[0].message)

    one = case()
    assert told(one, None).endswith("should be an array; it is None. Is there a `return`?")
    assert "return" not in told(one, Other("generator"))
    two = replace(one, returns=("a", "b"), expected=((replace(one.expected[0][0], part="a"),),))
    assert told(two, None).endswith("the result is None. Is there a `return`?")
    assert "return" not in told(two, Items((None, encode_array(RIGHT)))), "something was returned"


def test_nothing_broadcasts() -> None:
    constant = case(np.ones((2, 3)), "batch units")
    for shape in ((), (1,), (3,), (1, 3), (2, 1), (1, 2, 3)):
        assert rung(encode_array(np.ones(shape)), constant) == "shape"


@given(
    hnp.arrays(np.float64, (2, 3, 4), elements=st.floats(-4, 4)),
    st.floats(1e-9, 1e-3),
)
def test_right_exactly_up_to_the_tolerance(noise: np.ndarray, tolerance: float) -> None:
    largest = np.max(np.abs(noise))
    if largest == 0:
        return
    inside = RIGHT + noise / largest * tolerance * 0.999
    outside = RIGHT + noise / largest * tolerance * 1.001 + 0.0
    asked = case(tolerance=tolerance)
    assert rung(encode_array(inside), asked) == "right"
    if np.max(np.abs(outside - RIGHT)) > tolerance:
        assert rung(encode_array(outside), asked) == "value"


def test_the_evidence_says_where() -> None:
    wrong = RIGHT.copy()
    wrong[:, 1:, 2] += 1.0
    wrong[1, 2, 2] += 1.0
    (result,) = compare.compare_case(case(), Answer(value=encode_array(wrong)), show=True)
    assert result.worst == {"batch": 1, "time": 2, "units": 2}
    assert result.wrong_where == {"time": (1, 2), "units": (2,)}
    assert result.wrong_entries == 4
    assert result.got_values is not None


def test_secret_cases_show_no_values() -> None:
    (shown,) = compare.compare_case(case(), Answer(value=encode_array(RIGHT + 1)), show=True)
    assert "too large by 1" in str(shown.moved)
    (result,) = compare.compare_case(case(), Answer(value=encode_array(RIGHT + 1)), show=False)
    assert result.moved == ""
    assert result.got_values is None
    assert result.expected_values is None
    assert result.expected is None


@pytest.mark.parametrize(
    ("got", "hint"),
    [
        (RIGHT.transpose(1, 0, 2), "order (time, batch, units)"),
        (RIGHT[:, -1], "last step alone"),
        (RIGHT[:, :, 0], "axis units is missing"),
        (RIGHT[None], "axis too many: axis 0"),
    ],
)
def test_shapes_are_explained_by_axes(got: np.ndarray, hint: str) -> None:
    (result,) = compare.compare_case(case(), Answer(value=encode_array(got)), show=True)
    assert hint in str(result.moved)


def test_float32_inside_float64_is_said() -> None:
    noisy = RIGHT.astype(np.float32).astype(np.float64) + 1e-8
    (result,) = compare.compare_case(case(tolerance=1e-14), Answer(value=encode_array(noisy)), show=True)
    assert "float32" in str(result.message)


def two_values() -> SheetCase:
    parts = tuple(Expected(name, ("batch", "units"), encode_array(np.ones((2, 3))), 1e-6) for name in ("h", "c"))
    return SheetCase("case", CallFunction("f", ()), ("h", "c"), (parts,))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Items((encode_array(np.ones((2, 3))), encode_array(np.ones((2, 3))))), ["right", "right"]),
        (Items((encode_array(np.ones((2, 3))), Items((encode_array(np.ones((2, 3))),)))), ["kind", "kind"]),
        (encode_array(np.ones((2, 2, 3))), ["kind", "kind"]),
        (Items((encode_array(np.ones((2, 3))),)), ["kind", "kind"]),
    ],
)
def test_several_values(value: Value, expected: list[str]) -> None:
    assert [part.rung for part in compare.compare_case(two_values(), Answer(value=value), show=True)] == expected


def test_a_cell_returns_its_states_in_a_list() -> None:
    array = encode_array(np.ones((2, 3)))
    names = ("output", "state.0")
    assert compare.split(names, Answer(value=Items((array, Items((array,))))), cell=True) == dict.fromkeys(names, array)
    for other in (array, Items((array, array)), Items((array,)), Items((array, array, array))):
        assert "a list of its new states" in str(compare.split(names, Answer(value=other), cell=True))
    assert "2 values were expected" in str(compare.split(names, Answer(value=Items((array, Items(())))), cell=True))


def test_a_problem_is_no_value() -> None:
    answer = Answer(problem=Problem("exception", "ValueError", "shapes (2, 3) and (4, 5)"))
    (result,) = compare.compare_case(case(), answer, show=True)
    assert result.rung == "exception"


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5)
    | st.builds(Other, st.text(max_size=5))
    | hnp.arrays(hnp.floating_dtypes(sizes=(32, 64)), hnp.array_shapes(min_dims=0, max_side=3)).map(encode_array),
    lambda inner: st.builds(Items, st.lists(inner, max_size=4).map(tuple)),
    max_leaves=12,
)  # fmt: skip


@given(values)
def test_no_answer_breaks_the_ladder(value: Value) -> None:
    for asked in (case(), two_values()):
        results = compare.compare_case(asked, Answer(value=value), show=True)
        assert len(results) == len(asked.expected[0])
