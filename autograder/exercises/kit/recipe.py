"""A right answer that is made of named lines, and the wrong answers that replace some of them.

    >>> import numpy as np
    >>> gate = Recipe(
    ...     lambda use, case: {"gate": use["squash"](case["x"] @ case["W"] + use["bias"](case["b"]))},
    ...     {"bias": lambda b: b, "squash": np.tanh},
    ...     prefix="rnn.",
    ... )
    >>> no_bias = gate.wrong("no_bias", "The bias is missing", "Which symbol is left over?", bias=lambda b: 0)
    >>> case = {"x": np.ones((1, 2)), "W": np.ones((2, 1)), "b": np.array([-2.0])}
    >>> gate.answer(case)["gate"], no_bias.answer(case)["gate"].round(2)
    (array([[0.]]), array([[0.96]]))

Two mistakes that replace different lines can be made at once. A recipe around another one, a layer around a step, has
the lines of both.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograder.language import Said
from autograder.model import Arrays, Mistake

Lines: TypeAlias = Mapping[str, Any]
"""Lines by their names; mostly functions of what the recipe gives them."""


@dataclass(frozen=True)
class Wrong:
    """Lines that replace the right ones, and what is said of that; a mistake of whatever recipe has these lines.

    usual: whether it is looked for together with every other usual one. slips: what makes it and others in one line of
    code, such as a line that was copied; those are looked for together however unusual they are.
    """

    id: str
    title: Said
    hint: str
    lines: Lines
    gate: str = ""
    usual: bool = True
    slips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A right answer made of lines.

    make: the answer from the lines in use, by name, and what it is asked: `make(use, case)`; around another recipe
        `make(use, made, case)`, where `made` is the other one with its lines as they are in use.
    lines: the right lines.
    right: the right answer in one piece, where the reference has it; used when no line is replaced.
    around: the recipe inside.
    pairs_inside: whether two mistakes of the recipe inside are looked for together here too.
    whole: a name by which all of it can be replaced at once.
    prefix, gate: what the ids of its mistakes begin with, and which gate they are about unless they say so.
    """

    make: Callable[..., Any]
    lines: Lines
    right: Callable[..., Any] | None = None
    around: Recipe | None = None
    pairs_inside: bool = True
    whole: str = ""
    prefix: str = ""
    gate: str = ""

    def with_lines(self, lines: Lines) -> Callable[..., Any]:
        """The answer with lines replaced; names that it does not have are another recipe's."""
        if self.whole and self.whole in lines:
            replaced: Callable[..., Any] = lines[self.whole]
            return replaced
        if self.right is not None and not lines.keys() & self.names():
            return self.right
        use = {name: lines.get(name, right) for name, right in self.lines.items()}
        if self.around is None:
            return functools.partial(self.make, use)
        return functools.partial(self.make, use, self.around.with_lines(lines))

    def answer(self, case: Any, lines: Lines | None = None) -> Arrays | None:
        """What is answered to a case with lines replaced; None where one of them cannot be seen, or carried out."""
        made: Arrays | None = self.with_lines(lines or {})(case)
        return made

    def truth(self, case: Any) -> Arrays:
        """What is answered to a case with no line replaced."""
        made = self.answer(case)
        assert made is not None
        return made

    def names(self) -> set[str]:
        """The names of all lines, those inside too."""
        own = self.lines.keys() | ({self.whole} if self.whole else set())
        return own | (self.around.names() if self.around is not None else set())

    def wrong(
        self, identity: str, title: Said, hint: str, *, gate: str | None = None, usual: bool = True, **lines: Any
    ) -> Mistake:
        """A mistake that replaces the lines of these names.

        Raises:
            KeyError: there is no such line.
        """
        return self._mistake(Wrong(identity, title, hint, lines, self.gate if gate is None else gate, usual))

    def mistakes(self, wrong: Iterable[Wrong], titles: Mapping[str, str] | None = None) -> tuple[Mistake, ...]:
        """Wrong lines that several recipes share, as mistakes of this one.

        titles: other titles by id, where several mistakes are one here.
        """
        return tuple(self._mistake(one, (titles or {}).get(one.id)) for one in wrong)

    def other(
        self, identity: str, title: Said, hint: str, answer: Callable[[Any], Arrays | None], gate: str | None = None
    ) -> Mistake:
        """A mistake that is no change of lines; none is looked for beside it."""
        return Mistake(self._id(identity), title, hint, answer, self.gate if gate is None else gate)

    def _mistake(self, wrong: Wrong, title: str | None = None) -> Mistake:
        if unknown := wrong.lines.keys() - self.names():
            raise KeyError(f"{wrong.id} replaces {sorted(unknown)}; the lines are {sorted(self.names())}")
        once = () if self.pairs_inside or not wrong.lines.keys() - self.lines.keys() else ("inside",)
        return Mistake(
            self._id(wrong.id), wrong.title if title is None else title, wrong.hint,
            functools.partial(self.answer, lines=wrong.lines), wrong.gate,
            lines={**wrong.lines, **dict.fromkeys(once)}, usual=wrong.usual, slips=wrong.slips,
        )  # fmt: skip

    def _id(self, identity: str) -> str:
        """An id with a dot stands as it is."""
        return identity if "." in identity else self.prefix + identity
