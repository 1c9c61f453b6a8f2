"""The card of one exercise: what a student sees under `check("lstm_cell", LSTMCell)`, as HTML or as text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup
from rich.cells import cell_len

from autograder.model import CheckResult, PartResult, Verdict
from autograder.report import evidence, templating
from autograder.report.exceptions import explain
from autograder.report.status import LOOKS, OUTCOMES, Look, Tone
from autograder.report.text import one_line, out_of, wrap

_CHAIN_AT_MOST = 16
_OPEN_PARTS = 4
_ANSI: dict[Tone | str, str] = {
    "good": "32", "part": "36", "wrong": "31", "quiet": "2", "person": "35", "strong": "1", "worst": "1;7",
}  # fmt: skip


def card_html(verdict: Verdict, *, style: bool = True) -> str:
    """The card as an HTML fragment: no script, styles that touch nothing else, light and dark.

    style: whether the style sheet comes with it; a page of many cards needs it once (`card_style`).
    """
    card = Markup(_macro()(_view(verdict)).strip())
    return str(card_style() + card if style else card)


def card_style() -> Markup:
    """The style element that cards need."""
    return Markup("<style>{}</style>\n").format(templating.style("card.css"))


def card_text(verdict: Verdict, width: int = 80, *, colour: bool = False) -> str:
    """The card for a terminal, no line wider than `width` (at least 40) columns; escape codes only with `colour`."""
    return _TextCard(max(width, 40), colour).lines(verdict)


# --------------------------------------------------------------------------------------------------------------- HTML


@dataclass(frozen=True)
class _View:
    """A verdict with what the template would otherwise have to work out."""

    verdict: Verdict
    look: Look
    chain: int
    """Nodes of the chain that celebrates: one for each check, 0 when there is nothing to celebrate yet."""
    problem: bool
    explained: str
    shown: PartResult | None


def _view(verdict: Verdict) -> _View:
    problem = verdict.problem
    told = problem is not None and problem.kind != "not_implemented" and verdict.status != "not_attempted"
    return _View(
        verdict=verdict,
        look=LOOKS[verdict.status],
        chain=_chain(verdict),
        problem=told and any((problem.type, problem.message, problem.line, problem.traceback)) if problem else False,
        explained=explain(problem) if problem is not None and told else "",
        shown=_most_telling(verdict),
    )


def _chain(verdict: Verdict) -> int:
    return min(max(len(verdict.checks), 1), _CHAIN_AT_MOST) if verdict.status == "passed" else 0


def _most_telling(verdict: Verdict) -> PartResult | None:
    """The first wrong part that has something to look at."""
    parts = [part for check in verdict.checks if check.outcome == "failed" for part in check.parts]
    for part in parts:
        if evidence.shapes(part) or evidence.arrange(part):
            return part
    return next((part for part in parts if evidence.worst_sentence(part)), None)


def _other_parts(check: CheckResult, shown: PartResult | None) -> list[PartResult]:
    return [part for part in check.parts if part is not shown][:_OPEN_PARTS]


def _shade(entry: evidence.Entry) -> str:
    if entry.equal:
        kind = "q0 gbk-eq"
    elif entry.shade is None:
        kind = "gbk-bad"
    else:
        kind = "q0" if entry.shade == 0 else f"{'p' if entry.shade > 0 else 'n'}{abs(entry.shade)}"
    return f"{kind} gbk-w" if entry.worst else kind


def _gap(arranged: evidence.Evidence, position: int) -> bool:
    return bool(arranged.block and position and arranged.column_labels[position] % arranged.block == 0)


@cache
def _macro() -> Any:
    names = {
        "outcomes": OUTCOMES, "arrange": evidence.arrange, "shapes": evidence.shapes, "gap": _gap, "shade": _shade,
        "slice_note": evidence.slice_note, "worst_sentence": evidence.worst_sentence,
        "where_sentence": evidence.where_sentence, "other_parts": _other_parts,
    }  # fmt: skip
    template = templating.environment().get_template("card.html", globals=names)
    return template.module.card  # type: ignore[attr-defined]


# --------------------------------------------------------------------------------------------------------------- text


class _TextCard:
    """Lays a card out in lines of a terminal."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = width
        self.colour = colour
        self.out: list[str] = []

    def lines(self, verdict: Verdict) -> str:
        look = LOOKS[verdict.status]
        self._head(verdict, look)
        if verdict.status == "passed":
            self.out.append(self._paint("─".join("●" * min(_chain(verdict), self.width // 2)), "good"))
        self._say(verdict.message, tone="strong")
        if verdict.diagnosis is not None:
            gate = f" ({verdict.diagnosis.gate})" if verdict.diagnosis.gate else ""
            self._section(f"Likely mistake: {verdict.diagnosis.title}{gate}")
            self._say(verdict.diagnosis.hint, "  ")
        view = _view(verdict)
        if view.problem:
            self._problem(verdict, view.explained)
        if verdict.look_at:
            self._section("Look at next")
            self._say(verdict.look_at, "  ")
        if view.shown is not None:
            self._section(" ".join(filter(None, ("Values of", view.shown.part, f"({verdict.case})" if verdict.case else ""))))
            self._values(view.shown)
        if verdict.checks:
            self._section("Checks")
            for check in verdict.checks:
                self._check(check, view.shown)
        if verdict.notes:
            self._section("Notes")
            for note in verdict.notes:
                self._say(note, "  ")
        return "\n".join(line.rstrip() for line in self.out) + "\n"

    def _head(self, verdict: Verdict, look: Look) -> None:
        status = f"{look.symbol} {look.word}"
        earned = f"{out_of(verdict.points, verdict.max_points)} points"
        gap = self.width - cell_len(status) - cell_len(earned)
        if gap >= 2:
            self.out.append(self._paint(status, look.tone) + " " * gap + earned)
        else:
            self.out += [self._paint(status, look.tone), earned]
        self._say(f"{one_line(verdict.title)}  {one_line(verdict.entry_point)}", tone="quiet")
        self.out.append("─" * self.width)

    def _section(self, title: str) -> None:
        self.out.append("")
        self._say(title, tone="strong")

    def _say(self, text: str, indent: str = "", tone: str = "") -> None:
        if text:
            self.out += [self._paint(line, tone) for line in wrap(text, self.width, indent)]

    def _problem(self, verdict: Verdict, explained: str) -> None:
        assert verdict.problem is not None
        problem = verdict.problem
        self._section("What happened" + (f" in {one_line(problem.raised_in)}" if problem.raised_in else ""))
        if problem.line:
            self._say(one_line(problem.line), "  > ")
        self._say(explained, "  ")
        raw = ": ".join(filter(None, (problem.type, templating.shorten(problem.message))))
        self._say(raw, "  ", "quiet")

    def _check(self, check: CheckResult, shown: PartResult | None) -> None:
        look = OUTCOMES[check.outcome]
        earned = out_of(check.points, check.max_points) if check.max_points else "advice"
        first, *more = wrap(check.title, self.width - 6 - cell_len(earned)) or [""]
        gap = " " * (self.width - 4 - cell_len(first) - cell_len(earned))
        self.out.append(f"  {self._paint(look.symbol, look.tone)} {first}{gap}{earned}")
        self.out += [f"    {line}" for line in more]
        if check.outcome == "passed":
            return
        told = check.message or ("waiting for a check above" if check.outcome == "waiting" else "")
        self._say(told, "      ", "quiet")
        for part in _other_parts(check, shown):
            where = evidence.where_sentence(part)
            about = ": ".join(filter(None, (part.part, part.message))) + (f" ({where})" if where else "")
            self._say(about, "      ", "quiet")

    def _values(self, part: PartResult) -> None:
        differing = evidence.shapes(part)
        if differing:
            self._shapes(*differing)
        arranged = evidence.arrange(part)
        if arranged is not None:
            self._arranged(arranged)
        worst, where = evidence.worst_sentence(part), evidence.where_sentence(part)
        said = "; ".join(filter(None, (f"Worst, {worst}" if worst and part.worst else worst, where)))
        self._say(templating.capitalize_first(said), "  ")

    def _shapes(self, names: tuple[str, ...], got: tuple[str, ...], expected: tuple[str, ...]) -> None:
        for axis, yours, right in zip(names, got, expected, strict=True):
            mark = "   " if yours == right else "  < "
            self._say(f"{axis}: yours {yours}, expected {right}{mark.rstrip()}", "  ")

    def _arranged(self, arranged: evidence.Evidence) -> None:
        piece = arranged.slices[0]
        axes = [f"down: {arranged.down}" if arranged.down else "", f"across: {arranged.across}" if arranged.across else ""]
        where = f"{piece.title} ({evidence.slice_note(piece)}); " if piece.title else ""
        self._say(where + ", ".join(filter(None, axes)), "  ", "quiet")
        blocks = [self._panel(arranged, panel) for panel in piece.panels]
        if sum(width for width, _ in blocks) + 3 * (len(blocks) - 1) + 2 <= self.width:
            for row in zip(*(lines for _, lines in blocks), strict=True):
                self.out.append("  " + "   ".join(row))
        else:
            for width, lines in blocks:
                if width + 2 <= self.width:
                    self.out += ["  " + line for line in lines]
        if len(arranged.slices) > 1:
            self._say("; ".join(f"{s.title}: {evidence.slice_note(s)}" for s in arranged.slices[1:]), "  ", "quiet")

    def _panel(self, arranged: evidence.Evidence, panel: evidence.Panel) -> tuple[int, list[str]]:
        """The width, and lines of exactly that width."""
        texts = [[f"[{entry.text}]" if entry.worst else f"{entry.text} " for entry in row] for row in panel.rows]
        labels = [str(label) for label in arranged.column_labels] if arranged.across else []
        cell = max(len(text) for text in [*(t for row in texts for t in row), *(label + " " for label in labels)])
        margin = max((len(str(label)) for label in arranged.row_labels), default=0) if arranged.down else 0
        title = panel.title + (f" x 1e{panel.times}" if panel.times else "")
        width = max(margin + 1 + (cell + 1) * len(panel.rows[0]), cell_len(title))
        lines = [title]
        if labels:
            lines.append(" " * (margin + 1) + "".join(f"{label + ' ':>{cell + 1}}" for label in labels))
        for label, row in zip(arranged.row_labels if arranged.down else [""], texts, strict=True):
            lines.append(f"{label:>{margin}} " + "".join(f"{text:>{cell + 1}}" for text in row))
        return width, [line.ljust(width) for line in lines]

    def _paint(self, text: str, tone: str) -> str:
        return f"\x1b[{_ANSI[tone]}m{text}\x1b[0m" if self.colour and tone and text else text
