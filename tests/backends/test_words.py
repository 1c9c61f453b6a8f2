"""What students read where a framework refuses something, from messages that it really writes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from autograder.answering.protocol import Problem
from autograder.cards.exceptions import explain

GIVEN = "import keras, numpy as np\nx = keras.ops.ones((2, 3))\nw = keras.Variable(np.ones((2, 3), 'float32'))\n"


@pytest.mark.parametrize(
    ("backend", "code", "words"),
    [
        ("torch", "np.ones((2, 3)) * x", "do not go together"),
        ("torch", "np.ones((2, 3)) + x", "do not go together"),
        ("torch", "np.tanh(w.value)", "NumPy was given a tensor"),
        ("torch", "x[:, ::-1]", "`keras.ops.flip`"),
        ("jax", "import jax\njax.grad(lambda y: np.tanh(y).sum())(x)", "NumPy was given a tensor"),
        ("jax", "x[0] = 1.0", "entry by entry"),
    ],
)
def test_what_a_framework_says_in_plain_words(backend: str, code: str, words: str) -> None:
    source = f"{GIVEN}try:\n    exec({code!r})\nexcept Exception as error:\n    print(type(error).__name__, error)"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", source], capture_output=True, text=True, check=True,
        env=os.environ | {"KERAS_BACKEND": backend},
    )  # fmt: skip
    type_name, _, message = done.stdout.partition(" ")
    assert words in str(explain(Problem("exception", type_name, message)))
