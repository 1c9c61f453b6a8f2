"""Exceptions in plain words: what the message means for a student's layer; nothing where that is not sure."""

from __future__ import annotations

import re
from collections.abc import Callable

from autograder.report.text import clean
from autograder.worker.protocol import Problem

_Say = Callable[[re.Match[str]], str]


def _shape(text: str) -> str:
    sizes = [size for size in re.split(r"[,\s]+", text.strip("()[] ")) if size]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _fixed(text: str) -> _Say:
    return lambda _: text


_PRODUCT = (
    "A matrix product got shapes {} and {}. "
    "The last size of the first and the first size of the second have to be equal."
)
_ENTRIES = "An entry-by-entry operation met shapes {} and {}, which do not fit."

_RULES: tuple[tuple[str, _Say], ...] = (
    (
        r"Matrix size-incompatible: In\[0\]: (\[[\d,]*\]), In\[1\]: (\[[\d,]*\])",
        lambda m: _PRODUCT.format(_shape(m[1]), _shape(m[2])),
    ),
    (
        r"mismatch in its core dimension.*size (\d+) is different from (\d+)",
        lambda m: (
            "A matrix product sums over two axes that have to be equally long; "
            f"here they have {m[2]} and {m[1]} entries."
        ),
    ),
    (
        r"shapes (\([\d, ]*\)) and (\([\d, ]*\)) not aligned",
        lambda m: _PRODUCT.format(_shape(m[1]), _shape(m[2])),
    ),
    (
        r"could not be broadcast together with shapes (\([\d, ]*\)) (\([\d, ]*\))",
        lambda m: _ENTRIES.format(_shape(m[1]), _shape(m[2])),
    ),
    (
        r"Incompatible shapes: (\[[\d,]*\]) vs\.? (\[[\d,]*\])",
        lambda m: _ENTRIES.format(_shape(m[1]), _shape(m[2])),
    ),
    (
        r"required broadcastable shapes",
        _fixed("An entry-by-entry operation met two shapes that do not fit. Print the shapes of both sides."),
    ),
    (
        r"was expected to be an? (\w+) tensor but is an? (\w+) tensor",
        lambda m: (
            f"Two dtypes meet in one operation: {m[1]} and {m[2]}. "
            "Which of your arrays has another dtype than the input?"
        ),
    ),
    (
        r"forg[eo]t to call `?super\(\)\.__init__|super\(\)\.__init__\(\)` (?:first|before)",
        _fixed("A Keras layer has to call `super().__init__(**kwargs)` before it sets anything on `self`."),
    ),
    (
        r"__init__\(\) got an unexpected keyword argument '(\w+)'"
        r"|Unrecognized keyword arguments? passed to \w+: \{'(\w+)'",
        lambda m: f"The class was made with `{m[1] or m[2]}=`, which its `__init__` does not take.",
    ),
    (
        r"(\w+)\(\) got an unexpected keyword argument '(\w+)'",
        lambda m: f"`{m[1]}` was called with `{m[2]}=`, which it does not take.",
    ),
    (
        r"(\w+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)",
        lambda m: f"`{m[1]}` was called without {m[2].rstrip('.')}.",
    ),
    (
        r"(\w+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:was|were) given",
        lambda m: f"`{m[1]}` takes {m[2]} arguments and was called with {m[3]}. In a method, `self` counts as one.",
    ),
    (
        r"'(\w+)' object has no attribute '(\w+)'",
        lambda m: (
            f"`{m[2]}` was asked of {_thing(m[1])}, which has no such attribute. Is it spelled and made as you meant?"
        ),
    ),
    (
        r"'NoneType' object|NoneType",
        _fixed("Something here is `None`. Does every function that you call end in a `return`?"),
    ),
    (
        r"object does not support item assignment",
        _fixed("A tensor cannot be changed entry by entry. Collect the pieces in a list, then stack them."),
    ),
    (
        r"(?:too many values to unpack|not enough values to unpack) \(expected (\d+)",
        lambda m: f"The left side of `=` names {m[1]} things, the right side holds another number of them.",
    ),
    (
        r"A KerasTensor (?:is symbolic|cannot be used)|[Cc]annot convert a symbolic|NumPy.*symbolic",
        _fixed("While Keras builds a model there are no numbers yet. NumPy needs numbers; `keras.ops` does not."),
    ),
    (r"name '(\w+)' is not defined", lambda m: f"There is nothing called `{m[1]}` at this point."),
    (
        r"cannot access local variable '(\w+)'|local variable '(\w+)' referenced before",
        lambda m: f"`{m[1] or m[2]}` is read before anything was put into it.",
    ),
    (
        r"No module named '([\w.]+)'",
        lambda m: f"The module `{m[1]}` is not there when your notebook is checked.",
    ),
    (
        r"index (-?\d+) is out of bounds.*size (\d+)",
        lambda m: f"Index {m[1]} was asked of an axis with {m[2]} entries.",
    ),
    (
        r"(?:list|tuple) index out of range",
        _fixed("An index is larger than the last one there is. Counting starts at 0."),
    ),
    (r"maximum recursion depth", _fixed("A function calls itself without end.")),
)
_COMPILED = tuple((re.compile(pattern, re.DOTALL), say) for pattern, say in _RULES)
_BY_TYPE = {
    "SyntaxError": "Python cannot read this line. Is a bracket, colon or quote missing here or just above?",
    "IndentationError": "The spaces at the start of this line do not fit the lines around it.",
    "TabError": "The spaces at the start of this line do not fit the lines around it.",
    "ZeroDivisionError": "Something is divided by zero.",
}


def _thing(type_name: str) -> str:
    return "`None`" if type_name == "NoneType" else f"a `{type_name}`"


def explain(problem: Problem) -> str:
    """What the exception means, in a sentence or two; `""` where no rule is sure.

    >>> explain(Problem("exception", "NameError", "name 'sigmoid' is not defined"))
    'There is nothing called `sigmoid` at this point.'
    """
    message = clean(problem.message)[:4000]
    for pattern, say in _COMPILED:
        found = pattern.search(message)
        if found:
            return say(found)
    return _BY_TYPE.get(problem.type, "")
