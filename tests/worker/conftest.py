"""One fork server for all tests of the worker; every test forks its own workers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from autograder.worker import sandbox
from autograder.worker.host import Worker, Zygote
from autograder.worker.protocol import Answer, Question

from .questions import LIMITS


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Level `full` where it works, else the tests of the walls cannot say anything."""
    status = sandbox.probe()[0]
    if not status.works:
        pytest.skip(f"no sandbox here: {status.missing} {status.advice}")
    with Zygote("full") as started:
        yield started


@pytest.fixture
def worker(zygote: Zygote) -> Iterator[Worker]:
    with zygote.spawn(LIMITS) as spawned:
        yield spawned


@pytest.fixture
def run(worker: Worker) -> Callable[[str], str]:
    """Run a cell, return what it printed; an exception in it fails the test."""

    def run_cell(source: str) -> str:
        done = worker.run_cell("cell", source)
        assert done.problem is None, done.problem
        return "".join(
            "".join(output["text"]) for output in json.loads(done.outputs) if output["output_type"] == "stream"
        ).strip()

    return run_cell


@pytest.fixture
def ask(worker: Worker) -> Callable[..., Answer]:
    """Define names by a cell, ask one question."""

    def ask_one(source: str, question: Question, forbidden: tuple[str, ...] = ()) -> Answer:
        worker.run_cell("cell", source)
        return worker.ask([question], forbidden).answers[0]

    return ask_one
