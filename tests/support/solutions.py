"""The solution notebooks' own answers, as names that can be asked, with slips if wanted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def answers_of(assignment: str, *slips: tuple[str, str]) -> dict[str, Any]:
    """What the solution defines. slips: text in it, and what stands there instead; each must be there.

    Raises:
        ValueError: a slip's text does not occur.
    """
    notebook = json.loads((ROOT / "solutions" / assignment / f"{assignment}.ipynb").read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    answers = [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("solution")]
    source = "\n\n".join("".join(cell["source"]) for cell in answers)
    for right, wrong in slips:
        if right not in source:
            raise ValueError(f"the solution of {assignment} does not hold {right!r}")
        source = source.replace(right, wrong)
    given = [line for cell in cells for line in "".join(cell["source"]).splitlines() if " = own(" in line]
    names: dict[str, Any] = {"__name__": "__main__", "own": lambda assignment, name, instead: instead}
    exec("\n".join(["import keras\nimport numpy as np\nfrom keras import ops", *given, source]), names)
    return names
