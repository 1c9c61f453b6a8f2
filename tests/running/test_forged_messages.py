"""What a worker may say at once: the grader's memory and time stay flat, whatever comes."""

from __future__ import annotations

import random
import resource
import socket
import threading
import time
import tracemalloc
from typing import Any

import msgspec
import numpy as np
import pytest

from autograder.answering import protocol
from autograder.answering.protocol import Answer, Answers, Array, Items, Other, ProtocolError, Reached, WeightInfo
from autograder.answering.values import to_value
from autograder.judging.compare import as_array
from autograder.running.claims import checked_answer

ANSWER = {"type": "answer"}
MILLION = 1_000_000
FORGED = {
    "truths": ANSWER | {"value": {"type": "items", "items": [True] * 400_000}},
    "twenty million truths": ANSWER | {"value": {"type": "items", "items": [True] * 20 * MILLION}},
    "lists in lists": ANSWER | {"value": {"type": "items", "items": [{"type": "items", "items": []}] * 200_000}},
    "arrays": ANSWER
    | {"value": {"type": "items", "items": [{"type": "array", "dtype": "bool", "shape": [], "data": b"1"}] * 100_000}},
    "gradients": ANSWER | {"gradients": {str(n): 1.0 for n in range(MILLION)}},
    "config": ANSWER | {"config": {str(n): None for n in range(MILLION)}},
    "weights": ANSWER | {"weights": [{"path": "w", "shape": [1], "dtype": "float32"}] * 300_000},
    "axes": ANSWER | {"weights": [{"path": "w", "shape": [1] * MILLION, "dtype": "float32"}]},
    "lines": ANSWER | {"reached": [{"line": "x", "built_in": ""}] * 300_000},
    "arguments": ANSWER | {"inputs_changed": [1] * MILLION},
    "callers": ANSWER | {"problem": {"kind": "exception", "callers": [{"line": "x", "function": "f"}] * 200_000}},
    "what nobody reads": ANSWER | {"another": [[]] * MILLION},
}


def received(body: bytes) -> Any:
    """What the host gets of a message that a worker sends."""
    return over_the_wire(len(body).to_bytes(4, "little") + body)


def over_the_wire(message: bytes) -> Any:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sending = threading.Thread(target=lambda: theirs.sendall(message))
        sending.start()
        try:
            return protocol.receive_from_worker(ours, time.monotonic() + 30)
        finally:
            sending.join()


@pytest.mark.parametrize("what", FORGED)
def test_a_message_of_too_many_values_is_none(what: str) -> None:
    body = msgspec.msgpack.encode({"type": "answers", "answers": [FORGED[what]]})
    message = len(body).to_bytes(4, "little") + body
    began = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="values"):
            over_the_wire(message)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The bytes as they come, in a buffer that grows by an eighth at a time, and as one piece.
    assert peak < (2 + 1 / 8) * len(body) + 2**20
    assert time.process_time() - began < 3


def test_as_many_values_as_pass_cost_little() -> None:
    """What a forged answer can have at most, through all that is made of it."""
    fill = protocol.MAX_NODES - 40
    array = {"type": "array", "dtype": "bool", "shape": [], "data": b"1"}
    answers = [
        {"value": {"type": "items", "items": [True] * fill}},
        {"value": {"type": "items", "items": [array] * (fill // 9)}},
        {"weights": [{"path": "w" * 500, "shape": [1] * 40, "dtype": "float32"}] * (fill // 50)},
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for answer in answers:
        began = time.process_time()
        reply = received(msgspec.msgpack.encode({"type": "answers", "answers": [ANSWER | answer]}))
        checked = checked_answer(reply.answers[0], 0.1)
        as_array(checked.value)
        assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024


def test_texts_of_a_message_are_cut() -> None:
    weight = WeightInfo("p" * MILLION, (1,) * 1000, "d" * MILLION, held="h" * MILLION)
    checked = checked_answer(
        Answer(weights=(weight,), reached=(Reached(*["o" * MILLION] * 3),), inputs_changed=(1,) * 1000), 0.1
    )
    assert len(repr(checked)) < 8000


def count(value: Any) -> int:
    """The values of a decoded message, by walking through it."""
    if isinstance(value, dict):
        return 1 + sum(count(name) + count(item) for name, item in value.items())
    if isinstance(value, list):
        return 1 + sum(map(count, value))
    return 1


def some_value(dice: random.Random, depth: int) -> Any:
    kind = dice.randrange(9 if depth else 7)
    sizes = (0, 1, 3, 15, 16, 31, 32, 255, 256, 65535, 65536)
    if kind == 0:
        return dice.choice([None, True, False])
    if kind <= 2:
        return dice.choice([-1, 1]) * dice.randrange(2 ** dice.choice([1, 5, 7, 8, 15, 16, 31, 32, 63]))
    if kind == 3:
        return dice.random()
    if kind == 4:
        return "x" * dice.choice(sizes)
    if kind == 5:
        return b"x" * dice.choice(sizes)
    if kind == 6:
        return msgspec.msgpack.Ext(5, b"x" * dice.choice((0, 1, 2, 4, 8, 16, 17, 300, 70_000)))
    items = [some_value(dice, depth - 1) for _ in range(dice.choice((0, 1, 2, 5, 15, 16)))]
    return items if kind == 7 else {str(n): item for n, item in enumerate(items)}


def test_values_are_counted_as_a_decoder_has_them() -> None:
    dice = random.Random(0)
    made = [some_value(dice, 3) for _ in range(400)]
    made += [[0] * 70_000, {str(n): n for n in range(70_000)}]
    for value in made:
        body = msgspec.msgpack.encode(value)
        exact = count(msgspec.msgpack.decode(body))
        protocol.require_few_nodes(body, exact)
        with pytest.raises(ProtocolError, match="values"):
            protocol.require_few_nodes(body, exact - 1)


def test_what_is_no_message_at_all() -> None:
    whole = msgspec.msgpack.encode({"a": [1, "xyz", {"b": 2.0}]})
    for cut in range(len(whole)):
        with pytest.raises(ProtocolError):
            received(whole[:cut])
    with pytest.raises(ProtocolError):
        protocol.require_few_nodes(b"\x91\xc1")


def test_an_honest_list_of_numbers_passes() -> None:
    """Nested lists are arrays too; of too many numbers only the type is told."""
    numbers = np.arange(4000.0).reshape(4, 10, 10, 10)
    sent = to_value(numbers.tolist())
    reply = received(msgspec.msgpack.encode(Answers((Answer(sent),))))
    np.testing.assert_array_equal(as_array(checked_answer(reply.answers[0], 0.1).value), numbers)
    big = received(msgspec.msgpack.encode(Answers((Answer(to_value([0.0] * 100_000)),))))
    assert isinstance(big.answers[0].value, Other)
    assert isinstance(to_value([numbers] * 5), Items)
    assert isinstance(to_value(np.zeros(100_000)), Array)
