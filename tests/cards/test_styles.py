"""The rules that a card takes along: all that it needs, and little else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import soupsieve
from bs4 import BeautifulSoup
from support.verdicts import STATUSES

from autograder.cards import styles, templating
from autograder.cards.card import card_html, card_style, with_one_style
from autograder.model import Status, Verdict

FULL = styles.minified(templating.style("card.css"))
OWN = re.compile(r"<style>(.*?)</style>\n")
STATE = re.compile(r"::?(?:hover|focus-visible|details-content)")


def rules(css: str) -> list[tuple[str, str, str]]:
    """The at-rule, the selector and what is set, of every rule that is no key frame."""
    found, around = [], ""
    for piece in re.split(r"(?<=[{}])", re.sub(r"@keyframes [^{]*\{(?:[^{}]*\{[^{}]*\})*\}", "", css)):
        head, bracket = piece[:-1], piece[-1:]
        if bracket == "{" and head.startswith("@"):
            around = head
        elif bracket == "{":
            selector = head
        elif bracket == "}" and head:
            found += [(around, one, head) for one in re.split(r",(?![^(]*\))", selector)]
        elif bracket == "}" and around:
            around = ""
    return found


def flat(own: str) -> str:
    """The rules of a card as they would stand without nesting."""
    found = re.fullmatch(r"([^{]+)\{(.*?)\}((?:@keyframes.*)?)", own)
    assert found
    root, inner, frames = found.groups()
    stands, _, _ = inner.partition("{")
    start = stands.rindex(";") + 1

    def whole(rule: re.Match[str]) -> str:
        alone = re.split(r",(?![^(]*\))", rule[2])
        return f"{rule[1]}{','.join(one.replace('&', root) if '&' in one else f'{root} {one}' for one in alone)}{{"

    return f"{root}{{{stands[: start - 1]}}}" + re.sub(r"(^|[{}])([^{}@]+)\{", whole, inner[start:]) + frames


def matches(selector: str, card: BeautifulSoup) -> bool:
    """What a selector engine says, wherever the card stands."""
    bare = STATE.sub("", selector)
    return bool(soupsieve.select(bare.rpartition(") .gbk.gbk")[1].removeprefix(") ") or bare, card))


@pytest.mark.parametrize("status", STATUSES)
def test_a_card_has_every_rule_that_matches_something_in_it(verdict: Verdict, status: Status) -> None:
    alone = card_html(replace(verdict, status=status))
    (own,) = OWN.findall(alone)
    (name,) = set(re.findall(r"\.gbk\.(k[0-9a-f]{4})", own))
    kept = {(around, selector) for around, selector, _ in rules(flat(own).replace(f".gbk.{name}", ".gbk.gbk"))}
    # The doubled class is one class twice.
    card = BeautifulSoup(OWN.sub("", alone), "html.parser")
    needed = {(around, selector) for around, selector, _ in rules(FULL) if matches(selector, card)}
    assert len(needed) > 30
    assert needed - kept == set()


def test_rules_keep_their_order_and_what_they_set(verdict: Verdict) -> None:
    def without_properties(css: str) -> list[tuple[str, str, str]]:
        return [(around, one, re.sub(r"--[^;]*(;|$)", "", what)) for around, one, what in rules(css)]

    (own,) = OWN.findall(card_html(verdict))
    whole = iter(without_properties(FULL))
    for rule in without_properties(re.sub(r"\.gbk\.k[0-9a-f]{4}", ".gbk.gbk", flat(own))):
        assert rule in whole  # looks on from the one before
    assert set(re.findall(r"var\((--\w+)", own)) - {"--n"} <= set(re.findall(r"[{;](--\w+):", own))


def test_cards_do_not_touch_each_other_in_a_notebook(verdict: Verdict) -> None:
    wrong, right = card_html(verdict), card_html(replace(verdict, status="passed"))
    names = [re.findall(r'<section class="gbk (k[0-9a-f]{4}) ', card) for card in (wrong, right)]
    assert names[0] != names[1]
    for card, (name,) in zip((wrong, right), names, strict=True):
        (own,) = OWN.findall(card)
        assert [one for _, one, _ in rules(flat(own)) if not re.search(rf"\.gbk\.({name}|gbk-\w+)", one)] == []


def test_a_card_that_needs_little_brings_little(verdict: Verdict) -> None:
    right = replace(verdict, status="passed", diagnosis=None, problem=None, notes=(), look_at="")
    checks = tuple(replace(check, outcome="passed", parts=(), message="") for check in verdict.checks)
    (usual,) = OWN.findall(card_html(replace(right, checks=checks)))
    (much,) = OWN.findall(card_html(verdict))
    assert len(usual) < 4000
    assert "gbk-panel" not in usual
    assert "td.n1" not in usual
    assert len(usual) < len(much) < len(FULL)


def test_a_page_of_many_cards_has_the_style_once(verdict: Verdict) -> None:
    cards = card_html(verdict) + card_html(replace(verdict, status="passed"))
    page = with_one_style(f"<html><head></head><body>{cards}<style>p {{}}</style></body></html>")
    assert page.count("<style>") == 2
    assert page.index(str(card_style())) < page.index("</head>")
    assert page.count("<section") == 2
    assert with_one_style("<head></head><style>p {}</style>") == "<head></head><style>p {}</style>"


def test_space_that_means_something_stays() -> None:
    css = "a :is(b, c) > d:hover{ margin : 0  auto; width: calc(1px + 2px) } /* { */ @media print { a { b: c; } }"
    small = "a :is(b,c)>d:hover{margin :0 auto;width:calc(1px + 2px)}@media print{a{b:c}}"
    assert styles.minified(css) == small


@pytest.mark.parametrize(
    ("css", "markup", "left"),
    [
        (".a{x:1}.b{x:2}", '<p class="c b"></p>', ".b{x:2}"),
        ("i,b .a{x:1}", "<i></i>", "i{x:1}"),
        ("p:not(.b){x:1}p:not(:has(b)){x:2}", "<p></p>", "p:not(.b){x:1}p:not(:has(b)){x:2}"),
        (":is(.a .b,.c) p{x:1}", '<p class="a"></p>', ""),
        (":is(.a .b,.c) p{x:1}", '<p class="c"></p>', ":is(.a .b,.c) p{x:1}"),
        ("@media print{.a{x:1}b{x:2}}@media all{.a{x:1}}", "<b></b>", "@media print{b{x:2}}"),
        ("p{--a:1;--b:2;x:var(--b)}", "<p></p>", "p{--b:2;x:var(--b)}"),
        ("p{x:go}@keyframes go{to{x:1}}@keyframes stop{to{x:1}}", "<p></p>", "p{x:go}@keyframes go{to{x:1}}"),
        ("p{x:1}@keyframes go{from{x:1}to{x:2}}", "<p></p>", "p{x:1}"),
    ],
)  # fmt: skip
def test_rules_stay_that_may_match(css: str, markup: str, left: str) -> None:
    assert styles.used(css, markup) == left
