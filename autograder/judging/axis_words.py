"""Axes and parts in words, and what the numbers in the shapes of a case stand for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from autograder.answering.protocol import Array, CallFunction, CallLayer, Items, Value
from autograder.language import Said, Text, text_of, words
from autograder.model import SheetCase

_ONE = {
    "batch": words("batch item"), "time": words("timestep"), "height": words("row"), "width": words("column"),
    "classes": words("class"), "size": words("kernel cell"),
}  # fmt: skip
_MANY = {
    "batch": words("batch items"), "time": words("timesteps"), "height": words("rows"), "width": words("columns"),
    "classes": words("classes"), "size": words("kernel cells"),
}  # fmt: skip
"""Where what is counted along an axis is not what the axis is called. All other words come with an exercise: they are
the names that it gives its axes, `units` and one `unit`."""
_KIN = re.compile(r"^(?:new|padded|kernel)_|_\d+$")
_LAYER = re.compile(r"(\w+)_(\d+)")
_UNNAMED = re.compile(r"axis (\d+)")
_SLID_OVER = {"time": "kernel_size", "height": "kernel_height", "width": "kernel_width"}
"""The axis of a window that slides along an axis."""
_IN_SETTING = {"kernel_height": "kernel_size", "kernel_width": "kernel_size"}


def plain_axis(axis: str) -> str:
    """What an axis is an axis of: `4*units` and `units_1` -> `units`, `new_height` -> `height`."""
    return _KIN.sub("", axis.rpartition("*")[2])


def axis_word(axis: str, *, many: bool = False) -> Said:
    """What is counted along an axis: `units` -> `unit`, `batch` -> `batch item`."""
    name = plain_axis(axis)
    unnamed = _UNNAMED.fullmatch(name)
    if unnamed:
        return words("axis {axis}", axis=unnamed.group(1))
    if name.isdigit():
        return words("axis of {size}", size=name)
    return (_MANY if many else _ONE).get(name) or Text(name if many else singular(name))


def singular(name: str) -> str:
    """One of what an axis counts.

    >>> singular("units"), singular("depth")
    ('unit', 'depth')
    """
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def vocabulary(axes: str) -> Iterator[str]:
    """The words for axes as an exercise names them, for translators: `batch 4*units` -> batch, units, unit."""
    for axis in re.findall(r"[a-z]\w*", axes):
        layer = _LAYER.fullmatch(axis)
        name = layer[1] if layer else axis
        yield name
        if name == plain_axis(name) and name not in _ONE:
            yield singular(name)


def axis_name(axis: str) -> Text:
    """An axis as a shape names it: `(batch, time, 4*units)`; sums and blocks are put together from their names.

    >>> str(axis_name("time+kernel_size-1")), str(axis_name("units_0"))
    ('time + kernel_size - 1', 'units of layer 0')
    """
    first, plus, rest = axis.partition("+")
    if plus:
        last, minus, less = rest.partition("-")
        if minus:
            return words("{one} + {other} - {less}", one=axis_name(first), other=axis_name(last), less=less)
        return words("{one} + {other}", one=axis_name(first), other=axis_name(last))
    blocks, star, name = axis.partition("*")
    if star:
        return words("{blocks}*{axis}", blocks=blocks, axis=axis_name(name))
    layer = _LAYER.fullmatch(axis)
    if layer:
        return words("{axis} of layer {layer}", axis=Text(layer[1]), layer=layer[2])
    unnamed = _UNNAMED.fullmatch(axis)
    if unnamed:
        return words("axis {axis}", axis=unnamed.group(1))
    return Text(axis)


def spoken_case(case: SheetCase) -> Said:
    """Sizes and settings of a case, the names of its axes in words."""
    given = case.description.values.get("facts") if isinstance(case.description, Text) else None
    if not isinstance(given, tuple):
        return case.description
    settings = {fact.partition("=")[0] for fact in given if isinstance(fact, str)}
    sizes = []
    for axis, size in case.sizes.items():
        layer = _LAYER.fullmatch(axis)
        if _IN_SETTING.get(axis) in settings or (layer and layer[1] in settings):
            continue  # `kernel_size=(3, 4)` and `units=[6, 5]` tell it
        if layer:
            sizes.append(words("{axis}_{layer} {size}", axis=axis_name(layer[1]), layer=layer[2], size=size))
        else:
            sizes.append(words("{axis} {size}", axis=axis_name(axis), size=size))
    return words("{facts}", facts=(*sizes, *given))


def sizes_of(case: SheetCase) -> dict[str, int]:
    """The size of each axis of a case, and of what is made of them: blocks of units, a padded axis, joined axes.

    What is made has no size that an axis has, or something else that is made.
    """
    named = dict(case.sizes)
    for expected in case.expected[0]:
        for axis, size in zip(expected.axes, expected.value.shape, strict=True):
            # An axis that kept its length is the one it was.
            if axis.isidentifier() and named.get(plain_axis(axis)) != size:
                named.setdefault(axis, size)
    met = set(_lengths(case))
    made = {
        f"{blocks}*{axis}": blocks * size
        for axis, size in named.items() if axis.startswith("units")
        for blocks in (2, 3, 4) if blocks * size in met
    }  # fmt: skip
    if "features" in named and "units" in named:
        made["features+units"] = named["features"] + named["units"]
    if _steps_by_one(case):
        made |= {
            f"{axis}+{window}-1": named[axis] + named[window] - 1
            for axis, window in _SLID_OVER.items() if axis in named and window in named
        }  # fmt: skip
    counted = Counter([*made.values(), *set(named.values())])
    return named | {name: size for name, size in made.items() if counted[size] == 1}


def _steps_by_one(case: SheetCase) -> bool:
    question = case.question
    if not isinstance(question, CallLayer):
        return isinstance(question, CallFunction)
    given = [question.config.get(name, 1) for name in ("strides", "dilation_rate")]
    return all(value in (1, Items((1, 1))) for value in given)


def _lengths(case: SheetCase) -> Iterable[int]:
    question = case.question
    values: list[Value] = []
    if isinstance(question, CallFunction):
        values += question.args
    if isinstance(question, CallLayer):
        values += [named.array for layout in question.layouts for named in layout]
    values += [expected.value for expected in case.expected[0]]
    return [length for value in values if isinstance(value, Array) for length in value.shape]


def meaning(size: int, sizes: Mapping[str, int]) -> Text | None:
    """What a number in a shape is the size of in this case; None where nothing is, or too much."""
    names = [axis_name(name) for name, known in sizes.items() if known == size]
    if len(names) == 2:
        return words("{one} or {other}", one=names[0], other=names[1])
    return names[0] if len(names) == 1 else None


def with_meaning(size: int, sizes: Mapping[str, int]) -> Text:
    """`6 (units)`, or the number alone."""
    known = meaning(size, sizes)
    return Text("{size}", {"size": size}) if known is None else words("{size} ({axis})", size=size, axis=known)


def legend(numbers: Iterable[int], sizes: Mapping[str, int]) -> Said:
    """What the numbers stand for in this case: a fact about the case, whatever a student's arrays are."""
    known = [(size, meaning(size, sizes)) for size in dict.fromkeys(numbers)]
    told = tuple(words("{size} = {axis}", size=size, axis=said) for size, said in known if said is not None)
    return words("Sizes of this example: {facts}.", facts=told) if told else ""


def spoken_axes(axes: Iterable[str]) -> tuple[Text, ...]:
    """The names of several axes."""
    return tuple(text_of(axis_name(axis)) for axis in axes)


_NAMED = {"output": words("output"), "state.0": words("first state"), "state.1": words("second state")}


def spoken_part(part: str) -> Said:
    """`grad.recurrent_kernel` -> "gradient with respect to `recurrent_kernel`"."""
    if part.startswith("grad."):
        return words("gradient with respect to {part}", part=spoken_part(part.removeprefix("grad.")))
    if part.startswith("weight."):
        return words("initial value of {part}", part=spoken_part(part.removeprefix("weight.")))
    return _NAMED.get(part, f"`{part}`")


def object_part(part: str) -> Said:
    """The part within a sentence."""
    spoken = spoken_part(part)
    return words("the {part}", part=spoken) if isinstance(spoken, Text) else spoken


def subject_part(part: str) -> Said:
    """The part at the beginning of a sentence."""
    spoken = spoken_part(part)
    return words("The {part}", part=spoken) if isinstance(spoken, Text) else spoken
