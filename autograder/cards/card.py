"""The card of one exercise: what a student sees under `check("lstm_cell", LSTMCell)`, as HTML or as text."""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from markupsafe import Markup, escape
from rich.cells import cell_len

from autograder.answering.protocol import CallLine, Problem
from autograder.cards import evidence, templating
from autograder.cards.exceptions import explain, plain
from autograder.cards.shapes import sizes_said
from autograder.cards.status import LOOKS, OUTCOMES, Look, Tone
from autograder.cards.text import one_line, out_of, points, wrap
from autograder.judging.axis_words import object_part, subject_part
from autograder.language import ENGLISH, NOTHING, Language, Said, Text, sentences, text_of, words
from autograder.model import CheckResult, Diagnosis, PartResult, Progress, Verdict

_CHAIN_AT_MOST = 16
_TOLD = re.compile(r"<(?:title|desc)>(.*?)</(?:title|desc)>", re.DOTALL)
_OPEN_PARTS = 4
_NO_VALUE = ("exception", "weights", "time")
_ANSI: dict[Tone | str, str] = {
    "good": "32", "part": "36", "wrong": "31", "quiet": "2", "person": "35", "strong": "1", "worst": "1;7",
}  # fmt: skip


def card_html(
    verdict: Verdict, language: Language = ENGLISH, progress: Progress | None = None, *, style: bool = True
) -> str:
    """The card as an HTML fragment: no script, styles that touch nothing else, light and dark.

    progress: how far the student has come in the assignment, where that is known.
    style: whether the style sheet comes with it; a page of many cards needs it once (`card_style`).
    """
    card = Markup(_macro(language)(_view(_resting(verdict), progress)).strip())
    return str(card_style() + card if style else card)


def card_style() -> Markup:
    """The style element that cards need."""
    return Markup("<style>{}</style>\n").format(templating.style("card.css"))


@cache
def _pictures() -> frozenset[str]:
    return frozenset(path.stem for path in templating.FOLDER.glob("*.svg"))


@cache
def _picture(language: Language, name: str, gate: str) -> Markup:
    """A drawing with a gate pointed at, as an image, whose words and styles are its own.

    Where a notebook is not trusted, its SVG elements are removed and their words are left, one after the other.
    """
    drawn = templating.environment(language).get_template(f"{name}.svg").render()
    paper = "background:#fff;background:light-dark(#fff,#171b21)"
    drawn = drawn.replace('class="gbd"', f'class="gbd hl-{gate}" style="{paper}"', 1)
    said = Markup(". ".join(_TOLD.findall(drawn))).unescape()
    address = "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()
    return Markup('<img src="{}" width="560" height="418" alt="{}">').format(address, said)


def card_text(
    verdict: Verdict,
    width: int = 80,
    language: Language = ENGLISH,
    progress: Progress | None = None,
    *,
    colour: bool = False,
    wrapped: bool = True,
) -> str:
    """The card for a terminal, no line wider than `width` columns (40 at least).

    colour: with escape codes; without, plain text. wrapped: off, a sentence stays on one line however long it is.
    """
    return _TextCard(max(width, 40), colour, language, wrapped=wrapped).lines(_resting(verdict), progress)


def _resting(verdict: Verdict) -> Verdict:
    """What rests on something wrong is shown without what came of that: it is told where it has to be repaired."""
    if not verdict.roots:
        return verdict
    checks = tuple(
        replace(check, message="", parts=()) if check.outcome == "failed" else check for check in verdict.checks
    )
    return replace(verdict, problem=None, checks=checks)


# ------------------------------------------------------------------------------------------ HTML


@dataclass(frozen=True)
class _View:
    """A verdict with what the template would otherwise have to work out."""

    verdict: Verdict
    look: Look
    chain: int
    """Nodes of the chain that celebrates: one for each check, 0 when there is nothing to celebrate yet."""
    problem: bool
    raw: bool
    """Whether Python's own words are worth showing; what is forbidden is said in better ones above."""
    explained: Said
    stopped_at: str
    """The expression that was being computed, where the line holds more than that."""
    callers: tuple[CallLine, ...]
    sizes: Said
    """What the numbers in the shapes are the sizes of."""
    checks: tuple[CheckResult, ...]
    """Those with a line of their own."""
    waiting: tuple[CheckResult, ...]
    """Several that wait for others; they share a line."""
    shown: PartResult | None
    gate: str
    """The gate to point at in the picture; `""` where no gate is concerned, or there is no picture."""
    picture: str
    progress: Progress | None
    done: int
    """Exercises of the assignment that are right."""


def _view(verdict: Verdict, progress: Progress | None = None) -> _View:
    problem = verdict.problem
    if problem is not None and (problem.kind == "not_implemented" or verdict.status == "not_attempted"):
        problem = None  # a stub that says it is not done needs no explanation
    waiting = tuple(check for check in verdict.checks if check.outcome == "waiting")
    waiting = waiting if len(waiting) > 1 else ()
    found = verdict.diagnosis or verdict.finding
    return _View(
        verdict=verdict,
        look=LOOKS[verdict.status],
        chain=_chain(verdict),
        problem=problem is not None and _tells(problem, verdict.message),
        raw=problem is not None and problem.kind != "forbidden" and bool(problem.type or problem.message),
        explained=explain(problem, verdict.sizes) if problem is not None else "",
        stopped_at=_stopped_at(problem) if problem is not None else "",
        callers=_callers(problem) if problem is not None else (),
        sizes=sizes_said(problem, verdict.sizes) if problem is not None else "",
        checks=tuple(check for check in verdict.checks if check not in waiting),
        waiting=waiting,
        shown=_most_telling(verdict),
        gate=found.gate if found is not None and found.picture in _pictures() else "",
        picture=found.picture if found is not None else "",
        progress=progress if progress is not None and len(progress.steps) > 1 else None,
        done=sum(step.status == "passed" for step in progress.steps) if progress is not None else 0,
    )


def _tells(problem: Problem, message: Said) -> bool:
    """Whether a problem has more to tell than the message above it."""
    if problem.kind == "weights":
        return False
    if problem.kind == "forbidden":
        return bool(problem.line) and problem.line.strip() not in str(message)
    return any((problem.type, problem.message, problem.line, problem.traceback))


def _stopped_at(problem: Problem) -> str:
    """The expression that was being computed, unless it is all there is in the line."""
    piece, line = one_line(problem.piece), one_line(problem.line.partition("#")[0])
    return "" if not piece or piece in (line, line.removeprefix("return ")) else templating.shorten(piece, 200)


def _callers(problem: Problem) -> tuple[CallLine, ...]:
    """The nearest two, the nearest first, without the shapes that a line before has told."""
    told = set(problem.shapes)
    callers = []
    for call in problem.callers[:-3:-1]:
        new = tuple(shape for shape in call.shapes if shape not in told)
        callers.append(CallLine(call.line, call.function, new))
        told.update(new)
    return tuple(callers)


def _shapes_of(shapes: tuple[tuple[str, str], ...]) -> Said:
    seen = tuple(words("`{name}` has shape {shape}", name=name, shape=shape) for name, shape in shapes[:8])
    return words("{facts}.", facts=seen) if seen else ""


def _far(view: _View) -> Said:
    """How far the student has come, in a sentence."""
    assert view.progress is not None
    total, name = len(view.progress.steps), view.progress.assignment
    if view.done == total:
        return words("{assignment}: all {n} exercises are right. You built it.", assignment=name, n=total)
    said = words("{assignment}: {done} of {n} exercises are right.", assignment=name, done=view.done, n=total)
    if view.progress.gained:
        return sentences(said, words("{points} points more than last time.", points=points(view.progress.gained)))
    return said


def _mistakes(verdict: Verdict) -> list[Diagnosis]:
    first = verdict.diagnosis
    return [one for one in (first, first.second if first is not None else None) if one is not None]


def _both_in(verdict: Verdict) -> Text:
    return words("Two likely mistakes, both in `{name}`:", name=verdict.entry_point)


def _rest(verdict: Verdict) -> Said:
    if verdict.diagnosis is None or verdict.diagnosis.alone:
        return ""
    return words("That explains the first check which failed. Something else is not right, too.")


def _chain(verdict: Verdict) -> int:
    return min(max(len(verdict.checks), 1), _CHAIN_AT_MOST) if verdict.status == "passed" else 0


def _most_telling(verdict: Verdict) -> PartResult | None:
    """The first wrong part that has something to look at."""
    parts = [part for check in verdict.checks if check.outcome == "failed" for part in check.parts]
    for part in parts:
        if evidence.shapes(part) or evidence.bare_shapes(part) or evidence.arrange(part):
            return part
    return next((part for part in parts if evidence.sentences(part)), None)


def _other_parts(check: CheckResult, shown: PartResult | None) -> list[PartResult]:
    # Why there are no values is told once, for all of them; so is what a layer was made again without.
    without = check.parts[0].part.partition(".")[0] if check.parts and check.parts[0].rung == "config" else None
    return [
        part for part in check.parts
        if part is not shown and part.rung not in _NO_VALUE
        and (part.rung == "config" or part.part.partition(".")[0] != without)
    ][:_OPEN_PARTS]  # fmt: skip


def _row_message(verdict: Verdict, check: CheckResult) -> Said:
    """What a check has to say that is not in the card's message, or in an earlier check, already."""
    told = str(check.message)
    if told in str(verdict.message):
        return ""
    failed = [one for one in verdict.checks if one.outcome == "failed"]
    if check.parts and _tells_no_more(verdict, check, check.parts[0]):
        return ""
    if check.parts and check.parts[0].rung in _NO_VALUE:
        said_above = failed and failed[0].parts and failed[0].parts[0].rung == check.parts[0].rung
        before = next((one for one in failed if str(one.message) == told), check)
        return "" if said_above or before is not check else check.message
    return check.message


def _part_message(check: CheckResult, part: PartResult) -> Said:
    """What a part says that its check has not said."""
    return "" if str(part.message) == str(check.message) else part.message


def _part_title(check: CheckResult, part: PartResult) -> Said:
    """A part that can be opened: what it says, or its name."""
    return _part_message(check, part) or subject_part(_name_in_case(part))


def _name_in_case(part: PartResult) -> str:
    return part.part.partition(".")[2]


def _first_failed(verdict: Verdict) -> CheckResult | None:
    return next((check for check in verdict.checks if check.outcome == "failed"), None)


def _tells_no_more(verdict: Verdict, check: CheckResult, part: PartResult) -> bool:
    """Whether all there is to say of a part is that it is wrong from end to end, as what was told before is."""
    return check is not _first_failed(verdict) and part.rung == "value" and part.wrong_entries == part.entries


def _place_of(verdict: Verdict, part: PartResult, name: Said) -> Said:
    """A part by its name, with the sizes of its case, or the check that it belongs to."""
    owner = next((check for check in verdict.checks if part in check.parts), None)
    first = _first_failed(verdict)
    if owner is not None and owner is not first:
        return words("{part}, in “{check}”", part=text_of(name), check=text_of(owner.title))
    if not _of_case_told(verdict, part):
        return name
    return words("{part} (example: {case})", part=text_of(name), case=verdict.case)


def _of_case_told(verdict: Verdict, part: PartResult) -> bool:
    """Whether the verdict tells the sizes of the part's case."""
    first = _first_failed(verdict)
    told = first.parts[0].part.partition(".")[0] if first is not None and first.parts else None
    return bool(verdict.case) and part.part.partition(".")[0] == told


def _other_places(verdict: Verdict, check: CheckResult, shown: PartResult | None) -> list[Said]:
    """In words, the other parts of a check; parts of one name that are wrong in the same way are told once."""
    said: dict[tuple[str, str, tuple[str, ...]], Said]
    said = dict.fromkeys([_kind(part) for part in check.parts[:1] if check.message], NOTHING)
    for part in _other_parts(check, shown):
        if _tells_no_more(verdict, check, part):
            continue
        where = evidence.where_sentence(part) if part.wrong_entries < part.entries else ""
        own = _part_message(check, part)
        about = sentences(own, where)
        if about and (_kind(part) not in said or part is check.parts[0]):
            name = text_of(subject_part(_name_in_case(part)))
            said[_kind(part)] = about if own else words("{part}: {what}", part=name, what=about)
    return [text for text in said.values() if text != NOTHING]


def _kind(part: PartResult) -> tuple[str, str, tuple[str, ...]]:
    """What is wrong with a part, in whichever case."""
    return _name_in_case(part), part.rung, tuple(sorted(part.wrong_where))


def _waiting_line(waiting: tuple[CheckResult, ...]) -> Text:
    titles = tuple(words("“{title}”", title=text_of(check.title)) for check in waiting)
    return words("Checked as soon as the checks above are right: {titles}.", titles=titles)


def _points_together(checks: tuple[CheckResult, ...]) -> Said:
    possible = sum(check.max_points for check in checks)
    return out_of(0.0, possible) if possible else words("advice")


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


def _points_of(verdict: Verdict) -> Text:
    earned = {"points": points(verdict.points), "possible": points(verdict.max_points)}
    return words("{points} of {possible} points", **earned)


def _points_html(verdict: Verdict, language: Language) -> Markup:
    """With the points earned in bold, wherever the language puts them."""
    marked = words("{points} of {possible} points", points="\ue000", possible=points(verdict.max_points))
    return escape(language.say(marked)).replace("\ue000", Markup("<b>{}</b>").format(points(verdict.points)))


def _name_of(verdict: Verdict, language: Language) -> str:
    """What a screen reader calls the card."""
    facts = (LOOKS[verdict.status].word, text_of(verdict.title), _points_of(verdict))
    return language.say(words("{facts}.", facts=facts)).replace("`", "")


def _axes(arranged: evidence.Evidence) -> Said:
    """What rows and columns are."""
    across: Said = arranged.across
    if arranged.across and arranged.block:
        across = words("{axis} in blocks of {size}", axis=arranged.across, size=arranged.block)
    if arranged.cropped:
        across = words("{axis} (only those round the worst entry)", axis=across)
    if arranged.down:
        return words("Down: {down}, across: {across}.", down=arranged.down, across=across)
    return words("Across: {across}.", across=across) if arranged.across else ""


@cache
def _macro(language: Language) -> Any:
    names = {
        "outcomes": OUTCOMES,
        "arrange": evidence.arrange,
        "shapes": evidence.shapes,
        "bare_shapes": evidence.bare_shapes,
        "sentences": evidence.sentences,
        "slice_note": evidence.slice_note,
        "gap": _gap,
        "shade": _shade,
        "other_parts": _other_parts,
        "part_title": _part_title,
        "place_of": lambda verdict, part: _place_of(verdict, part, subject_part(_name_in_case(part))),
        "both_in": _both_in,
        "row_message": _row_message,
        "waiting_line": _waiting_line,
        "points_together": _points_together,
        "axes_sentence": _axes,
        "far": _far,
        "looks": LOOKS,
        "plain": plain,
        "picture": lambda name, gate: _picture(language, name, gate),
        "name_of": lambda verdict: _name_of(verdict, language),
        "shape_of": lambda name, shape: words("`{name}` has shape {shape}", name=name, shape=shape),
        "points_of": _points_of,
        "mistakes": _mistakes,
        "rest": _rest,
        "points_html": lambda verdict: _points_html(verdict, language),
    }
    template = templating.environment(language).get_template("card.html", globals=names)
    return template.module.card  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------ text


class _TextCard:
    """Lays a card out in lines of a terminal."""

    def __init__(self, width: int, colour: bool, language: Language, *, wrapped: bool) -> None:
        self.width = width
        self.room = width if wrapped else sys.maxsize
        self.say = language.say
        self.colour = colour
        self.out: list[str] = []

    def lines(self, verdict: Verdict, progress: Progress | None) -> str:
        look = LOOKS[verdict.status]
        self._head(verdict, look)
        if verdict.status == "passed":
            self.out.append(self._paint("─".join("●" * min(_chain(verdict), self.width // 2)), "good"))
        self._say(verdict.message, tone="strong")
        found = _mistakes(verdict)
        if len(found) > 1:
            self._section(_both_in(verdict))
        for diagnosis in found:
            if len(found) > 1:
                self._say(diagnosis.title, "  ", "strong")
            else:
                self._section(words("Likely mistake: {mistake}", mistake=text_of(diagnosis.title)))
            self._say(diagnosis.hint, "    " if len(found) > 1 else "  ")
        self._say(_rest(verdict), "  ")
        if verdict.finding is not None:
            self._section(words("Narrowed down"))
            for observation in verdict.finding.says:
                self._say(observation, "  ")
        view = _view(verdict, progress)
        if view.problem:
            self._problem(verdict, view)
        if verdict.look_at:
            self._section(words("Look at next"))
            self._say(verdict.look_at, "  ")
        if view.shown is not None:
            self._shown(verdict, view.shown)
        if verdict.checks:
            self._section(words("Checks"))
            for check in view.checks:
                self._check(verdict, check, view.shown)
            if view.waiting:
                self._waiting(view.waiting)
        if verdict.notes:
            self._section(words("Notes"))
            for note in verdict.notes:
                self._say(note, "  ")
        if view.progress is not None:
            self.out.append("")
            strip = " ".join(LOOKS[step.status].symbol for step in view.progress.steps)
            self._say(f"{strip}  {self.say(_far(view))}", tone="good" if view.done == len(view.progress.steps) else "")
        return "\n".join(line.rstrip() for line in self.out) + "\n"

    def _head(self, verdict: Verdict, look: Look) -> None:
        status = f"{look.symbol} {self.say(look.word)}"
        earned = self.say(_points_of(verdict))
        gap = self.width - cell_len(status) - cell_len(earned)
        if gap >= 2:
            self.out.append(self._paint(status, look.tone) + " " * gap + earned)
        else:
            self.out += [self._paint(status, look.tone), earned]
        self._say(f"{one_line(self.say(verdict.title))}  {one_line(verdict.entry_point)}".rstrip(), tone="quiet")
        self.out.append("─" * self.width)

    def _section(self, title: Said) -> None:
        self.out.append("")
        self._say(title, tone="strong")

    def _say(self, text: Said, indent: str = "", tone: str = "") -> None:
        said = self.say(text)
        if said:
            self.out += [self._paint(line, tone) for line in wrap(said, self.room, indent)]

    def _problem(self, verdict: Verdict, view: _View) -> None:
        assert verdict.problem is not None
        problem = verdict.problem
        happened = words("What happened")
        if problem.raised_in:
            happened = words("What happened in {function}", function=one_line(problem.raised_in))
        self._section(happened)
        if problem.line:
            self._say(one_line(problem.line), "  > ")
        if view.stopped_at:
            self._say(words("It stopped at `{piece}`.", piece=view.stopped_at), "  ")
        self._say(view.explained, "  ")
        self._say(_shapes_of(problem.shapes), "  ")
        for call in view.callers:
            self._say(words("Called in `{function}`, in your line:", function=one_line(call.function)), "  ")
            self._say(one_line(call.line), "  > ")
            self._say(_shapes_of(call.shapes), "  ")
        self._say(view.sizes, "  ")
        if view.raw:
            said = ": ".join(filter(None, (problem.type, templating.shorten(plain(problem.message)))))
            self._say(said, "  ", "quiet")

    def _check(self, verdict: Verdict, check: CheckResult, shown: PartResult | None) -> None:
        earned = out_of(check.points, check.max_points) if check.max_points else words("advice")
        self._row(OUTCOMES[check.outcome], check.title, earned)
        if check.outcome == "passed":
            return
        self._say(_row_message(verdict, check), "      ", "quiet")
        for said in _other_places(verdict, check, shown):
            self._say(said, "      ", "quiet")

    def _waiting(self, waiting: tuple[CheckResult, ...]) -> None:
        self._row(OUTCOMES["waiting"], _waiting_line(waiting), _points_together(waiting))

    def _row(self, look: Look, said: Said, points_said: Said) -> None:
        earned = self.say(points_said)
        first, *more = wrap(self.say(said), self.room - 6 - cell_len(earned)) or [""]
        gap = " " * max(self.width - 4 - cell_len(first) - cell_len(earned), 2)
        self.out.append(f"  {self._paint(look.symbol, look.tone)} {first}{gap}{earned}")
        self.out += [f"    {line}" for line in more]

    def _shown(self, verdict: Verdict, part: PartResult) -> None:
        """What the messages have not said of a part; a table only where looking at the numbers shows what is wrong."""
        if part.rung == "shape":
            if _of_case_told(verdict, part):
                self.out.append("")
                self._say(words("Sizes of this example: {facts}.", facts=(text_of(verdict.case),)))
            return
        where = evidence.where_sentence(part) if part.wrong_entries < part.entries else ""
        said = sentences(where, evidence.worst_sentence(part))
        # a digit group is seldom wider than 7, and a panel that does not fit would have to be dropped
        arranged = evidence.arrange(part, most_columns=max((self.width - 8) // 7, 1)) if part.moved else None
        if said or arranged is not None:
            name = object_part(_name_in_case(part))
            self._section(words("Values of {part}", part=text_of(_place_of(verdict, part, name))))
            self._say(said, "  ")
        if arranged is not None:
            self._arranged(arranged, several=part.wrong_entries < part.entries)

    def _arranged(self, arranged: evidence.Evidence, *, several: bool) -> None:
        piece, *more = arranged.slices
        self._say(sentences(_slice_line(arranged, piece), _axes(arranged)), "  ", "quiet")
        beside = [self._panel(arranged, panel, labels=n == 0) for n, panel in enumerate(piece.panels)]
        if sum(cell_len(lines[0]) for lines in beside) + 2 * len(beside) <= self.width:
            self.out += ["  " + "  ".join(row) for row in zip(*beside, strict=True)]
        else:
            below = [self._panel(arranged, panel, labels=True) for panel in piece.panels]
            self.out += ["  " + line for lines in below for line in lines if len(line) + 2 <= self.width]
        legend = [words(". equal within the tolerance")] if arranged.compared else []
        if any(entry.worst for panel in piece.panels for row in panel.rows for entry in row):
            legend.insert(0, words("* the worst entry"))
        self._say(words("{facts}", facts=tuple(legend)), "  ", "quiet")
        if several:
            self._say(sentences(*_slice_lines(arranged, more)), "  ", "quiet")

    def _panel(self, arranged: evidence.Evidence, panel: evidence.Panel, *, labels: bool) -> list[str]:
        """Lines of one width."""
        # a true minus would be prettier, but these digits get copied into code
        plain = str.maketrans("−·", "-.")
        texts = [[entry.text.translate(plain) + " *"[entry.worst] for entry in row] for row in panel.rows]
        heads = [f"{label} " for label in arranged.column_labels] if arranged.across else []
        cell = max(len(text) for text in heads + [text for row in texts for text in row])
        sides = [""] * len(texts)
        if arranged.down and labels:
            sides = [f"{label} " for label in arranged.row_labels]
        margin = max(map(len, sides))
        title = self.say(panel.title)
        lines = [f"{title} x 1e{panel.times}" if panel.times else title]
        if heads:
            lines.append(" " * margin + "".join(head.rjust(cell) for head in heads))
        for side, row in zip(sides, texts, strict=True):
            lines.append(side.rjust(margin) + "".join(text.rjust(cell) for text in row))
        width = max(map(cell_len, lines))
        return [line + " " * (width - cell_len(line)) for line in lines]

    def _paint(self, text: str, tone: str) -> str:
        return f"\x1b[{_ANSI[tone]}m{text}\x1b[0m" if self.colour and tone and text else text


def _slice_lines(arranged: evidence.Evidence, pieces: Sequence[evidence.Slice]) -> list[Said]:
    """A line for each, or one for all that as many entries are wrong of."""
    alike: dict[int, list[evidence.Slice]] = {}
    for piece in pieces:
        alike.setdefault(piece.wrong, []).append(piece)
    lines = []
    for wrong, same in alike.items():
        if len(same) == 1 or not wrong or not arranged.compared:
            lines += [_slice_line(arranged, piece) for piece in same]
        else:
            places = tuple(text_of(piece.title) for piece in same)
            lines.append(words("{places}: {what} each.", places=places, what=evidence.slice_note(same[0])))
    return lines


def _slice_line(arranged: evidence.Evidence, piece: evidence.Slice) -> Said:
    if piece.title == NOTHING or not arranged.compared:
        return piece.title
    return words("{place}: {what}.", place=piece.title, what=evidence.slice_note(piece))
