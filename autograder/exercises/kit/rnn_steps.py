"""Steps of a simple recurrent network that learners write by mistake.

The right one is h_t = tanh(x_t W + h_{t-1} U + b): the lines of a gate (see `kit.gates`) with a tanh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.exercises.kit.gates import Given, Lines, line_by_line, state_before_input
from autograder.model import Arrays, Mistake
from reference import equations as eq
from reference.equations import sigmoid, tanh


def step_with(lines: Lines) -> Callable[..., eq.RNNStep]:
    """A step with these lines replaced; arguments and result of `reference.equations.rnn_step`."""

    def step(x_t: Any, h_prev: Any, W: Any, U: Any, b: Any) -> eq.RNNStep:
        h_t = line_by_line(Given(x_t, h_prev, W, U, b), tanh, lines)
        return eq.RNNStep(h_t, h_t)

    return step


@dataclass(frozen=True)
class WrongStep:
    """A step with one line changed. usual: whether it is looked for together with another mistake."""

    id: str
    title: str
    hint: str
    lines: Lines
    usual: bool = True


def _unit_by_unit(g: Given, _: np.ndarray) -> np.ndarray:
    """The new state is written into the old one while units further on still read it."""
    h = np.array(g.h)
    from_input = g.x @ g.W + g.b
    for unit in range(h.shape[1]):
        h[:, unit] = tanh(from_input[:, unit] + h @ g.U[:, unit])
    return h


def _first_sample_only(g: Given, h_t: np.ndarray) -> np.ndarray:
    return h_t * (np.arange(len(h_t)) == 0)[:, np.newaxis]


WRONG_STEPS: tuple[WrongStep, ...] = (
    WrongStep(
        "rnn.sigmoid", "The sum goes through a sigmoid",
        "Can a unit of yours ever be negative? Which values does the function in the equation take?",
        {"activation": sigmoid},
    ),
    WrongStep(
        "rnn.no_activation", "The sum is not squashed",
        "What are the smallest and the largest value of your new state? Which range should they lie in?",
        {"activation": lambda z: z},
    ),
    WrongStep(
        "rnn.relu", "The sum goes through a ReLU",
        "How many entries of your new state are exactly 0? What became of the negative sums?",
        {"activation": lambda z: np.maximum(z, 0)},
    ),
    WrongStep(
        "rnn.hard_tanh", "A piecewise linear tanh is used",
        "How many entries of your new state are exactly 1 or -1? Does tanh ever get there?",
        {"activation": lambda z: np.clip(z, -1, 1)}, usual=False,
    ),
    WrongStep(
        "rnn.tanh_twice", "tanh is applied twice",
        "How near to 1 can your state come when the sum is huge? How near should it come?",
        {"activation": lambda z: tanh(tanh(z))}, usual=False,
    ),
    WrongStep(
        "rnn.tanh_of_each_product", "Each product has a tanh of its own, and the results are added",
        "In which range does a single tanh lie, and in which range does your new state lie?",
        {"join": lambda from_input, from_state, bias: tanh(from_input + bias) + tanh(from_state),
         "activation": lambda z: z}, usual=False,
    ),
    WrongStep(
        "rnn.bias_after_tanh", "The bias is added after the tanh",
        "Can your new state leave the interval from -1 to 1? Could a tanh?",
        {"bias": lambda g: g.b * 0, "result": lambda g, h_t: h_t + g.b},
    ),
    WrongStep(
        "rnn.no_bias", "The bias is missing",
        "Point at each symbol of the equation in turn. Which of them does not occur in your line?",
        {"bias": lambda g: g.b * 0},
    ),
    WrongStep(
        "rnn.double_bias", "The bias is added twice",
        "How many bias vectors are there, and how often does each enter the sum?",
        {"bias": lambda g: g.b + g.b},
    ),
    WrongStep(
        "rnn.bias_subtracted", "The bias is subtracted",
        "Raise the bias of one unit a lot. Should its state come near 1 or near -1? And in yours?",
        {"bias": lambda g: -g.b},
    ),
    WrongStep(
        "rnn.no_recurrence", "The previous state is not used",
        "If the past had been different, should this step give another result? Does yours?",
        {"recurrent": lambda g: (g.h @ g.U) * 0},
    ),
    WrongStep(
        "rnn.no_input", "The input of this step is not used",
        "If another input arrives at this step, should the result change? Does yours?",
        {"input": lambda g: (g.x @ g.W) * 0},
    ),
    WrongStep(
        "rnn.recurrent_kernel_transposed", "The recurrent kernel is transposed",
        "Row j of the recurrent kernel holds what unit j of the old state tells the others. Over which "
        "axis do you sum?",
        {"recurrent": lambda g: g.h @ g.U.T},
    ),
    WrongStep(
        "rnn.recurrent_kernel_diagonal",
        "Only the diagonal of the recurrent kernel is used: a product entry by entry",
        "Should unit 0 hear what unit 1 knew one step ago? For each product, write the two shapes beside "
        "the shape you want.",
        {"recurrent": lambda g: g.h * np.diag(g.U)}, usual=False,
    ),
    WrongStep(
        "rnn.recurrent_kernel_column_sums",
        "Each unit of the previous state meets the sum of its own column of the recurrent kernel",
        "Should unit 0 hear what unit 1 knew one step ago? On how many units of the past does one of yours depend?",
        {"recurrent": lambda g: g.h * g.U.sum(axis=0)}, usual=False,
    ),
    WrongStep(
        "rnn.state_without_weights", "The previous state is added as it is, without the recurrent kernel",
        "Double the recurrent kernel. Should the new state change? Does yours?",
        {"recurrent": lambda g: g.h},
    ),
    WrongStep(
        "rnn.state_before_input", "The joined vector is [h, x] where the rows of the weights are those of [x, h]",
        "The first rows of the joined weights belong to the input. What stands first in your joined vector?",
        {
            "input": lambda g: g.x @ state_before_input(g)[0],
            "recurrent": lambda g: g.h @ state_before_input(g)[1],
        },
    ),
    WrongStep(
        "rnn.products_multiplied", "The two matrix products are multiplied with each other",
        "If the input is all zeros, should the past still be able to move the state? Can it in yours?",
        {"join": lambda from_input, from_state, bias: from_input * from_state + bias},
    ),
    WrongStep(
        "rnn.previous_state_added", "The previous state is added to the new one",
        "Can your state leave the interval from -1 to 1? What could push it out?",
        {"result": lambda g, h_t: g.h + h_t}, usual=False,
    ),
    WrongStep(
        "rnn.first_state_for_all", "Every sample of the batch uses the state of the first one",
        "How many independent sequences are read at once, and how many states does that take?",
        {"recurrent": lambda g: g.h[:1] @ g.U}, usual=False,
    ),
    WrongStep(
        "rnn.state_overwritten_while_read", "The new state is written into the old one while that is still being read",
        "When you compute the last unit, which of the old state's numbers are still there? Print the old state "
        "after the step.",
        {"result": _unit_by_unit}, usual=False,
    ),
    WrongStep(
        "rnn.first_sample_only", "Only the first sample of the batch is filled; the others stay 0",
        "Print your new state for a batch of three. Which rows were never written, and when does your loop end?",
        {"result": _first_sample_only}, usual=False,
    ),
)  # fmt: skip
"""One-line changes of the step, named for what was done."""


def step_mistakes(
    answer: Callable[[Any, Mapping[str, Any]], Arrays | None], titles: Mapping[str, str] | None = None
) -> tuple[Mistake, ...]:
    """Every wrong step as a mistake of an exercise.

    answer: the parts of a case with lines replaced. titles: other titles by id, where several mistakes are one.
    """

    def mistake(wrong: WrongStep) -> Mistake:
        return Mistake(
            wrong.id, (titles or {}).get(wrong.id, wrong.title), wrong.hint, lambda case: answer(case, wrong.lines),
            lines=wrong.lines if wrong.usual else {},
        )  # fmt: skip

    return tuple(mistake(wrong) for wrong in WRONG_STEPS)
