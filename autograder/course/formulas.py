"""Formulas of a page as MathML, which browsers show and screen readers read without a script and without a network."""

from __future__ import annotations

import functools
import html
import re
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer

MOST_MARKS = 300
"""Commands, braces and indices of one formula; honest ones have 70. Each may nest what follows, and the converter needs
a stack for that."""
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
            return f'<span class="gb-formula">{made}</span>' if displayed else str(made)
    except LatexError:
        pass
    return f"<code>{html.escape(source.strip(), quote=False)}</code>"


class FormulaRenderer(IPythonRenderer):
    """nbconvert's renderer of markdown, which leaves formulas to a script."""

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
