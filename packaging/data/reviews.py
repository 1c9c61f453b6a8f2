"""Make `reference/data/files/reviews.txt.gz` from the movie review snippets of vaderSentiment.

python packaging/data/reviews.py
"""

from __future__ import annotations

from sources import from_pypi, members, rough, shuffled, write_text

from reference.data import words

RESOURCES = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
SNIPPETS = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
SHORTEST, LONGEST = 3, 24
WEAKEST = 1.0
"""Weaker sentences are those about which people differ."""
EACH = 2000
"""How many sentences are kept that praise, and how many that do not."""


def main() -> None:
    outer = members(from_pypi("vaderSentiment", "3.3.2", "sdist"))
    snippets = members(outer[RESOURCES])[SNIPPETS].decode("utf-8")
    praise, blame, seen = [], [], set()
    for line in snippets.splitlines():
        _, score, text = line.split("\t")
        text = " ".join(text.split())
        sentence = words.split(text)
        if sentence in seen or not SHORTEST <= len(sentence) <= LONGEST or abs(float(score)) < WEAKEST or rough(text):
            continue
        seen.add(sentence)
        (praise if float(score) > 0 else blame).append(f"{float(score):.3f}\t{text}")
    write_text("reviews.txt.gz", shuffled([*shuffled(praise)[:EACH], *shuffled(blame)[:EACH]]))


if __name__ == "__main__":
    main()
