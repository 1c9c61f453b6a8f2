"""Weights of a question put into a layer that has names of its own for them."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import backends
from .keras_internals import variable_type
from .protocol import (
    CallLayer,
    NamedArray,
    WeightInfo,
)
from .values import RefusedError


def fit_weights(
    question: CallLayer, layer: Any, operands: Operands, facts: dict[str, Any]
) -> tuple[list[Weight], int | None, list[Weight]]:
    """Create the layer's weights and pair them with a layout: all weights, the layout's index, those it
    sets."""
    if not layer.built and _replaces_call(layer):
        _call_as_it_is(question, layer, operands)
    elif not layer.built and _has_plain_build(layer):
        layer.build(tuple(operands.inputs.shape))
    else:
        skip_symbolic_build(layer)
    for attempt in ("built", "called"):
        if attempt == "called" or not layer.built:
            # Weights that come into being only in the call, or sublayers that `build` left alone.
            operands.call(layer)
        found = weights_of(layer)
        fitting = layout_that_fits(question, found, facts)
        if not question.layouts:
            return found, None, []
        if fitting is not None:
            return found, *fitting
    raise RefusedError("weights", _weights_message(question, found), "ValueError")


def layout_that_fits(
    question: CallLayer, found: Sequence[Weight], facts: dict[str, Any]
) -> tuple[int, list[Weight]] | None:
    """The index of the layout that a layer's weights have, and them in its order."""
    facts["weights"] = tuple(weight.info() for weight in found[:500])
    for fit in (_by_own_name, _by_attribute, _by_any_name, _by_shape, _by_letters, _by_words):
        for index, layout in enumerate(question.layouts):
            assigned = fit(layout, found)
            if assigned is not None:
                return index, assigned
    return None


def is_built_by_a_call(layer: Any) -> bool:
    return not layer.built and not _has_plain_build(layer)


def skip_symbolic_build(layer: Any) -> None:
    """Let the eager call that follows create the weights of layers without a `build` of their own. Keras
    would trace the whole call symbolically first, at ten times the cost, and then do the same."""
    import keras

    for part in layer._flatten_layers():
        if not part.built and type(part).build is keras.layers.Layer.build:
            part.built = True


def _has_plain_build(layer: Any) -> bool:
    """Whether `build(input_shape)` is the student's own, so that the layer need not be called to be built."""
    import keras

    if type(layer).build is keras.layers.Layer.build:
        return False
    try:
        parameters = list(inspect.signature(layer.build).parameters.values())
    except (TypeError, ValueError):
        return False
    if not parameters:
        return False
    first, *others = parameters
    return first.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and all(
        other.default is not inspect.Parameter.empty for other in others
    )


def _replaces_call(layer: Any) -> bool:
    """Whether `__call__` is the student's own, so that Keras builds nothing before it."""
    import keras

    return type(layer).__call__ is not keras.layers.Layer.__call__


def _call_as_it_is(question: CallLayer, layer: Any, operands: Operands) -> None:
    """Call a layer once as anybody would, before anything is built by hand.

    Raises:
        RefusedError: that does not work.
    """
    try:
        operands.call(layer)
    except Exception as error:
        raise RefusedError(
            "exception", f"`{question.entry_point}` has a `__call__`; a `call` was expected.", type(error).__name__
        ) from None


@dataclass
class _Names:
    """Names by which the objects inside a layer are reached."""

    attributes: dict[int, set[str]] = field(default_factory=dict)
    groups: dict[int, tuple[str, ...]] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    plain_variables: list[Any] = field(default_factory=list)


def weights_of(layer: Any) -> list[Weight]:
    """The layer's weights in order of creation, then `tf.Variable`s that it holds without Keras knowing of
    them."""
    names = _Names()
    _name_parts(layer, (), "", names, set())
    weights = []
    for variable in layer.weights:
        path = str(getattr(variable, "path", variable.name))
        *groups, own_name = path.split("/")
        reached = names.attributes.get(id(variable), set())
        weights.append(
            Weight(
                variable,
                path[:300],
                tuple(int(size) for size in variable.shape),
                own_name,
                frozenset(reached),
                (*groups[1:], *names.groups.get(id(variable), ())),
                held=names.places.get(id(variable), ""),
            )
        )
    known = {id(weight.variable) for weight in weights} | {id(raw(weight.variable)) for weight in weights}
    for variable in names.plain_variables:
        plain = None if id(variable) in known else backends.current().plain_variable(variable)
        if plain is not None:
            known.add(id(variable))
            name, shape = plain
            own_name = name.split("/")[-1].split(":")[0]
            reached = names.attributes.get(id(variable), set())
            weights.append(
                Weight(
                    variable,
                    f"{next(iter(sorted(reached)), own_name)}"[:300],
                    shape,
                    own_name,
                    frozenset(reached),
                    names.groups.get(id(variable), ()),
                    tracked=False,
                    held=names.places.get(id(variable), ""),
                )
            )
    return weights


def _name_parts(part: Any, groups: tuple[str, ...], place: str, names: _Names, seen: set[int]) -> None:
    """Walk the attributes of a layer and its sublayers; lists and dicts count as numbered or keyed
    attributes. `place` is how the outermost layer reaches this one, with a dot after it."""
    import keras

    if id(part) in seen or len(seen) > 2000:
        return
    seen.add(id(part))
    backend, variable = backends.current(), variable_type()
    for attribute, item in list(backend.attributes(part).items()):
        if attribute.startswith(("_layers", "_trainable_var", "_non_trainable_var", "_tracker", "_self_", "_obj_ref")):
            continue
        for labels, inside, held in _entries(attribute.strip("_"), item):
            if isinstance(held, variable) or backend.plain_variable(held) is not None:
                names.attributes.setdefault(id(held), set()).update(labels)
                names.groups.setdefault(id(held), groups)
                names.places.setdefault(id(held), f"{place}{attribute}{inside}")
                if not isinstance(held, variable):
                    names.plain_variables.append(held)
            elif isinstance(held, keras.layers.Layer):
                _name_parts(held, (*groups, *labels), f"{place}{attribute}{inside}.", names, seen)


def _entries(attribute: str, item: Any, depth: int = 3) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """(names, index, object) for what an attribute holds; containers are entered, and their keys become names.
    The index is what leads from the attribute to the object: `[0]`, `['i'][1]`, or nothing."""
    if isinstance(item, dict):
        inside = [((f"{attribute}_{key}", str(key)), f"[{key!r:.60}]", held) for key, held in list(item.items())[:200]]
    elif isinstance(item, (list, tuple)):
        inside = [
            ((f"{attribute}_{index}", attribute), f"[{index}]", held) for index, held in enumerate(list(item)[:200])
        ]
    else:
        yield (attribute,), "", item
        return
    for names, index, held in inside:
        if depth and isinstance(held, (dict, list, tuple)):
            for inner, further, part in _entries(names[0], held, depth - 1):
                yield (*names, *inner), index + further, part
        else:
            yield names, index, held


def _by_own_name(layout: Sequence[NamedArray], found: Sequence[Weight]) -> list[Weight] | None:
    return _by_name(layout, found, lambda weight: {weight.own_name})


def _by_attribute(layout: Sequence[NamedArray], found: Sequence[Weight]) -> list[Weight] | None:
    return _by_name(layout, found, lambda weight: weight.attributes)


def _by_any_name(layout: Sequence[NamedArray], found: Sequence[Weight]) -> list[Weight] | None:
    return _by_name(layout, found, lambda weight: {weight.own_name} | weight.attributes)


def _by_name(
    layout: Sequence[NamedArray], found: Sequence[Weight], names: Callable[[Weight], Iterable[str]]
) -> list[Weight] | None:
    """The layout's weights by name. Equal names are told apart by their group, else by the order of creation
    (a group that is a number means just this order)."""
    taken: set[int] = set()
    assigned: list[Weight | None] = [None] * len(layout)
    wanted: dict[tuple[str, str], list[int]] = {}
    for index, named in enumerate(layout):
        group = "" if named.group.isdigit() else named.group
        wanted.setdefault((named.name, group), []).append(index)
    for (name, group), indices in wanted.items():
        fitting = [
            weight
            for weight in found
            if id(weight) not in taken
            and name in names(weight)
            and (not group or any(group in component for component in weight.groups))
        ]
        if len(fitting) != len(indices):
            return None
        shapes = [tuple(layout[index].array.shape) for index in indices]
        if not group and len(set(shapes)) == len(shapes):
            # All of one name but of different shapes: the order in which they were created need not matter.
            fitting.sort(key=lambda weight: shapes.index(weight.shape) if weight.shape in shapes else len(shapes))
        for index, weight in zip(indices, fitting, strict=True):
            if weight.shape != tuple(layout[index].array.shape):
                return None
            taken.add(id(weight))
            assigned[index] = weight
    return None if _left_over(found, taken) else [weight for weight in assigned if weight is not None]


def _by_shape(layout: Sequence[NamedArray], found: Sequence[Weight]) -> list[Weight] | None:
    shapes = [tuple(named.array.shape) for named in layout]
    of_shape = Counter(weight.shape for weight in found)
    if len(set(shapes)) != len(shapes) or any(of_shape[shape] != 1 for shape in shapes):
        return None
    by_shape = {weight.shape: weight for weight in found}
    assigned = [by_shape[shape] for shape in shapes]
    return None if _left_over(found, {id(weight) for weight in assigned}) else assigned


def _by_letters(layout: Sequence[NamedArray], found: Sequence[Weight]) -> list[Weight] | None:
    return _by_tokens(layout, found, lambda word: len(word) == 1)


def _by_words(layout: Sequence[NamedArray], found: Sequence[Weight]) -> list[Weight] | None:
    return _by_tokens(layout, found, lambda word: len(word) > 1)


def _by_tokens(
    layout: Sequence[NamedArray], found: Sequence[Weight], counts: Callable[[str], bool]
) -> list[Weight] | None:
    """The layout's weights by shape, by the sublayer that a group names, and by words that tell equal shapes apart."""
    around = [_words_in(weight.groups) for weight in found]
    everywhere = set.intersection(*around) if len(around) > 1 else set()
    tokens = [
        _words_in((weight.own_name, *weight.attributes)) | (outer - everywhere)
        for weight, outer in zip(found, around, strict=True)
    ]
    assigned: list[Weight | None] = [None] * len(layout)
    alike: dict[tuple[Any, ...], list[int]] = {}
    for index, named in enumerate(layout):
        words = tuple(word for word in named.words if counts(word)) or named.words
        alike.setdefault((tuple(named.array.shape), named.group, words), []).append(index)
    taken: set[int] = set()
    for (shape, group, words), indices in alike.items():
        fitting = [
            weight
            for weight, own in zip(found, tokens, strict=True)
            if id(weight) not in taken
            and weight.shape == shape
            and (not words or own.intersection(words))
            and (not group or group.isdigit() or any(group in component for component in weight.groups))
        ]
        if len(fitting) != len(indices) or (len(indices) > 1 and not words):
            return None
        for index, weight in zip(indices, fitting, strict=True):
            taken.add(id(weight))
            assigned[index] = weight
    return None if _left_over(found, taken) else [weight for weight in assigned if weight is not None]


def _words_in(names: Iterable[str]) -> set[str]:
    """The words that names are made of; of `Wf` the letter `f` too."""
    found = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", " ".join(names))}
    return found | {word[1] for word in found if len(word) == 2 and word[0] in "wubvxhk"}


def _left_over(found: Sequence[Weight], taken: set[int]) -> bool:
    """Whether a trainable weight was not set. Variables that are not trained may hold what they like."""
    return any(id(weight) not in taken and getattr(weight.variable, "trainable", False) for weight in found)


def _weights_message(question: CallLayer, found: Sequence[Weight]) -> str:
    def listed(pairs: Iterable[tuple[str, tuple[int, ...]]]) -> str:
        return ", ".join(f"{name} {shape}" for name, shape in list(pairs)[:24]) or "none"

    have = listed((weight.path, weight.shape) for weight in found)
    want = "; or ".join(
        listed(zip(layout_names(layout), (tuple(named.array.shape) for named in layout), strict=True))
        for layout in question.layouts
    )
    return f"The weights of `{question.entry_point}` could not be set. Found: {have}. Expected: {want}."


def layout_names(layout: Sequence[NamedArray]) -> list[str]:
    """`group/name`, or `name`; a name that returns is numbered: `kernel`, `kernel#1`, ..."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for named in layout:
        name = f"{named.group}/{named.name}" if named.group else named.name
        names.append(f"{name}#{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def assign(variable: Any, array: np.ndarray) -> None:
    dtype = str(variable.dtype).removeprefix("<dtype: '").removesuffix("'>")
    variable.assign(array if dtype == "bfloat16" else array.astype(dtype))


def raw(variable: Any) -> Any:
    """The framework's own variable inside Keras's."""
    return getattr(variable, "_value", variable)


@dataclass(frozen=True)
class Weight:
    """A weight of a layer with every name it goes by: the variable's own, and the attributes that hold it."""

    variable: Any
    path: str
    shape: tuple[int, ...]
    own_name: str
    attributes: frozenset[str]
    groups: tuple[str, ...]
    tracked: bool = True
    held: str = ""

    def info(self) -> WeightInfo:
        trainable = bool(getattr(self.variable, "trainable", False))
        dtype = str(self.variable.dtype).removeprefix("<dtype: '").removesuffix("'>")
        return WeightInfo(self.path, self.shape, dtype, trainable, self.tracked, self.held[:200])


@dataclass(frozen=True)
class Operands:
    """The tensors of a call, and how the layer is called with them."""

    question: CallLayer
    inputs: Any
    states: tuple[Any, ...] | None
    mask: Any

    def call(self, layer: Any) -> Any:
        options: dict[str, Any] = {}
        positional = [self.inputs]
        if self.states is not None:
            if self.question.protocol == "cell":
                positional.append(list(self.states))
            else:
                options["initial_state"] = list(self.states)
        if self.mask is not None:
            options["mask"] = self.mask
        if self.question.training is not None:
            options["training"] = self.question.training
        return layer(*positional, **options)

    def flat(self) -> list[Any]:
        return [self.inputs, *(self.states or ()), *([] if self.mask is None else [self.mask])]

    def with_tensors(self, inputs: Any, states: Sequence[Any]) -> Operands:
        return Operands(self.question, inputs, None if self.states is None else tuple(states), self.mask)
