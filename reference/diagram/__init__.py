"""Pictures of recurrent networks, drawn from live traces, with the real numbers on every wire.

`lstm` draws one step of an LSTM (Hochreiter and Schmidhuber, *Long short-term memory*, 1997; the forget gate
after Gers, Schmidhuber and Cummins, *Learning to forget*, 2000; the layout follows Olah, *Understanding LSTM
networks*, 2015), `lstm_steps` explains it in five, `lstm_schematic` has symbols in place of numbers, and `rnn`
draws the unrolled simple network (Elman, *Finding structure in time*, 1990). `explore` is an LSTM, a GRU or a simple
network to play with. Traces come from ``reference.equations``, or from numbers of your own through `lstm_trace`,
`gru_trace` and `rnn_trace`.

As the last expression of a notebook cell a picture shows itself; ``save`` writes it to a file. Pictures are SVG
with inline CSS and need nothing but NumPy. They follow the light or dark theme of what they stand in. The same
trace gives the same bytes. Arguments count from 0, as NumPy does; what is drawn counts steps from 1, as the
equations do, so that h_0 is the initial state.

A multiplication by a gate is drawn as a valve: a plate leaves as much of the passage free as the gate is open.

>>> import numpy as np
>>> from reference import diagram
>>> from reference.equations import lstm
>>> half = np.full((1, 4), 0.5)
>>> x, h0, c0 = np.ones((1, 1, 1)), np.array([[0.5]]), np.array([[2.0]])
>>> trace = lstm(x, half, half, bias=np.array([0.0, 1.0, 0.0, 0.0]), h0=h0, c0=c0)
>>> picture = diagram.lstm(trace, timestep=0)
>>> ">2.14<" in picture.svg                             # c_1 = 0.8520 * 2 + 0.6792 * 0.6351
True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import overload

import numpy.typing as npt

from reference.diagram.canvas import Picture, number
from reference.diagram.chain import draw_chain, units_of
from reference.diagram.interactive import EXPLORE_WORDS, sequence, windows
from reference.diagram.interactive.page import Page
from reference.diagram.pages import Pages, film, five
from reference.diagram.plots import follow_theme
from reference.diagram.step import check_highlight, draw_schematic, draw_step, index_in, step_of
from reference.diagram.words import GATES, SCHEMATIC_WORDS, WORDS, Words, explain
from reference.traces import GRUTrace, LSTMTrace, RNNTrace, gru_trace, lstm_trace, rnn_trace

__all__ = [
    "EXPLORE_WORDS",
    "GATES",
    "SCHEMATIC_WORDS",
    "WORDS",
    "Page",
    "Pages",
    "Picture",
    "explore",
    "explore_convolution",
    "explore_pooling",
    "follow_theme",
    "gru_trace",
    "lstm",
    "lstm_schematic",
    "lstm_steps",
    "lstm_trace",
    "number",
    "rnn",
    "rnn_trace",
    "schematic_template",
    "write_schematic_template",
]


def rnn(
    trace: RNNTrace,
    *,
    batch_item: int = 0,
    unit: int = 0,
    units: Sequence[int] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Picture:
    """The unrolled network: inputs from below, outputs to the top, the state from step to step.

    Args:
        trace: what `rnn_trace` or `reference.equations.simple_rnn` gives.
        batch_item: which sequence of the batch, from 0.
        unit: which unit, from 0.
        units: several units, drawn above each other, in place of ``unit``.
        labels: other words for those of `WORDS`.

    Returns:
        the `Picture`. A masked step has no cell: the state passes by, and the output is what the trace holds.

    Raises:
        IndexError: for a batch item or a unit that the trace does not have.
        ValueError: for no units, an unknown label, or another kind of trace.

    >>> import numpy as np
    >>> from reference.equations import simple_rnn
    >>> x = np.array([1.0, 0.0, 0.0, -1.0]).reshape(1, 4, 1)
    >>> half = np.array([[0.5]])
    >>> picture = rnn(simple_rnn(x, half, half))        # h ← tanh(0.5 x + 0.5 h)
    >>> all(f">{h}<" in picture.svg for h in ("0.46", "0.23", "0.11", "−0.42"))
    True
    """
    if not isinstance(trace, RNNTrace):
        given = type(trace).__name__
        raise ValueError(f"trace is a {given}, expected an RNNTrace, what diagram.rnn_trace gives")
    item = index_in("batch_item", batch_item, trace.hidden.shape[0])
    return draw_chain(trace, item, units_of(trace, unit, units), Words(labels))


@overload
def lstm(
    trace: LSTMTrace,
    *,
    batch_item: int = 0,
    unit: int = 0,
    timestep: int,
    highlight: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Picture: ...
@overload
def lstm(
    trace: LSTMTrace,
    *,
    batch_item: int = 0,
    unit: int = 0,
    timestep: None = None,
    highlight: str | None = None,
    marks: Sequence[int] = (),
    labels: Mapping[str, str] | None = None,
) -> Pages: ...
def lstm(
    trace: LSTMTrace,
    *,
    batch_item: int = 0,
    unit: int = 0,
    timestep: int | None = None,
    highlight: str | None = None,
    marks: Sequence[int] = (),
    labels: Mapping[str, str] | None = None,
) -> Picture | Pages:
    """One step of an LSTM, or all steps to choose from.

    Args:
        trace: what `lstm_trace` or `reference.equations.lstm` gives.
        batch_item: which sequence of the batch, from 0.
        unit: which unit, from 0. Every unit has gates of its own.
        timestep: which step, from 0 in the order of reading; None for all of them.
        highlight: one of `GATES` to stress, the others step back.
        marks: steps, from 0, that get a ▼ in the table of all steps.
        labels: other words for those of `WORDS`.

    Returns:
        for a ``timestep`` the `Picture`; otherwise `Pages` with a table of all numbers over time, in whose head a
        step is chosen with the mouse or the arrow keys.

    Raises:
        IndexError: for a batch item, a unit or a step that the trace does not have.
        ValueError: for an unknown highlight or label, or another kind of trace.

    >>> import numpy as np
    >>> from reference.equations import lstm as run
    >>> trace = run(np.ones((2, 5, 3)), np.zeros((3, 16)), np.zeros((4, 16)))
    >>> len(lstm(trace).pictures)
    5
    >>> lstm(trace, timestep=5)
    Traceback (most recent call last):
    ...
    IndexError: timestep is 5, expected -5 to 4: the trace has 5
    """
    check_highlight(highlight)
    words = Words(labels)
    if timestep is not None:
        return draw_step(step_of(trace, batch_item, unit, timestep), highlight, words)
    first = step_of(trace, batch_item, unit, 0)
    steps = (first, *(step_of(trace, batch_item, unit, t) for t in range(1, first.steps)))
    marked = frozenset(index_in("marks", mark, first.steps) for mark in marks)
    return film(tuple(draw_step(step, highlight, words) for step in steps), steps, words, marked)


def lstm_steps(
    trace: LSTMTrace,
    *,
    batch_item: int = 0,
    unit: int = 0,
    timestep: int = 0,
    labels: Mapping[str, str] | None = None,
) -> Pages:
    """An LSTM in five steps: forget, input, candidate, cell, output.

    Args:
        trace: what `lstm_trace` or `reference.equations.lstm` gives.
        batch_item: which sequence of the batch, from 0.
        unit: which unit, from 0.
        timestep: which step, from 0 in the order of reading.
        labels: other words for those of `WORDS`.

    Returns:
        `Pages`: the same picture five times, each with its part stressed, its equation with the numbers filled
        in, and a sentence. Where the trace holds another number than the equation gives (it may come from a
        step of the caller's own), the equation says ≠.

    Raises:
        IndexError: for a batch item, a unit or a step that the trace does not have.
        ValueError: for an unknown label or another kind of trace.

    >>> import numpy as np
    >>> from reference.equations import lstm as run
    >>> trace = run(np.ones((2, 5, 3)), np.zeros((3, 16)), np.zeros((4, 16)), c0=np.ones((2, 4)))
    >>> "0.50 · 1.00 + 0.50 · 0 = 0.50" in lstm_steps(trace).html
    True
    """
    step, words = step_of(trace, batch_item, unit, timestep), Words(labels)
    return five(tuple(draw_step(step, name, words) for name in GATES), step, words)


def explore(
    trace: LSTMTrace | RNNTrace | GRUTrace | str = "lstm",
    kernel: npt.ArrayLike | None = None,
    recurrent_kernel: npt.ArrayLike | None = None,
    bias: npt.ArrayLike | None = None,
    *,
    batch_item: int = 0,
    unit: int = 0,
    yours: LSTMTrace | RNNTrace | GRUTrace | None = None,
    inputs: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Page:
    """A recurrent network to play with: sliders for what a step reads and for the biases, all later steps follow.

    The page computes every unit again from the weights: an LSTM (Hochreiter and Schmidhuber, *Long short-term memory*,
    1997; the forget gate after Gers, Schmidhuber and Cummins, *Learning to forget*, 2000), a simple network (Elman,
    *Finding structure in time*, 1990) or a GRU (Cho et al., *Learning phrase representations*, 2014, the reset gate
    after the product, as in Keras). Where ``trace`` or ``yours`` holds other numbers than the weights give, both are
    shown, with a sign ≠, and a sentence says where they part first. An example as a file::

        python -c "from reference import diagram; diagram.explore('gru').save('gru.html')"

    Args:
        trace: what `lstm_trace`, `rnn_trace`, `gru_trace` or the functions of `reference.equations` give; or
            ``"lstm"``, ``"rnn"``, ``"gru"`` for a small trained one.
        kernel: W of all gates side by side, in Keras's order, (features, gates * units); None for the trace's, as for
            the next two.
        recurrent_kernel: U of all gates side by side, (units, gates * units).
        bias: b of all gates side by side, (gates * units,); of a GRU (2, 3 * units).
        batch_item: which sequence of the batch, from 0.
        unit: which unit is shown first, from 0.
        yours: what somebody else's code computed from the same inputs, of the same shapes.
        inputs: what the features of x are called; None for numbers.
        labels: other words for those of `WORDS` and `EXPLORE_WORDS`.

    Returns:
        the `Page`: one file with its scripts and styles in it, which loads nothing. Without JavaScript it shows the
        first step.

    Raises:
        IndexError: for a batch item or a unit that the trace does not have.
        ValueError: for a wrong shape, other inputs in ``yours``, an unknown name or label, or another kind of trace.

    >>> page = explore()
    >>> page
    An LSTM to play with. One step of an LSTM: step 1 of 26. The forget gate is 0.99: of the cell state 0, 0 stays. ...
    >>> trace = lstm_trace([[1]], [[0.5] * 4], [[0.5] * 4], **dict.fromkeys(("input", "forget", "output"), [[0.62]]),
    ...                    candidate=[[0.46]], cell=[[0.29]], hidden=[[0.18]])
    >>> page = explore(trace, inputs=["light"])         # page.save("lstm.html") writes it
    >>> explore(trace, bias=[0.0, 1.0])
    Traceback (most recent call last):
    ...
    ValueError: bias has shape (2,), expected (4,): (4 * units,)
    """
    words, example = Words(labels, EXPLORE_WORDS), isinstance(trace, str)
    if isinstance(trace, str):
        if trace not in sequence.NETWORKS:
            raise ValueError(f"trace is {trace!r}, expected a trace or {sequence.names()}")
        if any(given is not None for given in (kernel, recurrent_kernel, bias, yours)):
            raise ValueError(f"trace is {trace!r}, the example, expected a trace beside weights or yours")
        network = sequence.NETWORKS[trace]
        trace, inputs = network.example(), [words(name) for name in network.inputs] if inputs is None else inputs
    network = sequence.network_of(trace)
    weights = sequence.check_weights(network, trace, kernel, recurrent_kernel, bias)
    sequence.check_yours(network, trace, yours)
    return sequence.make_page(
        network,
        trace,
        *weights,
        batch_item=batch_item,
        unit=unit,
        yours=yours,
        inputs=inputs,
        example=example,
        words=words,
    )


def explore_convolution(
    image: npt.ArrayLike | None = None,
    kernel: npt.ArrayLike | None = None,
    bias: float = 0.0,
    *,
    strides: int = 1,
    padding: str = "valid",
    dilation_rate: int = 1,
    labels: Mapping[str, str] | None = None,
) -> Page:
    """A convolution to play with: a kernel slides over a small picture, and what three layers of them see.

    Below the picture every number under the kernel, times its weight, is added up; sliders change stride, dilation and
    any number of the picture or the kernel, and the whole output follows (Dumoulin and Visin, *A guide to convolution
    arithmetic for deep learning*, 2016). One channel, one filter; the names of the arguments are Keras's.

    Args:
        image: a picture, (height, width), at most 16 each; None for a small seven.
        kernel: the weights, (kernel_height, kernel_width); None for one that finds upright edges.
        bias: added to every output.
        strides: cells from one place to the next, down and across, from 1 to 4.
        padding: ``"valid"`` or ``"same"``.
        dilation_rate: cells from one cell of the kernel to the next, from 1 to 3.
        labels: other words for those of `WORDS` and `EXPLORE_WORDS`.

    Returns:
        the `Page`: one file that loads nothing. Without JavaScript it shows the first place of the kernel.

    Raises:
        ValueError: for another shape, a number out of range, or an unknown label.

    >>> explore_convolution([[1, 2, 0], [0, 1, 3], [2, 0, 1]], [[1, 2], [0, -1]])
    A convolution to play with. A kernel on a picture. The framed numbers times the kernel, added up, and the bias: 4.
    """
    words = Words(labels, EXPLORE_WORDS)
    return windows.convolution_page(image, kernel, bias, strides, padding, dilation_rate, words)


def explore_pooling(
    image: npt.ArrayLike | None = None,
    pool_size: int = 2,
    strides: int | None = None,
    padding: str = "valid",
    *,
    mode: str = "max",
    labels: Mapping[str, str] | None = None,
) -> Page:
    """A pooling to play with: what is kept of the numbers under a window, the largest or the mean.

    Args:
        image: a picture, (height, width), at most 16 each; None for a small one.
        pool_size: rows and columns of the window, from 1 to 4.
        strides: cells from one place to the next, from 1 to 4; None for ``pool_size``.
        padding: ``"valid"`` or ``"same"``; the border does not count.
        mode: ``"max"`` or ``"average"``.
        labels: other words for those of `WORDS` and `EXPLORE_WORDS`.

    Returns:
        the `Page`: one file that loads nothing. Without JavaScript it shows the first place of the window.

    Raises:
        ValueError: for another shape, a number out of range, another mode, or an unknown label.

    >>> explore_pooling([[1, 0], [4, -1]])
    A pooling to play with. A window on a picture. Of the framed cells the largest is 4, the mean 1.
    """
    return windows.pooling_page(image, pool_size, strides, padding, mode, Words(labels, EXPLORE_WORDS))


def lstm_schematic(highlight: str | None = None, labels: Mapping[str, str] | None = None) -> Picture:
    """One step of an LSTM with symbols in place of numbers.

    Args:
        highlight: one of `GATES` to stress. A class ``hl-forget`` and so on does the same, on the svg or on
            anything around it.
        labels: other words for those of `SCHEMATIC_WORDS`.

    Returns:
        the `Picture`. Its groups have the classes ``gate-forget``, ``gate-input``, ``gate-candidate``,
        ``gate-cell`` and ``gate-output``.

    Raises:
        ValueError: for an unknown highlight or label.

    >>> "遗忘门" in lstm_schematic(labels={"forget gate": "遗忘门"}).svg
    True
    """
    check_highlight(highlight)
    return draw_schematic(highlight, Words(labels))


def schematic_template() -> str:
    """`lstm_schematic` as a jinja2 template: every word is an expression such as ``{{ _("forget gate") }}``.

    >>> '{{ _("forget gate") }}' in schematic_template()
    True
    """
    return lstm_schematic(labels={word: f'{{{{ _("{word}") }}}}' for word in SCHEMATIC_WORDS}).svg + "\n"


def write_schematic_template(path: str | Path) -> None:
    """Write `schematic_template` to a file. The reports draw from such a file, since they import nothing of this::

    python -c "from reference import diagram; diagram.write_schematic_template('autograder/cards/templates/lstm.svg')"
    """
    Path(path).write_text(schematic_template(), encoding="utf-8")


explain(*(globals()[name] for name in __all__ if callable(globals()[name])))
