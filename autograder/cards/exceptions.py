"""Exceptions in plain words: what the message means for a student's layer; nothing where that is not sure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from autograder.answering.protocol import Problem
from autograder.cards import shapes
from autograder.cards.text import clean
from autograder.language import Said, Text, sentences, words

_Say = Callable[[re.Match[str]], Text]


def _fixed(text: Text) -> _Say:
    return lambda _: text


_RULES: tuple[tuple[str, _Say], ...] = (
    (
        r"'numpy\.ndarray' and 'Tensor'|'Tensor' and 'numpy\.ndarray'|Concatenation operation is not implemented for N",
        _fixed(
            words(
                "An array of NumPy's met a tensor of PyTorch's, and the two do not go together: "
                "`keras.ops.convert_to_tensor` makes a tensor of it."
            )
        ),
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad|conversion method __array__\(\)",
        _fixed(
            words(
                "NumPy was given a tensor that gradients have to come back to, and they would end there. "
                "`keras.ops` has the same functions."
            )
        ),
    ),
    (
        r"step must be greater than zero",
        _fixed(words("PyTorch has no slices that go backwards. `keras.ops.flip` turns an axis round.")),
    ),
    (
        r"was expected to be an? (\w+) tensor but is an? (\w+) tensor",
        lambda m: words(
            "Two dtypes meet in one operation: {first} and {second}. Which of your arrays has another dtype than the "
            "input?", first=m[1], second=m[2],
        ),
    ),
    (
        r"forg[eo]t to call `?super\(\)\.__init__|super\(\)\.__init__\(\)` (?:first|before)",
        _fixed(words("A Keras layer has to call `super().__init__(**kwargs)` before it sets anything on `self`.")),
    ),
    (
        r"__init__\(\) got an unexpected keyword argument '(\w+)'"
        r"|Unrecognized keyword arguments? passed to \w+: \{'(\w+)'",
        lambda m: words(
            "The class was made with `{name}=`, which its `__init__` does not take.", name=m[1] or m[2]
        ),
    ),
    (
        r"(\w+)\(\) got an unexpected keyword argument '(\w+)'",
        lambda m: words("`{function}` was called with `{name}=`, which it does not take.", function=m[1], name=m[2]),
    ),
    (
        r"(\w+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)",
        lambda m: words("`{function}` was called without {names}.", function=m[1], names=m[2].rstrip(".")),
    ),
    (
        r"(\w+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:was|were) given",
        lambda m: words(
            "`{function}` takes {takes} arguments and was called with {given}. In a method, `self` counts as one.",
            function=m[1], takes=m[2], given=m[3],
        ),
    ),
    (
        r"`(\w+)` goes on from (\d+) states? \((.+)\); it was given (\d+)",
        lambda m: words(
            "One array was handed to `{name}` as its state; it goes on from {number}: {states}. Does a list hold each "
            "of them, and nothing else?",
            "{n} arrays were handed to `{name}` as its states; it goes on from {number}: {states}. Does a list hold "
            "each of them, and nothing else?",
            n=int(m[4]), name=m[1], number=m[2], states=tuple(f"`{state}`" for state in m[3].split(", ")),
        ),
    ),
    (
        r"object has no attribute '(?:built|_tracker|_layers|_lock|_metrics|_saved_model_\w+)'",
        _fixed(words("A Keras layer has to call `super().__init__(**kwargs)` before it sets anything on `self`.")),
    ),
    (
        r"'(?:[\w.]*\.)?(\w+)' object has no attribute '(\w+)'",
        lambda m: words(
            "`{name}` was asked of {thing}, which has no such attribute. Is it spelled and made as you meant?",
            name=m[2], thing=_thing(m[1]),
        ),
    ),
    (
        r"convert a value \(None\)|Cannot convert '?None|None values not supported"
        r"|NoneType'? object cannot be interpreted|Expected \w+, but got None",
        _fixed(
            words(
                "A size is `None` here: while Keras builds a model the batch size is open, and `x.shape[0]` is `None`. "
                "`ops.shape(x)[0]` asks for it when the layer runs."
            )
        ),
    ),
    (
        r"unsupported operand type\(s\) for [^:]*: .*'NoneType'",
        _fixed(
            words(
                "One of the two sides is `None`. Is it a size? While Keras builds a model the batch size is open: "
                "write -1 for it in a reshape, or ask `ops.shape(x)[0]`. Is it the result of a function of yours? Then "
                "its `return` is missing."
            )
        ),
    ),
    (
        r"'NoneType' object|NoneType",
        _fixed(words("Something here is `None`. Does every function that you call end in a `return`?")),
    ),
    (
        r"truth value of an array with more than one element",
        _fixed(
            words(
                "An array stands where Python asks for a yes or no: in `if`, `while`, `and`, `or` or `not`. Whether "
                "something was given is asked by `is None`."
            )
        ),
    ),
    (
        r"do(?:es)? not support (?:in-place )?item assignment",
        _fixed(words("A tensor cannot be changed entry by entry. Collect the pieces in a list, then stack them.")),
    ),
    (
        r"(?:too many values to unpack|not enough values to unpack) \(expected (\d+)",
        lambda m: words(
            "The left side of `=` names {number} things, the right side holds another number of them.", number=m[1]
        ),
    ),
    (
        r"A KerasTensor (?:is symbolic|cannot be used)|[Cc]annot convert a symbolic|NumPy.*symbolic",
        _fixed(
            words("While Keras builds a model there are no numbers yet. NumPy needs numbers; `keras.ops` does not.")
        ),
    ),
    (
        r"Iterating over a symbolic `tf.Tensor`",
        _fixed(
            words(
                "While Keras builds a model there are no numbers yet, so a `for` cannot go through a tensor. The "
                "number of steps is known all the same: `range(x.shape[1])`."
            )
        ),
    ),
    (
        r"Using a symbolic `tf.Tensor` as a Python `bool`",
        _fixed(
            words(
                "While Keras builds a model there are no numbers yet, so `if` and `while` cannot ask a tensor. "
                "`ops.where` chooses between numbers when there are some."
            )
        ),
    ),
    (
        r"name '(\w+)' is not defined",
        lambda m: words("There is nothing called `{name}` at this point.", name=m[1]),
    ),
    (
        r"cannot access local variable '(\w+)'|local variable '(\w+)' referenced before",
        lambda m: words("`{name}` is read before anything was put into it.", name=m[1] or m[2]),
    ),
    (
        r"No module named '(tensorflow|jax|torch)'",
        lambda m: words(
            "Keras does not run on `{name}` where your notebook is checked, so `{name}` is not there. `keras.ops` has "
            "functions that work everywhere.", name=m[1],
        ),
    ),
    (
        r"No module named '([\w.]+)'",
        lambda m: words("The module `{name}` is not there when your notebook is checked.", name=m[1]),
    ),
    (
        r"index (-?\d+) is out of bounds.*size (\d+)",
        lambda m: words("Index {index} was asked of an axis with {size} entries.", index=m[1], size=m[2]),
    ),
    (
        r"(?:list|tuple) index out of range",
        _fixed(words("An index is larger than the last one there is. Counting starts at 0.")),
    ),
    (
        r"slice index (-?\d+) of dimension (\d+) out of bounds",
        lambda m: words(
            "Index {index} was asked of axis {axis}, which is not that long. Which of its sizes does your loop count?",
            index=m[1], axis=m[2],
        ),
    ),
    (
        r"cannot add new elements of state",
        _fixed(
            words(
                "Weights or layers are made while the layer is called. Each call would make new ones: where does Keras "
                "expect them to be made?"
            )
        ),
    ),
    (
        r"is out of scope and cannot be used here",
        _fixed(
            words(
                "A tensor of an earlier call is used in this one. What does your layer keep on `self` between "
                "two calls?"
            )
        ),
    ),
    (
        r"gave an? (\w+); a (?:subclass of )?keras\.(?:layers\.Layer|Model) was expected",
        lambda m: words("A Keras layer or model was expected; yours is {thing}.", thing=_thing(m[1])),
    ),
    (
        r"has a `__call__`; a `call` was expected",
        _fixed(
            words(
                "`__call__` is Keras's own: it builds the layer and then calls `call`. Yours takes its place, so "
                "nothing is built. Name the method `call`."
            )
        ),
    ),
    (
        r"[Ll]ine magic function `(%\w+)` not found|[Cc]ell magic `(%%\w+)` not found",
        lambda m: words(
            "`{magic}` is a command of IPython that is not known here; some exist in Colab alone. Take it out of this "
            "cell.", magic=m[1] or m[2],
        ),
    ),
    (
        r"invalid (?:non-printable )?character .*?U\+([0-9A-F]{4,6})",
        lambda m: words(
            "There is a character in this line that Python does not take for what it looks like: {name} (U+{code}), as "
            "it comes with text that was pasted from a page. Write it anew.", name=_character(m[1]), code=m[1],
        ),
    ),
    (r"maximum recursion depth", _fixed(words("A function calls itself without end."))),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.DOTALL), say) for pattern, say in _RULES)
_BY_TYPE = {
    "SyntaxError": words("Python cannot read this line. Is a bracket, colon or quote missing here or just above?"),
    "IndentationError": words("The spaces at the start of this line do not fit the lines around it."),
    "TabError": words("The spaces at the start of this line do not fit the lines around it."),
    "ZeroDivisionError": words("Something is divided by zero."),
    "KeyError": words("A dictionary was asked for a key that it does not hold. Which keys did you put into it?"),
}


def _character(code: str) -> str:
    return unicodedata.name(chr(int(code, 16)), "a character without a name").lower()


def _thing(type_name: str) -> Said:
    return "`None`" if type_name == "NoneType" else words("a `{type}`", type=type_name)


def plain(message: str) -> str:
    """The message without the marks by which TensorFlow finds its own nodes, and without Keras's advice to declare
    output shapes, which is none for a mistake in `call`.

    >>> plain("{{function_node __wrapped__Pack_device_CPU:0}} Shapes must match [Op:Pack] name: stack")
    'Shapes must match'
    >>> plain("Could not automatically infer the output shape / dtype of 'l'. Error encountered:\\n\\nExpected int32")
    'Expected int32'
    """
    message = re.sub(r"(?s)Could not automatically infer the output shape.*?Error encountered:\s*", "", message)
    return re.sub(r"\{\{function_node [^}]*\}\}\s*|\s*\[Op:\w+\](?: name: \S*)?", "", message)


def explain(problem: Problem, sizes: Mapping[str, int] = MappingProxyType({})) -> Said:
    """What the exception means, in a sentence or two; `""` where no rule is sure.

    sizes: of the axes of the example, by which numbers in shapes get names.

    >>> str(explain(Problem("exception", "NameError", "name 'sigmoid' is not defined")))
    'There is nothing called `sigmoid` at this point.'
    """
    message = clean(problem.message)[:4000]
    about_shapes = shapes.einsum_said(problem, sizes) or shapes.explain(message, sizes)
    about_shapes = about_shapes and sentences(about_shapes, shapes.exchanged_said(problem))
    if about_shapes:
        return about_shapes
    for pattern, say in _COMPILED:
        found = pattern.search(message)
        if found:
            return say(found)
    return _BY_TYPE.get(problem.type, "")
