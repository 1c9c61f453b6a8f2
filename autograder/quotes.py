"""What a worker quotes of a notebook must stand in the notebook.

The worker says in which line and which function an exception was raised, and which names there are. All of it comes out
of a process in which student code runs: a function named after a secret input, or a line put into Python's cache of
lines, would carry that input into the feedback.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

import msgspec

from autograder.model import Cell
from autograder.worker.protocol import CallLine, Problem, Reached

LONGEST = 2000
LONGEST_MESSAGE = 400
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d{1,4}")
_STEP = re.compile(r"line \d{1,5}, in \w+")
_SAID = frozenset(
    """
    a Add add AddV2 all already an and any arg argument arguments array arrays as assignment at attempt attribute
    axes axis b back bad base BatchMatMulV2 be been before being between bool bound broadcast but by by_zero call
    callable called calling can cannot ceil class code compute computed concat ConcatV2 conversion convert
    converting core could data decimal defined delete device dict dictionary dim dimension dimensions dimensions_of
    dividing division do does dtype dtypes e EagerTensor Einsum element elements empty encountered end equal error
    exactly Exception expect expected extra file first float float16 float32 float64 following for found from
    function gave get given got gufunc half has have i ID if implemented In in Incompatible incompatible index
    Indexed indices Input input inputs instance instead int int32 int64 into Invalid invalid invalid_argument is it
    item items iterable iterator its j k KerasTensor Key key keyword last layer len length list literal local m
    many map mapping match math MatMul matmul Matrix maximum may method mismatch Missing missing module modulo more
    Mul multiply must n n1 n2 n3 name named names ndarray ndim needed negative NHWC no node non None NoneType
    nonetype not null number numpy object objects of on one only Op op operand operands operation operator or order
    out output outputs overflow packed parameter permutation positional possible pow problem python rank Received
    received recursion referenced remapped repeated representation requested required requires Reshape reshape
    ResourceVariable return returned s same scalar sequence sequences set setting Shape shape Shapes shapes
    shapes_incompatible shift should signature single size sizes Slice slice some Split split str StridedSlice
    string Sub sub subscriptable supported symbolic takes Tensor tensor Tensors tensors tf than that The the them
    There there they this time to together too Transpose truth tuple type types underflow unexpected unhashable
    unit units unpack unsupported Use use used using Value value values Variable variable was Weight weight weights
    were when where which while with without yet you your zero
    """.split()
)
"""What there is in the messages of errors."""
_PLACE = re.compile(r"<\w+>")
_BUILT_IN = re.compile(r"(keras\.layers|tf\.raw_ops)\.\w+|scipy")


class Quotes:
    """The lines, functions and names of a notebook."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._sources = [cell.shown for cell in cells if cell.is_code]

    def problem(self, problem: Problem | None) -> Problem | None:
        """The problem with what the notebook does not hold left out."""
        if problem is None:
            return None
        return msgspec.structs.replace(
            problem,
            line=self.line(problem.line),
            piece=problem.piece if problem.piece in self._text else "",
            raised_in=self.function(problem.raised_in),
            shapes=self._shapes(problem.shapes),
            callers=tuple(
                CallLine(line, self.function(call.function), self._shapes(call.shapes))
                for call in problem.callers
                if (line := self.line(call.line))
            ),
        )

    def of_few_words(self, problem: Problem | None) -> Problem | None:
        """The problem without words of which a lot could be made: its message stays where it is short and all of it is
        the notebook's, or what Python, NumPy, Keras and TensorFlow say."""
        if problem is None:
            return None
        known = len(problem.message) <= LONGEST_MESSAGE and all(
            word in self._words or word in _SAID or _NUMBER.fullmatch(word) for word in _WORD.findall(problem.message)
        )
        lines = [line for line in problem.traceback.splitlines()[:-1] if self.line(line) or _STEP.fullmatch(line)]
        return msgspec.structs.replace(
            problem,
            message=problem.message if known else "",
            traceback="\n".join([*lines, f"{problem.type}: {problem.message}"]) if known else "",
        )

    def line(self, line: str) -> str:
        """The line if it is one of the notebook's, else `""`."""
        return line if line.strip() in self._lines else ""

    def function(self, name: str) -> str:
        """The qualified name if every part of it is a word of the notebook, else `""`."""
        parts = name.split(".")
        return name if all(part in self._words or _PLACE.fullmatch(part) for part in parts) else ""

    def names(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those that the notebook mentions."""
        return tuple(name for name in names if name in self._words)

    def reached(self, lines: Iterable[Reached]) -> tuple[Reached, ...]:
        """Lines of the notebook that came to a decoy. The built-in is named where the notebook names it."""
        return tuple(
            Reached(
                self.line(one.line),
                one.built_in
                if one.built_in.rpartition(".")[2] in self._words and _BUILT_IN.fullmatch(one.built_in)
                else "",
                self.function(one.function),
            )
            for one in lines
            if self.line(one.line)
        )

    def _shapes(self, shapes: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, shape) for name, shape in shapes if set(re.findall(r"\w+", name)) <= self._words)

    @cached_property
    def _lines(self) -> frozenset[str]:
        return frozenset(line.strip()[:LONGEST] for source in self._sources for line in source.splitlines())

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for source in self._sources for word in re.findall(r"\w+", source))

    @cached_property
    def _text(self) -> str:
        return " ".join(" ".join(self._sources).split())
