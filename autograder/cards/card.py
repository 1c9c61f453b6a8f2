"""The card of one exercise: what a student sees under `check("lstm_cell", LSTMCell)`."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from autograder.cards import evidence, styles, templating
from autograder.cards.exceptions import plain
from autograder.cards.status import LOOKS, OUTCOMES
from autograder.cards.text import points
from autograder.cards.view import (
    axes_of,
    both_in,
    how_far,
    mistakes_of,
    name_in_case,
    other_parts,
    part_title,
    place_of,
    points_of,
    points_together,
    rest_of,
    resting,
    row_message,
    view_of,
    waiting_line,
)
from autograder.judging.axis_words import subject_part
from autograder.language import ENGLISH, Language, text_of, words
from autograder.model import Progress, Verdict

_ROOT = re.compile(r"\.gbk\.gbk(?![\w-])")
_OWN_STYLE = re.compile(r"<style>\.gbk\.k[0-9a-f]{4}\{[^<]*</style>\n?")
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_PLAIN = " !'()*+,/:;=?@{}"
"""What may stand in the address of a picture as it is, in the attribute of an element."""
_TOLD = re.compile(r"<(?:title|desc)>(.*?)</(?:title|desc)>", re.DOTALL)


def card_html(
    verdict: Verdict, language: Language = ENGLISH, progress: Progress | None = None, *, style: bool = True
) -> str:
    """The card as an HTML fragment: no script, styles that touch nothing else, light and dark.

    progress: how far the student has come in the assignment, where that is known.
    style: whether the rules that it needs come with it; a page of many cards needs all rules once (`card_style`).
    """
    card = str(_macro(language)(view_of(resting(verdict), progress)).strip())
    return _alone(card) if style else card


def card_style() -> Markup:
    """The style element that serves all cards of a page."""
    return Markup("<style>{}</style>\n").format(_sheet())


def with_one_style(page: str) -> str:
    """A page without the styles that cards brought along: they are in its head once for all of them."""
    rest = _OWN_STYLE.sub("", page)
    return rest if rest == page else rest.replace("</head>", f"{card_style()}</head>", 1)


@cache
def _sheet() -> Markup:
    return Markup(styles.minified(templating.style("card.css")))


def _alone(card: str) -> str:
    """The card with the rules that it needs. They touch no card that brings others along: in a notebook all cards stand
    in one page, where the order of rules would be that of the cards."""
    rules = styles.used(_sheet(), card)
    name = "k" + hashlib.sha256(rules.encode()).hexdigest()[:4]
    own = styles.within(_ROOT.sub(f".gbk.{name}", rules), f".gbk.{name}")
    named = card.replace('class="gbk ', f'class="gbk {name} ', 1)
    return f"<style>{own}</style>\n{named}"


@cache
def _picture(language: Language, name: str, gate: str) -> Markup:
    """A drawing with a gate pointed at, as an image, whose words and styles are its own.

    Where a notebook is not trusted, its SVG elements are removed and their words are left, one after the other.
    """
    drawn = templating.environment(language).get_template(f"{name}.svg").render()
    paper = "background:#fff;background:light-dark(#fff,#171b21)"
    drawn = drawn.replace('class="gbd"', f'class="gbd hl-{gate}" style="{paper}"', 1)
    said = Markup(". ".join(_TOLD.findall(drawn))).unescape()
    start, rules, rest = _STYLE.split(drawn, maxsplit=1)
    drawn = f"{start}<style>{styles.used(styles.minified(rules), start + rest)}</style>{rest}"
    # Text is escaped, so that all quotation marks are those of attributes and fonts; these may stand in an address.
    address = Markup("data:image/svg+xml," + quote(drawn.replace('"', "'"), safe=_PLAIN))
    return Markup('<img src="{}" width="560" height="418" alt="{}">').format(address, said)


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


def _points_html(verdict: Verdict, language: Language) -> Markup:
    """With the points earned in bold, wherever the language puts them."""
    marked = words("{points} of {possible} points", points="\ue000", possible=points(verdict.max_points))
    return escape(language.say(marked)).replace("\ue000", Markup("<b>{}</b>").format(points(verdict.points)))


def _name_of(verdict: Verdict, language: Language) -> str:
    """What a screen reader calls the card."""
    facts = (LOOKS[verdict.status].word, text_of(verdict.title), points_of(verdict))
    return language.say(words("{facts}.", facts=facts)).replace("`", "")


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
        "other_parts": other_parts,
        "part_title": part_title,
        "place_of": lambda verdict, part: place_of(verdict, part, subject_part(name_in_case(part))),
        "both_in": both_in,
        "row_message": row_message,
        "waiting_line": waiting_line,
        "points_together": points_together,
        "axes_sentence": axes_of,
        "far": how_far,
        "looks": LOOKS,
        "plain": plain,
        "picture": lambda name, gate: _picture(language, name, gate),
        "name_of": lambda verdict: _name_of(verdict, language),
        "shape_of": lambda name, shape: words("`{name}` has shape {shape}", name=name, shape=shape),
        "points_of": points_of,
        "mistakes": mistakes_of,
        "rest": rest_of,
        "points_html": lambda verdict: _points_html(verdict, language),
    }
    template = templating.environment(language).get_template("card.html", globals=names)
    return template.module.card  # type: ignore[attr-defined]  # Jinja makes macros attributes
