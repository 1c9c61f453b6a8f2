"""Shapes that do not fit: what the message of a library says of them, and which axes of the example they are."""

from __future__ import annotations

import ast
import contextlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from autograder.answering.protocol import Problem
from autograder.judging.axis_words import legend, with_meaning
from autograder.language import Said, Text, sentences, words
from autograder.syntax import tree_of

Sizes = Mapping[str, int]
_Say = Callable[[re.Match[str], Sizes], Text]

_SHAPE = r"([(\[][\d, ]*[)\]])"
_LARGEST = 10**9


def explain(message: str, sizes: Sizes) -> Said:
    """What a message about shapes means; `""` where it is about something else."""
    for pattern, say in _COMPILED:
        found = pattern.search(message)
        if found:
            return say(found, sizes)
    return ""


def sizes_said(problem: Problem, sizes: Sizes) -> Said:
    """What the numbers in the shapes of a problem's lines stand for."""
    shapes = [shape for _, shape in itertools.chain(problem.shapes, *(call.shapes for call in problem.callers))]
    numbers = sorted({size for shape in shapes for size in _numbers(shape)})
    return legend(numbers, sizes) if _about_shapes(problem) else ""


def _about_shapes(problem: Problem) -> bool:
    return bool(explain(problem.message, {}) or einsum_said(problem, {})) or "shape" in problem.message.lower()


# ------------------------------------------------------------------------------------------------------------ messages


def _numbers(shape: str) -> tuple[int, ...]:
    """The sizes of a shape as text; open ones are left out."""
    return tuple(min(int(size[:10]), _LARGEST) for size in re.findall(r"\d+", shape[:200]))


def _shape(text: str) -> str:
    sizes = _numbers(text)
    return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def _product(first: str, second: str, sizes: Sizes) -> Text:
    one, other = _numbers(first), _numbers(second)
    shapes = {"first": _shape(first), "second": _shape(second)}
    if one and len(other) > 1 and one[-1] != other[-2]:
        return words(
            "A matrix product got shapes {first} and {second}. The last size of the first, {one}, and the first size "
            "of the second, {other}, have to be equal.",
            **shapes, one=with_meaning(one[-1], sizes), other=with_meaning(other[-2], sizes),
        )  # fmt: skip
    return words(
        "A matrix product got shapes {first} and {second}. The last size of the first and the first size of the second "
        "have to be equal.",
        **shapes,
    )  # fmt: skip


def _entries(first: str, second: str, sizes: Sizes) -> Text:
    shapes = {"first": _shape(first), "second": _shape(second)}
    pairs = zip(reversed(_numbers(first)), reversed(_numbers(second)), strict=False)
    for place, (one, other) in enumerate(pairs, 1):
        if one != other and 1 not in (one, other):
            return words(
                "An entry-by-entry operation met shapes {first} and {second}, which do not fit: along axis {axis}, "
                "{one} meets {other}.",
                **shapes, axis=-place, one=with_meaning(one, sizes), other=with_meaning(other, sizes),
            )  # fmt: skip
    return words("An entry-by-entry operation met shapes {first} and {second}, which do not fit.", **shapes)


def _joined(first: str, second: str, sizes: Sizes, axis: int | None = None) -> Text:
    return words(
        "Arrays of shapes {first} and {second} were to be joined. All axes but the one they are joined along have to "
        "be equally long: along which axis do you join?",
        first=_shape(first), second=_shape(second),
    )  # fmt: skip


def _one_axis(axis: str, first: str, second: str, sizes: Sizes) -> Text:
    return words(
        "Arrays were to be joined that differ along axis {axis}: {one} meets {other}. All axes but the one they are "
        "joined along have to be equally long: along which axis do you join?",
        axis=axis, one=with_meaning(int(first), sizes), other=with_meaning(int(second), sizes),
    )  # fmt: skip


_RULES: tuple[tuple[str, _Say], ...] = (
    (
        rf"Matrix size-incompatible: In\[0\]: {_SHAPE}, In\[1\]: {_SHAPE}",
        lambda m, sizes: _product(m[1], m[2], sizes),
    ),
    (
        rf"Inner dimensions .* must be equal, but received `?x1\.shape={_SHAPE}`? and `?x2\.shape={_SHAPE}",
        lambda m, sizes: _product(m[1], m[2], sizes),
    ),
    (
        r"mismatch in its core dimension.*size (\d{1,9}) is different from (\d{1,9})",
        lambda m, sizes: words(
            "A matrix product sums over two axes that have to be equally long; here they have {first} and {second} "
            "entries.", first=with_meaning(int(m[2]), sizes), second=with_meaning(int(m[1]), sizes),
        ),
    ),
    (
        rf"shapes {_SHAPE} and {_SHAPE} not aligned",
        lambda m, sizes: _product(m[1], m[2], sizes),
    ),
    (
        rf"In\[0\] and In\[1\] must have compatible batch dimensions: {_SHAPE} vs\.? {_SHAPE}",
        lambda m, sizes: words(
            "A matrix product got shapes {first} and {second}. It multiplies the last two axes and goes through all "
            "axes before them side by side. Which axes do you want to sum over?",
            first=_shape(m[1]), second=_shape(m[2]),
        ),
    ),
    (
        rf"In\[0\] and In\[1\] has different ndims: {_SHAPE} vs\.? {_SHAPE}",
        lambda m, sizes: words(
            "A matrix product got shapes {first} and {second}, which have unlike numbers of axes. Which axis did one "
            "of them lose on the way, or never have?",
            first=_shape(m[1]), second=_shape(m[2]),
        ),
    ),
    (
        rf"could not be broadcast together with shapes {_SHAPE} {_SHAPE}",
        lambda m, sizes: _entries(m[1], m[2], sizes),
    ),
    (
        rf"Incompatible shapes: {_SHAPE} vs\.? {_SHAPE}",
        lambda m, sizes: _entries(m[1], m[2], sizes),
    ),
    (
        rf"Dimensions must be equal, but are \d+ and \d+ for .* (?:Add|Mul|Sub|Div).*input shapes: {_SHAPE}, {_SHAPE}",
        lambda m, sizes: _entries(m[1], m[2], sizes),
    ),
    (
        rf"Dimensions must be equal, but are \d+ and \d+ for .*MatMul.*input shapes: {_SHAPE}, {_SHAPE}",
        lambda m, sizes: _product(m[1], m[2], sizes),
    ),
    (
        rf"Cannot broadcast shape.*Input shapes are: {_SHAPE} and {_SHAPE}",
        lambda m, sizes: _entries(m[1], m[2], sizes),
    ),
    (
        r"required broadcastable shapes",
        lambda m, sizes: words(
            "An entry-by-entry operation met two shapes that do not fit. Print the shapes of both sides."
        ),
    ),
    (
        rf"Dimension \d+ in both shapes must be equal: shape\[0\] = {_SHAPE} vs\. shape\[1\] = {_SHAPE}",
        lambda m, sizes: _joined(m[1], m[2], sizes),
    ),
    (
        r"along dimension (\d+), the array at index \d+ has size (\d{1,9}) and .* index \d+ has size (\d{1,9})",
        lambda m, sizes: _one_axis(m[1], m[2], m[3], sizes),
    ),
    (
        rf"Ranks of all input tensors should match: shape\[0\] = {_SHAPE} vs\. shape\[\d+\] = {_SHAPE}",
        lambda m, sizes: words(
            "Arrays of shapes {first} and {second} were to be joined, which have unlike numbers of axes. Which axis "
            "did one of them lose on the way, or never have?",
            first=_shape(m[1]), second=_shape(m[2]),
        ),
    ),
    (
        r"Expected concatenating dimensions in the range \[(-?\d+), (\d+)\), but got (-?\d+)",
        lambda m, sizes: words(
            "Arrays with {number} axes were to be joined along axis {axis}, which they do not have. Counting starts at "
            "0.", number=m[2], axis=m[3],
        ),
    ),
    (
        rf"inputs must match: values\[0\]\.shape = {_SHAPE} != values\[1\]\.shape = {_SHAPE}",
        lambda m, sizes: words(
            "Arrays of shapes {first} and {second} were to be stacked. Stacking makes a new axis and needs equal "
            "shapes; joining along an axis that is there does not.", first=_shape(m[1]), second=_shape(m[2]),
        ),
    ),
    (
        rf"could not broadcast input array from shape {_SHAPE} into shape {_SHAPE}",
        lambda m, sizes: words(
            "An array of shape {first} was to be written into a place of shape {second}.",
            first=_shape(m[1]), second=_shape(m[2]),
        ),
    ),
    (
        r"evenly divide the split dimension, but got split_dim (\d+) \(size = (\d{1,9})\) and num_split (\d+)",
        lambda m, sizes: words(
            "Axis {axis}, of size {size}, was to be split into {number} equal parts. Which axis holds the blocks?",
            axis=m[1], size=with_meaning(int(m[2]), sizes), number=m[3],
        ),
    ),
    (
        r"array split does not result in an equal division",
        lambda m, sizes: words(
            "An axis was to be split into equal parts, and its length is no multiple of their number. Which axis holds "
            "the blocks?"
        ),
    ),
    (
        rf"cannot reshape array of size (\d+) into shape {_SHAPE}",
        lambda m, sizes: words(
            "{number} entries do not fill the shape {shape}. Reshaping keeps their number and their order.",
            number=m[1], shape=_shape(m[2]),
        ),
    ),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.DOTALL), say) for pattern, say in _RULES)


# -------------------------------------------------------------------------------------------------------------- einsum


def einsum_said(problem: Problem, sizes: Sizes) -> Said:
    """Which letters of an `einsum` do not fit its operands; `""` where all do, or where that cannot be seen."""
    shapes = {name: _numbers(shape) for name, shape in problem.shapes if "None" not in shape}
    for equation, operands in _einsums(problem.piece or problem.line):
        letters = equation.replace(" ", "").partition("->")[0].split(",")
        if "." in equation or len(letters) != len(operands):
            continue
        known = [(term, name, shapes[name]) for term, name in zip(letters, operands, strict=True) if name in shapes]
        said = [_other_rank(*one) for one in known if len(one[0]) != len(one[2])]
        said += _clashes([one for one in known if len(one[0]) == len(one[2])], sizes)
        if said:
            return sentences(*said[:3])
    return ""


def _nodes(line: str) -> Iterator[ast.AST]:
    """The syntax of a line, also of one that begins a block; nothing where it cannot be read by itself."""
    tree = None
    for text in (line, f"{line}\n pass"):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            tree = tree or tree_of(text[:4000])
    yield from ast.walk(tree) if tree is not None else ()


def _einsums(line: str) -> Iterator[tuple[str, list[str]]]:
    """The equation and the operands, as they are written, of every einsum in a line."""
    for node in _nodes(line):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="einsum") | ast.Name(id="einsum"), args=[ast.Constant(str(equation)), *operands]
            ):
                yield equation, [ast.unparse(operand)[:80] for operand in operands]


def _other_rank(term: str, name: str, shape: tuple[int, ...]) -> Said:
    return words(
        "`{letters}` names {n} axis, and `{name}` has {axes}: its shape is {shape}.",
        "`{letters}` names {n} axes, and `{name}` has {axes}: its shape is {shape}.",
        n=len(term), letters=term, name=name, axes=len(shape), shape=_shape(str(shape)),
    )  # fmt: skip


def _clashes(known: Sequence[tuple[str, str, tuple[int, ...]]], sizes: Sizes) -> list[Said]:
    first: dict[str, tuple[int, str, str]] = {}
    said: list[Said] = []
    for term, name, shape in known:
        for letter, size in zip(term, shape, strict=True):
            before = first.setdefault(letter, (size, name, term))
            if before[0] != size and 1 not in (before[0], size):
                said.append(
                    words(
                        "The letter `{letter}` stands for {one} in `{first}` (`{term}`) and for {other} in `{second}` "
                        "(`{letters}`).",
                        letter=letter, one=with_meaning(before[0], sizes), first=before[1], term=before[2],
                        other=with_meaning(size, sizes), second=name, letters=term,
                    )
                )  # fmt: skip
    return said


# ----------------------------------------------------------------------------------------------------------- products


def exchanged_said(problem: Problem) -> Said:
    """What to write where a product of two matrices fits the other way round; `""` where none does.

    >>> shapes = (("W_f", "(3, 5)"), ("x_t", "(2, 3)"))
    >>> str(exchanged_said(Problem("exception", "ValueError", piece="W_f @ x_t", shapes=shapes)))
    'The other way round they fit: the batch comes first, `x_t @ W_f`.'
    """
    shapes = {name: _numbers(shape) for name, shape in problem.shapes if "None" not in shape}
    for first, second in _products(problem.piece or problem.line):
        one, other = shapes.get(first, ()), shapes.get(second, ())
        if len(one) == len(other) == 2 and one[1] != other[0] and other[1] == one[0]:
            product = f"{second} @ {first}"
            return words("The other way round they fit: the batch comes first, `{product}`.", product=product)
    return ""


def _products(line: str) -> Iterator[tuple[str, str]]:
    """The two sides, as they are written, of every product of matrices in a line."""
    for node in _nodes(line):
        match node:
            case (
                ast.BinOp(left=first, op=ast.MatMult(), right=second)
                | ast.Call(
                    func=ast.Attribute(attr="matmul" | "dot") | ast.Name(id="matmul" | "dot"), args=[first, second]
                )
            ):
                yield ast.unparse(first)[:80], ast.unparse(second)[:80]
