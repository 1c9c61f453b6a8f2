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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from autograder.demos import without_idle_demos
from autograder.model import Cell, Submission
from autograder.scan import BindingReader
from autograder.syntax import defined_names, magics, needed_names, parse_cell, statements

Kind: TypeAlias = Literal["builtin", "indirect", "code", "internals"]


@dataclass(frozen=True)
class Reach:
    """One place: the cell, the line in it, and what stands there."""

    cell_id: str
    line: int
    source: str
    kind: Kind


INTERNAL_MODULES = ("ctypes", "_ctypes", "cffi", "gatebook_worker", "bytecode", "forbiddenfruit", "unittest.mock")
INTERNAL_NAMES = frozenset(
    """
    __builtins__ __closure__ __code__ __globals__ __kwdefaults__ __subclasses__ _current_exceptions _current_frames
    _getframe add_op_callback addaudithook ag_frame ast_transformers clear_op_callbacks co_code co_consts cr_frame
    currentframe f_back f_builtins f_code f_globals f_locals gatebook_worker get_objects get_referents get_referrers
    gi_frame input_transformer_manager input_transformers_cleanup input_transformers_post monitoring op_callbacks
    register_post_execute remove_op_callback setprofile settrace settrace_all_threads stack tb_frame tb_next
    unfreeze unregister user_ns walk_stack walk_tb
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
    __self__ __setattr__ __spec__ __wrapped__ applications attrgetter create_op deserialize deserialize_keras_object
    experimental function_def get_concrete_function get_custom_objects get_registered_object graph_util
    import_graph_def lite load_model load_op_library methodcaller modules numpy_function py_function raw_ops
    saved_model sysconfig
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
_HARMLESS_MAGICS = (
    "%matplotlib",
    "%config",
    "%time",
    "%timeit",
    "%%time",
    "%%timeit",
    "%%capture",
    "%precision",
    "%%prun",
)
_OWN_SETTINGS = ("matplotlib", "pandas", "seaborn")
"""Libraries whose settings are attributes."""


def reaches(submission: Submission, forbidden: Mapping[str, Sequence[str]]) -> tuple[Reach, ...]:
    """Every such place in the cells that are the student's own, or that run for the sake of one.

    forbidden: grade cell id -> the built-ins that its exercise forbids.
    """
    cells = [cell for cell in without_idle_demos(submission.cells) if cell.is_code and cell.role != "grade"]
    names = tuple(dict.fromkeys(name for listed in forbidden.values() for name in listed))
    exempt = _may_use_builtins(submission, forbidden)
    needed = frozenset[str]().union(*(needed_names(cell.source) for cell in cells if not cell.unchanged))
    bindings: dict[str, str] = {}
    found: list[Reach] = []
    for cell in cells:
        tree = parse_cell(cell.source)
        own = not cell.unchanged
        reader = _Reader(bindings, names)
        if tree is not None:
            try:
                reader.visit(tree)
            except RecursionError:
                reader.places.append((1, "indirect"))
        lines = cell.source.splitlines()
        places: list[tuple[int, Kind]] = []
        if own:
            places += reader.places
            places += [
                (line, "indirect") for line, text in magics(cell.source) if not text.startswith(_HARMLESS_MAGICS)
            ]
            if tree is None and cell.source.strip():
                places.append((1, "indirect"))
        if cell.id not in exempt and (own or (cell.demo and needed & defined_names(cell.source))):
            places += [(line, "builtin") for line, _ in reader.found]
        for line, kind in sorted(set(places)):
            text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
            found.append(Reach(cell.id, line, text[:500], kind))
    return tuple(found)


def sealed_cells(submission: Submission, found: Iterable[Reach]) -> tuple[Submission, frozenset[str]]:
    """The submission for the sealed run, and the lines that it leaves out.

    Cells in which something was found are cut into their statements, so that one that stops over a missing built-in
    takes no other with it; statements that reach into internals are left out.
    """
    by_cell: dict[str, list[Reach]] = {}
    for reach in found:
        by_cell.setdefault(reach.cell_id, []).append(reach)
    cells: list[Cell] = []
    left_out: set[str] = set()
    for cell in without_idle_demos(submission.cells):
        if cell.id not in by_cell or cell.role == "grade":
            cells.append(cell)
            continue
        pieces = statements(cell.source)
        for number, (start, source) in enumerate(pieces):
            end = pieces[number + 1][0] if number + 1 < len(pieces) else 10**9
            inside = [r for r in by_cell[cell.id] if r.kind == "internals" and start <= r.line < end]
            left_out.update(r.source for r in inside)
            if not inside:
                cells.append(replace(cell, id=f"{cell.id} {number}" if number else cell.id, source=source, demo=False))
    return replace(submission, cells=tuple(cells)), frozenset(left_out)


def _may_use_builtins(submission: Submission, forbidden: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Answers to exercises that forbid nothing, as long as no other code of the student's builds on them."""
    exempt: set[str] = set()
    pending: list[Cell] = []
    for cell in submission.cells:
        if cell.role == "grade":
            if not forbidden.get(cell.id):
                exempt.update(before.id for before in pending if before.role == "solution")
            pending = []
        elif cell.is_code:
            pending.append(cell)
    others = [cell for cell in submission.cells if cell.is_code and not cell.unchanged and cell.role != "grade"]
    return frozenset(
        cell.id
        for cell in others
        if cell.id in exempt
        and not any(defined_names(cell.source) & needed_names(other.source) for other in others if other is not cell)
    )


class _Reader(BindingReader):
    """Notes, besides forbidden names, what reaches further."""

    def __init__(self, bindings: dict[str, str], wanted: Sequence[str]) -> None:
        super().__init__(bindings, wanted)
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
        elif _below(name, CODE_MODULES):
            self.place(node, "code")
        elif _below(name, INDIRECT_MODULES):
            self.place(node, "indirect")

    # ------------------------------------------------------------------------------------------- names and strings

    def visit_Name(self, node: ast.Name) -> None:
        super().visit_Name(node)
        if node.id in ("__builtins__", "__loader__", "__spec__"):
            self.place(node, "internals")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in INTERNAL_NAMES and not self._of_own_object(node):
            self.place(node, "internals")
        elif node.attr in INDIRECT_NAMES:
            self.place(node, "indirect")
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
            text = node.value
            if (text in INTERNAL_NAMES and text.startswith(("_", "f_", "tb_", "co_"))) or "gatebook_worker" in text:
                self.place(node, "internals")
            elif text in self.last_names:
                self.found.append((node.lineno, text))

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            self.docstrings.add(id(node.value))
        self.generic_visit(node)

    # ------------------------------------------------------------------------------------------ calls and changes

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name) and function.id not in self.bindings:
            if function.id in ("eval", "exec", "compile"):
                self.place(node, "code")
            elif function.id in INDIRECT_CALLS:
                self.place(node, "indirect")
            elif function.id in ("getattr", "setattr", "delattr") and len(node.args) >= 2:
                name = node.args[1]
                if function.id != "getattr" and self._of_a_library(node.args[0]):
                    self.place(node, "internals")
                elif not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
                    if not _is_self(node.args[0]):
                        self.place(node, "indirect")
        super().visit_Call(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._changed(target)
        super().visit_Assign(node)

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
            if self._of_a_library(target.value) or target.attr == "__class__":
                self.place(target, "internals")
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute):
            below = self.resolve(target.value)
            if below in ("sys.modules", "builtins") or target.value.attr in ("__dict__", "__builtins__"):
                self.place(target, "internals")

    def _of_a_library(self, node: ast.expr) -> bool:
        name = self.resolve(node)
        return name is not None and name.split(".")[0] not in _OWN_SETTINGS


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _below(name: str, roots: Sequence[str]) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)
