"""A strict reading of HTML for tests: elements with their attributes and texts, and whether the tags nest."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "img", "br", "input", "circle", "path", "rect"})
"""Elements that are never closed; of SVG those that our icons use."""


@dataclass
class Element:
    """An element; `text` is all text inside it."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        return (self.attributes.get("class") or "").split()


class Tree(HTMLParser):
    """All elements of a page, in order. Tags that do not nest are an `AssertionError`."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {[element.tag for element in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if self.open:
            self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def tags(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    @property
    def skeleton(self) -> list[str]:
        """The tags in order, without `code`, which backticks in a text may make."""
        return [element.tag for element in self.elements if element.tag != "code"]

    def of_class(self, name: str) -> list[Element]:
        return [element for element in self.elements if name in element.classes]

    @property
    def text(self) -> str:
        """What is on the page, without styles and scripts."""
        hidden = {id(e) for e in self.elements if e.tag in ("style", "script")}
        roots = [e for e in self.elements if not any(e in other.children for other in self.elements)]
        return " ".join(e.text for e in roots if id(e) not in hidden)
