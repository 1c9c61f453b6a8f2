"""The IPython that runs cells: their text as it came, and statements that go on where a decoy made them stop."""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import sys
import types
from typing import Any

from ..answering.decoys import Log
from ..answering.failures import message_of
from .outputs import _jsonable


def _compile_without_stops(shell: Any, log: Log) -> None:
    """A comparison with a decoy says nothing, so it must not stop anything, at the top level or in a function: `assert`
    does nothing, and neither does `if ...: raise` once a decoy was reached. As long as `shell.stops`, both do."""
    kind = type(shell.compile)
    setattr(builtins, _GOES_ON, lambda: bool(log.lines))

    def compiled(self: Any, source: Any, filename: str, symbol: str, **options: Any) -> types.CodeType:
        if shell.stops:
            return kind.__call__(self, source, filename, symbol, **options)
        with contextlib.suppress(RecursionError, SyntaxError):  # a text that is none is told of below
            source = _goes_on(source, symbol)
        code = compile(source, filename, symbol, self.flags, True, optimize=1)
        for name in __future__.all_feature_names:
            self.flags |= code.co_flags & getattr(__future__, name).compiler_flag
        return code

    shell.compile.__class__ = type(kind.__name__, (kind,), {"__call__": compiled})


_GOES_ON = "__a_decoy_was_reached__"


def _goes_on(source: Any, symbol: str) -> ast.AST:
    tree = ast.parse(source, mode=symbol) if isinstance(source, str) else source
    return ast.fix_missing_locations(_GoesOn().visit(tree))


_SAYS_THAT_IT_DIFFERS = frozenset(
    "ArithmeticError AssertionError Exception LookupError RuntimeError SystemExit TypeError ValueError".split()
)
"""What a comparison raises. Other exceptions end loops, or tell that there is nothing."""
_PROTOCOLS = frozenset("__anext__ __getattr__ __getitem__ __iter__ __missing__ __next__".split())


class _GoesOn(ast.NodeTransformer):
    """Lets `raise` depend on whether a decoy was reached, where it depends on something anyway."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node if node.name in _PROTOCOLS else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        node.body, node.orelse = ([self._passed_by(one) for one in block] for block in (node.body, node.orelse))
        return node

    def _passed_by(self, node: ast.stmt) -> ast.stmt:
        kind = node.exc if isinstance(node, ast.Raise) else None
        kind = kind.func if isinstance(kind, ast.Call) else kind
        if not isinstance(kind, ast.Name) or kind.id not in _SAYS_THAT_IT_DIFFERS:
            return node
        stops = ast.UnaryOp(ast.Not(), ast.Call(ast.Name(_GOES_ON, ast.Load()), [], []))
        return ast.copy_location(ast.If(stops, [node], []), node)


def _make_shell() -> Any:
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    class Publisher(DisplayPublisher):
        outputs: Any = None

        def publish(
            self, data: Any, metadata: Any = None, source: Any = None, *, transient: Any = None, **_: Any
        ) -> None:
            if self.outputs is not None:
                self.outputs.add(
                    {
                        "output_type": "display_data",
                        "data": _jsonable(dict(data)),
                        "metadata": dict(metadata or {}),
                    }
                )

        def clear_output(self, wait: bool = False) -> None:
            if self.outputs is not None:
                self.outputs.clear(wait)

    class Hook(DisplayHook):
        outputs: Any = None

        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
            if self.outputs is not None:
                self.outputs.add(
                    {
                        "output_type": "execute_result",
                        "execution_count": self.prompt_count,
                        "data": _jsonable(dict(format_dict)),
                        "metadata": dict(md_dict or {}),
                    }
                )

        def finish_displayhook(self) -> None:
            pass

    class Shell(InteractiveShell):
        """IPython without a terminal: outputs are collected, nothing is asked of a person."""

        display_pub_class = Type(Publisher)
        displayhook_class = Type(Hook)
        outputs: Any = None
        stops = True

        def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
            if self.outputs is not None:
                text = message_of(evalue)
                self.outputs.add(
                    {
                        "output_type": "error",
                        "ename": str(getattr(etype, "__name__", etype)),
                        "evalue": text,
                        "traceback": [str(line) for line in stb],
                    }
                )

        def enable_gui(self, gui: Any = None) -> None:
            pass

        def ask_exit(self) -> None:
            pass

        def init_sys_modules(self) -> None:
            super().init_sys_modules()
            # Classes of the notebook say that they live in __main__, and libraries look them up there.
            sys.modules["__main__"] = self.user_module

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor" if "colors" in InteractiveShell.class_traits() else ""
    config.InteractiveShell.cache_size = 0
    config.InteractiveShell.banner1 = ""
    config.InteractiveShell.show_rewritten_input = False
    shell = Shell.instance(config=config)
    shell.system = shell.system_raw
    return shell
