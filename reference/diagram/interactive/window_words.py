"""The words of the pages of a window that slides over a picture."""

from __future__ import annotations

from typing import NamedTuple


class Kernel(NamedTuple):
    """A button that lays other weights on the picture."""

    word: str
    sentence: str
    kernel: list[list[float]]


class Mode(NamedTuple):
    """A button that makes something else of the numbers under the window."""

    word: str
    sentence: str
    mode: str


KERNELS = {
    "upright": Kernel(
        "Upright edges",
        "Left minus right: it answers where numbers change from left to right, and with 0 where all are alike.",
        [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    ),
    "level": Kernel(
        "Level edges",
        "Top minus bottom: it answers where numbers change from above to below.",
        [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    ),
    "mean": Kernel("Mean of four", "It blurs: every output is the mean of four numbers.", [[0.25, 0.25], [0.25, 0.25]]),
    "slope": Kernel(
        "Falling lines", "It answers to lines that fall from left to right.", [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]
    ),
    "one": Kernel(
        "A single 1", "With a 1 in its middle the picture comes out as it went in.", [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    ),
}
OWN_KERNEL, OWN_KERNEL_TEXT = "The given kernel", "The kernel as it was given."
MODES = {
    "max": Mode("Maximum", "The largest number under the window is kept, wherever it stands.", "max"),
    "average": Mode("Mean", "The mean of the numbers under the window is kept.", "average"),
}
CONVOLUTION_EXPLANATIONS = {
    "inside": "All {count} numbers under the window times those of the kernel, and added up: one number of the output.",
    "border": "{outside} cells of the window lie in the border. There stands 0, and 0 times anything adds nothing.",
}
POOLING_EXPLANATIONS = {
    "max": "The largest number under the window. Where it stood is forgotten.",
    "average": "The mean of what is under the window.",
    "border": "{outside} cells of the window lie in the border. They do not count: the border has no say.",
}
CONVOLUTION_QUESTIONS = (
    (
        "What does a stride of 2 do to the size of the output?",
        "It halves it, rounded: 7 rows and a window of 3 have 5 places, and with stride 2 the 1st, 3rd and 5th of "
        "them are left: 3. Move the slider of the stride and read the line of the size.",
    ),
    (
        "Which numbers of the output change if one number of the picture does?",
        "Those whose window covers it, nine at most for a kernel of 3 × 3. Press a number of the picture: they are "
        "framed. Then move its slider.",
    ),
    (
        "What answers to the upright edges, and what to the level ones, of the same picture?",
        "The first two kernels. Where the picture is the same everywhere under the window both say 0: their weights "
        "add up to 0.",
    ),
    (
        "The output should be as large as the picture. Which padding?",
        "“same”, with stride 1. Zeros are put around the picture; look how the outermost outputs differ from those "
        "within.",
    ),
    (
        "How far apart does a dilation of 2 set the numbers that the kernel reads, and what becomes of the size?",
        "Two cells: a kernel of 3 spans 5. Without padding 7 rows leave 3 places, with as many weights as before.",
    ),
    (
        "Three layers of 3 × 3 or one of 7 × 7: which sees more, and which has more weights?",
        "Both see 7 × 7 cells; see “What one output sees” above. Three layers have 27 weights, one has 49.",
    ),
)
POOLING_QUESTIONS = (
    (
        "Move the largest number under a window to another cell of it. What happens to the maximum?",
        "Nothing: it is kept, and where it stood is forgotten. Move it across the border of the window, and two "
        "outputs change.",
    ),
    (
        "All numbers under a window are negative. What is the maximum under “same” where the window hangs over the "
        "edge?",
        "Negative too: the border does not count. With zeros in the border it would be 0, a number that is nowhere in "
        "the picture.",
    ),
    (
        "Which stride makes every number count once?",
        "One as large as the window, what Keras does if none is given, and a picture that such windows fill: of 5 rows "
        "and windows of 2 the fifth is left over under “valid”, and counts never. With a smaller stride windows "
        "overlap, with a larger one numbers are left out.",
    ),
    (
        "How many weights does a pooling have?",
        "None. There is nothing to learn; that is why this page has no slider for one.",
    ),
)
CONVOLUTION_TITLE, POOLING_TITLE = "A convolution to play with", "A pooling to play with"
CONVOLUTION_STILL, POOLING_STILL = "A kernel on a picture", "A window on a picture"
CONVOLUTION_TOLD = "The framed numbers times the kernel, added up, and the bias: {total}."
POOLING_TOLD = "Of the framed cells the largest is {largest}, the mean {mean}."
STATIC = "Without JavaScript this page shows one place of the window only."
PLACE, PLACE_BACK, PLACE_ON = "Place", "One place back", "One place on"
PICTURE, KERNEL, PRODUCTS, UNDER = "picture", "kernel", "products", "under the window"
MOVES, PADDING, OUTPUT_SIZE, NUMBERS = (
    "How the window moves",
    "Padding",
    "Size of the output",
    "Press a number, then move it",
)
SIZE, STRIDE, DILATION = "Window", "Stride", "Dilation"
PADDINGS = {"valid": "valid: no border", "same": "same: a border around"}
OF_PICTURE, OF_KERNEL = "of the picture", "of the kernel"
FIELD_TITLE = "What one output sees"
FIELD_TEXT = (
    "Three layers on top of each other, without padding. Press a cell of a layer: the cells below that reach it light "
    "up. A pooling is such a window too. r: how many cells one output sees along an axis; g: how many cells lie from "
    "one output to the next."
)
STACKS = {
    "plain": "Three times 3 × 3",
    "strides": "Stride 2 everywhere",
    "pooled": "A pooling between two",
    "dilated": "Dilation 1, 2, 4",
}
LAYER = "layer {layer}"

IN_SCRIPT = (
    "row {row}, column {column}",
    "{rows} rows, {columns} columns",
    "rows",
    "columns",
    PICTURE,
    KERNEL,
    PRODUCTS,
    UNDER,
    "output",
    "The window spans {span} cells.",
    "Keras refuses a stride and a dilation together; PyTorch has both.",
    "Move a slider: the whole output follows.",
    "This number of the picture reaches {count} places of the output.",
    "The window is larger than the picture: there is no place for it.",
    "r = {r}, g = {g}",
    "does not fit",
    "Row {row}, column {column} of layer {layer} sees {count} cells of the picture, within {rows} × {columns}. The "
    "stronger the colour, the more ways lead there.",
    LAYER,
)
"""Those that the scripts fill in."""

WINDOW_WORDS: tuple[str, ...] = (
    *IN_SCRIPT,
    *(said for kernel in KERNELS.values() for said in (kernel.word, kernel.sentence)),
    *(said for mode in MODES.values() for said in (mode.word, mode.sentence)),
    OWN_KERNEL,
    OWN_KERNEL_TEXT,
    *CONVOLUTION_EXPLANATIONS.values(),
    *POOLING_EXPLANATIONS.values(),
    *(said for question in (*CONVOLUTION_QUESTIONS, *POOLING_QUESTIONS) for said in question),
    CONVOLUTION_TITLE,
    POOLING_TITLE,
    CONVOLUTION_STILL,
    POOLING_STILL,
    CONVOLUTION_TOLD,
    POOLING_TOLD,
    STATIC,
    PLACE,
    PLACE_BACK,
    PLACE_ON,
    MOVES,
    PADDING,
    OUTPUT_SIZE,
    NUMBERS,
    SIZE,
    STRIDE,
    DILATION,
    *PADDINGS.values(),
    OF_PICTURE,
    OF_KERNEL,
    FIELD_TITLE,
    FIELD_TEXT,
    *STACKS.values(),
    "bias",
)
"""Of both pages."""
