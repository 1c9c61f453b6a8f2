"""What a worker quotes of a notebook must stand in the notebook.

The worker says in which line and which function an exception was raised, and which names there are. All of it comes out
of a process in which student code runs: a function named after a secret input, or a line put into Python's cache of
lines, would carry that input into the feedback.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterable
from functools import cached_property

import msgspec

from autograder.answering.protocol import Answer, CallLine, Items, Other, Problem, Reached, Value
from autograder.model import Cell

LONGEST = 2000
LONGEST_MESSAGE = 400
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d{1,4}")
_STEP = re.compile(r"line \d{1,5}, in \w+")
_SAID = frozenset(
    """
    __init__ _MklMatMul a access accessing according activation Add add add_weight AddV2 after aligned all allowed
    along already ambiguous an and any are arg argument Arguments arguments array arrays as assignment associated
    at attempt Attempting attempting attribute AttributeError AutoGraph axes axis b back bad base based
    BatchMatMulV2 be been before being between bool boolean both bound bounds broadcast BroadcastTo build built But
    but by call callable called calling can Cannot cannot cast casting ceil cell character characters class code
    coerced common comparable comparing comparison compute computed concat concatenate concatenation ConcatOp
    ConcatV2 config constructor contain context conversion convert converted converting copy core Could could
    create created data decimal deep default defined delete depth desired detected device dict dictionary did
    different dim Dimension dimension dimensional Dimensions dimensions directory divide dividing divisible
    division do does don double dtype dtypes e eager EagerTensor Einsum einsum element elements ellipses ellipsis
    empty encountered end enough equal equation Errno error evenly exact exactly exceeded except Exception
    execution expect expected expects extra file first float float16 float32 float64 following for forget forgot
    found framework from Full function gave get get_config given global Go Got got graph gufunc half has hasattr
    have i ID identifier if implement implemented In in Incompatible incompatible index Indexed indexed indicate
    indices inhomogeneous initial_state initialize initializer Input input input_shape inputs instance instances
    instead int int32 int64 integer integers interpret interpreted into Invalid invalid invalid_argument is it item
    items iterable iterate Iterating iterating iterator IteratorGetNext its j k Keras keras keras_tensor
    KerasTensor KerasTensors Key key keyword large Last last layer least len length lhs list literal local loop m
    manager many map mapping mask match matching math MatMul matmul Matrix matrix max_ndim maximum may method
    min_ndim mismatch Missing missing mode module modulo more Mul multiple multiply must n n1 n2 n3 name named
    names ndarray ndim need needed negative newaxis NHWC No no node non None NoneType nonetype not
    NotImplementedError null num_split Number number NumPy numpy object objects of on one Only only Op op operand
    operands operation operator operators ops or order original out output output_shape outputs over overflow
    packed parameter parse part pass passed per perm permutation Placeholder positional possible pow problem
    promotion Python python range rank re Received received recursion reduction referenced remapped repeated
    representation requested required requires Reshape reshape ResourceVariable result return returned rhs rule s
    safe safely same same_kind scalar scalars sequence sequences serializable set setting Shape shape Shapes shapes
    shift should signature single size sizes Slice slice slices some Split split split_dim square src state
    statement states str strided_slice StridedSlice string Sub sub subscript subscriptable subscripts such Sum
    super support supported sure symbolic SymbolicTensor t takes Tensor tensor tensorflow Tensors tensors tf than
    that The the them There there they This this time to together too trainable_variables training Transpose truth
    trying Tuple tuple type types U1 ufunc UFuncTypeError unable unary underflow understood unexpected unhashable
    uninitialized unit units unpack Unrecognized unrecognized unsupported Use use used using valid Value value
    values Variable variable variables vector vectors vs was ways Weight weight weights were when where which while
    with without x y yet You you your zero
    """.split()
)
"""What there is in the messages of errors."""
_PLACE = re.compile(r"<\w+>")
_AROUND = re.compile(
    r"""
    \x1b\[\d*m
    | Exception\ encountered\ when\ calling\ [\w.]+\(\)\.\s*
    | Could\ not\ automatically\ infer\ the\ output\ shape.*?Error\ encountered:\s*
    | \s*Arguments\ received\ by\ .*
    | \{\{function_node\ [^}]*\}\}\s*
    | \ for\ '\{\{node\ [^']*'
    | \s*\[Op:\w*\](?:\ name:\ ?\S*)?
    """,
    re.VERBOSE | re.DOTALL,
)
"""What Keras and TensorFlow put around a message: it is of no help, and has names that could be anything."""
_SENTENCE = re.compile(r".+?(?:[.!?:](?=\s)|$)\s*", re.DOTALL)
_COUNTED = re.compile(r"_\d{1,2}$")
_MODELS = frozenset(("functional", "sequential"))
"""What Keras calls models whose class is not written down."""
_BUILT_IN = re.compile(r"(keras\.layers|tf\.raw_ops)\.\w+|scipy")
_LIBRARY_ERRORS = frozenset(
    """
    InvalidArgumentError ResourceExhaustedError UnimplementedError InternalError NotFoundError FailedPreconditionError
    OperatorNotAllowedInGraphError InaccessibleTensorError ForbiddenError LinAlgError AxisError BackendError
    """.split()
)


def type_that_tells_nothing(name: str) -> str:
    """The type of an exception where it is a known one. A class can be made while a question is answered, and be named
    after its inputs."""
    known = name in _LIBRARY_ERRORS or isinstance(getattr(builtins, name, None), type)
    return name if known or not name else "Exception"


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

    def of_few_words(self, answer: Answer, asked: Collection[str] = ()) -> Answer:
        """The answer of a process that could have been told of secret questions: numbers are checked and bounded by
        what was asked; of words stay those of which nothing can be made. asked: names of weights and settings that the
        question itself has.
        """
        weights = tuple(
            msgspec.structs.replace(weight, path=self._known(weight.path), held=self._known(weight.held))
            for weight in answer.weights
        )
        return msgspec.structs.replace(
            answer,
            problem=self._problem_of_few_words(answer.problem),
            value=self._value_of_few_words(answer.value),
            gradients={
                name if name in asked else self._known(name): self._value_of_few_words(value)
                for name, value in answer.gradients.items()
            },
            config={
                name if name in asked else self._known(name): self._value_of_few_words(value)
                for name, value in answer.config.items()
            },
            weights=weights,
            initial={},  # nothing that is published comes from these
        )

    def _known(self, text: str) -> str:
        return text if all(map(self._is_said, _WORD.findall(text))) else "…"

    def _value_of_few_words(self, value: Value) -> Value:
        if isinstance(value, str):
            return self._known(value)
        if isinstance(value, Other):
            return Other(self._known(value.type_name))
        return Items(tuple(map(self._value_of_few_words, value.items))) if isinstance(value, Items) else value

    def _problem_of_few_words(self, problem: Problem | None) -> Problem | None:
        """The problem without words of which a lot could be made: of its message stay the sentences, up to the first
        that does not consist of what is the notebook's, or what Python, NumPy, Keras and TensorFlow say."""
        if problem is None:
            return None
        message = ""
        for sentence in _SENTENCE.findall(_AROUND.sub("", problem.message)):
            if len(message) + len(sentence) > LONGEST_MESSAGE or not all(map(self._is_said, _WORD.findall(sentence))):
                break
            message += sentence
        message = message.strip()
        kind = problem.type if problem.type in self._words else type_that_tells_nothing(problem.type)
        lines = [line for line in problem.traceback.splitlines()[:-1] if self.line(line) or _STEP.fullmatch(line)]
        return msgspec.structs.replace(
            problem,
            type=kind,
            message=message,
            traceback="\n".join([*lines, f"{kind}: {message}"]) if message else "",
        )

    def _is_said(self, word: str) -> bool:
        if word in self._words or word in _SAID or _NUMBER.fullmatch(word):
            return True
        return _COUNTED.sub("", word) in self._names_by_keras

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
    def _names_by_keras(self) -> frozenset[str]:
        """What Keras calls layers of the classes that the notebook mentions, `my_layer` of `MyLayer`."""
        return _MODELS | {
            re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", word)).lower()
            for word in self._words
        }

    @cached_property
    def _text(self) -> str:
        return " ".join(" ".join(self._sources).split())
