"""An answer cell with functions in it that a student wrote in another way."""

from __future__ import annotations

import ast
import textwrap


def written_in(answer: str, written: str) -> str:
    """Put functions in the place of those of the same names, under the docstrings that were handed out. What else was
    written goes before them. A written answer, which stands in comments, takes the place of all."""
    if written.startswith("# ") and not ast.parse(written).body:
        return "\n".join(line.removeprefix("#").removeprefix(" ") for line in written.split("\n"))
    lines, new = answer.split("\n"), written.split("\n")
    there = {node.name: node for node in ast.walk(ast.parse(answer)) if isinstance(node, ast.FunctionDef)}
    beside: list[str] = []
    done = 0
    found: list[tuple[ast.FunctionDef, list[str]]] = []
    for node in ast.parse(written).body:
        if isinstance(node, ast.FunctionDef) and node.name in there:
            beside += new[done : node.lineno - 1]
            done = node.end_lineno or done
            found.append((there[node.name], new[node.lineno - 1 : done]))
    beside += new[done:]
    for old, text in sorted(found, key=lambda one: -one[0].lineno):
        function = textwrap.indent("\n".join(_under_its_docstring(old, lines, text)), " " * old.col_offset)
        lines[old.lineno - 1 : old.end_lineno] = function.split("\n")
    front = "\n".join(beside).strip("\n")
    return "\n".join([front, "", "", *lines] if front else lines)


def _under_its_docstring(old: ast.FunctionDef, lines: list[str], new: list[str]) -> list[str]:
    if ast.get_docstring(old) is None:
        return new
    said = [line[old.col_offset :] for line in lines[old.body[0].lineno - 1 : old.body[0].end_lineno]]
    head = next(number for number, line in enumerate(new, 1) if line.endswith(":"))
    return [*new[:head], *said, *new[head:]]
