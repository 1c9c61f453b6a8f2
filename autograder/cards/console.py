"""Where commands print: lines are broken for a person at a terminal, and nowhere else."""

from __future__ import annotations

import sys

from rich.console import Console

WIDE = 100_000
"""Columns of what no terminal shows: a table gets all it wants. Longer lines stay whole too."""


def console(*, stderr: bool = False) -> Console:
    """The console of a command. In a pipe or a file no line is broken, whatever the environment says of terminals:
    logs are searched."""
    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Console(stderr=stderr)
    return Console(stderr=stderr, force_terminal=False, width=WIDE, height=25, soft_wrap=True)
