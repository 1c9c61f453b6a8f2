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
    a all already an and any arg argument arguments array arrays as at attempt attribute axes axis b back bad base be
    been before being between bool bound broadcast but by call callable called calling can cannot ceil class code
    concat conversion convert converting could core data decimal defined delete dict dictionary dim dimension dimensions
    do does dtype dtypes e element elements empty encountered end equal error Exception exactly expect expected extra
    file first float float16 float32 float64 following for found from function gave get given got gufunc half has have
    ID if implemented in In incompatible Incompatible index Indexed indices Input input inputs instance instead int
    int32 int64 into invalid invalid_argument Invalid is it item items iterable iterator its Key key keyword last layer
    len length list literal local many map match math matmul Matrix mapping maximum may method mismatch Missing missing
    module more multiply must n NoneType name named names ndarray ndim needed negative NHWC no node non None not
    nonetype null number numpy object objects of on one only op operand operands operation operator or order out output
    outputs packed parameter permutation positional possible problem python rank received Received recursion referenced
    remapped repeated representation requested required requires reshape Reshape return returned s same scalar
    sequence sequences set setting shape Shape shapes Shapes should signature single size sizes slice Slice some split
    str string subscriptable sub supported symbolic takes tensor Tensor Tensors tensors tf than that The the them
    There there they this time to too truth tuple type types unexpected unhashable unit units unpack Use use used
    using value Value values variable was Weight weight weights were when where which while with without yet you your
    together unsupported before assignment KerasTensor EagerTensor ResourceVariable Variable AddV2 Add Sub Mul MatMul BatchMatMulV2 ConcatV2
    Split StridedSlice Einsum Transpose device Op computed compute shapes_incompatible add matmul dimensions_of
    dividing zero division by_zero overflow underflow modulo pow shift n1 n2 n3 k m i j
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
