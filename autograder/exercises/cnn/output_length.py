"""How many places a window takes along one axis: the number of outputs of a convolution or a pooling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.convolution import CONVOLUTION_BUILTINS
from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake
from reference import equations as eq


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    """Lengths that leave a rest wherever one can be left."""

    def case(case_id: str, length: int, kernel_size: int, stride: int, padding: str, dilation: int) -> FunctionCase:
        return FunctionCase(
            id=case_id,
            arguments={
                "length": length,
                "kernel_size": kernel_size,
                "stride": stride,
                "padding": padding,
                "dilation": dilation,
            },
            axes={},
            returns={"places": ""},
        )

    def length(least: int = 17) -> int:
        return int(rng.integers(least, least + 20))

    stride = int(rng.integers(3, 6))
    # Rests on either side of half a stride: rounding to the nearest is right for one of them.
    little, much = int(rng.integers(1, (stride + 1) // 2)), int(rng.integers(stride // 2 + 1, stride))
    return (
        case("valid", length(), int(rng.integers(3, 7)), 1, "valid", 1),
        case("strided", 4 + stride * int(rng.integers(4, 8)) + little, 4, stride, "valid", 1),
        case("strided_too", 4 + stride * int(rng.integers(4, 8)) + much, 4, stride, "valid", 1),
        case("dilated", length(), 4, 1, "valid", int(rng.choice([2, 3, 5]))),
        case("same", length(), 4, 1, "same", 1),
        case("same_strided", stride * int(rng.integers(4, 8)) + much, 5, stride, "same", 1),
        case("same_strided_too", stride * int(rng.integers(4, 8)) + little, 5, stride, "same", 1),
        case("causal", length(), 4, 1, "causal", int(rng.choice([2, 3, 5]))),
    )


def _span(kernel_size: int, dilation: int) -> int:
    return dilation * (kernel_size - 1) + 1


def _mistake(name: str, title: str, hint: str, places: Callable[..., Any]) -> Mistake:
    """places: of length, kernel_size, stride, padding, dilation."""

    def answer(case: FunctionCase) -> Arrays:
        return {"places": np.asarray(places(*case.arguments.values()), np.float64)}

    return Mistake(f"conv.{name}", title, hint, answer)


def _valid(places: Callable[[int, int, int, int], float]) -> Callable[..., float]:
    """A formula for `valid`; the other paddings are right."""

    def all_paddings(length: int, kernel_size: int, stride: int, padding: str, dilation: int) -> float:
        if padding == "valid":
            return places(length, kernel_size, stride, dilation)
        return eq.output_length(length, kernel_size, stride, padding, dilation)

    return all_paddings


def _under(paddings: tuple[str, ...], places: Callable[[int, int, int, int], float]) -> Callable[..., float]:
    """A formula for the given paddings; the others are right."""

    def all_paddings(length: int, kernel_size: int, stride: int, padding: str, dilation: int) -> float:
        if padding in paddings:
            return places(length, kernel_size, stride, dilation)
        return eq.output_length(length, kernel_size, stride, padding, dilation)

    return all_paddings


PADDED = ("same", "causal")


def _keras() -> Any:
    import keras

    def output_length(length: int, kernel_size: int, stride: int, padding: str, dilation: int) -> int:
        layer = keras.layers.Conv1D(1, kernel_size, stride, padding, dilation_rate=dilation)
        return int(layer.compute_output_shape((1, length, 1))[1])

    return output_length


EXERCISE = Exercise(
    id="output_length",
    assignment="cnn",
    title="How many windows fit",
    entry_point="output_length",
    signature="output_length(length, kernel_size, stride, padding, dilation) -> int",
    forbidden=CONVOLUTION_BUILTINS,
    points=3,
    hint="List the places where a window can start, for a small length. Then count them.",
    cases=cases,
    truth=function_truth(eq.output_length),
    slack=lambda case, truth: {"places": 1e-9},
    checks=(
        Check("valid", "Windows that fit, with and without a stride", 1, ("valid.*", "strided*.*")),
        Check("dilated", "A kernel with gaps", 1, ("dilated.*",)),
        Check("padded", "`same` and `causal`", 1, ("same*.*", "causal.*")),
    ),
    mistakes=(
        _mistake(
            "output_size_without_one", "The 1 at the end of the formula is missing",
            "A window as long as the axis itself: at how many places does it fit? What do you say?",
            _valid(lambda n, k, s, d: (n - _span(k, d)) // s),
        ),
        _mistake(
            "output_size_one_inside", "The 1 is added before dividing by the stride",
            "List the start positions by hand for width 6, window 2, stride 3. How many fit, and what does "
            "your formula say?",
            _valid(lambda n, k, s, d: (n - _span(k, d) + 1) // s),
        ),
        _mistake(
            "output_size_rounded_up", "The quotient is rounded up under `valid`",
            "Width 7, window 2, stride 2: does a window that starts on the last cell fit?",
            _valid(lambda n, k, s, d: -(-(n - _span(k, d)) // s) + 1),
        ),
        _mistake(
            "output_size_rounded_to_nearest", "The quotient is rounded to the nearest whole number under `valid`",
            "Width 8, window 2, stride 4: where would a third window start, and does it fit?",
            _valid(lambda n, k, s, d: round((n - _span(k, d)) / s) + 1),
        ),
        _mistake(
            "same_rounded_to_nearest", "Under `same` the quotient is rounded to the nearest whole number",
            "Five cells, stride 4, `same`: where do the windows start? How many are they?",
            _under(PADDED, lambda n, k, s, d: round(n / s)),
        ),
        _mistake(
            "output_size_not_rounded", "The quotient is not rounded",
            "Can there be half a window? What type is your result?",
            _valid(lambda n, k, s, d: (n - _span(k, d)) / s + 1),
        ),
        _mistake(
            "output_size_stride_ignored", "The stride does not enter",
            "If the window jumps twice as far, are there as many places as before?",
            lambda n, k, s, padding, d: eq.output_length(n, k, 1, padding, d),
        ),
        _mistake(
            "dilation_output_size", "The dilation does not enter",
            "Mark the cells that a kernel of 3 with dilation 2 touches. How far apart are the first and the "
            "last?",
            _valid(lambda n, k, s, d: (n - k) // s + 1),
        ),
        _mistake(
            "dilation_times_kernel", "The kernel is taken to span kernel_size times dilation cells",
            "Mark the cells that a kernel of 3 with dilation 2 touches. How many are there, from the first to the "
            "last?",
            _valid(lambda n, k, s, d: (n - k * d) // s + 1),
        ),
        _mistake(
            "dilation_counted_from_zero", "The dilation is taken as the number of cells left out in between",
            "Which dilation is no dilation at all: 0 or 1?",
            _valid(lambda n, k, s, d: (n - _span(k, d + 1)) // s + 1),
        ),
        _mistake(
            "dilation_adds_once", "The dilation adds its gaps once, not between every two cells",
            "Mark the cells that a kernel of 4 with dilation 2 touches. How many gaps lie between them?",
            _valid(lambda n, k, s, d: (n - (k + d - 1)) // s + 1),
        ),
        _mistake(
            "span_without_one", "The kernel is taken to span dilation times (kernel_size - 1) cells: one too few",
            "Mark the cells that a kernel of 3 without dilation touches. How many are they, first and last included?",
            _valid(lambda n, k, s, d: (n - (_span(k, d) - 1)) // s + 1),
        ),
        _mistake(
            "last_place_that_fits_missing", "A last window that ends exactly with the axis is not counted",
            "A window as long as the axis itself: at how many places does it fit? What do you say?",
            _valid(lambda n, k, s, d: max(-(-(n - _span(k, d)) // s), 0)),
        ),
        _mistake(
            "stride_ignored_under_valid", "The stride does not enter under `valid`",
            "If the window jumps twice as far, are there as many places as before?",
            _valid(lambda n, k, s, d: n - _span(k, d) + 1),
        ),
        _mistake(
            "only_first_place_counted", "Only the first place is counted under `valid`",
            "At which line does your loop end? How many windows has it seen then?",
            _valid(lambda n, k, s, d: 1),
        ),
        _mistake(
            "same_padding_both_sides", "`same` is taken to add a whole kernel but one cell on both sides",
            "How many cells of padding does a kernel of 4 need in all to keep the length? How many do you count?",
            _under(("same",), lambda n, k, s, d: (n + 2 * (_span(k, d) - 1) - _span(k, d)) // s + 1),
        ),
        _mistake(
            "same_keeps_the_length", "`same` is taken to keep the length whatever the stride",
            "With `same` and stride 2, at which cells do windows start? How many are they?",
            _under(("same",), lambda n, k, s, d: n),
        ),
        _mistake(
            "same_rounded_down", "Under `same` the quotient is rounded down",
            "Five cells, stride 2, `same`: where do the windows start? How many are they?",
            _under(PADDED, lambda n, k, s, d: n // s),
        ),
        _mistake(
            "same_padding_even_kernel", "`same` is taken to add half the kernel on both sides",
            "How many cells of padding does a kernel of 4 need to keep the length? How many do you count?",
            _under(("same",), lambda n, k, s, d: (n + 2 * (k // 2) - _span(k, d)) // s + 1),
        ),
        _mistake(
            "same_ignored", "`same` and `causal` are counted like `valid`",
            "With stride 1, how many outputs should `same` give for seven cells?",
            _under(PADDED, lambda n, k, s, d: (n - _span(k, d)) // s + 1),
        ),
        _mistake(
            "causal_expected_to_shrink", "`causal` is counted like `valid`",
            "A causal layer answers at every step. How many answers are there for seven steps?",
            _under(("causal",), lambda n, k, s, d: (n - _span(k, d)) // s + 1),
        ),
        _mistake(
            "causal_padding_ignores_dilation",
            "`causal` is taken to add kernel_size - 1 cells whatever the dilation",
            "How far back does a kernel of 3 with dilation 2 look? How many zeros must stand before the "
            "first cell?",
            _under(("causal",), lambda n, k, s, d: (n + k - 1 - _span(k, d)) // s + 1),
        ),
    ),
    witnesses={"keras": _keras},
    permuted=(),
)  # fmt: skip
