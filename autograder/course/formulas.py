"""Formulas of a page as MathML, which browsers show and screen readers read without a script and without a network.

What may be wider than a phone, a long formula or a table, scrolls by itself, also by keys.
"""

from __future__ import annotations

import functools
import html
import re
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer

MOST_MARKS = 300
"""Commands, braces and indices of one formula; honest ones have 70. Each may nest what follows, and the converter needs
a stack for that."""
WIDE = 24
"""Signs of a formula that may be wider than a phone."""
SCROLLED = 'tabindex="0" role="group" aria-label'
_TAG = re.compile(r"<[^>]*>")
_FORMULA_AS_HEAD = re.compile(r"(<th\b[^>]*><math\b)((?:(?!</th>).)*</math></th>)", re.DOTALL)
_FORMULA_IN_WORDS = re.compile(r"\\text\{([^{}$]*)\$([^{}$]*)\$")


@functools.lru_cache(maxsize=4096)
def mathml(source: str, displayed: bool) -> str:
    """A formula in TeX as MathML; its text, as code, where it cannot be converted.

    >>> mathml("h_t", False)
    '<math><msub><mi>h</mi><mi>t</mi></msub></math>'
    >>> mathml(r"\\nowhere < 1", False)
    '<code>\\\\nowhere &lt; 1</code>'
    """
    from math_core import LatexError, LatexToMathML

    # The converter does not go back to formulas within words, as in \text{where $x$ is}.
    plain = _FORMULA_IN_WORDS.sub(r"\\text{\1}\2\\text{", source)
    try:
        if sum(map(plain.count, "\\{^_")) <= MOST_MARKS:
            made = LatexToMathML(fancy_error=False).convert_with_local_state(plain, displaystyle=displayed)
            wide = f' {SCROLLED}="Formula"' if len(_words(made).replace(" ", "")) > WIDE else ""
            if not (wide or displayed):
                return str(made)
            return f'<span class="gb-formula{"" if displayed else " gb-inline"}"{wide}>{made}</span>'
    except LatexError:
        pass
    return f"<code>{html.escape(source.strip(), quote=False)}</code>"


def _words(made: str) -> str:
    """MathML as text, its signs apart."""
    return " ".join(html.unescape(_TAG.sub(" ", made)).split())


class FormulaRenderer(IPythonRenderer):
    """nbconvert's renderer of markdown, which leaves formulas to a script and wide tables to the mouse."""

    def table(self, text: str) -> str:
        """A table in a box that scrolls. A head that is a formula has it as its name too: not all tools look into
        MathML."""

        def named(head: re.Match[str]) -> str:
            return f'{head[1]} aria-label="{html.escape(_words(head[0]))}"{head[2]}'

        return f'<div class="gb-table" {SCROLLED}="Table"><table>\n{_FORMULA_AS_HEAD.sub(named, text)}</table></div>\n'

    def block_math(self, body: str) -> str:
        """`$$...$$`"""
        return mathml(body, displayed=True)

    def inline_math(self, body: str) -> str:
        """`$...$`"""
        return mathml(body, displayed=False)

    def latex_environment(self, name: str, body: str) -> str:
        r"""`\begin{align}...\end{align}`"""
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", displayed=True)

    def multiline_math(self, text: Any) -> str:
        """What older versions of mistune hand over with its dollars."""
        return mathml(str(text).strip("$"), displayed=True)
