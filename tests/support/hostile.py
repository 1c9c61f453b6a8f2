"""Verdicts and records in which every text is hostile."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec

from autograder.answering.protocol import Array

ATTACK = (
    "<script>alert(1)</script>`<img src=x onerror=alert(2)>`\" onmouseover='x' \x1b[2J\x00\x9b\u202e{{7*7}}</style>"
)
KEPT = frozenset({"status", "outcome", "rung", "axes", "worst"})
"""Fields whose texts are not free."""


def attacked(value: Any, text: str = ATTACK) -> Any:
    """The same tree with another text in place of every text, keys of dictionaries too."""
    if isinstance(value, str):
        return text
    if isinstance(value, Array):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = {field.name for field in dataclasses.fields(value)} - KEPT
        return dataclasses.replace(value, **{name: attacked(getattr(value, name), text) for name in names})
    if isinstance(value, msgspec.Struct):
        return type(value)(*(attacked(getattr(value, name), text) for name in value.__struct_fields__))
    if isinstance(value, dict):
        return {f"{attacked(key, text)}{n}": attacked(item, text) for n, (key, item) in enumerate(value.items())}
    if isinstance(value, tuple):
        return tuple(attacked(item, text) for item in value)
    return value
