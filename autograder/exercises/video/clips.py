"""A long film in clips of equal length: a window that slides over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.convolution import copy_slack
from autograder.exercises.kit.recurrent import function_truth
from autograder.model import Arrays, Check, Exercise, FunctionCase, Mistake


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    """A rest that no clip fills, smaller and larger than half a step; and a last clip that ends with the film."""
    return (
        _case("every_frame", rng, length=4, step=1, count=8, rest=0),
        _case("overlapping", rng, length=5, step=3, count=4, rest=1),
        _case("far_apart", rng, length=3, step=5, count=4, rest=4),
        _case("no_rest", rng, length=4, step=3, count=5, rest=0),
    )


def _case(name: str, rng: np.random.Generator, *, length: int, step: int, count: int, rest: int) -> FunctionCase:
    frames = length + (count - 1) * step + rest
    height, width = map(int, rng.permutation([2, 6])[:2])
    return FunctionCase(
        id=name,
        arguments={"film": draw.inputs(rng, frames, height, width, 1), "length": length, "step": step},
        axes={"film": "frames height width channels"},
        returns={"clips": "clips length height width channels"},
    )


def _at(film: np.ndarray, starts: Any, length: int, inside: int = 1) -> np.ndarray:
    """Clips that begin at these frames; frames beyond the film are taken from its beginning on."""
    places = np.asarray(starts)[:, np.newaxis] + inside * np.arange(length)
    return film[places % len(film)]


def _starts(frames: int, length: int, step: int) -> np.ndarray:
    return np.arange(0, frames - length + 1, step)


def _clips(film: np.ndarray, length: int, step: int) -> np.ndarray:
    return _at(film, _starts(len(film), length, step), length)


def _mistake(name: str, title: str, hint: str, answer: Callable[[np.ndarray, int, int], np.ndarray]) -> Mistake:
    def wrong(case: FunctionCase) -> Arrays:
        return {"clips": answer(*case.arguments.values())}

    return Mistake(f"clips.{name}", title, hint, wrong)


def _filled(film: np.ndarray, length: int, step: int, *, repeat: bool) -> np.ndarray:
    """A clip at every step of the film, with what is missing at its end filled."""
    more = np.repeat(film[-1:], length, axis=0) * (1.0 if repeat else 0.0)
    starts = np.arange(0, len(film), step)
    return _at(np.concatenate([film, more]), starts, length)


def _up_to_the_end(film: np.ndarray, length: int, step: int) -> np.ndarray:
    """One more clip, of the last frames, where a rest is left."""
    starts = _starts(len(film), length, step)
    last = len(film) - length
    return _at(film, starts if starts[-1] == last else [*starts, last], length)


def _from_the_end(film: np.ndarray, length: int, step: int) -> np.ndarray:
    starts = _starts(len(film), length, step)
    return _at(film, starts + (len(film) - length - starts[-1]), length)


_COUNT = "A film of exactly `length` frames: how many clips has it, and how many do you find?"
_STARTS = "At which frame should each clip begin, for a film of 10 frames, clips of 4 and steps of 3? Where do yours?"
_INSIDE = "Which frames of the film does your second clip hold? How far apart are they?"

MISTAKES = (
    _mistake(
        "last_missing", "A last clip that ends with the film is not counted", _COUNT,
        lambda film, n, s: _at(film, np.arange(0, len(film) - n, s), n),
    ),
    _mistake(
        "one_less", "There is one clip too few", _COUNT, lambda film, n, s: _clips(film, n, s)[:-1],
    ),
    _mistake(
        "first_missing", "The first clip is missing", "At which frame does your first clip begin?",
        lambda film, n, s: _clips(film, n, s)[1:],
    ),
    _mistake(
        "second_frame_first", "The first clip begins with the second frame",
        "At which frame does your first clip begin?", lambda film, n, s: _clips(film[1:], n, s),
    ),
    _mistake(
        "step_ignored", "A clip begins at every frame, whatever the step", _STARTS,
        lambda film, n, s: _clips(film, n, 1),
    ),
    _mistake(
        "side_by_side", "A clip begins where the one before it ends, whatever the step", _STARTS,
        lambda film, n, s: _clips(film, n, n),
    ),
    _mistake(
        "step_between", "The step is taken for the number of frames between two clips", _STARTS,
        lambda film, n, s: _clips(film, n, n + s),
    ),
    _mistake(
        "one_further", "The clips begin one frame further apart than the step says", _STARTS,
        lambda film, n, s: _clips(film, n, s + 1),
    ),
    _mistake(
        "starts_one_apart", "The number of clips is right, and each begins one frame after the one before it", _STARTS,
        lambda film, n, s: _at(film, np.arange(len(_starts(len(film), n, s))), n),
    ),
    _mistake(
        "exchanged", "Length and step have changed places", "How many frames has one clip of yours?",
        lambda film, n, s: _clips(film, s, n),
    ),
    _mistake(
        "frames_left_out", "Frames are left out within a clip: the step is taken between its frames too", _INSIDE,
        lambda film, n, s: _at(film, np.arange(0, len(film) - (n - 1) * s, s), n, inside=s),
    ),
    _mistake(
        "step_inside_only", "The step is taken between the frames of a clip, and the clips begin at every frame",
        _INSIDE, lambda film, n, s: _at(film, np.arange(0, len(film) - (n - 1) * s), n, inside=s),
    ),
    _mistake(
        "one_frame_more", "A clip has a frame too many", "How many frames has one clip of yours?",
        lambda film, n, s: _clips(film, n + 1, s),
    ),
    _mistake(
        "one_frame_less", "A clip has a frame too few", "How many frames has one clip of yours?",
        lambda film, n, s: _clips(film, n - 1, s),
    ),
    _mistake(
        "filled_with_zeros", "Clips that do not fit are filled with empty frames",
        "What is left at the end of the film and fills no clip: should it be in your result?",
        lambda film, n, s: _filled(film, n, s, repeat=False),
    ),
    _mistake(
        "last_frame_repeated", "Clips that do not fit are filled with the last frame",
        "What is left at the end of the film and fills no clip: should it be in your result?",
        lambda film, n, s: _filled(film, n, s, repeat=True),
    ),
    _mistake(
        "rest_as_a_clip", "The last frames are one clip more where a rest is left",
        "What is left at the end of the film and fills no clip: should it be in your result?", _up_to_the_end,
    ),
    _mistake(
        "from_the_end", "The clips are counted from the end of the film", "At which frame does your first clip begin?",
        _from_the_end,
    ),
    _mistake(
        "clips_reversed", "The clips come from the last to the first",
        "Which frames does your first clip hold?", lambda film, n, s: _clips(film, n, s)[::-1],
    ),
    _mistake(
        "frames_reversed", "The frames of each clip run backwards",
        "Which frame comes first in a clip of yours?", lambda film, n, s: _clips(film, n, s)[:, ::-1],
    ),
    _mistake(
        "first_clip_for_all", "All clips are the first one",
        "In your loop over clips, what changes from one turn to the next?",
        lambda film, n, s: np.repeat(_clips(film, n, s)[:1], len(_clips(film, n, s)), axis=0),
    ),
    _mistake(
        "stacked_second", "Clips and frames have changed places",
        "Your result has one entry for each clip. Which axis should have that length?",
        lambda film, n, s: _clips(film, n, s).swapaxes(0, 1),
    ),
    _mistake(
        "joined", "The clips are put one behind the other, as one film",
        "How would a model know where one clip ends and the next begins?",
        lambda film, n, s: _clips(film, n, s).reshape(-1, *film.shape[1:]),
    ),
    _mistake(
        "only_first", "Only the first clip is returned",
        "How many clips has the film? At which line does your loop end?",
        lambda film, n, s: _clips(film, n, s)[:1],
    ),
)  # fmt: skip


def _keras() -> Any:
    from keras import ops

    def clips(film: Any, length: int, step: int) -> Any:
        cut = ops.extract_sequences(ops.moveaxis(film, 0, -1), length, step)  # (height, width, channels, clips, length)
        return ops.transpose(cut, (3, 4, 0, 1, 2))

    return clips


EXERCISE = Exercise(
    id="clips",
    assignment="video",
    title="A long film in clips",
    entry_point="clips",
    signature="clips(film, length, step) -> clips",
    points=4,
    hint="At which frame does the first clip begin, at which the second, and at which may the last one begin?",
    cases=cases,
    truth=function_truth(_clips),
    slack=copy_slack,
    checks=(
        Check("every_frame", "A clip at every frame", 2, ("every_frame.clips",)),
        Check(
            "steps", "Steps of several frames, with a rest and without", 2,
            ("overlapping.clips", "far_apart.clips", "no_rest.clips"),
        ),
    ),
    mistakes=MISTAKES,
    witnesses={"keras": _keras},
    permuted=(),
)  # fmt: skip
