"""The gates of an LSTM in words, and the drawing that can point at each."""

from __future__ import annotations

from autograder.language import words
from autograder.model import Gate

PICTURE = "lstm"
GATES = {
    "forget": Gate(
        words("forget gate"),
        words("the forget gate"),
        words("With all other gates held fully open or shut, the forget gate gives wrong values."),
    ),
    "input": Gate(
        words("input gate"),
        words("the input gate"),
        words("With all other gates held fully open or shut, the input gate gives wrong values."),
    ),
    "candidate": Gate(
        words("candidate"),
        words("the candidate"),
        words("With all gates held fully open or shut, the candidate gives wrong values."),
    ),
    "cell": Gate(
        words("cell state"),
        words("the new cell state"),
        words("With all gates held fully open, the new cell state is wrong."),
    ),
    "output": Gate(
        words("output gate"),
        words("the output gate"),
        words("With all other gates held fully open or shut, the output gate gives wrong values."),
    ),
}
