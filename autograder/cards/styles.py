"""Style sheets of ours, without what the piece of a page that they come with has no use for."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache, lru_cache

_AROUND = frozenset(
    {"body", "html", "vscode-dark", "vscode-light", "vscode-high-contrast", "vscode-high-contrast-light"}
)
"""What a card finds itself in: where a notebook is shown tells it whether that is light or dark."""
_BLOCK = re.compile(r"([^{}]+)\{((?:[^{}]|\{[^{}]*\})*)\}")
_KEPT_OPEN = re.compile(r":(?:not|has|nth-child)\((?:[^()]|\([^()]*\))*\)|::?[a-z-]+(?!\()\b|\[[^]]*\]|#[\w-]+")
_ONE_OF = re.compile(r":is\(([^()]*)\)")
_NAME = re.compile(r"[\w-]+")
_TAG = re.compile(r"<([a-z][a-z0-9]*)")
_CLASSES = re.compile(r'\bclass="([^"]*)"')
_PROPERTY = re.compile(r"(?<=[{;])(--[\w-]+):[^;{}]*;?")


def minified(css: str) -> str:
    """The same style sheet without comments and without space that means nothing.

    >>> minified("a > b, i { color: red; /* why */ margin: 0 auto; }")
    'a>b,i{color:red;margin:0 auto}'
    """
    text = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r" ?([{};,>]) ?|(:) ", r"\1\2", text).replace(";}", "}")


def used(css: str, markup: str) -> str:
    """The rules of a style sheet that may match something in a piece of HTML or SVG, in their order.

    Names of tags and classes decide, and nothing else: a rule stays where it might be needed. So do key frames and
    custom properties that a rule which stayed refers to. css: minified, one at-rule deep.
    """
    return _of_names(css, _AROUND.union(_TAG.findall(markup), *map(str.split, _CLASSES.findall(markup))))


@lru_cache(maxsize=256)
def _of_names(css: str, present: frozenset[str]) -> str:
    text = "".join(_used_rule(head, body, present) for head, body in _BLOCK.findall(css))
    for name in set(re.findall(r"@keyframes ([\w-]+)", text)):
        if len(re.findall(rf"\b{name}\b", text)) == 1:
            text = re.sub(rf"@keyframes {name}\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}", "", text)
    read = set(re.findall(r"var\((--[\w-]+)", text))
    return _PROPERTY.sub(lambda found: found[0] if found[1] in read else "", text)


def within(css: str, root: str) -> str:
    """The same rules, nested in the one of a selector that all of them start with or hold, so that it stands once.

    >>> within(".a{x:1}.a p,.a.b i{x:2}@media print{.c .a{x:3}}", ".a")
    '.a{x:1;p,&.b i{x:2}@media print{.c &{x:3}}}'
    """
    frames = "".join(re.findall(r"@keyframes [\w-]+\{(?:[^{}]|\{[^{}]*\})*\}", css))
    inner = "".join(f"{body};" if head == root else _nested(head, body, root) for head, body in _BLOCK.findall(css))
    return f"{root}{{{inner}}}{frames}"


def _nested(head: str, body: str, root: str) -> str:
    if head.startswith("@keyframes"):
        return ""
    if head.startswith("@"):
        inner = "".join(_nested(inner, what, root) for inner, what in _BLOCK.findall(body))
        return f"{head}{{{inner}}}"
    relative = (one.removeprefix(f"{root} ").replace(root, "&") for one in _selectors(head))
    return f"{','.join(relative)}{{{body}}}"


def _used_rule(head: str, body: str, present: Set[str]) -> str:
    if head.startswith("@keyframes"):
        return f"{head}{{{body}}}"
    if head.startswith("@"):
        inner = "".join(_used_rule(inner, what, present) for inner, what in _BLOCK.findall(body))
        return f"{head}{{{inner}}}" if inner else ""
    selectors = [one for one in _selectors(head) if _may_match(one, present)]
    return f"{','.join(selectors)}{{{body}}}" if selectors else ""


@cache
def _selectors(head: str) -> tuple[str, ...]:
    """A list of selectors as single ones; commas in brackets separate nothing."""
    return tuple(re.split(r",(?![^(]*\))", head))


def _may_match(selector: str, present: Set[str]) -> bool:
    return any(names <= present for names in _needed(selector))


@cache
def _needed(selector: str) -> tuple[frozenset[str], ...]:
    """Which names have to be there for a selector to match anything; one of these sets."""
    bare = _KEPT_OPEN.sub("", selector)
    choice = _ONE_OF.search(bare)
    if choice is None:
        return (frozenset(_NAME.findall(bare)),)
    before, after = bare[: choice.start()], bare[choice.end() :]
    return tuple(names for one in choice[1].split(",") for names in _needed(f"{before} {one} {after}"))
