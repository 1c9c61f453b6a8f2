"""Hints of checks that many layers have."""

from __future__ import annotations

GRADIENTS = (
    "Which of your lines leaves the tensors, for NumPy or for plain numbers? What comes after it has no way back to "
    "the weights."
)
NO_LEAK = "What does `call` keep on `self`, and who reads it when the layer is called again with something else?"
CONFIG = "A second layer is made from `get_config()` alone. Which arguments of `__init__` must it be told?"
OPEN_BATCH = "A model does not know its batch size yet. Which of your lines needs it as a number?"
