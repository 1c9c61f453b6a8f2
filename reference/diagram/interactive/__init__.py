"""Pages to play with: one file each, with sliders."""

from reference.diagram.gru_step import GRU_WORDS
from reference.diagram.interactive.sequence import NETWORKS
from reference.diagram.interactive.window_words import WINDOW_WORDS
from reference.diagram.interactive.words import SEQUENCE_WORDS
from reference.diagram.rnn_step import RNN_WORDS
from reference.diagram.words import WORDS

EXPLORE_WORDS: tuple[str, ...] = tuple(
    word
    for word in dict.fromkeys(
        (
            *SEQUENCE_WORDS,
            *RNN_WORDS,
            *GRU_WORDS,
            *(word for network in NETWORKS.values() for word in network.words),
            *WINDOW_WORDS,
        )
    )
    if word not in WORDS
)
"""What the pages to play with say beside the words of `WORDS`; all can be replaced by ``labels``."""
