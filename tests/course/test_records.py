"""Records as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.answering.protocol import Problem, decode_array, encode_array
from autograder.course.records import RecordError, decode_record, encode_record, read_record, write_record
from autograder.model import RECORD_VERSION, CheckResult, Diagnosis, PartResult, Record, Rung, Status, Verdict

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.floats(allow_nan=False)
indices = st.integers(-1, 10**6)
shapes = st.lists(st.integers(0, 5), max_size=3).map(tuple)
arrays = shapes.map(lambda shape: encode_array(np.arange(np.prod(shape, dtype=int)).reshape(shape) / 3))
parts = st.builds(
    PartResult,
    part=texts,
    rung=st.sampled_from(get_args(Rung)),
    message=texts,
    axes=st.lists(texts, max_size=3).map(tuple),
    worst=st.dictionaries(texts, indices, max_size=3),
    got=st.none() | numbers,
    difference=st.none() | numbers,
    wrong_where=st.dictionaries(texts, st.lists(indices, max_size=3).map(tuple), max_size=2),
    got_shape=st.none() | shapes,
    got_values=st.none() | arrays,
)
checks = st.builds(
    CheckResult,
    id=texts,
    title=texts,
    outcome=st.sampled_from(["passed", "failed", "waiting"]),
    points=numbers,
    max_points=numbers,
    parts=st.lists(parts, max_size=2).map(tuple),
)
verdicts = st.builds(
    Verdict,
    exercise=texts,
    title=texts,
    entry_point=texts,
    cell_id=texts,
    status=st.sampled_from(get_args(Status)),
    points=numbers,
    max_points=numbers,
    message=texts,
    checks=st.lists(checks, max_size=2).map(tuple),
    diagnosis=st.none() | st.builds(Diagnosis, texts, texts, texts, texts),
    problem=st.none() | st.builds(Problem, texts, texts, texts, texts, texts, texts),
    notes=st.lists(texts, max_size=2).map(tuple),
)
records = st.builds(
    Record,
    version=st.just(RECORD_VERSION),
    assignment=texts,
    student=texts | st.sampled_from(["nan", "null", "true", "1"]),
    notebook=texts,
    status=st.sampled_from(["graded", "unreadable", "grader_fault"]),
    points=numbers,
    max_points=numbers,
    verdicts=st.lists(verdicts, max_size=2).map(tuple),
    notes=st.lists(texts, max_size=2).map(tuple),
    sha256=texts,
    seed=texts,
    sandbox=texts,
    device=texts,
    backend=texts,
    versions=st.dictionaries(texts, texts, max_size=3),
    started=texts,
    seconds=st.dictionaries(texts, numbers, max_size=3),
)


@given(records)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    data = encode_record(record)
    assert decode_record(data) == record
    assert encode_record(decode_record(data)) == data


def test_arrays_and_not_a_number_come_back(verdict: Verdict, make_record: Callable[..., Record]) -> None:
    part = replace(verdict.checks[0].parts[0], got=math.nan, difference=math.inf)
    record = make_record(verdicts=(replace(verdict, checks=(replace(verdict.checks[0], parts=(part,)),)),))
    data = encode_record(record)
    json.loads(data, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    back = decode_record(data).verdicts[0].checks[0].parts[0]
    assert back.got is not None
    assert math.isnan(back.got)
    assert back.difference == math.inf
    assert back.got_values is not None
    assert part.got_values is not None
    assert np.array_equal(decode_array(back.got_values), decode_array(part.got_values))


def test_the_order_of_dictionaries_does_not_show(make_record: Callable[..., Record]) -> None:
    one = make_record(versions={"a": "1", "b": "2"})
    other = make_record(versions={"b": "2", "a": "1"})
    assert encode_record(one) == encode_record(other)


def test_the_file_is_readable_json_with_the_version_first(
    tmp_path: Path, verdict: Verdict, make_record: Callable[..., Record]
) -> None:
    path = tmp_path / "records" / "alice.json"
    record = make_record(verdicts=(verdict,))
    write_record(record, path)
    assert read_record(path) == record
    assert next(iter(json.loads(path.read_bytes()))) == "version"
    assert [p.name for p in path.parent.iterdir()] == ["alice.json"]


def test_a_file_name_that_is_not_utf8_costs_no_grade(make_record: Callable[..., Record]) -> None:
    back = decode_record(encode_record(make_record("caf\udce9", points=3.0)))
    assert back.student == "caf\\udce9"
    assert back.points == 3.0


@pytest.mark.parametrize(("change", "words"), [(1, "newer Gatebook"), (-1, "grade again")])
def test_another_version_is_refused(
    tmp_path: Path, make_record: Callable[..., Record], change: int, words: str
) -> None:
    path = tmp_path / "old.json"
    write_record(make_record(version=RECORD_VERSION + change), path)
    with pytest.raises(RecordError, match=rf"old\.json: .*version {RECORD_VERSION + change}.*{words}"):
        read_record(path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"version": %d}' % RECORD_VERSION, b'{"version": "x"}', b"\xff" * 9, b"[" * 9999]
)
def test_what_is_no_record_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(RecordError, match="not a verdict record"):
        read_record(path)
