"""The nouns of the grader, as frozen dataclasses. Data flows through them one way:

Exercise -> Case -> Sheet (questions and right answers)
Submission -> Observation (raw answers of a worker) -> Verdict -> Record

One file, because these are the words that every room speaks: whoever looks for one looks here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from autograder.answering.protocol import Answer, Array, Problem, Question, StandIn
from autograder.language import NOTHING, Said, Text
from autograder.time_limits import QUESTION_SECONDS

Arrays: TypeAlias = Mapping[str, np.ndarray]
"""Right or wrong answers of a case by the name of the part: `output`, `state.0`, `grad.kernel`, ..."""

# ------------------------------------------------------------------------------------------- what is asked (trusted)


@dataclass(frozen=True)
class FunctionCase:
    """One call of a function exercise.

    arguments: name -> value, in the order of the signature; arrays are float32 unless the exercise says otherwise.
    axes: name -> axes of that array, e.g. `"batch features"`; an axis `"4*units"` holds 4 blocks of `units`.
    returns: name -> axes of each returned array, in order; one entry means a bare array, not a tuple.
    """

    id: str
    arguments: Mapping[str, Any]
    axes: Mapping[str, str]
    returns: Mapping[str, str]


@dataclass(frozen=True)
class LayerCase:
    """One call of a layer or cell exercise.

    config: constructor arguments. weights: Keras's name (`group/name` inside a sublayer) -> array, in Keras's order.
    returns: name -> axes of each tensor the call returns, in order (states of a cell come as a list; here they are
        simply the later entries).
    cotangents: name of a returned part -> array of its shape; None: no gradients are asked.
        A part `weight.name` is an initial value, for the route `fresh`, which calls nothing.
    protocol, route: see `CallLayer`.
    """

    id: str
    config: Mapping[str, Any]
    weights: Mapping[str, np.ndarray]
    inputs: np.ndarray
    axes: Mapping[str, str]
    returns: Mapping[str, str]
    states: tuple[np.ndarray, ...] | None = None
    mask: np.ndarray | None = None
    training: bool | None = None
    cotangents: Arrays | None = None
    protocol: Literal["layer", "cell"] = "layer"
    route: str = "eager"
    dtype: Literal["float32", "float64"] = "float32"
    config_back: Mapping[str, Any] = field(default_factory=dict)
    """Entries that `get_config()` must hold (numbers or strings), for the route `from_config`; for `loop`, `state_size`
    and `output_size`."""


@dataclass(frozen=True)
class ModelCase:
    """Build, train and use a model. `labels_probe` never leaves the trusted side; labels below 0 do not count.

    The parts of a trained one are `probabilities` (0, or how far its predictions are from any) and `accuracy`.

    alike: pairs of rows of the probe of which the model must say the same, e.g. a sentence with less and more padding.
    margin: how much less accurate than Keras's own, trained in the same way, it may be: five times the spread of the
        difference over seeds.
    """

    id: str
    arguments: tuple[Any, ...]
    inputs: np.ndarray
    labels: np.ndarray
    probe: np.ndarray
    labels_probe: np.ndarray
    steps: int
    batch_size: int
    learning_rate: float
    alike: tuple[tuple[int, int], ...] = ()
    margin: float = 0.05
    inputs_beside: tuple[np.ndarray, ...] = ()
    probe_beside: tuple[np.ndarray, ...] = ()
    """Of a model with several inputs, those after the first."""


Case: TypeAlias = FunctionCase | LayerCase | ModelCase


@dataclass(frozen=True)
class Layout:
    """Another way to name and cut the same weights: `cut` maps Keras's weights (or their gradients, or a value of
    equal shape) to the ordered arrays of this layout; linear in every entry.

    gradients: the same for gradients, where these are cut in another way. words: what tells an array from others of its
        shape, by its name, see `NamedArray`.
    """

    id: str
    cut: Callable[[Arrays], Arrays]
    gradients: Callable[[Arrays], Arrays] | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Mistake:
    """A named wrong oracle. `answer` gives the wrong parts of a case (those it would change or repeat), or None
    where the mistake cannot be seen in that case. The hint asks a question and never states the fix."""

    id: str
    title: Said
    hint: str
    answer: Callable[[Any], Arrays | None]
    gate: str = ""
    lines: Mapping[str, Any] = field(default_factory=dict)
    """The lines of a right answer that it replaces, where the exercise is `made_of` lines. Mistakes in different lines
    are looked for in pairs."""
    usual: bool = True
    """Whether those pairs are all; where not, only mistakes of the same `slip` are looked for beside it."""
    slips: tuple[str, ...] = ()
    """What makes several mistakes in one line of code, such as a line that was copied from another."""


@dataclass(frozen=True)
class Gate:
    """A gate, or another part of a layer that mistakes and probes speak of, in words.

    name: as a picture calls it, `forget gate`. spoken: within a sentence, `the forget gate`. alone: what a wrong answer
    tells in a case in which nothing else shows.
    """

    name: Said
    spoken: Said
    alone: Text = NOTHING


@dataclass(frozen=True)
class Check:
    """Points for parts of answers. `parts` are `case.part`, with `*` as a wildcard; `needs` are ids of checks
    without which this one says nothing new. A check of 0 points is advisory: it is no reason why an answer is not
    right."""

    id: str
    title: str
    points: float
    parts: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Something of the notebook that an answer may be built on. A stand-in takes its place where it is wrong.

    stand_in: what takes its place (the seed is drawn when a sheet is made). lines: the lines of `Exercise.made_of` that
        right code makes of it, from what it computes (see `answering.stand_ins.computed`).
    """

    stand_in: StandIn
    lines: Callable[[Callable[..., Any]], Mapping[str, Any]]

    @property
    def name(self) -> str:
        return self.stand_in.name

    @property
    def is_earlier(self) -> bool:
        """Whether it was written for an earlier assignment."""
        return bool(self.stand_in.assignment)


@dataclass(frozen=True)
class Exercise:
    """One graded task of an assignment.

    entry_point: the name the student defines.
    signature: how it is called, as shown to the student.
    cases: the cases made from one random generator; holds no answer.
    truth: the right parts of a case from `reference.equations`, computed in the dtype of the case's arrays.
    witnesses: `keras` and `reference` -> a function that returns a right entry point (stock Keras's class, ours), so
        that both answer the very questions a student is asked; empty where neither has such a thing.
    slack: the second term of the tolerance, by part (see `autograder.exercises.kit`).
    layouts: accepted ways to name the weights besides Keras's own.
    forbidden: families of built-ins that may not be used to answer, e.g. `recurrence`; see `answering.decoys`.
    """

    id: str
    assignment: str
    title: str
    entry_point: str
    signature: str
    points: float
    hint: str
    cases: Callable[[np.random.Generator], tuple[Case, ...]]
    truth: Callable[[Any], Arrays]
    slack: Callable[[Any, Arrays], Mapping[str, float]]
    checks: tuple[Check, ...]
    mistakes: tuple[Mistake, ...] = ()
    witnesses: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    layouts: tuple[Layout, ...] = ()
    forbidden: tuple[str, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    """Where this check fails, and nothing more is known, what leads on; `hint` is for checks that need no other."""
    made_of: Callable[[Any, Mapping[str, Any]], Arrays | None] | None = None
    """What is answered to a case with several lines replaced."""
    alone: Callable[[Any], Iterable[tuple[str, Any]]] | None = None
    """A case's (gate, case in which this gate alone shows)."""
    gates: Mapping[str, Gate] = field(default_factory=dict)
    """The gates that its mistakes and `alone` name."""
    picture: str = ""
    """A drawing that can point at these gates: the name of a template of `autograder/report`."""
    permuted: tuple[str, ...] = ("features", "units")
    """Axes whose order does not matter; the tolerance is calibrated with them permuted."""
    advice: Callable[[np.random.Generator], tuple[LayerCase, ...]] = lambda rng: ()
    """Cases that only checks of 0 points are about: asked where all that gives points is right, and drawn last."""
    built_on: tuple[tuple[Part, ...], ...] = ()
    """What an answer may be built on, the nearest first: a cell, or else the functions of which the cell is made. Parts
    of one group are used together."""
    stand_ins: tuple[StandIn, ...] = ()
    """What takes the place of parts in its questions, and in its truth; see `sheets.standing`."""


# ------------------------------------------------------------------- questions with right answers (trusted, or public)


@dataclass(frozen=True)
class Expected:
    """The right value of one part (float64; bool where an answer may be that), its axes, and how far a right answer may
    be from it."""

    part: str
    axes: tuple[str, ...]
    value: Array
    tolerance: float
    at_least: bool = False
    """The value is a threshold (a model's accuracy), and more is right too."""


@dataclass(frozen=True)
class SheetCase:
    """A question and what a right answer holds. `expected` has one tuple per layout of the weights (only gradients
    differ between them). `returns` are the parts the value is made of, in order."""

    id: str
    question: Question
    returns: tuple[str, ...]
    expected: tuple[tuple[Expected, ...], ...]
    config_back: dict[str, Any] = field(default_factory=dict)
    labels: Array | None = None
    """For a trained model: the labels of the probe, which never travel with the question."""
    alike: tuple[tuple[int, int], ...] = ()
    """As in `ModelCase`."""
    sizes: dict[str, int] = field(default_factory=dict)
    """How long its axes are: `batch` 2, `time` 5, `units` 4."""
    description: Said = ""
    """Its settings in words, e.g. `strides=2, with initial states`."""
    seconds: float = 0.0
    """How long Keras's own model took here, in a secret sheet; 0 where nothing is trained."""


@dataclass(frozen=True)
class WrongAnswer:
    """What a known mistake would answer.

    marks: for each part of `Sheet.marked` (see `autograder.judging.marks`), NaN where it says nothing; float32 of shape
        (parts, marks). shapes: of the parts that have another shape than the right ones.
    """

    id: str
    title: Said
    hint: str
    gate: str
    marks: Array
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class WrongPairs:
    """What two known mistakes at once would answer. first, second: which of `Sheet.wrong`; marks: float32 of shape
    (pairs, parts, marks)."""

    first: tuple[int, ...]
    second: tuple[int, ...]
    marks: Array


@dataclass(frozen=True)
class Probe:
    """A simpler question that helps to see where values go wrong; earns nothing.

    base: the case it was made from. right, wrong: what the one answer and the other tell. gate: which gate alone shows.
    """

    base: str
    case: SheetCase
    right: Text
    wrong: Text
    gate: str = ""


@dataclass(frozen=True)
class SheetCheck:
    id: str
    title: str
    points: float
    parts: tuple[str, ...]
    needs: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Sheet:
    """Everything needed to ask and judge one exercise with one seed: the unit that `release` publishes (public seed)
    and that `grade` computes once per class (secret seed)."""

    exercise: str
    assignment: str
    title: str
    entry_point: str
    signature: str
    points: float
    hint: str
    seed: str
    """`public`, or the commitment of the secret seed."""
    cases: tuple[SheetCase, ...]
    checks: tuple[SheetCheck, ...]
    wrong: tuple[WrongAnswer, ...] = ()
    """Only in a public sheet: mistakes are named, like all that is published, from what was asked in public."""
    pairs: WrongPairs | None = None
    marked: tuple[str, ...] = ()
    """`case.part` that marks are of."""
    probes: tuple[Probe, ...] = ()
    forbidden: tuple[str, ...] = ()
    language: str = ""
    """What the course is taught in, where it says so."""
    gates: dict[str, Gate] = field(default_factory=dict)
    picture: str = ""
    """As in `Exercise`."""
    advice: tuple[SheetCase, ...] = ()
    """As in `Exercise`; asked beside the cases, and judged for nothing but advice."""
    question_seconds: float = QUESTION_SECONDS
    """How long the course lets a question take when it grades."""
    stand_ins: tuple[StandIn, ...] = ()
    """What takes the place of parts of the notebook while it is asked."""
    standing: tuple[Sheet, ...] = ()
    """In a public sheet: the exercise with stand-ins for what it may be built on."""

    @property
    def replaced(self) -> tuple[str, ...]:
        """The names of these parts."""
        return tuple(stand_in.name for stand_in in self.stand_ins)


# ------------------------------------------------------------------------------------------- what was handed in


Role: TypeAlias = Literal["solution", "grade", "locked", "student", "written"]


@dataclass(frozen=True)
class Cell:
    """A cell of a restored submission, in the order in which it runs.

    id: nbgrader's grade id, or the notebook's cell id. role: `solution` (autograded answer), `grade` (autograder
    tests), `written` (manually graded), `locked` (given, read-only), `student` (all else).
    exercise: for a grade cell, the exercise that its source checks; None for an ordinary test. points: of a grade cell.
    demo: not run when grading (tagged so in the source and unmodified). unchanged: equal to the released cell.
    index: position in the submitted notebook, None when restored from the source.
    """

    id: str
    role: Role
    source: str
    index: int | None
    is_code: bool = True
    exercise: str | None = None
    points: float = 0.0
    demo: bool = False
    unchanged: bool = False
    handed_out: str | None = None
    """What students have of it, where the source holds more (hidden tests)."""
    task: bool = False
    """One of nbgrader's task cells, which are graded by a person whether anything was written or not."""

    @property
    def hidden(self) -> bool:
        """Whether there is more to it than students may see."""
        return self.handed_out is not None

    @property
    def shown(self) -> str:
        """What anybody may read of it."""
        return self.source if self.handed_out is None else self.handed_out

    @property
    def is_test(self) -> bool:
        """Whether it is an ordinary test: a cell that is run, and earns what comes of that."""
        return self.role == "grade" and self.is_code and self.exercise is None


@dataclass(frozen=True)
class FileBeside:
    """A file that lies beside the notebook when it runs. name: below the notebook's folder, with `/`. place: where it
    is read from. given: it is the instructor's."""

    name: str
    place: Path
    size: int
    given: bool = False


@dataclass(frozen=True)
class Submission:
    """A notebook as it will be run. `notes` say what was restored, dropped or odd, in words a student understands.
    sha256: of the notebook, and of the files beside it where there are any."""

    student: str
    assignment: str
    notebook: str
    sha256: str
    cells: tuple[Cell, ...]
    notes: tuple[Said, ...] = ()
    cell_notes: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)
    """Notes that concern one cell, by its id."""
    unreadable: Said = ""
    """Why the file cannot be graded at all; the cells are those of the release then."""
    files: tuple[FileBeside, ...] = ()


@dataclass(frozen=True)
class CellRun:
    """What running a cell gave. ended: `done`, `timed_out`, `out_of_memory`, `died` (the process ended in it),
    `skipped` (not run: demo, or dropped in a replay)."""

    cell_id: str
    ended: str
    outputs: tuple[dict[str, Any], ...] = ()
    problem: Problem | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class OrdinaryTest:
    """An ordinary test that was run. shown: the run that may be published: of what students have of the test, in a
    process that was asked nothing secret; None where there was none."""

    run: CellRun
    shown: CellRun | None
    unchanged: bool = False
    """The answers that it is about are as released."""


@dataclass(frozen=True)
class Observation:
    """Raw answers for one exercise, by case id; no judgement.

    ended: as in `CellRun`, of the questions. asked_at: `cell`, or `end` when the name existed only there.
    unchanged: the solution cells of the exercise are as released. names: names defined, when the entry point is
    missing. solution_runs: of the exercise's solution cells.
    """

    exercise: str
    answers: Mapping[str, Answer]
    ended: str = "done"
    asked_at: str = "cell"
    unchanged: bool = False
    names: tuple[str, ...] = ()
    solution_runs: tuple[CellRun, ...] = ()
    seconds: float = 0.0
    reading: tuple[int, int] | None = None
    """Which two layouts, of the same names and shapes, changed places: the weights were meant as the second."""
    probed: Mapping[str, Answer] = field(default_factory=dict)
    """Answers to the probes of a public sheet, by the id of their case."""


# --------------------------------------------------------------------------------------------------- what is decided


Status: TypeAlias = Literal[
    "passed",
    "partial",
    "failed",
    "not_attempted",
    "error",
    "timed_out",
    "out_of_memory",
    "forbidden",
    "blocked",
    "ungraded",
    "grader_fault",
]

Rung: TypeAlias = Literal[
    "right",
    "missing",
    "kind",
    "shape",
    "dtype",
    "finite",
    "value",
    "exception",
    "weights",
    "config",
    "time",
    "not_asked",
]


@dataclass(frozen=True)
class PartResult:
    """One part held against the right answer; `rung` is where the ladder ended.

    worst: axis -> index of the worst entry. got/expected: the values there. difference and tolerance: absolute.
    wrong_entries/entries: counts. wrong_where: axis -> indices that hold wrong entries, when not all do.
    got_values/expected_values: the arrays, only for public cases and only when small enough to look at.
    """

    part: str
    """`case.part`."""
    rung: Rung
    message: Said = ""
    axes: tuple[str, ...] = ()
    worst: dict[str, int] = field(default_factory=dict)
    got: float | None = None
    expected: float | None = None
    difference: float | None = None
    tolerance: float | None = None
    wrong_entries: int = 0
    entries: int = 0
    wrong_where: dict[str, tuple[int, ...]] = field(default_factory=dict)
    moved: Said = ""
    """Which other places its values have, where they are the right ones; how a wrong shape may have come about."""
    got_shape: tuple[int, ...] | None = None
    expected_shape: tuple[int, ...] | None = None
    got_values: Array | None = None
    expected_values: Array | None = None

    @property
    def right(self) -> bool:
        return self.rung == "right"


@dataclass(frozen=True)
class CheckResult:
    """outcome `waiting`: says nothing because a check it needs did not pass; `advised`: what it asks is not so, and it
    gives no points."""

    id: str
    title: str
    outcome: Literal["passed", "failed", "waiting", "advised"]
    points: float
    max_points: float
    message: Said = ""
    parts: tuple[PartResult, ...] = ()
    """The parts that are not right, most telling first; empty when passed."""
    by_stand_in: bool = False
    """It passed with stand-ins for parts that are wrong: its points are follow-through marks."""


@dataclass(frozen=True)
class Diagnosis:
    """The one known mistake that gives exactly the student's arrays, or the first of two.

    gate: what it concerns; gate_name: as the picture calls it. alone: whether it explains everything that is wrong.
    second: the other mistake, where two were found.
    """

    mistake: str
    title: Said
    hint: str
    gate: str = ""
    gate_name: Said = ""
    picture: str = ""
    alone: bool = True
    second: Diagnosis | None = None


@dataclass(frozen=True)
class Finding:
    """Where values go wrong, by observation. gate: the one gate that is wrong by itself, where there is one, and its
    name in the picture; wrong, right: this one, and those that are right by themselves, as they are spoken of."""

    says: tuple[Said, ...]
    gate: str = ""
    gate_name: Said = ""
    picture: str = ""
    wrong: Said = ""
    right: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What one exercise earned, and why.

    message: the root cause in one or two sentences, kind and exact. look_at: what to do next.
    evidence: `public` parts only: safe to show to the student.
    """

    exercise: str
    title: str
    entry_point: str
    cell_id: str
    status: Status
    points: float
    max_points: float
    message: Said
    look_at: Said = ""
    checks: tuple[CheckResult, ...] = ()
    diagnosis: Diagnosis | None = None
    problem: Problem | None = None
    notes: tuple[Said, ...] = ()
    case: Said = ""
    """Sizes and settings of the case that the evidence comes from."""
    sizes: dict[str, int] = field(default_factory=dict)
    """The size of each axis of the public case in which the problem came up, by which numbers in shapes get names."""
    finding: Finding | None = None
    """Where it goes wrong, when no known mistake explains it."""
    roots: tuple[str, ...] = ()
    """Entry points that it uses and that are wrong themselves: to be repaired first."""
    stood_in: tuple[str, ...] = ()
    """Names of parts that are wrong, and that stand-ins took the place of to judge this by itself."""
    earlier: tuple[str, ...] = ()
    """The earlier assignments that all of these parts were written for. They may be missing as well."""
    written_in: int | None = None
    """The cell of the notebook that defines it, counted from 0, where its stub is untouched and is what was graded."""

    @property
    def follow_through(self) -> float:
        """The points that it earned with stand-ins."""
        return sum(check.points for check in self.checks if check.by_stand_in)


@dataclass(frozen=True)
class ProgressStep:
    """One exercise of an assignment, as its last check left it. now: it is the one that was just checked."""

    title: str
    status: Status
    now: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a student has come. gained: points more than at the last check of the same exercise."""

    assignment: str
    steps: tuple[ProgressStep, ...]
    gained: float = 0.0


RECORD_VERSION = 4


@dataclass(frozen=True)
class Record:
    """One submission's result, everything needed to explain or repeat it; written as versioned JSON.

    status: `graded`; `unreadable` (the file could not be read: everything 0); `grader_fault` (needs a person).
    """

    version: int
    assignment: str
    student: str
    notebook: str
    status: Literal["graded", "unreadable", "grader_fault"]
    points: float
    max_points: float
    verdicts: tuple[Verdict, ...]
    notes: tuple[Said, ...]
    sha256: str
    seed: str
    sandbox: str
    device: str
    backend: str
    versions: dict[str, str]
    started: str
    seconds: dict[str, float]
    by_hand: dict[str, float] = field(default_factory=dict)
    """The points of what waits for a person: answers in words, tasks, and tests that could not be judged."""
    flags: tuple[str, ...] = ()
    """What the instructor should look at; takes no points, and is not shown to the student."""
    epoch: int = 0
    index: int = 0
    """Which draw of the secret cases it was asked, see `autograder.sheets.seeds.Draw`; `seed` commits to it."""


@dataclass(frozen=True)
class Penalty:
    """What the gradebook takes off a late submission. score: what it has earned in all of the notebook, by a person
    too; left: what it is worth after all. possible: of how many points."""

    student: str
    assignment: str
    notebook: str
    seconds_late: float
    points: float
    score: float
    left: float
    possible: float


@dataclass(frozen=True)
class Standing:
    """What the gradebook says of a submitted notebook. score: what it has earned in all of it, by a person too, before
    a penalty; possible: of how many points. waiting: the points that a person has still to give, by grade id. id: what
    the formgrader calls it, "" where the gradebook does not have it."""

    student: str
    assignment: str
    notebook: str
    score: float
    possible: float
    waiting: Mapping[str, float] = field(default_factory=dict)
    penalty: Penalty | None = None
    id: str = ""

    @property
    def total(self) -> float:
        """What it is worth now."""
        return self.penalty.left if self.penalty else self.score

    @property
    def by_hand(self) -> float:
        """The points that a person has still to give."""
        return sum(self.waiting.values())


@dataclass(frozen=True)
class Misplaced:
    """Something in `submitted/` that is read by nobody though it is, or holds, a notebook. path: in the course.
    student, assignment: whose and of what, "" where that is not clear. said: what to do."""

    path: str
    student: str
    assignment: str
    said: Said
