"""A worker: runs the cells of one notebook under IPython and answers questions about the names they define.

`Preparation` is made once, in the zygote; each fork isolates itself with it and then serves one submission.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import itertools
import os
import re
import signal
import socket
import sys
import time
import types
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from ..answering import answers, protocol
from ..answering.decoy_log import Log
from ..answering.decoy_modules import before_imports
from ..answering.decoys import Decoys
from ..answering.failures import describe
from ..answering.keras_internals import run_operations_directly, settle_optional_modules
from ..answering.protocol import (
    Answer,
    Answers,
    CellDone,
    FilePut,
    GoBack,
    Hello,
    Keep,
    Kept,
    Names,
    NamesDefined,
    Problem,
    PutFile,
    Reached,
    RunCell,
)
from ..answering.state import reseed, reset_keras
from . import isolation
from .gpu import GpuError, start_gpu
from .isolation import Bounds
from .kept import Answer as KeptAnswer
from .outputs import _NAME_OF, _Outputs, _plain, _Stream, _without_contents
from .processes import children, has_ended
from .seccomp import no_other_programs
from .shell import _compile_without_stops, _make_shell

PRELOADED = (
    "numpy",
    "keras",
    "IPython",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "h5py",
)
MAX_NAMES = 500


class Preparation:
    """What all workers share: loaded libraries, a shell, decoys."""

    def __init__(self, shell: Any, decoys: Decoys) -> None:
        self.shell = shell
        self.decoys = decoys

    @classmethod
    def load(cls, settings: dict[str, Any]) -> Preparation:
        """Import everything once. Runs in the zygote: no TensorFlow operation may happen here."""
        before_imports()
        backend = os.environ["KERAS_BACKEND"]
        for name in settings.get("modules", (*PRELOADED, backend)):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        _PREPARE[backend]()
        shell = _make_shell()
        if "matplotlib.pyplot" in sys.modules:
            _prepare_plots(shell)
        return cls(shell, Decoys.prepare(Log(shell.user_ns)))

    def isolate(
        self,
        bounds: Bounds,
        descriptor: int,
        *,
        logs: Sequence[int],
        level: str,
        home: str,
        readable: Sequence[str],
        listable: Sequence[str],
        hidden: Sequence[str],
        own_user: bool,
        listener: socket.socket | None,
    ) -> socket.socket:
        """Lock this process in; of the outside only the submission's socket is left. Without namespaces, `home` is
        all it may write. `logs` take what compiled code and subprocesses write to stdout and stderr.
        hidden, listable, listener: see `isolation.isolate`."""
        isolation.isolate(
            bounds,
            level=level,
            keep=[descriptor, *logs, *([listener.fileno()] if listener is not None else [])],
            readable=readable,
            writable=[home] if level == "restricted" else (),
            hidden=hidden,
            listable=listable,
            own_user=own_user,
            listener=listener,
        )
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        for target, log in zip((1, 2), logs, strict=True):
            os.dup2(log, target)
            os.close(log)
        if level != "full":
            _move_home(home)
        for folder in (home, os.environ["TMPDIR"], os.environ["MPLCONFIGDIR"], os.environ["IPYTHONDIR"]):
            os.makedirs(folder, exist_ok=True)
        os.chdir(home)
        return socket.socket(fileno=descriptor)

    def run(
        self,
        connection: socket.socket,
        bounds: Bounds,
        *,
        level: str,
        forbidden: Sequence[str],
        hidden: Sequence[str],
    ) -> None:
        """Serve one submission until its socket closes. forbidden: the families of built-ins that are decoys."""
        log = self.decoys.log
        if forbidden:
            self.decoys.enter(forbidden, hidden)
            _compile_without_stops(self.shell, log)
            if level != "none":
                no_other_programs()
        self.decoys = Decoys(log)
        if bounds.gpu:
            try:
                start_gpu(bounds.gpu_memory)
            except GpuError as error:
                protocol.send(connection, Hello(protocol.VERSION, level, str(error)))
                return
        _Session(self, connection, bounds, level, log).serve()


def _prepare_tensorflow() -> None:
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None:
        tensorflow.config.threading.set_intra_op_parallelism_threads(1)
        tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        run_operations_directly()


def _prepare_torch() -> None:
    if "torch" in sys.modules:
        # Functions that compute what operations do are loaded when they are asked for: now, to be decoys.
        importlib.import_module("torch._decomp.decompositions")
    if "keras" in sys.modules:
        settle_optional_modules()


def _prepare_jax() -> None:
    if "jax" in sys.modules:
        for name in _OF_JAX:
            importlib.import_module(name)
    if "keras" in sys.modules:
        settle_optional_modules()


_OF_JAX = ("jax.experimental.rnn", "jax.export", "jax.image", "jax.scipy.ndimage", "jax.scipy.signal")
"""What is loaded when it is asked for: now, to be decoys."""
_PREPARE = {"tensorflow": _prepare_tensorflow, "torch": _prepare_torch, "jax": _prepare_jax}


def _prepare_plots(shell: Any) -> None:
    """Show figures at the end of a cell as PNG, as notebooks do. A first figure loads fonts for all
    workers."""
    import io

    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib import pyplot
    from matplotlib_inline.backend_inline import configure_inline_support

    backend = "module://matplotlib_inline.backend_inline"
    activate_matplotlib(backend)
    configure_inline_support(shell, backend)
    figure, axes = pyplot.subplots()
    axes.set_title("a")
    figure.savefig(io.BytesIO(), format="png")
    pyplot.close("all")
    pyplot.show._draw_called = False


def _move_home(home: str) -> None:
    import tempfile

    os.environ.update(HOME=home, TMPDIR=home, MPLCONFIGDIR=home, IPYTHONDIR=home)
    tempfile.tempdir = home


def _with_first_line(source: str) -> str:
    """IPython drops empty lines at the top, and lines would be counted from elsewhere."""
    text = source.lstrip("\n")
    return text if text.startswith("%%") else "#\n" * (len(source) - len(text)) + text


_AROUND = re.compile(r"%%(time|timeit|capture|prun)\b.*")


def _without_magics_around(shell: Any, source: str) -> str:
    """The cell without what measures its lines or keeps their output: that runs them as one, and may keep quiet about
    what stopped them. A name that it gives is given."""
    lines = source.split("\n")
    for number, line in enumerate(lines):
        if _AROUND.fullmatch(line) is None:
            break
        if line.startswith("%%capture"):
            shell.run_cell(f"{line}\npass")
        lines[number] = "#"
    return "\n".join(lines)


def _statements(shell: Any, source: str) -> list[ast.stmt]:
    try:
        return ast.parse(shell.transform_cell(source)).body
    except (SyntaxError, ValueError, RecursionError):
        return []


def _above(shell: Any, source: str, line: int) -> str:
    """What stands above the statement of this line, what was decorated with it."""
    for statement in _statements(shell, source):
        if line <= (statement.end_lineno or 0):
            decorators = getattr(statement, "decorator_list", [])
            first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
            return "\n".join(source.split("\n")[: first - 1])
    return source


def _after(shell: Any, source: str, place: tuple[int, int], until: int) -> str | None:
    """What stands below the statement that stopped a cell, its lines where they were; None where nothing does, or it
    stopped elsewhere too. place: line and column in which it did; a decorator stops no more than itself."""
    if place[0] == 0:
        return None
    for statement in _statements(shell, source):
        start = statement.lineno, statement.col_offset
        if start > place:
            lines = shell.transform_cell(source).split("\n")
            first = lines[start[0] - 1].encode()[start[1] :].decode()
            return "\n".join(["#"] * (start[0] - 1) + [first, *lines[start[0] :]])
        end = statement.end_lineno or 0, statement.end_col_offset or 0
        if place <= end:
            place = end
            if end[0] >= until:
                return None
    return None


def _running_children() -> set[int]:
    """The processes below this one; orphans are handed to it."""
    return {pid for pid in children(os.getpid()) if not has_ended(pid)}


class _Frame(NamedTuple):
    code: types.CodeType
    names: dict[str, Any]
    line: int
    column: int


def _frames_of(error: BaseException | None) -> list[_Frame]:
    """The frames that an error went through, from the outermost on."""
    found = []
    trace = None if error is None else error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        column = next(itertools.islice(code.co_positions(), trace.tb_lasti // 2, None))[2] or 0
        found.append(_Frame(code, trace.tb_frame.f_globals, trace.tb_lineno, column))
        trace = trace.tb_next
    return found


def _frames_below(frame: types.FrameType | None) -> list[_Frame]:
    """The frames that are running, from the outermost on."""
    found = []
    while frame is not None:
        found.append(_Frame(frame.f_code, frame.f_globals, frame.f_lineno, 0))
        frame = frame.f_back
    return found[::-1]


class _Session:
    """One submission in one worker."""

    def __init__(
        self, preparation: Preparation, connection: socket.socket, bounds: Bounds, level: str, log: Log
    ) -> None:
        self.shell = preparation.shell
        self.log = log
        self.connection = connection
        self.level = level
        self.outputs = _Outputs(bounds.output_bytes)
        self.shell.outputs = self.shell.display_pub.outputs = self.shell.displayhook.outputs = self.outputs
        self.initial_names = set(self.shell.user_ns)
        self.log_positions = {1: 0, 2: 0}
        self.busy = False
        self.interrupted: Sequence[_Frame] = ()
        """Where the last interrupt came that hit the cell."""
        self.outputs.before_each = self._collect_raw_output
        self.arriving = -1
        """The descriptor of the file of which more pieces will come."""
        self.looks_beside = False
        self.kept: dict[str, KeptAnswer] = {}
        """What answers were made of at their grade cells."""

    def serve(self) -> None:
        signal.signal(signal.SIGINT, self._on_interrupt)
        sys.stdout = _Stream(self.outputs, "stdout")
        sys.stderr = _Stream(self.outputs, "stderr")
        protocol.send(self.connection, Hello(protocol.VERSION, self.level))
        while True:
            try:
                order = protocol.receive_to_worker(self.connection)
            except (EOFError, ConnectionError):
                return
            reply = self._obey(order)
            try:
                protocol.send(self.connection, reply)
            except OSError:
                return
            except Exception:  # too long or no text; nothing has been sent of it
                protocol.send(self.connection, _without_contents(reply))

    def _on_interrupt(self, number: int, frame: types.FrameType | None) -> None:
        # A late interrupt, of something that has just ended, must not hit the reply.
        if self.busy:
            where = _frames_below(frame)
            if self._place(where, "") != (0, 0):
                self.interrupted = where
            raise KeyboardInterrupt

    def _obey(self, order: protocol.ToWorker) -> protocol.FromWorker:
        if isinstance(order, Names):
            return NamesDefined(tuple(self._names()))
        if isinstance(order, RunCell):
            return self._run(order)
        if isinstance(order, PutFile):
            return self._put(order)
        if isinstance(order, Keep):
            self.kept[order.cell_id] = KeptAnswer(self.shell.user_ns, order.name)
            return Kept()
        if isinstance(order, GoBack):
            kept = self.kept[order.cell_id]
            kept.put_back()
            return Kept(kept.unchanged())
        return Answers(tuple(self._answer(question) for question in order.questions))

    def _put(self, order: PutFile) -> FilePut:
        try:
            if order.first:
                os.makedirs(os.path.dirname(order.name) or ".", exist_ok=True)
                # Read-only from the beginning: where there are no namespaces, nobody may change that later.
                self.arriving = os.open(order.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
            with open(self.arriving, "wb", buffering=0, closefd=order.last) as file:
                rest = memoryview(order.data)
                while rest:
                    rest = rest[file.write(rest) or 0 :]
        except OSError as error:
            return FilePut(f"{type(error).__name__}: {error.strerror}")
        return FilePut()

    def _names(self) -> list[str]:
        names = [
            name
            for name in list(self.shell.user_ns)
            if type(name) is str and not name.startswith("_") and name not in self.initial_names
        ]
        return [name.encode("utf-8", "replace").decode()[:100] for name in names[:MAX_NAMES]]

    def _look_beside(self) -> None:
        """Let cells import what lies beside the notebook, before what is installed, as IPython's own programs have it.
        Not sooner: what prepares the process must take nothing of the submission for a library."""
        installed = (place for place, path in enumerate(sys.path) if os.path.basename(path).endswith("-packages"))
        sys.path.insert(next(installed, len(sys.path)), "")
        self.looks_beside = True

    def _run(self, order: RunCell) -> CellDone:
        if not self.looks_beside:
            self._look_beside()
        self.outputs.start()
        reset_keras()
        reseed()
        self.log.taken()
        self.shell.stops = order.as_it_stands
        before = _running_children()
        source = _with_first_line(order.source)
        if order.until or order.before or order.after:
            source = _without_magics_around(self.shell, source)
        if order.before:
            source = _above(self.shell, source, order.before)
        rest: str | None = source
        if order.after:
            rest = _after(self.shell, source, (order.after, 0), order.until)
        error, (line, column) = self._run_source(rest or "")
        while error is not None and not isinstance(error, KeyboardInterrupt | MemoryError) and line < order.until:
            rest = _after(self.shell, source, (line, column), order.until)
            if rest is None:
                break
            error, (line, column) = self._run_source(rest)
        self._let_go_on(before, order.aftermath)
        self._collect_raw_output()
        problem = None if error is None else self._described(error)
        alike = not self.log.met
        reached = tuple(Reached(_plain(r.line), r.built_in, _plain(r.function)) for r in self.log.taken())
        return CellDone(order.cell_id, self.outputs.json(), problem, self.outputs.truncated, reached, line, alike)

    def _let_go_on(self, before: set[int], seconds: float) -> None:
        """Give what a cell has left running the time to end, or to be ended for what it takes, while this is still the
        cell in which that happens."""
        deadline = time.monotonic() + seconds
        while _running_children() - before and time.monotonic() < deadline:
            time.sleep(0.01)

    def _run_source(self, source: str) -> tuple[BaseException | None, tuple[int, int]]:
        """What stopped it, and in which line and column of the top level; 0 where that is not known."""
        error: BaseException | None = None
        self.interrupted = ()
        self.busy = True
        try:
            result = self.shell.run_cell(source, store_history=True)
            self.busy = False
            error = result.error_before_exec or result.error_in_exec
        except BaseException as raised:  # an interrupt between IPython's own handlers
            error = raised
        finally:
            self.busy = False
        place = self._place(_frames_of(error), source)
        if place == (0, 0) and type(error) is KeyboardInterrupt:
            # A second one came while IPython told of the first, or C swallowed the first.
            place = self._place(self.interrupted, source)
        return error, place

    def _place(self, frames: Sequence[_Frame], source: str) -> tuple[int, int]:
        """Line and column of the top level, of frames from the outermost on."""
        own = [one for one in frames if one.names is self.shell.user_ns and one.code.co_name == "<module>"]
        if not own:
            return 0, 0
        outer, inner = own[0], own[-1]
        if source.startswith("%%") and inner.code.co_filename.startswith("<timed"):
            return outer.line + inner.line, 0  # counted from the line below the magic
        return outer.line, outer.column

    def _described(self, error: BaseException) -> Problem:
        """An exception in words. Classes of the student's may say anything of themselves, raise, or never end."""
        self.busy = True
        try:
            return describe(error, self.shell.user_ns)
        except BaseException:
            return Problem("exception", _plain(_NAME_OF(type(error))), "(this exception could not be described)")
        finally:
            self.busy = False

    def _collect_raw_output(self) -> None:
        """Add what compiled code and subprocesses wrote to the file descriptors."""
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            with contextlib.suppress(OSError):
                size = os.fstat(descriptor).st_size
                start = self.log_positions[descriptor]
                self.log_positions[descriptor] = size
                if size > start:
                    raw = os.pread(descriptor, min(size - start, self.outputs.left + 1), start)
                    self.outputs.stream(name, raw.decode("utf-8", "replace"))

    def _answer(self, question: protocol.Question) -> Answer:
        self.outputs.start()  # what is printed meanwhile could carry the inputs: it is thrown away
        started = time.perf_counter()
        try:
            self.log.taken()
            self.busy = True
            try:
                given = answers.answer(question, self.shell.user_ns)
            except answers.Interrupted as stopped:
                given = stopped.known
            finally:
                self.busy = False
        except KeyboardInterrupt as interrupt:
            given = Answer(problem=self._described(interrupt))
        except BaseException as error:
            given = Answer(problem=self._described(error))
        finally:
            self.busy = False
            self.outputs.start()
            self._skip_raw_output()
        reached = tuple(Reached(_plain(r.line), r.built_in, _plain(r.function)) for r in self.log.taken())
        return msgspec.structs.replace(given, reached=reached, seconds=time.perf_counter() - started)

    def _skip_raw_output(self) -> None:
        for descriptor in (1, 2):
            with contextlib.suppress(OSError):
                self.log_positions[descriptor] = os.fstat(descriptor).st_size
