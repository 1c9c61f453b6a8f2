"""Steps of a simple recurrent network that learners write by mistake.

The right one is h_t = tanh(x_t W + h_{t-1} U + b): the lines of a gate (see `kit.gates`) with a tanh.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.kit.gates import LINES, Given, line_by_line, state_before_input
from autograder.exercises.kit.recipe import Lines, Recipe, Wrong
from reference import equations as eq
from reference.equations import sigmoid, tanh


def _step(use: Lines, x_t: Any, h_prev: Any, W: Any, U: Any, b: Any) -> eq.RNNStep:
    h_t = line_by_line(use, Given(x_t, h_prev, W, U, b))
    return eq.RNNStep(h_t, h_t)


STEP = Recipe(_step, LINES | {"activation": tanh}, right=eq.rnn_step, whole="step")
"""Arguments and result as of `reference.equations.rnn_step`."""


def _unit_by_unit(g: Given, _: np.ndarray) -> np.ndarray:
    """The new state is written into the old one while units further on still read it."""
    h = np.array(g.h)
    from_input = g.x @ g.W + g.b
    for unit in range(h.shape[1]):
        h[:, unit] = tanh(from_input[:, unit] + h @ g.U[:, unit])
    return h


def _first_sample_only(g: Given, h_t: np.ndarray) -> np.ndarray:
    return h_t * (np.arange(len(h_t)) == 0)[:, np.newaxis]


WRONG_STEPS: tuple[Wrong, ...] = (
    Wrong(
        "rnn.sigmoid", "The sum goes through a sigmoid",
        "Can a unit of yours ever be negative? Which values does the function in the equation take?",
        {"activation": sigmoid},
    ),
    Wrong(
        "rnn.no_activation", "The sum is not squashed",
        "What are the smallest and the largest value of your new state? Which range should they lie in?",
        {"activation": lambda z: z},
    ),
    Wrong(
        "rnn.relu", "The sum goes through a ReLU",
        "How many entries of your new state are exactly 0? What became of the negative sums?",
        {"activation": lambda z: np.maximum(z, 0)},
    ),
    Wrong(
        "rnn.hard_tanh", "A piecewise linear tanh is used",
        "How many entries of your new state are exactly 1 or -1? Does tanh ever get there?",
        {"activation": lambda z: np.clip(z, -1, 1)}, usual=False,
    ),
    Wrong(
        "rnn.tanh_twice", "tanh is applied twice",
        "How near to 1 can your state come when the sum is huge? How near should it come?",
        {"activation": lambda z: tanh(tanh(z))}, usual=False,
    ),
    Wrong(
        "rnn.tanh_of_each_product", "Each product has a tanh of its own, and the results are added",
        "In which range does a single tanh lie, and in which range does your new state lie?",
        {"join": lambda from_input, from_state, bias: tanh(from_input + bias) + tanh(from_state),
         "activation": lambda z: z}, usual=False,
    ),
    Wrong(
        "rnn.bias_after_tanh", "The bias is added after the tanh",
        "Can your new state leave the interval from -1 to 1? Could a tanh?",
        {"bias": lambda g: g.b * 0, "result": lambda g, h_t: h_t + g.b},
    ),
    Wrong(
        "rnn.no_bias", "The bias is missing",
        "Point at each symbol of the equation in turn. Which of them does not occur in your line?",
        {"bias": lambda g: g.b * 0},
    ),
    Wrong(
        "rnn.double_bias", "The bias is added twice",
        "How many bias vectors are there, and how often does each enter the sum?",
        {"bias": lambda g: g.b + g.b},
    ),
    Wrong(
        "rnn.bias_subtracted", "The bias is subtracted",
        "Raise the bias of one unit a lot. Should its state come near 1 or near -1? And in yours?",
        {"bias": lambda g: -g.b},
    ),
    Wrong(
        "rnn.no_recurrence", "The previous state is not used",
        "If the past had been different, should this step give another result? Does yours?",
        {"recurrent": lambda g: (g.h @ g.U) * 0},
    ),
    Wrong(
        "rnn.no_input", "The input of this step is not used",
        "If another input arrives at this step, should the result change? Does yours?",
        {"input": lambda g: (g.x @ g.W) * 0},
    ),
    Wrong(
        "rnn.recurrent_kernel_transposed", "The recurrent kernel is transposed",
        "Row j of the recurrent kernel holds what unit j of the old state tells the others. Over which "
        "axis do you sum?",
        {"recurrent": lambda g: g.h @ g.U.T},
    ),
    Wrong(
        "rnn.recurrent_kernel_diagonal",
        "Only the diagonal of the recurrent kernel is used: a product entry by entry",
        "Should unit 0 hear what unit 1 knew one step ago? For each product, write the two shapes beside "
        "the shape you want.",
        {"recurrent": lambda g: g.h * np.diag(g.U)}, usual=False,
    ),
    Wrong(
        "rnn.recurrent_kernel_column_sums",
        "Each unit of the previous state meets the sum of its own column of the recurrent kernel",
        "Should unit 0 hear what unit 1 knew one step ago? On how many units of the past does one of yours depend?",
        {"recurrent": lambda g: g.h * g.U.sum(axis=0)}, usual=False,
    ),
    Wrong(
        "rnn.state_without_weights", "The previous state is added as it is, without the recurrent kernel",
        "Double the recurrent kernel. Should the new state change? Does yours?",
        {"recurrent": lambda g: g.h},
    ),
    Wrong(
        "rnn.state_before_input", "The joined vector is [h, x] where the rows of the weights are those of [x, h]",
        "The first rows of the joined weights belong to the input. What stands first in your joined vector?",
        {
            "input": lambda g: g.x @ state_before_input(g)[0],
            "recurrent": lambda g: g.h @ state_before_input(g)[1],
        },
    ),
    Wrong(
        "rnn.products_multiplied", "The two matrix products are multiplied with each other",
        "If the input is all zeros, should the past still be able to move the state? Can it in yours?",
        {"join": lambda from_input, from_state, bias: from_input * from_state + bias},
    ),
    Wrong(
        "rnn.previous_state_added", "The previous state is added to the new one",
        "Can your state leave the interval from -1 to 1? What could push it out?",
        {"result": lambda g, h_t: g.h + h_t}, usual=False,
    ),
    Wrong(
        "rnn.first_state_for_all", "Every sample of the batch uses the state of the first one",
        "How many independent sequences are read at once, and how many states does that take?",
        {"recurrent": lambda g: g.h[:1] @ g.U}, usual=False,
    ),
    Wrong(
        "rnn.state_overwritten_while_read", "The new state is written into the old one while that is still being read",
        "When you compute the last unit, which of the old state's numbers are still there? Print the old state "
        "after the step.",
        {"result": _unit_by_unit}, usual=False,
    ),
    Wrong(
        "rnn.first_sample_only", "Only the first sample of the batch is filled; the others stay 0",
        "Print your new state for a batch of three. Which rows were never written, and when does your loop end?",
        {"result": _first_sample_only}, usual=False,
    ),
)  # fmt: skip
"""One-line changes of the step, named for what was done."""
