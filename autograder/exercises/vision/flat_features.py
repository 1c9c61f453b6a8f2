"""How many numbers of one picture reach the dense layer: the arithmetic of 32·7·7 against 32·14·14."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake

SAME, VALID = "same", "valid"


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    """Sides that differ; those of `odd` leave a rest at the first pooling and at the second, and are of both sorts:
    rounding to the nearest is right for neither."""

    def case(name: str, height: int, width: int, blocks: int, padding: str) -> FunctionCase:
        filters = int(rng.choice([5, 7, 9, 11]))
        arguments = {"height": height, "width": width, "filters": filters, "blocks": blocks, "padding": padding}
        return FunctionCase(id=name, arguments=arguments, axes={}, returns={"features": ""})

    def sides(unit: int, low: int, high: int) -> tuple[int, int]:
        first, second = rng.choice(np.arange(low, high), 2, replace=False)
        return unit * int(first), unit * int(second)

    tall, wide = sides(8, 3, 7)
    return (
        case("once", *sides(8, 2, 6), 1, SAME),
        case("often", tall, wide, 3, SAME),
        case("odd", tall + 3, wide + 7, 2, SAME),
        case("odd_too", wide + 7, tall + 5, 2, SAME),
        case("valid", tall + 5, wide + 4, 1, VALID),
        case("valid_odd", tall + 5, wide + 3, 2, VALID),
    )


def _side(length: int, blocks: int, padding: str) -> int:
    for _ in range(blocks):
        length = (length if padding == SAME else length - 2) // 2
    return length


def _features(height: int, width: int, filters: int, blocks: int, padding: str) -> int:
    return filters * _side(height, blocks, padding) * _side(width, blocks, padding)


def _mistake(name: str, title: str, hint: str, features: Callable[..., float]) -> Mistake:
    """features: of height, width, filters, blocks, padding."""

    def answer(case: FunctionCase) -> Arrays:
        return {"features": np.asarray(features(*case.arguments.values()), np.float64)}

    return Mistake(f"flat.{name}", title, hint, answer)


def _of_sides(side: Callable[[int, int, str], float]) -> Callable[..., float]:
    """side: how long one side is at the end, from its length, the blocks and the padding."""
    return lambda h, w, f, blocks, padding: f * side(h, blocks, padding) * side(w, blocks, padding)


def _step_by_step(step: Callable[[float, str], float]) -> Callable[..., float]:
    """step: one block along one side."""

    def side(length: float, blocks: int, padding: str) -> float:
        for _ in range(blocks):
            length = step(length, padding)
        return length

    return _of_sides(side)


def _lost(padding: str) -> int:
    """Cells that a convolution of 3 takes off a side."""
    return 0 if padding == SAME else 2


def _shrunk_once(length: int, blocks: int, padding: str) -> int:
    return _side((length - _lost(padding)) // 2, blocks - 1, SAME)


_HALVED = "A side of 28 and one block: how long is it afterwards? And after a second block?"
_ROUNDED = "A side of 7 cells: how many windows of 2 fit on it side by side?"
_SHEETS = "How many sheets leave the last convolution, and how many numbers lie on each of them?"
_BORDER = "A window of 3 on a side of 6 cells, without a border: at how many places does it fit?"

MISTAKES = (
    _mistake("not_pooled", "The pictures are not pooled", _HALVED, _step_by_step(lambda n, p: n - _lost(p))),
    _mistake(
        "one_pooling", "There is one pooling, however many blocks there are", _HALVED,
        lambda h, w, f, blocks, p: _features(h, w, f, 1, p),
    ),
    _mistake(
        "two_poolings", "There are two poolings, however many blocks there are", _HALVED,
        lambda h, w, f, blocks, p: _features(h, w, f, 2, p),
    ),
    _mistake(
        "one_block_more", "There is one block too many", _HALVED,
        lambda h, w, f, blocks, p: _features(h, w, f, blocks + 1, p),
    ),
    _mistake(
        "one_block_less", "The last block is missing", _HALVED,
        lambda h, w, f, blocks, p: _features(h, w, f, blocks - 1, p),
    ),
    _mistake(
        "divided_by_twice_the_blocks", "Each side is divided by 2 times the number of blocks", _HALVED,
        _of_sides(lambda n, blocks, p: (n - blocks * _lost(p)) // (2 * blocks)),
    ),
    _mistake(
        "quartered", "Each side is divided by 4 in every block, not by 2",
        "A pooling of 2×2 keeps one number of four. By how much does one side shrink?",
        _step_by_step(lambda n, p: (n - _lost(p)) // 4),
    ),
    _mistake(
        "height_only", "Only the height is halved", "How large is a sheet of 8×6 behind a pooling of 2×2?",
        lambda h, w, f, blocks, p: f * _side(h, blocks, p) * (w - blocks * _lost(p)),
    ),
    _mistake(
        "rounded_up", "A side that is odd is rounded up", _ROUNDED,
        _step_by_step(lambda n, p: -(-(n - _lost(p)) // 2)),
    ),
    _mistake(
        "rounded_at_the_end", "The number of all cells is rounded, not each side", _ROUNDED,
        lambda h, w, f, blocks, p: f * int(
            _step_by_step(lambda n, q: (n - _lost(q)) / 2)(h, w, 1, blocks, p)
        ),
    ),
    _mistake(
        "not_rounded", "The halves are not rounded",
        "Can there be half a window? What type is your result?", _step_by_step(lambda n, p: (n - _lost(p)) / 2),
    ),
    _mistake(
        "filters_missing", "The filters are not counted", _SHEETS,
        lambda h, w, f, blocks, p: _features(h, w, 1, blocks, p),
    ),
    _mistake(
        "filters_every_block", "The filters of all blocks are multiplied with each other",
        "The second convolution reads the sheets of the first. How many sheets does it hand on?",
        lambda h, w, f, blocks, p: _features(h, w, f**blocks, blocks, p),
    ),
    _mistake(
        "filters_added", "The filters of all blocks are counted, not those of the last one",
        "The second convolution reads the sheets of the first. How many sheets does it hand on?",
        lambda h, w, f, blocks, p: _features(h, w, f * blocks, blocks, p),
    ),
    _mistake(
        "filters_doubled", "The filters are doubled in every block", _SHEETS,
        lambda h, w, f, blocks, p: _features(h, w, f * 2**blocks, blocks, p),
    ),
    _mistake(
        "filters_halved", "The filters are halved like the sides", _SHEETS,
        lambda h, w, f, blocks, p: _features(h, w, 1, blocks, p) * (f // 2**blocks),
    ),
    _mistake(
        "height_for_both", "The height is taken for the width as well", "Are all pictures square?",
        lambda h, w, f, blocks, p: _features(h, h, f, blocks, p),
    ),
    _mistake(
        "width_for_both", "The width is taken for the height as well", "Are all pictures square?",
        lambda h, w, f, blocks, p: _features(w, w, f, blocks, p),
    ),
    _mistake(
        "sides_added", "Height and width are added, not multiplied", _SHEETS,
        lambda h, w, f, blocks, p: f * (_side(h, blocks, p) + _side(w, blocks, p)),
    ),
    _mistake(
        "border_ignored", "`valid` is counted like `same`", _BORDER,
        lambda h, w, f, blocks, p: _features(h, w, f, blocks, SAME),
    ),
    _mistake(
        "same_shrinks", "`same` is counted like `valid`", "What does the border of `same` stand there for?",
        lambda h, w, f, blocks, p: _features(h, w, f, blocks, VALID),
    ),
    _mistake(
        "one_cell_lost", "Under `valid` a side loses one cell in each convolution", _BORDER,
        _step_by_step(lambda n, p: (n - _lost(p) // 2) // 2),
    ),
    _mistake(
        "kernel_lost", "Under `valid` a side loses three cells in each convolution", _BORDER,
        _step_by_step(lambda n, p: (n - 3 * (p == VALID)) // 2),
    ),
    _mistake(
        "lost_once", "Under `valid` only the first convolution makes the picture smaller",
        "How many convolutions are there in two blocks, and what does each of them do to a side?",
        _of_sides(_shrunk_once),
    ),
    _mistake(
        "pooled_first", "Each block pools first and convolves then",
        "A side of 8 under `valid`: which of the two comes first, and what is left after it?",
        _step_by_step(lambda n, p: n // 2 - _lost(p)),
    ),
    _mistake(
        "all_convolutions_first", "All convolutions come first, and then all poolings",
        "A side of 20 under `valid`, two blocks: how long is it when the second convolution begins?",
        _of_sides(lambda n, blocks, p: (n - blocks * _lost(p)) // 2**blocks),
    ),
)  # fmt: skip


def _keras() -> Any:
    import keras

    def flat_features(height: int, width: int, filters: int, blocks: int, padding: str) -> int:
        layers = keras.layers
        shape: tuple[int | None, ...] = (None, height, width, 1)
        for _ in range(blocks):
            shape = layers.Conv2D(filters, 3, padding=padding).compute_output_shape(shape)
            shape = layers.MaxPooling2D(2).compute_output_shape(shape)
        return int(layers.Flatten().compute_output_shape(shape)[1])

    return flat_features


EXERCISE = Exercise(
    id="flat_features",
    assignment="vision",
    title="How many numbers reach the dense layer",
    entry_point="flat_features",
    signature="flat_features(height, width, filters, blocks, padding) -> int",
    points=3,
    hint="Write down one side of a small picture after every layer. Then: how many cells has one sheet?",
    hints={
        "odd": "A side of 7 cells: how many windows of 2 fit on it side by side?",
        "valid": "A window of 3 on a side of 6 cells, without a border: at how many places does it fit?",
    },
    cases=cases,
    truth=function_truth(_features),
    slack=lambda case, truth: {"features": 1e-9},
    checks=(
        Check("even", "Sides that can be halved, under `same`", 1, ("once.features", "often.features")),
        Check("odd", "Sides that are odd somewhere on the way", 1, ("odd*.features",)),
        Check("valid", "`valid`: the convolutions make the picture smaller, too", 1, ("valid*.features",)),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    permuted=(),
)
