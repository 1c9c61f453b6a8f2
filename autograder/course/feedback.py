"""nbgrader's feedback pages, made fast: most cells of a class are the same cells, so each is rendered once."""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, pass_context
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

from autograder.cards.card import with_one_style
from autograder.cards.templating import prose, style
from autograder.course.formulas import FormulaRenderer

SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
SOURCE = re.compile(r"\bsrc\s*=\s*[\"']([^\"']+)")
HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
INDEXED = re.compile(r'(<li><a href="#([^"]*)">)(Test cell|Coding free-response|Written response|Task)(?=</a>)')
WITHOUT_ALT = re.compile(r"<img(?![^>]*\balt=)")
EMPTY_HEAD = re.compile(r"<th\b([^>]*)></th>")
DRESSED = (
    ("<html>", '<html lang="en">'),
    ("<body>", '<body data-jp-theme-light="true">'),  # the page is always light; cards and drawings follow it
    ('<div class="panel-heading">', '<div class="panel-heading" role="navigation" aria-label="Scores">'),
)
"""What nbgrader's page lacks for screen readers, and what cards have to know of it: the first of each."""
WITHOUT_MATHJAX = {"mathjax.html.j2": "{% macro mathjax(url='') %}{% endmacro %}"}
"""The template of nbconvert's that nbgrader's page loads a script with."""
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
CACHED_CELLS = 2048
FOLDER = Path(__file__).parent / "templates"
EFFORT = 10_000_000_000
"""What rendering the text of one page may cost: characters times marks that each may be looked for to the end of the
text, a `\\begin` without an end a hundred times as long. A few seconds; honest pages need a thousandth."""


class FeedbackExporter(HTMLExporter):
    """What `HTMLExporter` writes with nbgrader's feedback template, at a tenth of the cost.

    nbconvert parses every finished page once more to give images an alternative text; here a pattern does. (The
    other thing it does then concerns a template that feedback does not use.) Colouring of code and rendering of text
    are remembered from page to page. Formulas are MathML, so that a page needs no script and no network.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, extra_loaders=[DictLoader(WITHOUT_MATHJAX)], **options)
        self._highlighters: dict[str | None, Any] = {}
        self._rendered: dict[str, str] = {}
        self._allowed = ""
        self._effort = EFFORT

    def default_filters(self) -> Any:
        """The filters of the template, text rendering with a memory."""
        for name, given in super().default_filters():
            yield (name, self._remembered_markdown(given)) if name == "markdown2html" else (name, given)

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """As nbconvert's filter, but for formulas."""
        renderer = FormulaRenderer(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
        )
        return str(MarkdownWithMath(renderer=renderer).render(source))

    def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> tuple[str, Any]:
        """Convert a notebook to a page."""
        self._effort = EFFORT
        language = nb.metadata.get("language_info", {})
        resources = self._init_resources(resources)
        self.register_filter("highlight_code", self._highlighter(language.get("pygments_lexer", language.get("name"))))
        self.register_filter(
            "filter_data_type",
            WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources),
        )
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **options)
        page = HEAD.sub(lambda head: head.group(0) + self._policy(resources) + VIEWPORT, page, count=1)
        page = page.replace("</head>", f"<style>{style('feedback.css', FOLDER)}</style></head>", 1)
        page = with_one_style(page)
        page = _with_titles(page, nb.metadata.get("gatebook"))
        for found, dressed in DRESSED:
            page = page.replace(found, dressed, 1)
        return WITHOUT_ALT.sub('<img alt="A picture of this cell"', page), resources

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """nbgrader's steps and the course's. The notebook was read for this page alone and becomes nothing else, so it
        is not copied and checked once more."""
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
        return nb, resources

    def _policy(self, resources: Any) -> str:
        """A Content-Security-Policy by which no script runs but those of the template itself: what a notebook shows
        is shown, whatever it holds."""
        if not self._allowed:
            from nbformat.v4 import new_notebook

            empty = self.template.render(nb=new_notebook(), resources=resources)
            allowed = []
            for attributes, text in SCRIPT.findall(empty):
                source = SOURCE.search(attributes)
                if source:
                    allowed.append(source.group(1).partition("?")[0].rpartition("/")[0] + "/")
                digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
                allowed.append(f"'sha256-{digest}'")
            self._allowed = " ".join(dict.fromkeys(allowed)) or "'none'"
        policy = f"script-src {self._allowed}; object-src 'none'; frame-src 'none'; form-action 'none'; base-uri 'none'"
        return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'

    def _highlighter(self, lexer: str | None) -> Any:
        if lexer not in self._highlighters:
            highlight = Highlight2HTML(pygments_lexer=lexer, parent=self)

            @functools.lru_cache(maxsize=CACHED_CELLS)
            def remembered(source: str, language: str | None = None) -> str:
                return str(highlight(source, language=language))

            def coloured(source: str, language: str | None = None, metadata: Any = None) -> str:
                magic = (metadata or {}).get("magics_language")
                return remembered(source, magic or language)

            self._highlighters[lexer] = coloured
        return self._highlighters[lexer]

    def _remembered_markdown(self, render: Any) -> Any:
        @pass_context
        def markdown2html(context: Any, source: str) -> str:
            if context.get("cell", {}).get("attachments"):
                return rendered(context, source)
            if source not in self._rendered:
                if len(self._rendered) >= CACHED_CELLS:
                    self._rendered.clear()
                page = rendered(context, source)
                if self._effort < 0:  # what this page has no effort left for, another may have
                    return page
                self._rendered[source] = page
            return self._rendered[source]

        def rendered(context: Any, source: str) -> str:
            """The text as HTML; as it stands where the renderer would fail or take for ever."""
            marks = sum(map(source.count, "[(*_`<$!")) + 100 * source.count("\\begin{")
            self._effort -= marks * len(source)
            if self._effort < 0:
                return f"<pre>{html.escape(source)}</pre>"
            try:
                return EMPTY_HEAD.sub(r"<td\1></td>", str(render(context, source)))
            except Exception:
                return f"<pre>{html.escape(source)}</pre>"

        return markdown2html


def _with_titles(page: str, kept: Any) -> str:
    """The page whose index calls exercises by their names, and what a person grades by its id. kept: what
    `autograded_notebook` noted, if it made the notebook."""
    titles = kept.get("titles") if isinstance(kept, Mapping) else None
    titles = titles if isinstance(titles, Mapping) else {}
    start, index, rest = page.partition('<div id="toc">')
    index_of, end, rest = rest.partition("</ol>")

    def named(entry: re.Match[str]) -> str:
        name = html.unescape(entry[2])
        said = prose(str(titles[name])) if name in titles else prose(f"{entry[3]} `{name}`")
        return f"{entry[1]}{said}"

    return "".join((start, index, INDEXED.sub(named, index_of), end, rest))


__all__ = ["FeedbackExporter"]
