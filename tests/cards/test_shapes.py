"""Shapes that do not fit, with the names that the sizes of an example give."""

from __future__ import annotations

import pytest
from support.raising import raised

from autograder.answering.protocol import CallLine, Problem
from autograder.cards.exceptions import explain
from autograder.cards.shapes import einsum_said, exchanged_said, sizes_said

SIZES = {"batch": 4, "time": 7, "channels": 5, "new_time": 5, "kernel_size": 3, "filters": 2, "time+kernel_size-1": 9}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("np.ones((4, 7)) @ np.ones((3, 2))", "here they have 7 (time) and 3 (kernel_size) entries"),
        ("np.dot(np.ones((4, 7)), np.ones((3, 2)))", "the first, 7 (time), and the first size of the second, 3 (kern"),
        ("np.ones((4, 9, 2)) + np.ones((4, 7, 2))", "along axis -2, 9 (time + kernel_size - 1) meets 7 (time)"),
        ("np.ones((4, 7)) + np.ones((4, 6))", "along axis -1, 7 (time) meets 6."),
        ("np.concatenate([np.ones((4, 2)), np.ones((7, 2))], axis=1)", "along axis 0: 4 (batch) meets 7 (time)"),
        ("np.ones((4, 5)).reshape(4, 7)", "20 entries do not fill the shape (4, 7)"),
        ("np.split(np.ones(6), 4)", "equal parts"),
    ],
)
def test_messages_of_numpy_name_axes(code: str, words: str) -> None:
    assert words in str(explain(raised(code), SIZES))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("ops.matmul(ops.ones((4, 7)), ops.ones((3, 2)))", "first, 7 (time), and the first size of the second, 3 (ker"),
        ("ops.ones((4, 7, 2)) + ops.ones((4, 9, 2))", "along axis -2, 7 (time) meets 9 (time + kernel_size - 1)"),
        ("ops.matmul(ops.ones((4, 3, 2, 5)), ops.ones((3, 2, 5, 6)))", "multiplies the last two axes"),
        ("ops.concatenate([ops.ones((4, 7)), ops.ones((3, 2))], axis=1)", "were to be joined"),
        (
            "ops.concatenate([ops.ones((4, 7)), ops.ones((7,))], axis=-1)",
            "(4, 7) and (7,) were to be joined, which have",
        ),
        ("ops.split(ops.ones((7, 2)), 4, axis=0)", "Axis 0, of size 7 (time), was to be split into 4"),
    ],
)
def test_messages_of_keras_name_axes(call: str, words: str) -> None:
    from keras import ops

    with pytest.raises(Exception) as failure:  # noqa: PT011  which one is the backend's affair
        eval(call, {"ops": ops})
    assert words in str(explain(Problem("exception", "Error", str(failure.value)), SIZES))


def test_a_graph_names_axes_too() -> None:
    message = (
        "Dimensions must be equal, but are 7 and 3 for '{{node add}} = AddV2[T=DT_FLOAT](a, b)' with input shapes: "
    )
    assert "7 (time) meets 3" in str(explain(Problem("exception", "ValueError", f"{message}[4,7], [4,3]."), SIZES))


def einsum(line: str, **shapes: str) -> Problem:
    named = tuple((name.replace("_", "."), shape) for name, shape in shapes.items())
    return Problem("exception", "InvalidArgumentError", "Expected dimension 5 at axis 0", line=line, shapes=named)


def test_letters_that_stand_for_two_sizes() -> None:
    problem = einsum('y = ops.einsum("bk, ktf -> bf", x, self.kernel)', x="(4, 5)", self_kernel="(3, 5, 2)")
    said = str(einsum_said(problem, SIZES))
    assert said.startswith("The letter `k` stands for 5 (channels or new_time) in `x` (`bk`) and for 3 (kernel_size) ")
    assert "in `self.kernel` (`ktf`)." in said
    assert str(explain(problem, SIZES)) == said


def test_letters_for_another_number_of_axes() -> None:
    said = str(einsum_said(einsum("np.einsum('btc,cf->btf', x, w)", x="(4, 5)", w="(5, 2)"), SIZES))
    assert said == "`btc` names 3 axes, and `x` has 2: its shape is (4, 5)."


@pytest.mark.parametrize(
    "line",
    [
        "np.einsum('bc,cf->bf', x, w)",  # fits
        "np.einsum(equation, x, w)",
        "np.einsum('...c,df->bf', x, w)",
        "np.einsum('bc,cf->bf', f(x), g(w))",
        "np.einsum('bc,cf->bf', x",
    ],
)
def test_nothing_is_said_of_an_einsum_that_may_be_right(line: str) -> None:
    assert einsum_said(einsum(line, x="(4, 5)", w="(5, 2)"), SIZES) == ""


def test_the_sizes_of_the_example_are_told_where_shapes_are_the_matter() -> None:
    caller = CallLine("f(x)", "call", (("x", "(4, 7, 5)"),))
    problem = Problem("exception", "ValueError", "Incompatible shapes: [4,7] vs. [4,6]", shapes=(("a", "(4, 6)"),))
    problem = Problem(problem.kind, problem.type, problem.message, shapes=problem.shapes, callers=(caller,))
    said = "Sizes of this example: 4 = batch, 5 = channels or new_time, 7 = time."
    assert str(sizes_said(problem, SIZES)) == said
    assert sizes_said(Problem("exception", "NameError", "name 'x' is not defined", shapes=problem.shapes), SIZES) == ""
    assert sizes_said(problem, {}) == ""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("W @ x", "The other way round they fit: the batch comes first, `x @ W`."),
        ("np.matmul(W, x)", "`x @ W`"),
        ("np.dot(W, x) + 1", "`x @ W`"),
        ("x @ x", ""),  # neither way
        ("x @ W", ""),  # nothing to mend
    ],
)
def test_a_product_that_fits_the_other_way_round_is_told_so(code: str, said: str) -> None:
    shapes = (("W", "(3, 5)"), ("x", "(2, 3)"))
    problem = Problem("exception", "ValueError", line=f"f = sigmoid({code})", piece=code, shapes=shapes)
    assert said in str(exchanged_said(problem))
    assert bool(said) == bool(exchanged_said(problem))
