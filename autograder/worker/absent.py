"""What the grader needs and no notebook does: nbgrader, its database and its pages. Workers do not have it: it knows
the layout of a course, and is code to find a hole in.

The files are hidden by `view`. Where something is hidden there is still a folder, which Python takes for a package; so
this module sees to it that such an import fails like any other of what is not installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from ..answering.forbidden import FRAMEWORKS, others

NAMES = frozenset(
    (
        "alembic", "jupyter_lsp", "jupyter_server", "jupyter_server_terminals", "jupyterhub", "jupyterlab",
        "jupyterlab_server", "mako", "nbclient", "nbconvert", "nbgrader", "notebook", "notebook_shim", "sqlalchemy",
    )
)  # fmt: skip
"""Packages, and distributions with `-` for `_`, that nothing needs which a notebook may import."""


_BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
_OF_OTHER_BACKENDS = frozenset(
    {*FRAMEWORKS, "jaxlib"}.intersection(others(_BACKEND)) if _BACKEND != "tensorflow" else ()
)
"""Keras on another backend would load what it finds of these, to save a model: seconds, and hundreds of megabytes."""


class _Finder(PathFinder):
    """Finds modules as ever, but of these names only what can be read: a notebook may have its own `notebook.py`."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in _OF_OTHER_BACKENDS:
            return None
        spec = super().find_spec(fullname, path, target)
        if spec is None or fullname not in NAMES:
            return spec
        try:
            with open(spec.origin or "", "rb"):
                return spec
        except OSError:
            return None


def hide() -> None:
    """Let imports of what is hidden fail, in this process and its forks."""
    sys.meta_path[:] = [_Finder if finder is PathFinder else finder for finder in sys.meta_path]
