"""Each proof notices what it is about: an exercise is broken in one place, and told what is missing."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from autograder import exercises
from autograder.model import Check, Exercise
from autograder.sheets.proofs import prove

GOOD = exercises.load("cell_state")
TWICE = GOOD.mistakes[0]


def square(rng: np.random.Generator) -> Any:
    """Cases whose batch is as long as their units."""
    return tuple(
        dataclasses.replace(case, arguments={name: value[:2, :2] for name, value in case.arguments.items()})
        for case in GOOD.cases(rng)
    )


def in_float64(case: Any) -> Any:
    return {part: value.astype(float) for part, value in GOOD.truth(case).items()}


def misnamed(rng: np.random.Generator) -> Any:
    """Cases whose axes belong to an argument that there is none of."""
    return tuple(dataclasses.replace(case, axes={**case.axes, "p": "units"}) for case in GOOD.cases(rng))


def of_other_rank(rng: np.random.Generator) -> Any:
    return tuple(dataclasses.replace(case, axes={**case.axes, "f_t": "units"}) for case in GOOD.cases(rng))


def broken(rng: np.random.Generator) -> Any:
    raise LookupError("alpha")


def another() -> Any:
    """A witness that is wrong in the last timestep of nothing: it answers twice as much."""
    return lambda *arguments: 2 * next(iter(GOOD.truth(GOOD.cases(np.random.default_rng(0))[0]).values()))


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "axes of nothing": ({"cases": misnamed}, "`axes` names `p`; its arrays are `f_t`, `c_prev`, `i_t`, `g_t`."),
    "axes of another rank": ({"cases": of_other_rank}, "the axes of `f_t` are 'units', and it has the shape"),
    "cases that raise": ({"cases": broken}, "`cases` stopped with LookupError: alpha"),
    "a truth that raises": ({"truth": lambda case: case.nothing}, "`truth` stopped with AttributeError"),
    "a part too many": (
        {"truth": lambda case: {**GOOD.truth(case), "sum": np.zeros(2)}},
        "`truth` gives `sum`; what it `returns` is `c_t`.",
    ),
    "a part too few": ({"truth": lambda case: {}}, "returns `c_t`; `truth` gives nothing."),
    "an unknown family": (
        {"forbidden": ("recurence",)},
        "`forbidden` names 'recurence'; the families are `recurrence`",
    ),
    "an unknown need": (
        {"checks": (dataclasses.replace(GOOD.checks[0], needs=("lasst",)),)},
        "needs `lasst`; the checks are `values`.",
    ),
    "no hint": ({"hint": " "}, "`hint` is empty"),
    "a hint of nothing": ({"hints": {"valus": "Why?"}}, "speaks of 'valus', and there is no such check"),
    "another name": ({"signature": "other(x) -> y"}, "it begins with the entry point, 'cell_state'"),
    "points": ({"points": 7}, "`points` is 7, and the checks give 2 together"),
    "no mistake": ({"mistakes": ()}, "No mistake is known"),
    "a hint that tells": (
        {"mistakes": (dataclasses.replace(TWICE, hint="Multiply."), *GOOD.mistakes[1:])}, "asks nothing",
    ),
    "an unknown gate": (
        {"mistakes": (dataclasses.replace(TWICE, gate="reset"), *GOOD.mistakes[1:])}, "about the gate 'reset'",
    ),
    "one id twice": ({"mistakes": (*GOOD.mistakes, TWICE)}, "Two mistakes have the id `lstm.gates_exchanged`"),
    "one mistake twice": (
        {"mistakes": (*GOOD.mistakes, dataclasses.replace(TWICE, id="lstm.again"))},
        "`lstm.again` and `lstm.gates_exchanged` give the same",
    ),
    "equal sizes": ({"cases": square}, "has axes of equal length (batch 2, units 2)"),
    "a truth in float64": ({"truth": in_float64}, "is float64 where the arguments are float32"),
    "a witness that disagrees": ({"witnesses": {"keras": another}}, "No sheet can be made"),
    "a check of nothing": (
        {"checks": (*GOOD.checks, Check("more", "More", 1, ("third.*",))), "points": 3},
        "The check `more` is about third.*, and no case has such a part.",
    ),
    "a mistake that is right": (
        {"mistakes": (*GOOD.mistakes, dataclasses.replace(TWICE, id="lstm.right", answer=GOOD.truth))},
        "`lstm.right` costs nothing: no case shows it",
    ),
}  # fmt: skip


def missing(exercise: Exercise) -> list[str]:
    return [line for proof in prove(exercise) for line in proof.missing]


def test_nothing_is_missing_of_a_good_one() -> None:
    assert missing(GOOD) == []


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_missing_is_told(what: str) -> None:
    changes, wanted = BROKEN[what]
    told = missing(dataclasses.replace(GOOD, **changes))
    assert any(wanted in line for line in told), told
