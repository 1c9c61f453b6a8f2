"""What does a submission reach for, beyond plain code?

Whatever plain code does with a forbidden built-in passes one of the worker's traps. Four kinds of code need a
second, sealed run, in a worker in which the forbidden built-ins do not exist at all:

- `builtin`: it names a forbidden built-in, and what it made of it may have been traced or stashed beforehand;
- `indirect`: it gets at things by strings, files, processes or private names, where a static look sees little;
- `code`: the same, where code is made of texts or files; copies of a library can come in that way;
- `internals`: it reaches into the interpreter, a library or the grader. No exercise needs that. The sealed run
  leaves such statements out, so that the rest earns what it earns by itself.

Nothing here takes points. What the sealed run answers decides, see `policy.judge`.
"""

from __future__ import annotations

import ast
import functools
import pkgutil
import string
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from autograder.demos import MOST_CODE, is_too_long, without_idle_demos
from autograder.model import Cell, Submission
from autograder.scan import BindingReader, Bindings
from autograder.syntax import (
    defined_names,
    global_names,
    is_harmless,
    is_opaque,
    lines_of,
    made_names,
    needed_names,
    parse,
    parse_cell,
    python_of,
    statements,
)

Kind: TypeAlias = Literal["builtin", "indirect", "code", "internals"]


@dataclass(frozen=True)
class Reach:
    """One place: the cell, the line in it, and what stands there."""

    cell_id: str
    line: int
    source: str
    kind: Kind


MOST_PIECES = 200
"""Statements into which a sealed run cuts a cell."""
INTERNAL_MODULES = ("ctypes", "_ctypes", "cffi", "gatebook_worker", "bytecode", "forbiddenfruit", "unittest.mock")
INTERNAL_NAMES = frozenset(
    """
    __builtins__ __closure__ __code__ __globals__ __kwdefaults__ __subclasses__ _current_exceptions _current_frames
    _getframe add_op_callback addaudithook ag_frame ast_transformers clear_op_callbacks co_code co_consts cr_frame
    currentframe f_back f_builtins f_code f_globals f_locals gatebook_worker get_objects get_referents get_referrers
    gi_frame input_transformer_manager input_transformers_cleanup input_transformers_post meta_path monitoring
    op_callbacks path_hooks path_importer_cache register_post_execute remove_op_callback setprofile settrace
    settrace_all_threads stack tb_frame tb_next unfreeze unregister user_ns walk_stack walk_tb
    """.split()
)
"""Attributes, and strings that are exactly this."""
CODE_MODULES = ("importlib", "imp", "runpy", "pkgutil", "zipimport", "marshal", "codeop", "code", "dill", "cloudpickle")
INDIRECT_MODULES = tuple(
    """
    pickle shelve joblib builtins inspect types codecs threading _thread multiprocessing concurrent asyncio gc signal
    atexit subprocess os posix sys socket pathlib io tempfile shutil glob weakref traceback linecache tokenize ast dis
    operator IPython tensorflow.python keras.src torch jax flax mxnet onnxruntime autograder reference
    """.split()
)
INDIRECT_CALLS = frozenset("__import__ open vars globals locals breakpoint input get_ipython".split())
INDIRECT_NAMES = frozenset(
    """
    __bases__ __class__ __dict__ __func__ __getattribute__ __import__ __loader__ __mro__ __reduce__ __reduce_ex__
    __self__ __setattr__ __spec__ __wrapped__ TFSMLayer applications attrgetter clone_and_build_model clone_model
    create_op deserialize deserialize_keras_object experimental function_def functional_from_config
    get_concrete_function get_custom_objects get_registered_object gfile graph_util import_graph_def lite load_model
    load_op_library methodcaller model_from_config model_from_json modules numpy_function process_layer py_function
    raw_ops read_file saved_model sysconfig write_file
    """.split()
)
_HARMLESS = {
    "os": frozenset("path environ name sep linesep cpu_count getcwd".split()),
    "sys": frozenset(
        "version version_info platform maxsize float_info getsizeof byteorder argv getrecursionlimit executable "
        "setrecursionlimit stdout stderr exit".split()
    ),
    "gc": frozenset("collect enable disable isenabled".split()),
    "io": frozenset("StringIO BytesIO".split()),
    "inspect": frozenset("signature getdoc isclass isfunction".split()),
    "types": frozenset("SimpleNamespace GeneratorType NoneType".split()),
    "operator": frozenset("add mul matmul itemgetter sub neg truediv".split()),
    "IPython": frozenset("display".split()),
    "ast": frozenset("literal_eval".split()),
}
"""What ordinary notebooks do with these modules."""
_CODE_MAGICS = frozenset(
    """
    load loadpy run rerun recall rep macro edit ed store writefile file script pypy debug logstart notebook pylab exec
    python_script
    """.split()
)
"""Magics that run, or write, what stands elsewhere."""
_NOTES = (".txt", ".md", ".csv", ".json", ".log", ".html", ".tex")
_EXTENSIONS = ("autoreload", "tensorboard", "google.colab.data_table", "line_profiler", "memory_profiler")
_TIMERS = ("time", "timeit", "prun")
_RUNS_TEXT = frozenset(
    "run_cell run_cell_async run_code run_ast_nodes ex ev safe_execfile safe_execfile_ipy safe_run_module magic "
    "transform_cell push_source define_macro find_magic register_magic_function".split()
)
_WRITERS = frozenset("append extend insert remove pop clear reverse sort __setitem__ __iadd__".split())
_ABOUT_NAMES = frozenset("endswith startswith print glob rglob exists isfile join format split replace index".split())
_PREFIXES = ("__", "tb_", "f_", "co_", "gi_", "cr_", "ag_")
_KNOWN_MODULES = frozenset(
    """
    IPython PIL altair bokeh colorama cupy cv2 datasets einops flax google graphviz imageio ipywidgets jax jaxlib
    keras_cv keras_nlp keras_tuner lightning matplotlib mpl_toolkits nbgrader networkx numba numpy pandas plotly pydot
    requests rich scipy seaborn skimage sklearn statsmodels sympy tabulate tensorboard tensorflow tensorflow_addons
    tensorflow_datasets tensorflow_probability tf_keras torch torchtext torchvision tqdm transformers visualkeras
    """.split()
)
"""What students import on other machines. Where it is not installed here, its import fails."""
_PLAIN_BASES = ("keras.layers.Layer", "keras.Layer", "keras.layers.Module", "object")
"""Classes whose `from_config` calls the constructor and makes nothing else."""
_OWN_SETTINGS = ("matplotlib", "pandas", "seaborn")
"""Libraries whose settings are attributes."""


def reaches(submission: Submission, forbidden: Mapping[str, Sequence[str]]) -> tuple[Reach, ...]:
    """Every such place in the cells that are the student's own, or that run for the sake of one.

    forbidden: grade cell id -> the built-ins that its exercise forbids.
    """
    cells = [cell for cell in without_idle_demos(submission.cells) if cell.is_code and cell.role != "grade"]
    if is_too_long(submission.cells):
        return _too_long(cells)
    names = tuple(dict.fromkeys(name for listed in forbidden.values() for name in listed))
    exempt = _may_use_builtins(submission, forbidden)
    needed = frozenset[str]().union(*(needed_names(cell.source) for cell in cells if not cell.unchanged))
    defined = frozenset[str]().union(*(defined_names(cell.source) for cell in cells))
    seen = _Seen()
    found: list[Reach] = []
    for cell in cells:
        tree = parse_cell(cell.source)
        own = not cell.unchanged
        reader = _Reader(seen, names)
        for statement in tree.body if tree is not None else ():
            try:
                reader.visit(statement)
            except RecursionError:
                reader.place(statement, "internals")
        places: list[tuple[int, Kind]] = []
        if own:
            places += reader.places
            if tree is None and cell.source.strip():
                places.append((1, "internals" if is_opaque(cell.source) else "indirect"))
            elif tree is not None and _is_automagic(tree, defined):
                places.append((tree.body[0].lineno, "code"))
        if cell.id not in exempt and (own or (cell.demo and needed & defined_names(cell.source))):
            places += [(line, "builtin") for line, _ in reader.found]
        lines = lines_of(cell.source) if places else []
        for line, kind in sorted(set(places)):
            text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
            found.append(Reach(cell.id, line, text[:500], kind))
    return tuple(found)


def _too_long(cells: Iterable[Cell]) -> tuple[Reach, ...]:
    """What is said of a submission that is too long to be read."""
    own = [cell for cell in cells if not cell.unchanged]
    longest = max(own, key=lambda cell: len(cell.source))
    said = Reach(longest.id, 1, f"more than {MOST_CODE} characters of code, which were not read", "code")
    return (*(Reach(cell.id, 1, "", "indirect") for cell in own), said)


def _is_automagic(tree: ast.Module, defined: frozenset[str]) -> bool:
    """`run(x.py)` alone in a cell: to IPython a magic, where nothing has that name."""
    if len(tree.body) != 1 or tree.body[0].lineno != tree.body[0].end_lineno:
        return False
    node = tree.body[0].value if isinstance(tree.body[0], ast.Expr) else None
    while node is not None and not isinstance(node, ast.Name):
        node = getattr(node, "left", getattr(node, "func", getattr(node, "value", None)))
        if not isinstance(node, ast.expr):
            return False
    return node is not None and node.id in _CODE_MAGICS | {"sx", "system"} and node.id not in defined


def sealed_cells(submission: Submission, found: Iterable[Reach]) -> tuple[Submission, frozenset[str]]:
    """The submission for the sealed run, and the lines that it leaves out.

    Cells in which something was found are cut into their statements, so that one that stops over a missing built-in
    takes no other with it; statements that reach into internals are left out.
    """
    by_cell: dict[str, list[Reach]] = {}
    for reach in found:
        by_cell.setdefault(reach.cell_id, []).append(reach)
    long = is_too_long(submission.cells)
    cells: list[Cell] = []
    left_out: set[str] = set()
    for cell in without_idle_demos(submission.cells):
        if cell.id not in by_cell or cell.role == "grade" or long:
            cells.append(cell)
            continue
        internal = sorted((r for r in by_cell[cell.id] if r.kind == "internals"), key=lambda reach: reach.line)
        places = [reach.line for reach in internal]
        kept: list[tuple[int, str]] = []
        pieces = statements(cell.source)
        each = -(-len(pieces) // MOST_PIECES)
        size = 0
        for number, (start, source) in enumerate(pieces):
            end = pieces[number + 1][0] if number + 1 < len(pieces) else 10**9
            inside = internal[bisect_left(places, start) : bisect_left(places, end)]
            left_out.update(reach.source for reach in inside)
            if inside:
                size = 0
            elif 0 < size < each:
                kept[-1] = (kept[-1][0], f"{kept[-1][1]}\n{source}")
                size += 1
            else:
                kept.append((number, source))
                size = 1
        cells += [
            replace(cell, id=f"{cell.id} {number}" if number else cell.id, source=source, demo=False)
            for number, source in kept
        ]
    return replace(submission, cells=tuple(cells)), frozenset(left_out)


def _may_use_builtins(submission: Submission, forbidden: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Answers to exercises that forbid nothing, as long as no other code of the student's has to do with what they
    have to do with, but for modules: what one of them puts into a list, another takes out."""
    exempt: set[str] = set()
    pending: list[Cell] = []
    for cell in submission.cells:
        if cell.role == "grade":
            if not forbidden.get(cell.id):
                exempt.update(before.id for before in pending if before.role == "solution")
            pending = []
        elif cell.is_code:
            pending.append(cell)
    if not exempt:
        return frozenset()
    code = [cell for cell in submission.cells if cell.is_code and cell.role != "grade"]
    others = [cell for cell in code if not cell.unchanged]
    made = frozenset[str]().union(*(made_names(cell.source) for cell in code))
    used = {cell.id: global_names(cell.source) for cell in others}
    shared = Counter(name for names in used.values() for name in names if name in made)
    needed = Counter(name for cell in others for name in needed_names(cell.source))
    return frozenset(
        cell.id
        for cell in others
        if cell.id in exempt
        and all(shared[name] < 2 for name in used[cell.id])
        and not any(needed[name] for name in defined_names(cell.source))  # a cell does not need what it defines
    )


@dataclass
class _Seen:
    """What was seen in the cells before. plain: classes of the student's whose `from_config` only calls them."""

    bindings: Bindings = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)


class _Reader(BindingReader):
    """Notes, besides forbidden names, what reaches further."""

    def __init__(self, seen: _Seen, wanted: Sequence[str]) -> None:
        super().__init__(seen.bindings, wanted)
        self.plain = seen.plain
        self.within_plain = False
        self.keys: set[str] = set()
        self.texts: dict[int, str | None] = {}
        self.places: list[tuple[int, Kind]] = []
        self.last_names = {name.rpartition(".")[2] for name in wanted}
        self.docstrings: set[int] = set()

    def place(self, node: ast.expr | ast.stmt, kind: Kind) -> None:
        self.places.append((node.lineno, kind))

    # ------------------------------------------------------------------------------------------------ imports

    def visit_Import(self, node: ast.Import) -> None:
        super().visit_Import(node)
        for alias in node.names:
            # What is done with a module that has harmless uses shows where it is used.
            if alias.name.split(".")[0] not in _HARMLESS or "." in alias.name:
                self._module(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        super().visit_ImportFrom(node)
        if node.level or node.module is None:
            self.place(node, "indirect")
            return
        for alias in node.names:
            harmless = _HARMLESS.get(node.module.split(".")[0], frozenset())
            if alias.name in INTERNAL_NAMES:
                self.place(node, "internals")
            elif alias.name in INDIRECT_NAMES:
                self.place(node, "indirect")
            elif alias.name not in harmless and node.module.split(".")[-1] not in harmless:
                self._module(node, node.module)

    def _module(self, node: ast.stmt, name: str) -> None:
        if _below(name, INTERNAL_MODULES):
            self.place(node, "internals")
        elif not _is_known(name.partition(".")[0]):
            self.place(node, "code")  # a file that the notebook wrote, or nothing
        elif _below(name, CODE_MODULES):
            self.place(node, "code")
        elif _below(name, INDIRECT_MODULES):
            self.place(node, "indirect")

    # ------------------------------------------------------------------------------------------- names and strings

    def visit_Name(self, node: ast.Name) -> None:
        super().visit_Name(node)
        if node.id in ("exec", "eval") and isinstance(node.ctx, ast.Load) and self.bindings.get(node.id) is None:
            self.place(node, "code")
        if node.id in ("__builtins__", "__loader__", "__spec__"):
            self.place(node, "internals")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in INTERNAL_NAMES and not self._of_own_object(node):
            self.place(node, "internals")
        elif node.attr in INDIRECT_NAMES or (node.attr == "from_config" and not self._only_calls(node.value)):
            self.place(node, "indirect")
        elif node.attr in _RUNS_TEXT and self._is_shell(node.value):
            self.place(node, "code")
        elif node.attr in _WRITERS and self.resolve(node.value) == "sys.path":
            self.place(node, "code")
        else:
            below = self.resolve(node.value)
            if below is not None:
                if below in _HARMLESS:
                    if node.attr not in _HARMLESS[below]:
                        self.place(node, "indirect")
                elif node.attr.startswith("_") and not node.attr.endswith("__"):
                    self.place(node, "indirect")
                elif _below(f"{below}.{node.attr}", INTERNAL_MODULES):
                    self.place(node, "internals")
                elif _below(f"{below}.{node.attr}", ("tensorflow.python", "keras.src")):
                    self.place(node, "indirect")
        if node.attr in self.last_names and self.resolve(node) is None and not _is_self(node.value):
            self.found.append((node.lineno, node.attr))  # of whatever it is
        super().visit_Attribute(node)

    def _of_own_object(self, node: ast.Attribute) -> bool:
        """`np.stack` and its like: common names that mean something else on the modules of the interpreter."""
        generic = node.attr in ("stack", "unregister", "monitoring")
        return generic and self.resolve(node.value) not in ("inspect", "sys", "IPython")

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and id(node) not in self.docstrings:
            self._text(node, node.value)

    def _text(self, node: ast.expr, text: str) -> None:
        if (text in INTERNAL_NAMES and text.startswith(("_", "f_", "tb_", "co_"))) or "gatebook_worker" in text:
            self.place(node, "internals")
        elif text in self.last_names:
            self.found.append((node.lineno, text))

    def visit_BinOp(self, node: ast.BinOp) -> None:
        text = self._written(node)
        if text is not None:
            self._text(node, text)
        else:
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        text = self._written(node)
        if text is not None:
            self._text(node, text)
        else:
            self.generic_visit(node)

    def _written(self, node: ast.expr) -> str | None:
        """The text that an expression of nothing but texts makes."""
        if id(node) not in self.texts:
            text = _folded(node, self._written)
            self.texts[id(node)] = text if text is None or len(text) <= 1000 else None
        return self.texts[id(node)]

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            self.docstrings.add(id(node.value))
        self.generic_visit(node)

    # ------------------------------------------------------------------------------------------ calls and changes

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name) and self.bindings.get(function.id) is None:
            if function.id in ("eval", "exec", "compile"):
                self.place(node, "code")
            elif function.id == "__import__" and not (node.args and isinstance(node.args[0], ast.Constant)):
                self.place(node, "code")
            elif function.id in INDIRECT_CALLS:
                self.place(node, "indirect")
            elif function.id in ("getattr", "setattr", "delattr", "hasattr") and len(node.args) >= 2:
                self._by_name(node, function.id)
        if isinstance(function, ast.Attribute):
            if self._is_shell(function.value):
                self._shell(node, function.attr)
            elif function.attr == "join" and (text := self._written(node)) is not None:
                self._text(node, text)
        if any(_is_python_file(argument) for argument in node.args) and not self._only_reads(node):
            self.place(node, "code")
        if _loads_pickles(node):
            self.place(node, "code")
        super().visit_Call(node)

    def _by_name(self, node: ast.Call, function: str) -> None:
        of, name = node.args[:2]
        text = self._written(name)
        if function in ("setattr", "delattr") and self._of_a_library(of):
            self.place(node, "internals")
        elif text is not None:
            if text in INTERNAL_NAMES:
                self.place(node, "internals")
            elif text in INDIRECT_NAMES or text == "from_config" or not isinstance(name, ast.Constant):
                self.place(node, "indirect")
        elif function != "hasattr" and not _is_self(of):
            pieces = [one.value for one in ast.walk(name) if isinstance(one, ast.Constant)]
            if any(isinstance(piece, str) and piece.startswith(_PREFIXES) for piece in pieces):
                self.place(node, "internals")
            known = isinstance(name, ast.Name) and name.id in self.keys
            self.place(node, "indirect" if known else "code")

    def _is_shell(self, node: ast.expr) -> bool:
        """`get_ipython()`, or what it was assigned to."""
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name):
                return function.id == "get_ipython"
            return isinstance(function, ast.Attribute) and function.attr in ("get_ipython", "instance")
        return self.resolve(node) == "IPython.the_shell"

    def resolve(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Call) and self._is_shell(node):
            return "IPython.the_shell"
        if isinstance(node, ast.Subscript) and self.resolve(node.value) == "sys.modules":
            return "sys.modules.one"
        return super().resolve(node)

    def _shell(self, node: ast.Call, method: str) -> None:
        """A magic or a command, with what is evaluated in its line."""
        if method not in ("run_line_magic", "run_cell_magic", "system", "getoutput", "getoutput_pexpect"):
            return
        texts = [self._written(argument) for argument in node.args]
        if not texts or texts[0] is None or (len(texts) > 1 and texts[1] is None):
            if method.startswith("run_") and (not texts or texts[0] not in ("pip", "conda", "matplotlib")):
                self.place(node, "code")
            return
        name, line = (texts[0], texts[1] if len(texts) > 1 else "") if method.startswith("run_") else ("", texts[0])
        line = line or ""
        if name in _TIMERS:
            self._inner(node, python_of(name, line))
            if len(texts) > 2:
                self._inner(node, texts[2])
        elif name == "config" and not is_harmless(name, line):
            self.place(node, "code")
        elif name in ("load_ext", "reload_ext"):
            if line.strip() not in _EXTENSIONS and not _is_known(line.strip().partition(".")[0]):
                self.place(node, "code")
        elif name in _CODE_MAGICS and not (name in ("writefile", "file") and line.strip().endswith(_NOTES)):
            self.place(node, "code")
        if name not in _TIMERS and "{" in line:
            for expression in _expressions(line):
                self._inner(node, expression)

    def _inner(self, node: ast.Call, source: str | None) -> None:
        """Python in a text: what it reaches for is in the line of the text."""
        tree = parse(source.strip()) if source is not None else None
        if tree is None:
            self.place(node, "code")
            return
        reader = _Reader(_Seen(self.bindings, self.plain), self.wanted)
        for statement in tree.body:
            reader.visit(statement)
        self.places += [(node.lineno, kind) for _, kind in reader.places]
        self.found += [(node.lineno, name) for _, name in reader.found]

    def _only_reads(self, node: ast.Call) -> bool:
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if name == "open":
            mode = node.args[1] if len(node.args) > 1 else None
            mode = next((keyword.value for keyword in node.keywords if keyword.arg == "mode"), mode)
            return mode is None or (isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+"))
        return name in _ABOUT_NAMES

    def _only_calls(self, node: ast.expr) -> bool:
        """Whether `from_config` of this is that of a plain layer of the student's own."""
        if isinstance(node, ast.Name):
            return node.id in self.plain or (self.within_plain and node.id in ("cls", "self"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return (self.within_plain and node.func.id == "super") or (
                node.func.id == "type" and len(node.args) == 1 and self._only_calls(node.args[0])
            )
        return False

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        plain = not node.keywords and all(
            self.resolve(base) in _PLAIN_BASES
            or (isinstance(base, ast.Name) and (base.id in self.plain or base.id == "object"))
            for base in node.bases
        )
        (self.plain.add if plain else self.plain.discard)(node.name)
        outer, self.within_plain = self.within_plain, plain
        super().visit_ClassDef(node)
        self.within_plain = outer

    def visit_For(self, node: ast.For) -> None:
        self._loops(node.target, node.iter)
        self._taint([node.target], node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._loops(node.target, node.iter)
        self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        for one in node.generators:
            self.visit(one)
        for name in ("key", "value", "elt"):
            if hasattr(node, name):
                self.visit(getattr(node, name))

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp

    def _loops(self, target: ast.expr, over: ast.expr) -> None:
        """Note names that loop over written-out texts."""
        if isinstance(target, ast.Name):
            written = isinstance(over, ast.Tuple | ast.List | ast.Set) and all(
                isinstance(one, ast.Constant) for one in over.elts
            )
            (self.keys.add if written else self.keys.discard)(target.id)

    def _taint(self, targets: Iterable[ast.expr], value: ast.expr) -> None:
        """What came out of `sys.modules` belongs to a library, whatever it is called."""
        if any(
            isinstance(one, ast.Attribute | ast.Name) and (self.resolve(one) or "").startswith("sys.modules")
            for one in ast.walk(value)
        ):
            for target in targets:
                for one in ast.walk(target):
                    if isinstance(one, ast.Name):
                        self.bind(one.id, "sys.modules.one")

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._changed(target)
            if isinstance(target, ast.Name):
                self.keys.discard(target.id)
        super().visit_Assign(node)
        self._taint(node.targets, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._changed(node.target)
        self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self._changed(target)
        self.generic_visit(node)

    def _changed(self, target: ast.expr) -> None:
        """Setting what belongs to a library, `np.allclose = ...` or `sys.modules["keras"] = ...`."""
        if isinstance(target, ast.Tuple | ast.List):
            for item in target.elts:
                self._changed(item)
        elif isinstance(target, ast.Attribute):
            if self.resolve(target) == "sys.path":
                self.place(target, "code")
            elif self._of_a_library(target.value) or target.attr == "__class__":
                self.place(target, "internals")
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute):
            below = self.resolve(target.value)
            if below == "sys.path":
                self.place(target, "code")
            elif below in ("sys.modules", "builtins") or target.value.attr in ("__dict__", "__builtins__"):
                self.place(target, "internals")

    def _of_a_library(self, node: ast.expr) -> bool:
        name = self.resolve(node)
        return name is not None and name.split(".")[0] not in _OWN_SETTINGS


def _folded(node: ast.expr, written: Callable[[ast.expr], str | None]) -> str | None:
    parts: list[str | None] = []
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [written(node.left)]
        parts += [written(node.right)] if parts[0] is not None else [None]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        form = written(node.left)
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        texts = [written(value) for value in values] if form is not None else [None]
        if form is None or None in texts or form.count("%") != form.count("%s"):
            return None
        pieces = form.split("%s")
        return (
            "".join(map("".join, zip(pieces, [*map(str, texts), ""], strict=True)))
            if len(texts) < len(pieces)
            else None
        )
    elif isinstance(node, ast.JoinedStr):
        parts = [written(value) for value in node.values]
    elif isinstance(node, ast.FormattedValue) and node.format_spec is None:
        parts = [written(node.value)]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        glue = written(node.func.value)
        if glue is None or len(node.args) != 1 or not isinstance(node.args[0], ast.List | ast.Tuple):
            return None
        parts = [written(value) for value in node.args[0].elts]
        return None if None in parts else glue.join(map(str, parts))
    else:
        return None
    return None if None in parts else "".join(map(str, parts))


def _expressions(line: str) -> Iterator[str | None]:
    """What IPython evaluates in the line of a magic or a command, between braces."""
    try:
        for _, expression, nested, _ in string.Formatter().parse(line):
            if expression:
                yield expression
            if nested and "{" in nested:
                yield None
    except ValueError:
        return  # IPython leaves such a line as it is


def _is_python_file(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.endswith((".py", ".pyc", ".pth", ".so"))
    )


def _loads_pickles(node: ast.Call) -> bool:
    """`np.load(..., allow_pickle=True)`, `pd.read_pickle(...)` and the like make objects, and run code, from a file."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name == "read_pickle" or (name == "load" and len(node.args) > 2):
        return True
    given = [one for one in node.keywords if one.arg == "allow_pickle" or (one.arg is None and name == "load")]
    return any(not (isinstance(one.value, ast.Constant) and not one.value.value) for one in given)


def _is_known(module: str) -> bool:
    """Whether it is installed here, or likely to be on another machine."""
    return not module or module in _KNOWN_MODULES or module in _installed()


@functools.cache
def _installed() -> frozenset[str]:
    return sys.stdlib_module_names | {module.name for module in pkgutil.iter_modules()}


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _below(name: str, roots: Sequence[str]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)
