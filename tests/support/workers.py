"""One fork server for all tests of the worker; every test forks its own workers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from autograder.answering.protocol import Answer, Question
from autograder.running import sandbox
from autograder.running.host import Zygote
from autograder.running.workers import Worker

from .questions import LIMITS


@pytest.fixture(scope="session")
def full_zygote() -> Iterator[Zygote]:
    yield from _started("full")


@pytest.fixture(scope="session")
def restricted_zygote() -> Iterator[Zygote]:
    yield from _started("restricted")


def _started(level: str) -> Iterator[Zygote]:
    status = next(status for status in sandbox.probe() if status.level == level)
    if not status.works:
        # A wall that cannot be put up has not been tried.
        pytest.fail(f"{level} does not work here: {status.missing} {status.advice}")
    with Zygote(level) as started:
        yield started


@pytest.fixture
def zygote(request: pytest.FixtureRequest, level: str) -> Zygote:
    found: Zygote = request.getfixturevalue(f"{level}_zygote")
    return found


@pytest.fixture
def level() -> str:
    """The level of the sandbox; a module that makes the same promises at others parametrises it."""
    return "full"


@pytest.fixture
def forbidden() -> tuple[str, ...]:
    """Families of built-ins that compute something else; a test that is about them parametrises it."""
    return ()


@pytest.fixture
def worker(zygote: Zygote, forbidden: tuple[str, ...]) -> Iterator[Worker]:
    with zygote.spawn(LIMITS, forbidden) as spawned:
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

    def ask_one(source: str, question: Question) -> Answer:
        worker.run_cell("cell", source)
        return worker.ask([question]).answers[0]

    return ask_one
