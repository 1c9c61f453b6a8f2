"""What the exercises on one gate share: two products, a bias, a squashing.

All of them are called `gate(x_t, h_prev, W, U, b)` with that gate's own weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.model import FunctionCase, Mistake
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


Activation: TypeAlias = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Given:
    """What a line can read: the arguments of the gate."""

    x: np.ndarray
    h: np.ndarray
    W: np.ndarray
    U: np.ndarray
    b: np.ndarray


LINES: dict[str, Callable[..., Any]] = {
    "input": lambda g: g.x @ g.W,
    "recurrent": lambda g: g.h @ g.U,
    "bias": lambda g: g.b,
    "join": lambda from_input, from_state, bias: from_input + from_state + bias,
    "result": lambda g, gate: gate,
}
"""The lines of a gate, or of a step of a simple recurrent network, but for the one that squashes: `activation`.

| Line | Is |
| --- | --- |
| `input` | x_t W |
| `recurrent` | h_{t-1} U |
| `bias` | what is added to the sum for b |
| `join` | the sum of the three |
| `activation` | what squashes it |
| `result` | what is handed out of the squashed sum |
"""


def line_by_line(use: Lines, given: Given) -> np.ndarray:
    """The gate, or the step, from the lines in use."""
    total = use["join"](use["input"](given), use["recurrent"](given), use["bias"](given))
    result: np.ndarray = use["result"](given, use["activation"](total))
    return result


def recipe(result: str, gate: str, activation: Activation) -> Recipe:
    """A gate with this activation. result: the name of the returned part. gate: its name in the LSTM."""
    return Recipe(
        lambda use, case: {result: line_by_line(use, Given(*case.arguments.values()))},
        LINES | {"activation": activation}, prefix="lstm.gate_", gate=gate,
    )  # fmt: skip


def sigmoid_mistakes(gate: Recipe, *, raised: str) -> tuple[Mistake, ...]:
    """What goes wrong with a gate that ends in a sigmoid.

    raised: the question to ask about one unit's bias when it is raised a lot.
    """
    wrong = gate.wrong
    return (
        wrong(
            "tanh", "The gate goes through tanh",
            "A gate lets a share of something through. Can a share be negative?", activation=tanh,
        ),
        wrong(
            "no_activation", "The gate has no activation",
            "What are the smallest and the largest value of your gate? Are they possible for a "
            "share?", activation=lambda z: z,
        ),
        wrong(
            "inverted", "The gate is turned round: 1 minus the gate", raised, activation=lambda z: 1 - sigmoid(z),
        ),
        wrong(
            "relu", "The gate goes through a ReLU",
            "A gate lets a share of something through. Can a share be larger than 1?",
            activation=lambda z: np.maximum(z, 0),
        ),
        wrong(
            "softmax", "The gate goes through a softmax over the units",
            "Add up your gate over the units. Should opening the valve of one memory entry shut that of "
            "another?", activation=softmax,
        ),
        wrong(
            "hard_sigmoid", "A piecewise linear sigmoid is used",
            "What is your gate where the sum is 4? Can a true sigmoid ever be exactly 1?", activation=hard_sigmoid,
        ),
        wrong(
            "old_hard_sigmoid", "The piecewise linear sigmoid of old Keras versions is used",
            "At a sum of 2.5 your gate has reached its end. Where does a true sigmoid reach "
            "it?", activation=old_hard_sigmoid,
        ),
        wrong(
            "squashed_twice", "The sum goes through the sigmoid twice",
            "How near to 0 can your gate come when the sum is far below zero? How near should it come?",
            activation=lambda z: sigmoid(sigmoid(z)), usual=False,
        ),
        wrong(
            "exponential", "The gate is e to the sum, not divided by anything",
            "What are the smallest and the largest value of your gate? Are they possible for a share?",
            activation=np.exp, usual=False,
        ),
        *_sum_mistakes(gate, "sigmoid"),
    )  # fmt: skip


def tanh_mistakes(gate: Recipe) -> tuple[Mistake, ...]:
    """What goes wrong with the candidate, which ends in tanh."""
    wrong = gate.wrong
    return (
        wrong(
            "sigmoid", "The candidate goes through a sigmoid",
            "Can the memory ever be told to count downwards? Which values can your candidate take?",
            activation=sigmoid,
        ),
        wrong(
            "no_activation", "The candidate has no activation",
            "What are the smallest and the largest value of your candidate? Which range should they lie "
            "in?", activation=lambda z: z,
        ),
        wrong(
            "relu", "The candidate goes through a ReLU",
            "How many entries of your candidate are exactly 0? What happened to the negative ones?",
            activation=lambda z: np.maximum(z, 0),
        ),
        wrong(
            "hard_tanh", "A piecewise linear tanh is used",
            "How many entries of your candidate are exactly 1 or -1? Does tanh ever get there?",
            activation=lambda z: np.clip(z, -1, 1),
        ),
        wrong(
            "squashed_twice", "tanh is applied twice",
            "How large can your candidate become when the sum is huge? How near to 1 should it come?",
            activation=lambda z: tanh(tanh(z)), usual=False,
        ),
        wrong(
            "softmax", "The candidate goes through a softmax over the units",
            "Add up your candidate over the units. Can the memory ever be told to count downwards?",
            activation=softmax, usual=False,
        ),
        wrong(
            "inverted", "The sign of the candidate is turned round",
            "Raise one unit's bias a lot. Should the candidate of that unit be near 1 or near -1? And yours?",
            activation=lambda z: -tanh(z),
        ),
        *_sum_mistakes(gate, "tanh"),
    )  # fmt: skip


def state_before_input(g: Given) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the joined weights [W, U] that meet x and h when the joined vector is [h, x]."""
    rows = np.concatenate([g.W, g.U])  # (features + units, units)
    return rows[len(g.U) :], rows[: len(g.U)]


def _only_first_sample(gate: np.ndarray) -> np.ndarray:
    return gate * (np.arange(len(gate)) == 0)[:, np.newaxis]


def _sum_mistakes(gate: Recipe, activation_name: str) -> tuple[Mistake, ...]:
    """What goes wrong inside the sum, or after it, whatever squashes it."""
    wrong = gate.wrong
    return (
        wrong(
            "no_bias", "The bias is missing",
            "Point at each symbol of the equation in turn. Which of them does not occur in your line?",
            bias=lambda g: g.b * 0,
        ),
        wrong(
            "double_bias", "The bias is added twice",
            "How many bias vectors does one gate have, and how often does it enter your sum?",
            bias=lambda g: g.b + g.b,
        ),
        wrong(
            "bias_subtracted", "The bias is subtracted",
            "Raise one unit's bias a lot. Should the sum of that unit become larger or smaller? And yours?",
            bias=lambda g: -g.b,
        ),
        wrong(
            "no_recurrence", "The previous hidden state is not used",
            "Should the gate of this step change when the past changes? Does yours?",
            recurrent=lambda g: (g.h @ g.U) * 0,
        ),
        wrong(
            "no_input", "The input of this step is not used",
            "Should the gate of this step change when another word arrives? Does yours?",
            input=lambda g: (g.x @ g.W) * 0,
        ),
        wrong(
            "recurrent_kernel_transposed", "The recurrent kernel is transposed",
            "Row j of the recurrent kernel belongs to unit j of the previous state. Which of its two "
            "axes do you sum over?",
            recurrent=lambda g: g.h @ g.U.T,
        ),
        wrong(
            "recurrent_kernel_diagonal",
            "The previous hidden state and the recurrent kernel are multiplied entry by entry",
            "Can unit 0 of the past influence unit 1 of the gate? Does it in yours?",
            recurrent=lambda g: g.h * np.diag(g.U),
        ),
        wrong(
            "recurrent_kernel_column_sums",
            "Each unit of the previous state meets the sum of its own column of the recurrent kernel",
            "Take one number of your gate: how many units of the previous state does it depend on?",
            recurrent=lambda g: g.h * g.U.sum(axis=0),
        ),
        wrong(
            "state_without_weights", "The previous hidden state is added as it is, without the recurrent kernel",
            "Double the recurrent kernel. Should the gate change? Does yours?",
            recurrent=lambda g: g.h,
        ),
        wrong(
            "state_before_input", "The joined vector is [h, x] where the rows of the weights are those of [x, h]",
            "The first rows of the joined weights belong to the input. What stands first in your joined vector?",
            input=lambda g: g.x @ state_before_input(g)[0], recurrent=lambda g: g.h @ state_before_input(g)[1],
        ),
        wrong(
            "recurrence_subtracted", "The recurrent term is subtracted",
            "Which sign stands before each of the three terms in the equation, and which in your line?",
            recurrent=lambda g: -(g.h @ g.U), usual=False,
        ),
        wrong(
            "products_multiplied", "The two matrix products are multiplied with each other",
            "If the input is all zeros, should the past still be able to move the gate? Can it in yours?",
            join=lambda from_input, from_state, bias: from_input * from_state + bias,
        ),
        wrong(
            "bias_after_activation", f"The bias is added after the {activation_name}",
            f"What are the smallest and the largest value of your result? Are they possible for a "
            f"{activation_name}?",
            bias=lambda g: g.b * 0, result=lambda g, gate: gate + g.b,
        ),
        wrong(
            "first_state_for_all", "Every sample of the batch uses the previous state of the first one",
            "How many independent sequences are read at once, and how many states does that take?",
            recurrent=lambda g: g.h[:1] @ g.U, usual=False,
        ),
        wrong(
            "first_sample_only", "Only the first sample of the batch is filled; the others stay 0",
            "Print your result for a batch of three. Which rows were never written, and when does your loop end?",
            result=lambda g, gate: _only_first_sample(gate),
        ),
        wrong(
            "transposed", "The result is transposed: (units, batch)",
            "Which of the two axes of the result should be as long as the batch?",
            result=lambda g, gate: gate.T, usual=False,
        ),
        wrong(
            "samples_end_to_end", "The samples are joined to one long vector",
            "How many axes should the result have? What does an entry of each of them stand for?",
            result=lambda g, gate: gate.ravel(), usual=False,
        ),
        wrong(
            "mean_over_units", "The mean over the units is returned",
            "How many valves does one sample need, and how many numbers do you hand out for it?",
            result=lambda g, gate: gate.mean(axis=-1), usual=False,
        ),
        wrong(
            "sum_over_units", "The sum over the units is returned",
            "How many valves does one sample need, and how many numbers do you hand out for it?",
            result=lambda g, gate: gate.sum(axis=-1), usual=False,
        ),
    )  # fmt: skip
