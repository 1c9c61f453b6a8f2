"""The card of one exercise as text, for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.cells import cell_len

from autograder.cards import evidence, templating
from autograder.cards.exceptions import plain
from autograder.cards.status import LOOKS, OUTCOMES, Look
from autograder.cards.text import one_line, out_of, wrap
from autograder.cards.view import (
    ANSI,
    View,
    axes_of,
    both_in,
    how_far,
    mistakes_of,
    name_in_case,
    of_case_told,
    other_places,
    place_of,
    points_of,
    points_together,
    rest_of,
    resting,
    row_message,
    shapes_of,
    view_of,
    waiting_line,
)
from autograder.judging.axis_words import object_part
from autograder.language import ENGLISH, NOTHING, Language, Said, sentences, text_of, words
from autograder.model import CheckResult, PartResult, Progress, Verdict


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
    return _TextCard(max(width, 40), colour, language, wrapped=wrapped).lines(resting(verdict), progress)


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
        self._say(verdict.message, tone="strong")
        found = mistakes_of(verdict)
        if len(found) > 1:
            self._section(both_in(verdict))
        for diagnosis in found:
            if len(found) > 1:
                self._say(diagnosis.title, "  ", "strong")
            else:
                self._section(words("Likely mistake: {mistake}", mistake=text_of(diagnosis.title)))
            self._say(diagnosis.hint, "    " if len(found) > 1 else "  ")
        self._say(rest_of(verdict), "  ")
        if verdict.finding is not None:
            self._section(words("Narrowed down"))
            for observation in verdict.finding.says:
                self._say(observation, "  ")
        view = view_of(verdict, progress)
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
            self._say(
                f"{strip}  {self.say(how_far(view))}", tone="good" if view.done == len(view.progress.steps) else ""
            )
        return "\n".join(line.rstrip() for line in self.out) + "\n"

    def _head(self, verdict: Verdict, look: Look) -> None:
        status = f"{look.symbol} {self.say(look.word)}"
        earned = self.say(points_of(verdict))
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

    def _problem(self, verdict: Verdict, view: View) -> None:
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
        self._say(shapes_of(problem.shapes), "  ")
        for call in view.callers:
            self._say(words("Called in `{function}`, in your line:", function=one_line(call.function)), "  ")
            self._say(one_line(call.line), "  > ")
            self._say(shapes_of(call.shapes), "  ")
        self._say(view.sizes, "  ")
        if view.raw:
            said = ": ".join(filter(None, (problem.type, templating.shorten(plain(problem.message)))))
            self._say(said, "  ", "quiet")

    def _check(self, verdict: Verdict, check: CheckResult, shown: PartResult | None) -> None:
        earned = out_of(check.points, check.max_points) if check.max_points else words("no points")
        self._row(OUTCOMES[check.outcome], check.title, earned)
        if check.outcome == "passed":
            self._say(check.message if check.by_stand_in else "", "      ", "quiet")
            return
        if check.outcome == "advised":
            self._say(check.message, "      ", "quiet")
            return
        self._say(row_message(verdict, check), "      ", "quiet")
        for said in other_places(verdict, check, shown):
            self._say(said, "      ", "quiet")

    def _waiting(self, waiting: tuple[CheckResult, ...]) -> None:
        self._row(OUTCOMES["waiting"], waiting_line(waiting), points_together(waiting))

    def _row(self, look: Look, said: Said, points_said: Said) -> None:
        earned = self.say(points_said)
        first, *more = wrap(self.say(said), self.room - 6 - cell_len(earned)) or [""]
        gap = " " * max(self.width - 4 - cell_len(first) - cell_len(earned), 2)
        self.out.append(f"  {self._paint(look.symbol, look.tone)} {first}{gap}{earned}")
        self.out += [f"    {line}" for line in more]

    def _shown(self, verdict: Verdict, part: PartResult) -> None:
        """What the messages have not said of a part; a table only where looking at the numbers shows what is wrong."""
        if part.rung == "shape":
            if of_case_told(verdict, part):
                self.out.append("")
                self._say(words("Sizes of this example: {facts}.", facts=(text_of(verdict.case),)))
            return
        where = evidence.where_sentence(part) if part.wrong_entries < part.entries else ""
        said = sentences(where, evidence.worst_sentence(part))
        # a digit group is seldom wider than 7, and a panel that does not fit would have to be dropped
        arranged = evidence.arrange(part, most_columns=max((self.width - 8) // 7, 1)) if part.moved else None
        if said or arranged is not None:
            name = object_part(name_in_case(part))
            self._section(words("Values of {part}", part=text_of(place_of(verdict, part, name))))
            self._say(said, "  ")
        if arranged is not None:
            self._arranged(arranged, several=part.wrong_entries < part.entries)

    def _arranged(self, arranged: evidence.Evidence, *, several: bool) -> None:
        piece, *more = arranged.slices
        self._say(sentences(_slice_line(arranged, piece), axes_of(arranged)), "  ", "quiet")
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
        return f"\x1b[{ANSI[tone]}m{text}\x1b[0m" if self.colour and tone and text else text


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
