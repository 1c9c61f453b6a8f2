"""One picture many times, each time with another window hidden: where does the answer change?"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercises.kit import draw
from autograder.exercises.kit.recipe import Lines, Recipe
from autograder.model import Arrays, Check, Exercise, FunctionCase


def cases(rng: np.random.Generator) -> tuple[FunctionCase, ...]:
    return (
        _case("tiles", rng, sides=((6, 9), (9, 12)), size=3, step=3),
        _case("overlapping", rng, sides=((8, 9), (12, 13)), size=4, step=2),
        _case("rest", rng, sides=((9, 10), (12, 13)), size=3, step=4),
    )


def _case(
    name: str, rng: np.random.Generator, *, sides: tuple[tuple[int, int], tuple[int, int]], size: int, step: int
) -> FunctionCase:
    """A picture that is not square, of several channels with unlike means."""
    height, width = (int(rng.choice(each)) for each in sides)
    if height == width:
        height = sides[0][0]
    if rng.random() < 0.5:
        height, width = width, height
    image = draw.inputs(rng, height, width, 2) + np.array([0.8, -1.3], np.float32)
    return FunctionCase(
        id=name,
        arguments={"image": image, "size": size, "step": step},
        axes={"image": "height width channels"},
        returns={"pictures": "rows columns height width channels"},
    )


def _places(length: int, size: int, step: int) -> range:
    return range(0, length - size + 1, step)


def _window(top: int, left: int, size: int) -> tuple[slice, slice]:
    return slice(top, top + size), slice(left, left + size)


def _hide(copies: np.ndarray, windows: Any, fill: Any) -> np.ndarray:
    """Each copy gets its own window hidden."""
    for row, column in np.ndindex(copies.shape[:2]):
        window = windows[row][column]
        copies[row, column][window] = fill(copies[row, column], window)
    return copies


RIGHT = {
    # where windows begin along one side
    "places": _places,
    # the cells of the window that begins there
    "window": _window,
    # what is put there: from the picture and the window
    "fill": lambda image, window: image.mean(axis=(0, 1)),
    "hide": _hide,
    "handed": lambda pictures: pictures,
}
"""The lines of a right answer."""


def _made(use: Lines, case: FunctionCase) -> Arrays:
    image, size, step = case.arguments.values()
    tops, lefts = (use["places"](length, size, step) for length in image.shape[:2])
    windows = [[use["window"](top, left, size) for left in lefts] for top in tops]
    copies = np.broadcast_to(image, (len(tops), len(lefts), *image.shape)).copy()
    return {"pictures": use["handed"](use["hide"](copies, windows, use["fill"]))}


RECIPE = Recipe(_made, RIGHT, prefix="occluded.")


def slack(case: FunctionCase, truth: Arrays) -> dict[str, float]:
    """Sums over all pixels of a channel, in any order."""
    largest = float(np.abs(case.arguments["image"]).max())
    return {"pictures": float(np.finfo("float32").eps) * 16 * largest}


def _accumulated(*, drifting: bool) -> Any:
    """Windows stay hidden, row by row; drifting: the mean is taken anew of what is left."""

    def hide(copies: np.ndarray, windows: Any, fill: Any) -> np.ndarray:
        image = copies[0, 0].copy()
        shown = image.copy()
        for row, column in np.ndindex(copies.shape[:2]):
            window = windows[row][column]
            shown[window] = fill(shown if drifting else image, window)
            copies[row, column] = shown
        return copies

    return hide


def _one_array(*, drifting: bool) -> Any:
    """The same array is put into the list again and again."""

    def hide(copies: np.ndarray, windows: Any, fill: Any) -> np.ndarray:
        last = _accumulated(drifting=drifting)(copies.copy(), windows, fill)[-1, -1]
        return np.broadcast_to(last, copies.shape)

    return hide


def _all_else_hidden(copies: np.ndarray, windows: Any, fill: Any) -> np.ndarray:
    for row, column in np.ndindex(copies.shape[:2]):
        window = windows[row][column]
        kept = copies[row, column][window].copy()
        copies[row, column][:] = fill(copies[row, column], window)
        copies[row, column][window] = kept
    return copies


def _only_the_first_channel(copies: np.ndarray, windows: Any, fill: Any) -> np.ndarray:
    hidden = _hide(copies.copy(), windows, fill)
    return np.concatenate([hidden[..., :1], copies[..., 1:]], axis=-1)


def _mean_of_the_rest(image: np.ndarray, window: Any) -> np.ndarray:
    rest = np.ones(image.shape[:2], bool)
    rest[window] = False
    return np.asarray(image[rest].mean(axis=0))


def _behind_the_edge(length: int, size: int, step: int) -> range:
    return range(0, length, step)


def _centred(top: int, left: int, size: int) -> tuple[slice, slice]:
    return _window_from(top - size // 2, size), _window_from(left - size // 2, size)


def _window_from(first: int, size: int) -> slice:
    return slice(max(first, 0), max(first + size, 0))


_COPY = "Which array do you write into, and what does it look like when the next window has its turn?"
_FILL = "What would a person see who looks at the hidden window: something new, or nothing in particular?"
_WHERE = (
    "Print the result for a picture of 4×4 zeros but a single 1 in its corner. Which cells are hidden at place (0, 1)?"
)
_PLACES = "At which rows does a window of 2 begin on a height of 6, if it moves by 2? How many are they?"

MISTAKES = (
    *(
        RECIPE.wrong(
            f"accumulated{name}", "A window that was hidden stays hidden in all pictures that follow", _COPY,
            hide=_accumulated(drifting=drifting), usual=not drifting,
        )
        for name, drifting in (("", False), ("_and_drifting", True))
    ),
    *(
        RECIPE.wrong(
            f"one_array{name}", "All pictures are the same one, with every window hidden", _COPY,
            hide=_one_array(drifting=drifting), usual=not drifting,
        )
        for name, drifting in (("", False), ("_and_drifting", True))
    ),
    RECIPE.wrong(
        "all_else_hidden", "Everything is hidden but the window",
        "What is asked: what the network says without the window, or what it says of the window alone?",
        hide=_all_else_hidden,
    ),
    RECIPE.wrong(
        "first_channel_only", "Only the first channel is hidden", "How many channels has a picture in colour?",
        hide=_only_the_first_channel,
    ),
    RECIPE.wrong("zero", "The window is filled with 0", _FILL, fill=lambda image, window: 0),
    RECIPE.wrong("one", "The window is filled with 1", _FILL, fill=lambda image, window: 1),
    RECIPE.wrong(
        "one_mean_for_all_channels", "All channels are filled with one mean",
        "The sky of a photograph: has its blue the mean of its red?", fill=lambda image, window: image.mean(),
    ),
    RECIPE.wrong(
        "mean_of_the_window", "The window is filled with its own mean, not with the picture's",
        "A dark spot that fills the window: can it still be seen afterwards?",
        fill=lambda image, window: image[window].mean(axis=(0, 1)),
    ),
    RECIPE.wrong(
        "mean_of_the_rest", "The window is filled with the mean of all that lies outside it",
        "Is the number that you fill in the same for all windows?", fill=_mean_of_the_rest,
    ),
    RECIPE.wrong(
        "mean_of_rows", "The window is filled with a mean that is taken along one axis only",
        "How many numbers is the mean of one channel?",
        fill=lambda image, window: image.mean(axis=0)[window[1]], usual=False,
    ),
    RECIPE.wrong(
        "median", "The window is filled with the median", _FILL,
        fill=lambda image, window: np.median(image, axis=(0, 1)),
    ),
    RECIPE.wrong(
        "darkest", "The window is filled with the darkest value", _FILL,
        fill=lambda image, window: image.min(axis=(0, 1)),
    ),
    RECIPE.wrong(
        "brightest", "The window is filled with the brightest value", _FILL,
        fill=lambda image, window: image.max(axis=(0, 1)),
    ),
    RECIPE.wrong(
        "one_cell_more", "The window is one cell too high and too wide", _WHERE,
        window=lambda top, left, size: _window(top, left, size + 1),
    ),
    RECIPE.wrong(
        "one_cell_less", "The window is one cell too low and too narrow", _WHERE,
        window=lambda top, left, size: _window(top, left, size - 1),
    ),
    RECIPE.wrong(
        "whole_rows", "Whole rows are hidden", _WHERE,
        window=lambda top, left, size: (slice(top, top + size), slice(None)),
    ),
    RECIPE.wrong(
        "whole_columns", "Whole columns are hidden", _WHERE,
        window=lambda top, left, size: (slice(None), slice(left, left + size)),
    ),
    RECIPE.wrong("centred", "The window lies around its place, and does not begin there", _WHERE, window=_centred),
    RECIPE.wrong(
        "row_and_column_exchanged", "The window's row is taken for its column, and the column for its row", _WHERE,
        window=lambda top, left, size: _window(left, top, size), usual=False,
    ),
    RECIPE.wrong(
        "cell_only", "A single cell is hidden, not a window", _WHERE,
        window=lambda top, left, size: _window(top, left, 1),
    ),
    RECIPE.wrong(
        "last_place_missing", "The last row and the last column of places are missing where they just fit", _PLACES,
        places=lambda length, size, step: range(0, length - size, step),
    ),
    RECIPE.wrong(
        "partial_windows", "Windows that stick out at the end are kept", _PLACES, places=_behind_the_edge,
    ),
    RECIPE.wrong(
        "step_ignored", "The window moves by its own size", "Which argument says how far the window moves?",
        places=lambda length, size, step: range(0, length - size + 1, size),
    ),
    RECIPE.wrong(
        "step_of_one", "The window moves by one cell", "Which argument says how far the window moves?",
        places=lambda length, size, step: range(length - size + 1),
    ),
    RECIPE.wrong(
        "columns_first", "The columns of places come first, and then the rows",
        "Which axis of the result says how far down the window lies?", handed=lambda pictures: pictures.swapaxes(0, 1),
    ),
    RECIPE.wrong(
        "one_row", "The pictures stand in one row, not in rows and columns",
        "How many axes does the docstring promise?",
        handed=lambda pictures: pictures.reshape(-1, *pictures.shape[2:]), usual=False,
    ),
)  # fmt: skip


EXERCISE = Exercise(
    id="occluded",
    assignment="vision",
    title="A window hidden at every place",
    entry_point="occluded",
    signature="occluded(image, size, step) -> pictures",
    points=4,
    hint="Look at pictures[0, 0] and at pictures[0, 1]: in how many cells does each differ from the image?",
    hints={
        "steps": "Where does the second window begin, and where the last one?",
    },
    cases=cases,
    truth=RECIPE.truth,
    slack=slack,
    checks=(
        Check("tiles", "Windows side by side", 2, ("tiles.pictures",)),
        Check(
            "steps",
            "Windows that overlap, or leave gaps and a rest",
            2,
            ("overlapping.pictures", "rest.pictures"),
            ("tiles",),
        ),
    ),
    mistakes=MISTAKES,
    made_of=RECIPE.answer,
    permuted=("channels",),
)
