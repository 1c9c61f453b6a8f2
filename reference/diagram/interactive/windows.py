"""The pages of a window that slides over a picture: a convolution, a pooling."""

from __future__ import annotations

import html
from collections.abc import Mapping
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt

from reference.diagram.interactive import window_words as w
from reference.diagram.interactive.page import Page, Stepper, choice, page, read, said, slider
from reference.diagram.window_picture import draw_sheets, short
from reference.diagram.words import Words
from reference.traces import Array

LARGEST = 16
"""Rows and columns of a picture: the page draws every cell."""
SETTINGS = {"size": 4, "stride": 4, "dilation": 3}
"""How far the sliders go."""
PADDINGS = ("valid", "same")
SEVEN = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 4, 4, 4, 4, 4, 0, 0],
        [0, 0, 0, 0, 0, 0, 4, 0, 0],
        [0, 0, 0, 0, 0, 3, 0, 0, 0],
        [0, 0, 0, 0, 3, 0, 0, 0, 0],
        [0, 0, 0, 2, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    dtype=float,
)
"""A seven, (7, 9)."""
SIGNED = np.array(
    [
        [1, 0, -2, 3, 0, 1],
        [4, -1, 0, 0, 2, -3],
        [-3, -5, 2, 1, 0, 0],
        [-2, -4, 1, 7, -1, 2],
        [0, 2, -1, -2, -6, -4],
    ],
    dtype=float,
)
"""What a filter has answered, (5, 6)."""
STACKS = {
    "plain": [{"size": 3, "stride": 1, "dilation": 1}] * 3,
    "strides": [{"size": 3, "stride": 2, "dilation": 1}] * 3,
    "pooled": [{"size": k, "stride": s, "dilation": 1} for k, s in ((3, 1), (2, 2), (3, 1))],
    "dilated": [{"size": 3, "stride": 1, "dilation": d} for d in (1, 2, 4)],
}
FIELD = {"shape": (15, 15), "presets": STACKS}


def convolution_page(
    image: npt.ArrayLike | None,
    kernel: npt.ArrayLike | None,
    bias: float,
    strides: int,
    padding: str,
    dilation_rate: int,
    words: Words,
) -> Page:
    """The page of a convolution with one channel and one filter."""
    picture = _sheet("image", SEVEN if image is None else image, "(height, width)", LARGEST)
    upright = w.KERNELS["upright"].kernel
    weights = _sheet("kernel", upright if kernel is None else kernel, "(kernel_height, kernel_width)", 7)
    _check_size("kernel", weights.shape, picture)
    settings: dict[str, Any] = {
        "stride": _whole("strides", strides, SETTINGS["stride"]),
        "dilation": _whole("dilation_rate", dilation_rate, SETTINGS["dilation"]),
        "padding": _padding(padding),
        "bias": float(bias),
    }
    own = {"own": w.Kernel(w.OWN_KERNEL, w.OWN_KERNEL_TEXT, weights.tolist())} if kernel is not None else {}
    presets = {**own, **w.KERNELS}
    tall, wide = weights.shape
    products = picture[:tall, :wide] * weights
    total = float(products.sum()) + settings["bias"]
    still = draw_sheets(
        [
            (words(w.PICTURE), picture, weights.shape),
            (words(w.KERNEL), weights, None),
            (words(w.PRODUCTS), products, None),
        ],
        words(w.CONVOLUTION_STILL),
        words(w.CONVOLUTION_TOLD, total=short(total)),
        words(w.CONVOLUTION_TOLD, total=short(total)),
    )
    reach = max(5.0, np.ceil(float(np.max(np.abs(weights)))))
    high = max(5.0, np.ceil(float(np.max(np.abs(picture)))))
    return page(
        "window.html",
        ("numbers.js", "windows.js", "convolution.js", "shell.js", "grids.js", "window.js", "field.js"),
        {
            **_data("convolution", picture, settings, presets, w.CONVOLUTION_EXPLANATIONS, words),
            "kernel": weights,
            "field": FIELD,
        },
        still,
        title=w.CONVOLUTION_TITLE,
        static=w.STATIC,
        stepper=Stepper(w.PLACE, w.PLACE_BACK, w.PLACE_ON, 1),
        words=words,
        questions=w.CONVOLUTION_QUESTIONS,
        **_sheets(words, w.KERNEL, w.PRODUCTS),
        **_controls(presets, settings, ("stride", "dilation"), words),
        number_sliders=_number("x", w.OF_PICTURE, high, words)
        + _number("k", w.OF_KERNEL, reach, words)
        + slider("bias", "output", said(words, "bias") + " <i>b</i>", words("bias"), -5, 5, 0.5, words),
        field=_field(words),
    )


def pooling_page(
    image: npt.ArrayLike | None, pool_size: int, strides: int | None, padding: str, mode: str, words: Words
) -> Page:
    """The page of a pooling of one channel."""
    picture = _sheet("image", SIGNED if image is None else image, "(height, width)", LARGEST)
    size = _whole("pool_size", pool_size, SETTINGS["size"])
    if mode not in w.MODES:
        raise ValueError(f"mode is {mode!r}, expected {' or '.join(map(repr, w.MODES))}")
    settings = {
        "size": size,
        "stride": size if strides is None else _whole("strides", strides, SETTINGS["stride"]),
        "padding": _padding(padding),
        "mode": mode,
    }
    _check_size("pool_size", (size, size), picture)
    seen = picture[:size, :size]
    told = words(w.POOLING_TOLD, largest=short(float(seen.max())), mean=short(float(seen.mean())))
    still = draw_sheets(
        [(words(w.PICTURE), picture, (size, size)), (words(w.UNDER), seen, None)], words(w.POOLING_STILL), told, told
    )
    high = max(9.0, np.ceil(float(np.max(np.abs(picture)))))
    return page(
        "window.html",
        ("numbers.js", "windows.js", "pooling.js", "shell.js", "grids.js", "window.js"),
        _data("pooling", picture, settings, w.MODES, w.POOLING_EXPLANATIONS, words),
        still,
        title=w.POOLING_TITLE,
        static=w.STATIC,
        stepper=Stepper(w.PLACE, w.PLACE_BACK, w.PLACE_ON, 1),
        words=words,
        questions=w.POOLING_QUESTIONS,
        **_sheets(words, None, w.UNDER),
        **_controls(w.MODES, settings, ("size", "stride"), words),
        number_sliders=_number("x", w.OF_PICTURE, high, words),
        field="",
    )


def _data(
    operation: str,
    picture: Array,
    settings: Mapping[str, Any],
    presets: Mapping[str, Any],
    explanations: Mapping[str, str],
    words: Words,
) -> dict[str, Any]:
    sentences = (preset.sentence for preset in presets.values())
    return {
        "operation": operation,
        "picture": picture,
        "settings": settings,
        "presets": {name: preset._asdict() for name, preset in presets.items()},
        "explanations": explanations,
        "words": {word: words(word) for word in (*w.IN_SCRIPT, *explanations.values(), *sentences)},
    }


def _sheets(words: Words, kernel: str | None, products: str) -> dict[str, str]:
    """The names of the grids."""
    sheet = (
        '<figure class="sheet" data-grid="kernel">'
        f"<figcaption>{said(words, kernel)} <small></small></figcaption></figure>\n"
        if kernel
        else ""
    )
    return {
        "picture_name": said(words, w.PICTURE),
        "kernel_sheet": sheet,
        "products_name": said(words, products),
        "output_name": said(words, "output"),
    }


def _controls(
    presets: Mapping[str, Any], settings: Mapping[str, Any], moves: tuple[str, ...], words: Words
) -> dict[str, str]:
    names = {"size": w.SIZE, "stride": w.STRIDE, "dilation": w.DILATION}
    paddings = ((name, said(words, w.PADDINGS[name])) for name in PADDINGS)
    return {
        "presets": "".join(
            f'<button type="button" data-preset="{name}" aria-pressed="false">{said(words, preset.word)}</button>'
            for name, preset in presets.items()
        ),
        "moves": said(words, w.MOVES),
        "move_sliders": "".join(
            slider(name, "output", said(words, names[name]), words(names[name]), 1, SETTINGS[name], 1, words)
            for name in moves
        ),
        "padding_name": said(words, w.PADDING),
        "padding": choice("padding", said(words, w.PADDING), paddings, settings["padding"]),
        "size_name": said(words, w.OUTPUT_SIZE),
        "numbers": said(words, w.NUMBERS),
    }


def _number(name: str, word: str, reach: float, words: Words) -> str:
    """A slider for the number that is chosen in a grid."""
    label = f'<i>{name}</i> {said(words, word)} <small data-where="{name}"></small>'
    return slider(name, "bus" if name == "x" else "forget", label, words(word), -reach, reach, 0.5, words)


def _field(words: Words) -> str:
    """The receptive field of three layers."""
    stacks = "".join(
        f'<button type="button" data-stack="{name}" aria-pressed="false">{said(words, word)}</button>'
        for name, word in w.STACKS.items()
    )
    levels = [_level(0, said(words, w.PICTURE), "")]
    for layer in range(3):
        chosen = STACKS["plain"][layer]
        lists = "".join(
            f"<label>{said(words, word)} "
            + choice(
                f"{kind}-{layer}",
                html.escape(f"{words(w.LAYER, layer=layer + 1)}: {words(word)}"),
                ((n, str(n)) for n in range(1, most + 1)),
                chosen[kind],
                f' data-layer="{layer}" data-kind="{kind}"',
            )
            + "</label>"
            for kind, word, most in (("size", w.SIZE, 5), ("stride", w.STRIDE, 3), ("dilation", w.DILATION, 4))
        )
        controls = f'<div class="lists">{lists}</div><p class="soft" id="field-{layer}"></p>'
        levels.append(_level(layer + 1, said(words, w.LAYER, layer=layer + 1), controls))
    return Template(read("field.html")).substitute(
        field_title=said(words, w.FIELD_TITLE),
        field_text=said(words, w.FIELD_TEXT),
        stacks=stacks,
        levels="".join(levels),
    )


def _level(level: int, name: str, controls: str) -> str:
    sheet = f'<figure class="sheet" data-level="{level}"></figure>'
    return f'<div class="level"><p>{name} <small></small></p>{controls}{sheet}</div>'


def _sheet(name: str, value: npt.ArrayLike, axes: str, most: int) -> Array:
    array = np.asarray(value, dtype=float)
    if array.ndim != 2 or not array.size:
        raise ValueError(f"{name} has shape {array.shape}, expected {axes}: one channel")
    if max(array.shape) > most:
        raise ValueError(
            f"{name} has shape {array.shape}, expected at most {most} rows and columns: every cell is drawn"
        )
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} holds a number that is not finite")
    return array


def _whole(name: str, value: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= most:
        raise ValueError(f"{name} is {value!r}, expected an integer from 1 to {most}, the same down and across")
    return int(value)


def _padding(padding: str) -> str:
    if padding not in PADDINGS:
        raise ValueError(f"padding is {padding!r}, expected {' or '.join(map(repr, PADDINGS))}")
    return padding


def _check_size(name: str, size: tuple[int, ...], picture: Array) -> None:
    if any(window > cells for window, cells in zip(size, picture.shape, strict=True)):
        raise ValueError(f"{name} is {size[0]} × {size[1]}, expected no larger than the image, {picture.shape}")
