"""Keep quiet what TensorFlow has to say when it is imported, and beside an answer."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

SETTINGS = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
_NOISE = re.compile(
    rb"[IWE]\d{4} \d\d:\d\d:[\d.]+ +\d+ \S+:\d+\] |\d{4}-\d\d-\d\d \d\d:\d\d:[\d.]+: [IWE] "
    rb"|WARNING: All log messages before absl::InitializeLog|To enable the following instructions: "
)
"""How a line begins that TensorFlow's compiled code logs below a fatal error."""


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """TensorFlow logs to the file descriptor of stderr, whatever Python thinks of it."""
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def quiet_tensorflow() -> None:
    """Let TensorFlow be imported without a word from now on, whoever imports it. What Python has to say meanwhile
    (warnings, errors) comes when it is imported; if that fails, everything does. Who has set TensorFlow's own log level
    to hear more hears it."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    wanted = os.environ["TF_CPP_MIN_LOG_LEVEL"] == SETTINGS["TF_CPP_MIN_LOG_LEVEL"]
    if wanted and "tensorflow" not in sys.modules and not any(isinstance(each, _Finder) for each in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds TensorFlow as everybody does, and has it loaded by a `_Quiet` loader."""

    def __init__(self) -> None:
        self._asking = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "tensorflow" or self._asking:
            return None
        self._asking = True
        try:
            found = importlib.util.find_spec(name)
        finally:
            self._asking = False
        if found is not None and found.loader is not None:
            found.loader = _Quiet(found.loader)
        return found


class _Quiet(Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # what a loader can do besides: get_source, resources, ...

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = module.__loader__ = self._loader
        with _without_noise():
            self._loader.exec_module(module)


@contextlib.contextmanager
def _without_noise() -> Iterator[None]:
    """Hold back what is written to the descriptor of stderr, and pass on afterwards what is no noise. All of it, where
    the block fails."""
    try:
        saved = os.dup(2)
    except OSError:  # a program without a stderr
        yield
        return
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        noise: re.Pattern[bytes] | None = _NOISE
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            noise = None
            raise
        finally:
            with contextlib.suppress(Exception):
                sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            for line in held:
                if noise is None or not noise.match(line):
                    _write(line)


def _write(line: bytes) -> None:
    with contextlib.suppress(OSError):
        os.write(2, line)
