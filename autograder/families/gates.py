"""What the exercises on one gate share: two products, a bias, a squashing.

All of them are called `gate(x_t, h_prev, W, U, b)` with that gate's own weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.families import draw
from autograder.model import Arrays, FunctionCase, Mistake
from reference.equations import sigmoid, tanh


def cases(letter: str, result: str) -> Callable[[np.random.Generator], tuple[FunctionCase, ...]]:
    """Two cases of different sizes; the weights are named `W_<letter>`, `U_<letter>`, `b_<letter>`."""
    return lambda rng: tuple(_case(name, letter, result, rng) for name in ("first", "second"))


def _case(name: str, letter: str, result: str, rng: np.random.Generator) -> FunctionCase:
    size = draw.distinct_sizes(rng, ("batch", "features", "units"))
    batch, features, units = size.values()
    W, U, b = f"W_{letter}", f"U_{letter}", f"b_{letter}"
    return FunctionCase(
        id=name,
        arguments={
            "x_t": draw.inputs(rng, batch, features),
            "h_prev": draw.state(rng, batch, units),
            W: draw.weight(rng, features, units),
            U: draw.weight(rng, units, units),
            b: draw.bias(rng, units),
        },
        axes={"x_t": "batch features", "h_prev": "batch units"} | {W: "features units", U: "units units", b: "units"},
        returns={result: "batch units"},
    )


def hard_sigmoid(z: np.ndarray) -> np.ndarray:
    """The piecewise linear sigmoid of Keras 3: slope 1/6."""
    return np.clip(z / 6 + z.dtype.type(0.5), 0, 1)


def old_hard_sigmoid(z: np.ndarray) -> np.ndarray:
    """The piecewise linear sigmoid of Keras 1 and 2: slope 1/5."""
    return np.clip(z.dtype.type(0.2) * z + z.dtype.type(0.5), 0, 1)


def softmax(z: np.ndarray) -> np.ndarray:
    """Softmax over the last axis."""
    exponential = np.exp(z - z.max(axis=-1, keepdims=True))
    return exponential / exponential.sum(axis=-1, keepdims=True)


Line = Callable[[Any, Any, Any, Any, Any], np.ndarray]
"""A gate written in one line: of x_t, h_prev, W, U, b."""


def mistake(result: str, gate: str, name: str, title: str, hint: str, line: Line) -> Mistake:
    """A gate with one line changed."""

    def answer(case: FunctionCase) -> Arrays:
        return {result: line(*case.arguments.values())}

    return Mistake(f"lstm.gate_{name}", title, hint, answer, gate)


def sigmoid_mistakes(result: str, gate: str, *, raised: str) -> tuple[Mistake, ...]:
    """What goes wrong with a gate that ends in a sigmoid.

    raised: the question to ask about one unit's bias when it is raised a lot.
    """

    def squashed(name: str, title: str, hint: str, activation: Callable[[np.ndarray], np.ndarray]) -> Mistake:
        return mistake(result, gate, name, title, hint, lambda x, h, W, U, b: activation(x @ W + h @ U + b))

    return (
        squashed(
            "tanh", "The gate goes through tanh",
            "A gate lets a share of something through. Can a share be negative?", tanh,
        ),
        squashed(
            "no_activation", "The gate has no activation",
            "What are the smallest and the largest value of your gate? Are they possible for a "
            "share?", lambda z: z,
        ),
        squashed("inverted", "The gate is turned round: 1 minus the gate", raised, lambda z: 1 - sigmoid(z)),
        squashed(
            "softmax", "The gate goes through a softmax over the units",
            "Add up your gate over the units. Should opening the valve of one memory entry shut that of "
            "another?", softmax,
        ),
        squashed(
            "hard_sigmoid", "A piecewise linear sigmoid is used",
            "What is your gate where the sum is 4? Can a true sigmoid ever be exactly 1?", hard_sigmoid,
        ),
        squashed(
            "old_hard_sigmoid", "The piecewise linear sigmoid of old Keras versions is used",
            "At a sum of 2.5 your gate has reached its end. Where does a true sigmoid reach "
            "it?", old_hard_sigmoid,
        ),
        *_sum_mistakes(result, gate, sigmoid, "sigmoid"),
    )  # fmt: skip


def tanh_mistakes(result: str, gate: str) -> tuple[Mistake, ...]:
    """What goes wrong with the candidate, which ends in tanh."""

    def squashed(name: str, title: str, hint: str, activation: Callable[[np.ndarray], np.ndarray]) -> Mistake:
        return mistake(result, gate, name, title, hint, lambda x, h, W, U, b: activation(x @ W + h @ U + b))

    return (
        squashed(
            "sigmoid", "The candidate goes through a sigmoid",
            "Can the memory ever be told to count downwards? Which values can your candidate take?", sigmoid,
        ),
        squashed(
            "no_activation", "The candidate has no activation",
            "What are the smallest and the largest value of your candidate? Which range should they lie "
            "in?", lambda z: z,
        ),
        squashed(
            "relu", "The candidate goes through a ReLU",
            "How many entries of your candidate are exactly 0? What happened to the negative ones?",
            lambda z: np.maximum(z, 0),
        ),
        squashed(
            "hard_tanh", "A piecewise linear tanh is used",
            "How many entries of your candidate are exactly 1 or -1? Does tanh ever get there?",
            lambda z: np.clip(z, -1, 1),
        ),
        squashed(
            "squashed_twice", "tanh is applied twice",
            "How large can your candidate become when the sum is huge? How near to 1 should it come?",
            lambda z: tanh(tanh(z)),
        ),
        *_sum_mistakes(result, gate, tanh, "tanh"),
    )  # fmt: skip


def _sum_mistakes(
    result: str, gate: str, activation: Callable[[np.ndarray], np.ndarray], activation_name: str
) -> tuple[Mistake, ...]:
    """What goes wrong inside the sum, whatever squashes it."""

    def summed(name: str, title: str, hint: str, line: Line) -> Mistake:
        return mistake(result, gate, name, title, hint, lambda x, h, W, U, b: activation(line(x, h, W, U, b)))

    return (
        summed(
            "no_bias", "The bias is missing",
            "Point at each symbol of the equation in turn. Which of them does not occur in your line?",
            lambda x, h, W, U, b: x @ W + h @ U,
        ),
        summed(
            "double_bias", "The bias is added twice",
            "How many bias vectors does one gate have, and how often does it enter your sum?",
            lambda x, h, W, U, b: x @ W + h @ U + b + b,
        ),
        summed(
            "no_recurrence", "The previous hidden state is not used",
            "Should the gate of this step change when the past changes? Does yours?",
            lambda x, h, W, U, b: x @ W + b,
        ),
        summed(
            "no_input", "The input of this step is not used",
            "Should the gate of this step change when another word arrives? Does yours?",
            lambda x, h, W, U, b: h @ U + b,
        ),
        summed(
            "recurrent_kernel_transposed", "The recurrent kernel is transposed",
            "Row j of the recurrent kernel belongs to unit j of the previous state. Which of its two "
            "axes do you sum over?",
            lambda x, h, W, U, b: x @ W + h @ U.T + b,
        ),
        summed(
            "products_multiplied", "The two matrix products are multiplied with each other",
            "If the input is all zeros, should the past still be able to move the gate? Can it in yours?",
            lambda x, h, W, U, b: (x @ W) * (h @ U) + b,
        ),
        mistake(
            result, gate, "bias_after_activation", f"The bias is added after the {activation_name}",
            f"What are the smallest and the largest value of your result? Are they possible for a "
            f"{activation_name}?",
            lambda x, h, W, U, b: activation(x @ W + h @ U) + b,
        ),
    )  # fmt: skip
