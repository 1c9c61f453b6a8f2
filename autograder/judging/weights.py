"""Weights that do not fit: layer by layer, held against the one of the accepted layouts that is nearest.

The shapes are a worker's claim, and only words are made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from autograder import axes
from autograder.answering.protocol import Answer, CallLayer, WeightInfo
from autograder.judging.axis_words import axis_name, plain_axis, sizes_of, spoken_axes, with_meaning
from autograder.language import Said, Text, sentences, words
from autograder.model import Sheet, SheetCase

MOST = 4
"""Sentences that are told; what comes after has the same reason more often than not."""

_OTHER_SHAPE, _OTHER_NAME, _LEFT_OVER = 1.0, 0.2, 1.5
"""What a difference costs when layouts are compared."""


def misfit(sheet: Sheet, case: SheetCase, answer: Answer) -> Said:
    """How the weights of an answer differ from those that are looked for, where none of the layouts fits."""
    nearest = _nearest(sheet, case, answer)
    if nearest is None:
        return ""
    if not answer.weights:
        first = _layouts(sheet, case, sizes_of(case))[0]
        wanted = tuple(_listed(one.name, one.shape) for group in first.values() for one in group)
        return words(
            "It holds no weights; these were expected: {wanted}. Weights and layers that are made in `call` are made "
            "anew in every call: make them in `__init__` or `build`.", wanted=wanted,
        )  # fmt: skip
    built = any(group.found and group.place for group in nearest)
    said = [said for group in nearest for said in (group.differences() if group.found or not built else group.none())]
    return _cut([*said, *_never_called(nearest)] or _names_of(nearest))


def _never_called(groups: Sequence[_Group]) -> list[Said]:
    """Why a sublayer can be without weights, where another one has some."""
    built = [group for group in groups if group.found and group.place]
    without = [group for group in groups if not group.found]
    if not built or not without:
        return []
    return [
        words(
            "Only {built} has any. Does it do the work of another layer as well? Or is there one for {name} that is "
            "made in `__init__` and never called?",
            "Only {built} have any. Does one of them do the work of another layer as well? Or is there one for "
            "{name} that is made in `__init__` and never called?",
            n=len(built), built=tuple(f"`self.{group.place}`" for group in built), name=without[0].called(),
        )
    ]  # fmt: skip


def wrong_shapes(sheet: Sheet, case: SheetCase, answer: Answer) -> Said:
    """Which weights have another shape than the one their name asks for, although the call stopped before it could be
    said which are missing; `""` where all that are there may be right."""
    if answer.layout is not None or not answer.weights:
        return ""
    nearest = _nearest(sheet, case, answer)
    return "" if nearest is None else _cut([said for group in nearest for said in group.shapes()])


def _cut(said: Sequence[Said]) -> Said:
    more = words("There are more differences.") if len(said) > MOST else ""
    return sentences(*said[:MOST], more)


# ---------------------------------------------------------------------------------------------------- what is compared


@dataclass(frozen=True)
class _Wanted:
    """A weight of a layout. axes: empty where they are not known for sure."""

    name: str
    shape: tuple[int, ...]
    axes: tuple[str, ...]


@dataclass(frozen=True)
class _Pair:
    found: WeightInfo
    wanted: _Wanted

    @property
    def differs(self) -> bool:
        return self.found.shape != self.wanted.shape


@dataclass
class _Group:
    """The weights of one sublayer beside those of one group of a layout; either side may be empty.

    place: how the layer reaches the sublayer, `""` for itself. number: the group's name in the layout.
    """

    found: list[WeightInfo]
    wanted: list[_Wanted]
    sizes: dict[str, int]
    place: str = ""
    number: str = ""
    pairs: list[_Pair] = field(default_factory=list)
    missing: list[_Wanted] = field(default_factory=list)
    extra: list[WeightInfo] = field(default_factory=list)
    cost: float = 0.0

    def __post_init__(self) -> None:
        self.missing, self.extra = list(self.wanted), list(self.found)
        self._take(lambda found, wanted: wanted.name in _names(found) and found.shape == wanted.shape, 0.0)
        self._take(lambda found, wanted: wanted.name in _names(found), _OTHER_SHAPE)
        self._take(lambda found, wanted: found.shape == wanted.shape, _OTHER_NAME)
        self._take(
            lambda found, wanted: len(found.shape) > 1 and sorted(found.shape) == sorted(wanted.shape),
            _OTHER_SHAPE + _OTHER_NAME,
        )
        self.pairs.sort(key=lambda pair: self.wanted.index(pair.wanted))
        # What is not trained may hold what it likes.
        self.extra = [found for found in self.extra if found.trainable]
        self.cost += _LEFT_OVER * (len(self.missing) + len(self.extra))

    def _take(self, fits: Callable[[WeightInfo, _Wanted], bool], cost: float) -> None:
        for wanted in list(self.missing):
            found = next((one for one in self.extra if fits(one, wanted)), None)
            if found is not None:
                self.missing.remove(wanted)
                self.extra.remove(found)
                self.pairs.append(_Pair(found, wanted))
                self.cost += cost

    # -------------------------------------------------------------------------------------------------- in words

    def differences(self) -> list[Said]:
        """A sentence for each difference; for one that others follow from, one sentence."""
        if not self.found:
            return [self._no_layer()]
        if not self.wanted:
            return [self._superfluous()]
        said = self.shapes()
        if self.missing:
            said.append(self._missing())
        if self.extra:
            said.append(self._superfluous())
        return said

    def shapes(self) -> list[Said]:
        """Of the weights that are there."""
        wrong = [pair for pair in self.pairs if pair.differs]
        if wrong and all(map(_takes_input, wrong)):
            return [self._shape(wrong[0])]
        made_with = self._made_with() if len(wrong) > 1 else {}
        if len(made_with) == 1:
            ((axis, (got, want)),) = made_with.items()
            return [
                words(
                    "{layer} has {got} {axis}; expected {want}.",
                    layer=self._layer(), got=got, want=want, axis=axis_name(plain_axis(axis)),
                )
            ]  # fmt: skip
        reasons = [reason for reason in map(self._blocks, wrong) if reason]
        return [*map(self._shape, wrong), *reasons[:1]]

    def _shape(self, pair: _Pair) -> Said:
        got, want = pair.found.shape, pair.wanted.shape
        shapes = {"weight": _name(pair.found), "got": str(got), "want": str(want)}
        named = spoken_axes(pair.wanted.axes)
        if got == want[::-1]:
            if named:
                return words(
                    "{weight} has shape {got}; expected {want}, that is ({axes}): yours is turned round.",
                    **shapes, axes=named,
                )  # fmt: skip
            return words("{weight} has shape {got}; expected {want}: yours is turned round.", **shapes)
        if _takes_input(pair):
            return self._input(pair, shapes)
        if sorted(got) == sorted(want) and named:
            return words(
                "{weight} has shape {got}; expected {want}, that is ({axes}): yours has the axes in another order.",
                **shapes, axes=named,
            )  # fmt: skip
        if named:
            return words("{weight} has shape {got}; expected {want}, that is ({axes}).", **shapes, axes=named)
        return words("{weight} has shape {got}; expected {want}.", **shapes)

    def _input(self, pair: _Pair, shapes: dict[str, str]) -> Said:
        got, want = pair.found.shape[-2], pair.wanted.shape[-2]
        if self.place:
            return words(
                "{weight} has shape {got}; expected {want}: {layer} was built for an input of width {built} and "
                "should get one of width {width}. What do your `build` and `call` hand it?",
                **shapes, layer=self._layer(), built=with_meaning(got, self.sizes),
                width=with_meaning(want, self.sizes),
            )  # fmt: skip
        return words(
            "{weight} has shape {got}; expected {want}: it was made for an input of width {built}, and the input has "
            "width {width}. Which entry of `input_shape` did you take?",
            **shapes, built=with_meaning(got, self.sizes), width=with_meaning(want, self.sizes),
        )  # fmt: skip

    def _blocks(self, pair: _Pair) -> Said:
        parsed = axes.parse(" ".join(pair.wanted.axes))
        rows = zip(parsed, pair.found.shape, pair.wanted.shape, strict=False)
        if any(blocks > 1 and got * blocks == want for (blocks, _), got, want in rows):
            blocks = max(blocks for blocks, _ in parsed)
            return words("An axis of {blocks} times the units holds a block of columns for each gate.", blocks=blocks)
        return ""

    def _made_with(self) -> dict[str, tuple[int, int]]:
        """The axes that have another size in all of the group's weights: name -> (yours, expected); none where the
        shapes have no such reason."""
        got: dict[str, int] = {}
        want: dict[str, int] = {}
        for pair in self.pairs:
            if len(pair.wanted.axes) != len(pair.found.shape):
                return {}
            parsed = axes.parse(" ".join(pair.wanted.axes))
            for (blocks, name), size, right in zip(parsed, pair.found.shape, pair.wanted.shape, strict=True):
                if size % blocks or got.setdefault(name, size // blocks) != size // blocks:
                    return {}
                want[name] = right // blocks
        return {name: (size, want[name]) for name, size in got.items() if size != want[name]}

    def _missing(self) -> Said:
        listed = tuple(_listed(one.name, one.shape) for one in self.missing)
        if self.place:
            return words("{layer} lacks {weights}.", layer=self._layer(), weights=listed)
        return words("There is no {weights}.", weights=listed)

    def _superfluous(self) -> Said:
        listed = tuple(
            words("{weight} of shape {shape}", weight=_name(one), shape=str(one.shape)) for one in self.extra[:MOST]
        )
        return words(
            "{weights} is one weight too many.", "{weights} are {n} weights too many.",
            n=len(self.extra), weights=listed,
        )  # fmt: skip

    def called(self) -> Said:
        """The group as a sentence names it."""
        if self.number.isdigit():
            return words("layer {number} (counted from 0)", number=self.number)
        return f"`{self.number}`"

    def none(self) -> list[Said]:
        return [words("There are no weights for {name}.", name=self.called())]

    def _no_layer(self) -> Said:
        listed = tuple(_listed(one.name, one.shape) for one in self.wanted)
        if self.number.isdigit():
            return words(
                "Layer {number} (counted from 0) has no weights; it should have {weights}.",
                number=self.number, weights=listed,
            )  # fmt: skip
        return words("There are no weights for {name}: {weights}.", name=self.called(), weights=listed)

    def _layer(self) -> Said:
        return f"`self.{self.place}`" if self.place else words("The layer")


def _takes_input(pair: _Pair) -> bool:
    """Whether a weight differs only in the axis along which it meets the input."""
    got, want = pair.found.shape, pair.wanted.shape
    first = pair.wanted.name.partition("_")[0]
    return (
        first in ("kernel", "W") and len(got) == len(want) > 1
        and got[:-2] == want[:-2] and got[-1] == want[-1] and got[-2] != want[-2]
    )  # fmt: skip


def _names_of(groups: Iterable[_Group]) -> list[Said]:
    """What to say where every shape is there, and yet it is not sure which weight is which."""
    groups = list(groups)
    pairs = [pair for group in groups for pair in group.pairs if pair.wanted.name not in _names(pair.found)]
    named = tuple(f"`{group.number}`" for group in groups if group.number and not group.number.isdigit())
    if len(named) > 1 and not all(group.number in group.place for group in groups):
        held = tuple(f"`{group.number}_layer`" for group in groups)
        return [
            words(
                "It is not clear which of its layers is which. Hold them by attributes whose names say it, one with "
                "{names} each: {held}.", names=named, held=held,
            )
        ]  # fmt: skip
    if not pairs:
        return [words("It is not clear which of its weights is which. Give each the name that the exercise asks for.")]
    return [
        words(
            "From their shapes it is not clear which of the weights {found} is which. Call them {names}.",
            found=tuple(_name(pair.found) for pair in pairs[:12]),
            names=tuple(f"`{pair.wanted.name}`" for pair in pairs[:12]),
        )
    ]


def _names(found: WeightInfo) -> set[str]:
    attribute = found.held.rpartition(".")[2].partition("[")[0].strip("_")
    return {found.path.rpartition("/")[2], attribute}


def _name(found: WeightInfo) -> str:
    return f"`self.{found.held[:120]}`" if found.held else f"`{(found.path.partition('/')[2] or found.path)[:120]}`"


def _listed(name: str, shape: tuple[int, ...]) -> Text:
    return words("`{weight}` of shape {shape}", weight=name, shape=str(shape))


# -------------------------------------------------------------------------------------------------- the nearest layout


def _nearest(sheet: Sheet, case: SheetCase, answer: Answer) -> list[_Group] | None:
    if not isinstance(case.question, CallLayer) or not case.question.layouts:
        return None
    sizes = sizes_of(case)
    weights = [one for one in answer.weights[:100] if len(one.shape) <= 8]
    aligned = [_aligned(weights, wanted, sizes) for wanted in _layouts(sheet, case, sizes)]
    return min(aligned, key=lambda groups: sum(group.cost for group in groups))


def _layouts(sheet: Sheet, case: SheetCase, sizes: dict[str, int]) -> list[dict[str, list[_Wanted]]]:
    """The layouts of a case, each by its groups."""
    assert isinstance(case.question, CallLayer)
    layouts = []
    for place, layout in enumerate(case.question.layouts):
        groups: dict[str, list[_Wanted]] = {}
        for named in layout:
            shape = tuple(named.array.shape)
            full = f"{named.group}/{named.name}" if named.group else named.name
            groups.setdefault(named.group, []).append(
                _Wanted(named.name, shape, _axes_of(sheet, place, full, shape, sizes))
            )
        layouts.append(groups)
    return layouts


def _axes_of(sheet: Sheet, layout: int, name: str, shape: tuple[int, ...], sizes: dict[str, int]) -> tuple[str, ...]:
    """The axes of a weight: as the sheet names those of its gradient, else by sizes that only one axis has."""
    for case in sheet.cases:
        if layout < len(case.expected):
            for expected in case.expected[layout]:
                if expected.part == f"grad.{name}" and all(axis.partition(" ")[0] != "axis" for axis in expected.axes):
                    return expected.axes
    named = []
    for size in shape:
        fitting = [axis for axis, known in sizes.items() if known == size and not axis.startswith(_NEVER_OF_WEIGHTS)]
        if len(fitting) != 1:
            return ()
        named += fitting
    return tuple(named)


_NEVER_OF_WEIGHTS = ("batch", "time", "new_", "padded_", "height", "width")


def _aligned(weights: list[WeightInfo], wanted: dict[str, list[_Wanted]], sizes: dict[str, int]) -> list[_Group]:
    """Sublayers beside groups of the layout, in their order, with as little difference as can be."""
    if len(wanted) == 1:
        ((number, only),) = wanted.items()
        return [_Group(weights, only, sizes, number=number)]
    found = _sublayers(weights, len(wanted))
    groups = []
    for name in [name for name in wanted if not name.isdigit()]:
        places = [place for place in found if name in place]
        if len(places) == 1:
            groups.append(_Group(found.pop(places[0]), wanted[name], sizes, places[0], name))
    taken = {group.number for group in groups}
    left = [(name, own) for name, own in wanted.items() if name not in taken]
    return groups + _in_order(list(found.items()), left, sizes)


def _in_order(
    found: list[tuple[str, list[WeightInfo]]], wanted: list[tuple[str, list[_Wanted]]], sizes: dict[str, int]
) -> list[_Group]:
    if not found:
        return [_Group([], own, sizes, number=name) for name, own in wanted]
    if not wanted:
        return [_Group(weights, [], sizes, place) for place, weights in found]
    (place, weights), (name, own) = found[0], wanted[0]
    beside = [_Group(weights, own, sizes, place, name), *_in_order(found[1:], wanted[1:], sizes)]
    if len(found) == len(wanted):
        return beside
    if len(found) < len(wanted):
        other = [_Group([], own, sizes, number=name), *_in_order(found, wanted[1:], sizes)]
    else:
        other = [_Group(weights, [], sizes, place), *_in_order(found[1:], wanted, sizes)]
    return min(beside, other, key=lambda groups: sum(group.cost for group in groups))


def _sublayers(weights: list[WeightInfo], wanted: int) -> dict[str, list[WeightInfo]]:
    """The weights by sublayer, at the least depth at which there are as many sublayers as wanted."""
    owners = [tuple(one.held.split(".")[:-1] or one.path.split("/")[1:-1]) for one in weights]
    deepest = max(map(len, owners), default=0)
    depths = [1, *range(2, deepest + 1)]
    depth = next((depth for depth in depths if len({owner[:depth] for owner in owners}) >= wanted), 1)
    found: dict[str, list[WeightInfo]] = {}
    for owner, one in zip(owners, weights, strict=True):
        found.setdefault(".".join(owner[:depth]), []).append(one)
    return dict(list(found.items())[:6])
