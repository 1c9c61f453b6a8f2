"""A model that is made of wrong parts of its own notebook: checked with Keras's own in their place."""

from __future__ import annotations

import pytest
from support.solutions import answers_of

from autograder.model import Verdict
from autograder.sheets.release import public_sheet
from autograder.student.checking import check_sheet

FRAMES = ("return ops.reshape(maps, (-1, video.shape[1], *maps.shape[1:]))", "return maps")
ROWS = ("return ops.reshape(maps, (-1, time, height * width * filters))", "return ops.max(maps, axis=(2, 3))")
NO_RELU = ("maps = ops.relu(FramesThrough(filters, (3, 3), strides=(2, 2))(video))",
           "maps = FramesThrough(filters, (3, 3), strides=(2, 2))(video)")  # fmt: skip
BESIDE = tuple(map(public_sheet, ("frames_through", "frame_features")))


def checked(*slips: tuple[str, str]) -> Verdict:
    return check_sheet(public_sheet("video_model"), answers_of("video", *slips)["video_model"], BESIDE)


@pytest.mark.parametrize(("slip", "part"), [(FRAMES, "FramesThrough"), (ROWS, "frame_features")])
def test_it_is_right_by_itself(slip: tuple[str, str], part: str) -> None:
    verdict = checked(slip)
    assert (verdict.points, verdict.max_points, verdict.roots) == (4, 4, (part,))
    assert part in verdict.stood_in
    assert {"FramesThrough", "frame_features"} & {*verdict.stood_in} == {part}
    assert str(verdict.message).startswith(
        f"`video_model` is right by itself. It uses `{part}`, which is not right yet"
    )


def test_its_own_slip_is_named_beside_a_wrong_part() -> None:
    verdict = checked(ROWS, NO_RELU)
    assert verdict.points == 3
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.mistake == "video.no_relu"
