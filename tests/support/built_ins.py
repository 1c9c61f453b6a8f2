"""Whether built-ins compute something else beside decoys, asked of workers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from autograder.running.host import Zygote
from autograder.running.workers import Limits, Worker


def printed(worker: Worker, source: str) -> str:
    """What a cell prints, or the exception that ends it."""
    done = worker.run_cell("cell", source)
    if done.problem is not None:
        return f"{done.problem.type}: {done.problem.message}"
    outputs = [output for output in json.loads(done.outputs) if output["output_type"] == "stream"]
    return "".join("".join(output["text"]) for output in outputs).strip()


def assert_others_beside_decoys(zygote: Zygote, family: str, cells: Mapping[str, str]) -> None:
    """Each of these cells prints a list, and no cell the same beside decoys of a family."""
    with zygote.spawn(Limits()) as usual, zygote.spawn(Limits(), (family,)) as beside_decoys:
        found = {name: (printed(usual, cell), printed(beside_decoys, cell)) for name, cell in cells.items()}
    assert {name: one for name, (one, _) in found.items() if not one.startswith("[")} == {}, "a way that does not work"
    assert {name: one for name, (one, other) in found.items() if one == other} == {}
    assert not any("Warning" in other for _, other in found.values())
