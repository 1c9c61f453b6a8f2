"""How many steps of the input one output of a stack of convolutions can see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake

Layers = Sequence[tuple[int, int, int]]
"""(kernel size, stride, dilation) of each layer, the first one first."""


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    """Numbers that differ from layer to layer, so that their order and their place show."""

    def sizes() -> list[int]:
        return [int(size) for size in rng.permutation([2, 3, 5])]

    def case(name: str, kernels: Sequence[int], strides: Sequence[int], dilations: Sequence[int]) -> FunctionCase:
        layers = [tuple(layer) for layer in zip(kernels, strides, dilations, strict=True)]
        return FunctionCase(id=name, arguments={"layers": layers}, axes={}, returns={"steps": ""})

    rising = sorted(rng.permutation([2, 3, 4, 5])[:3].tolist())
    return (
        case("one", [int(rng.integers(4, 8))], [1], [1]),
        case("stacked", sizes(), [1, 1, 1], [1, 1, 1]),
        case("dilated", sizes(), [1, 1, 1], [1, *rising[1:]]),
        case("strided", [4, *sizes()], [3, 2, 1, 4], [1, 1, 1, 1]),
        case("both", sizes(), [2, 3, 2], [3, 1, 2]),
    )


def _steps(layers: Layers) -> int:
    seen, apart = 1, 1
    for kernel_size, stride, dilation in layers:
        seen += (kernel_size - 1) * dilation * apart
        apart *= stride
    return seen


def _mistake(name: str, title: str, hint: str, steps: Callable[[Layers], int]) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"steps": np.asarray(steps(case.arguments["layers"]))}

    return Mistake(f"receptive_field.{name}", title, hint, wrong)


def _with(
    reach: Callable[[int, int, int, int], int] = lambda k, s, d, apart: (k - 1) * d * apart,
    further: Callable[[int, int, int], int] = lambda apart, s, d: apart * s,
    first: int = 1,
) -> Callable[[Layers], int]:
    """reach: what a layer adds, from its numbers and how far its inputs are apart. further: how far its outputs are."""

    def steps(layers: Layers) -> int:
        seen, apart = first, 1
        for kernel_size, stride, dilation in layers:
            seen += reach(kernel_size, stride, dilation, apart)
            apart = further(apart, stride, dilation)
        return seen

    return steps


def _product(layers: Layers) -> int:
    return int(np.prod([kernel_size for kernel_size, _, _ in layers]))


_TWO = (
    "Two layers of width 3: draw one output, the three places below it, and the places below those. How many are they?"
)
_GAPS = "Mark the steps that a kernel of 3 with dilation 4 touches. How far apart are the first and the last?"
_JUMPS = "Behind a layer of stride 2, two neighbours of its output: how far apart do their windows begin in the input?"

MISTAKES = (
    _mistake(
        "sum_of_kernels", "The kernel sizes are added up", _TWO,
        _with(lambda k, s, d, apart: k * d * apart, first=0),
    ),
    _mistake(
        "sum_and_one", "The kernel sizes are added up, and one more", _TWO,
        _with(lambda k, s, d, apart: k * d * apart),
    ),
    _mistake("product_of_kernels", "The kernel sizes are multiplied", _TWO, _product),
    _mistake(
        "without_one", "The 1 is missing: what is counted is how far back the output sees, not how many steps",
        "A layer of width 1: how many steps does it see, and what do you say?", _with(first=0),
    ),
    _mistake("last_layer", "Only the last layer is counted", _TWO, lambda layers: _steps(layers[-1:])),
    _mistake("first_layer", "Only the first layer is counted", _TWO, lambda layers: _steps(layers[:1])),
    _mistake(
        "widest_layer", "Only the widest layer is counted", _TWO,
        lambda layers: max(_steps([one]) for one in layers),
    ),
    _mistake("last_layer_missing", "The last layer is left out", _TWO, lambda layers: _steps(layers[:-1])),
    _mistake("dilation_ignored", "The dilation does not enter", _GAPS, _with(lambda k, s, d, apart: (k - 1) * apart)),
    _mistake(
        "dilation_times_kernel", "A kernel is taken to span kernel_size times dilation steps", _GAPS,
        _with(lambda k, s, d, apart: (k * d - 1) * apart),
    ),
    _mistake(
        "dilation_adds_once", "The dilation adds its gaps once, not between every two places of the kernel", _GAPS,
        _with(lambda k, s, d, apart: (k - 1 + d - 1) * apart),
    ),
    _mistake(
        "dilations_multiply", "The dilation of a layer spreads all layers behind it as well",
        "Which layers have gaps between the places they look at: those with a dilation, or also those behind them?",
        _with(lambda k, s, d, apart: (k - 1) * d * apart, lambda apart, s, d: apart * s * d),
    ),
    _mistake("strides_ignored", "The strides do not enter", _JUMPS, _with(further=lambda apart, s, d: 1)),
    _mistake(
        "own_stride", "The stride of a layer spreads its own window",
        "Does the stride of a layer change how many steps its first window covers?",
        _with(lambda k, s, d, apart: (k - 1) * d * apart * s),
    ),
    _mistake(
        "own_stride_only", "Each window is spread by the stride of its own layer, and by no other",
        "Does the stride of a layer change how many steps its first window covers? And those of the layer behind it?",
        _with(lambda k, s, d, apart: (k - 1) * d * s, lambda apart, s, d: 1),
    ),
    _mistake(
        "last_stride_only", "A window is spread by the stride of the layer before it alone", _JUMPS,
        _with(further=lambda apart, s, d: s),
    ),
    _mistake(
        "strides_added", "The strides are added up and not multiplied", _JUMPS,
        _with(further=lambda apart, s, d: apart + s),
    ),
    _mistake(
        "strides_less_one_added", "Each stride adds its steps less one and does not multiply", _JUMPS,
        _with(further=lambda apart, s, d: apart + s - 1),
    ),
    _mistake(
        "from_the_last", "The layers are gone through from the last to the first",
        "Which layer's stride makes the windows of which other layer lie further apart?",
        lambda layers: _steps(layers[::-1]),
    ),
    _mistake(
        "total_stride", "The number of steps is multiplied by all strides",
        "Take one layer with stride 2: how many steps does one of its outputs see?",
        lambda layers: _with(further=lambda apart, s, d: 1)(layers) * int(np.prod([s for _, s, _ in layers])),
    ),
)  # fmt: skip


def _keras() -> Any:
    import keras
    import tensorflow as tf

    def receptive_field(layers: Layers) -> int:
        """Steps that the gradient of one output reaches."""
        convolutions = [
            keras.layers.Conv1D(1, size, stride, dilation_rate=dilation, kernel_initializer="ones")
            for size, stride, dilation in layers
            if stride == 1 or dilation == 1
        ]
        # A layer with both is refused: one with gaps, then a window of one step that moves on by the stride.
        if len(convolutions) < len(layers):
            parted = [part for size, stride, dilation in layers for part in ((size, 1, dilation), (1, stride, 1))]
            return receptive_field(parted)
        sequence = tf.Variable(tf.ones((1, 400, 1)))
        with tf.GradientTape() as tape:
            output = keras.Sequential(convolutions)(sequence)[0, 0, 0]
        (reached,) = np.nonzero(tape.gradient(output, sequence).numpy()[0, :, 0])
        return int(reached[-1] - reached[0] + 1)

    return receptive_field


EXERCISE = Exercise(
    id="receptive_field",
    assignment="compare",
    title="How far a stack of convolutions sees",
    entry_point="receptive_field",
    signature="receptive_field(layers) -> int",
    points=4,
    hint="Begin at the input: by how many steps does each layer widen what is seen, and how far apart are its outputs?",
    hints={
        "dilated": "How many steps lie between the first and the last place of a kernel with gaps?",
        "strided": "How far apart in the input do two neighbours of a layer's output begin?",
    },
    cases=cases,
    truth=function_truth(_steps),
    slack=lambda case, truth: {"steps": 1e-9},
    checks=(
        Check("stacked", "One layer, and several", 1, ("one.steps", "stacked.steps")),
        Check("dilated", "Kernels with gaps", 1, ("dilated.steps",)),
        Check("strided", "Strides", 1, ("strided.steps",)),
        Check("both", "Gaps and strides together", 1, ("both.steps",), ("dilated", "strided")),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    permuted=(),
)
