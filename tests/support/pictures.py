"""`packaging/pictures.py`, which is no package's, as a module."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def load_pictures() -> ModuleType:
    """The script that draws the README's pictures; it leaves `sys.path` as it was."""
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "packaging" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    path = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = path
    return module
