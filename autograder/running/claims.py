"""What a worker says is a claim: checked and bounded here before anything else sees it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from autograder.answering import protocol
from autograder.answering.protocol import (
    Answer,
    Answers,
    Array,
    CallLine,
    Items,
    Other,
    Problem,
    ProtocolError,
    Reached,
    Training,
    Value,
    WeightInfo,
)

MOST_CONTAINERS = 100_000
"""Lists and dictionaries in the outputs of a cell; an honest one has some for each of its outputs."""
MAX_DEPTH = 50
"""Lists and dictionaries within each other in an output."""
TOO_DEEP = "(nested more deeply than is kept)"
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")


def _without_addresses(text: str) -> str:
    """`<Layer object at 0x7f12...>` without what differs from run to run, so that records can be compared."""
    return _ADDRESS.sub("at 0x…", text)


def checked_outputs(text: str, bound: int) -> str:
    """Outputs that are a JSON list of nbformat outputs; anything else becomes a note that they were not."""
    try:
        given = json.loads(text) if len(text) <= bound else None
        outputs = _clean(given) if _has_few_containers(given) else None
    except (ValueError, RecursionError):
        outputs = None
    if not isinstance(outputs, list):
        outputs = []
    kept = [output for output in map(_checked_output, outputs[:10_000]) if output is not None]
    return json.dumps(kept)


def _has_few_containers(value: Any) -> bool:
    """Whether a walk through all of it takes no time to speak of: two characters can be a list of their own."""
    waiting, seen = [value], 0
    while waiting:
        item = waiting.pop()
        if isinstance(item, (list, dict)):
            seen += 1
            if seen > MOST_CONTAINERS:
                return False
            waiting += item if isinstance(item, list) else item.values()
    return True


def _clean(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Decoded JSON as any reader takes it: text that UTF-8 holds, numbers of 64 bits, bounded nesting."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else float(value) if abs(value) < 2**1000 else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth == 0:
        return TOO_DEEP
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value]
    return {_clean(str(name), depth - 1): _clean(item, depth - 1) for name, item in value.items()}


def _checked_output(output: Any) -> dict[str, Any] | None:
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream" and output.get("name") in ("stdout", "stderr") and isinstance(output.get("text"), str):
        return {"output_type": kind, "name": output["name"], "text": _without_addresses(output["text"])}
    if kind == "error":
        trace = output.get("traceback")
        lines = [_without_addresses(str(line)) for line in trace] if isinstance(trace, list) else []
        return {
            "output_type": kind,
            "ename": str(output.get("ename", "")),
            "evalue": _without_addresses(str(output.get("evalue", ""))),
            "traceback": lines,
        }
    data, metadata = output.get("data"), output.get("metadata")
    if kind in ("display_data", "execute_result") and isinstance(data, dict):
        checked: dict[str, Any] = {
            "output_type": kind,
            "data": {
                name: _without_addresses(value) if isinstance(value, str) else value
                for name, value in data.items()
                if isinstance(value, str) or name.endswith("json")
            },
            "metadata": metadata if isinstance(metadata, dict) else {},
        }
        if kind == "execute_result":
            count = output.get("execution_count")
            checked["execution_count"] = count if type(count) is int and 0 <= count < 2**31 else None
        return checked
    return None


def is_of_unfinished_training(reply: Answers) -> bool:
    return len(reply.answers) == 1 and reply.answers[0].training is not None


def checked_answer(answer: Answer, seconds: float) -> Answer:
    return msgspec.structs.replace(
        answer,
        value=_checked_value(answer.value),
        gradients={name[:200]: _checked_value(value) for name, value in answer.gradients.items()},
        weights=tuple(map(_checked_weight, answer.weights[:1000])),
        inputs_changed=answer.inputs_changed[:100],
        config={name[:200]: _checked_value(value) for name, value in answer.config.items()},
        initial={name[:200]: _checked_value(value) for name, value in answer.initial.items()},
        problem=checked_problem(answer.problem),
        reached=checked_reached(answer.reached),
        seconds=seconds,
        training=_checked_training(answer.training, seconds),
        stood_in=answer.stood_in is True,
        gradients_failed=answer.gradients_failed is True,
    )


def _checked_weight(weight: WeightInfo) -> WeightInfo:
    return msgspec.structs.replace(
        weight, path=weight.path[:300], shape=weight.shape[:32], dtype=weight.dtype[:50], held=weight.held[:300]
    )


def _checked_training(training: Training | None, seconds: float) -> Training | None:
    if training is None:
        return None
    steps = min(max(training.steps, 0), 10**6)
    return Training(min(max(training.done, 0), steps), steps, seconds)


def _checked_value(value: Value) -> Value:
    """The value, with arrays that are none replaced, so that no one later stumbles over them."""
    if isinstance(value, Array):
        try:
            protocol.decode_array(value)
        except (ProtocolError, ValueError, TypeError, OverflowError, MemoryError):
            return Other("malformed array")
        return value
    if isinstance(value, Items):
        try:
            return Items(tuple(_checked_value(item) for item in value.items))
        except RecursionError:
            return Other("too deeply nested")
    if isinstance(value, Other):
        return Other(value.type_name[:200])
    if isinstance(value, str):
        return value[:10_000]
    if isinstance(value, int) and not isinstance(value, (bool, np.bool_)) and not -(2**63) <= value < 2**64:
        return Other("int of more than 64 bits")
    return value


def checked_reached(reached: Sequence[Reached]) -> tuple[Reached, ...]:
    return tuple(Reached(one.line[:2000], one.built_in[:100], one.function[:500]) for one in reached[:100])


def checked_problem(problem: Problem | None) -> Problem | None:
    if problem is None:
        return None
    return Problem(
        kind=problem.kind if problem.kind in ("missing", "not_implemented", "exception", "weights") else "exception",
        type=problem.type[:200],
        message=_without_addresses(problem.message)[:2000],
        traceback=_without_addresses(problem.traceback)[:8000],
        line=problem.line[:2000],
        raised_in=problem.raised_in[:500],
        shapes=_checked_shapes(problem.shapes),
        piece=problem.piece[:2000],
        callers=tuple(
            CallLine(call.line[:2000], call.function[:500], _checked_shapes(call.shapes))
            for call in problem.callers[:2]
        ),
    )


def _checked_shapes(shapes: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name[:80], shape[:80]) for name, shape in shapes[:6])
