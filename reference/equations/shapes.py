"""Shapes written beside the equations, and checked.

``@shapes(x_t="batch features", kernel="features 4*units")`` above a function says what it expects, and turns
a wrong array into one sentence: which function, which argument, which shape, and what was expected.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

P = ParamSpec("P")
R = TypeVar("R")


def shapes(**expected: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Check the shapes and the dtype of a function's arrays before it runs.

    Args:
        expected: for each array argument its axes, separated by blanks. An axis is a name (``units``), a
            number, or a number times a name (``4*units``). A name means the same size everywhere in one
            call; ``_`` is any size. An argument that is None is not checked.

    Returns:
        a decorator. The function then receives NumPy arrays. All of them must share one floating dtype,
        which is therefore the dtype of everything computed from them; ``mask`` and ``step`` arguments are
        left alone.

    Raises:
        ValueError: (from the decorated function) for a wrong shape.
        TypeError: (from the decorated function) for arrays that are not floating, or not of one dtype.

    >>> @shapes(x="batch features", kernel="features units")
    ... def dense(x, kernel):
    ...     return x @ kernel
    >>> dense(np.ones((2, 3)), np.ones((4, 5)))
    Traceback (most recent call last):
    ...
    ValueError: dense: kernel has shape (4, 5), expected (features, units) with features = 3
    """
    axes = {name: spec.split() for name, spec in expected.items()}

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        where = function.__name__
        signature = inspect.signature(function)
        places = {name: list(signature.parameters).index(name) for name in axes}

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            arguments = list(args)
            sizes: dict[str, int] = {}
            dtypes: dict[str, np.dtype[Any]] = {}
            for name, spec in axes.items():
                place = places[name]
                given = arguments[place] if place < len(arguments) else kwargs.get(name)
                if given is None:
                    continue
                array = np.asarray(given)
                check_shape(where, name, array, spec, sizes)
                dtypes[name] = array.dtype
                if place < len(arguments):
                    arguments[place] = array
                else:
                    kwargs[name] = array
            check_dtypes(where, dtypes)
            return function(*arguments, **kwargs)  # type: ignore[arg-type]

        return checked

    return decorate


def check_shape(where: str, name: str, array: Array, axes: list[str], sizes: dict[str, int]) -> None:
    """Hold an array's shape against named axes, and remember the sizes of names met for the first time.

    Raises:
        ValueError: saying where, which argument, its shape, and the shape expected.
    """
    fits = array.ndim == len(axes)
    met: dict[str, int] = {}
    for size, axis in zip(array.shape, axes, strict=False):
        factor, _, letters = axis.rpartition("*")
        if axis == "_":
            continue
        if axis.isdigit():
            fits &= size == int(axis)
            continue
        times = int(factor or 1)
        if letters in sizes:
            fits &= size == times * sizes[letters]
        else:
            fits &= size % times == 0
            met[letters] = size // times
    if not fits:
        known = sorted({axis.rpartition("*")[2] for axis in axes} & set(sizes))
        with_sizes = " with " + ", ".join(f"{letters} = {sizes[letters]}" for letters in known) if known else ""
        shape = "(" + ", ".join(axis.replace("*", " * ") for axis in axes) + ("," if len(axes) == 1 else "") + ")"
        raise ValueError(f"{where}: {name} has shape {array.shape}, expected {shape}{with_sizes}")
    sizes.update(met)


def check_dtypes(where: str, dtypes: dict[str, np.dtype[Any]]) -> None:
    """Refuse arrays that are not floating or not all of one dtype, since NumPy would promote them silently.

    Raises:
        TypeError: saying where, and the dtype of each argument.
    """
    for name, dtype in dtypes.items():
        if not np.issubdtype(dtype, np.floating):
            raise TypeError(f"{where}: {name} has dtype {dtype}, expected a floating dtype such as float64")
    if len(set(dtypes.values())) > 1:
        listed = ", ".join(f"{name} {dtype}" for name, dtype in dtypes.items())
        raise TypeError(f"{where}: all arrays must have one dtype, got {listed}")


def check_mask(where: str, mask: Array | None, batch: int, time: int) -> Array:
    """The mask as booleans, all True where there is none.

    Args:
        where: name of the function that asks.
        mask: ``(batch, time)``, True for a step that counts; or None.
        batch: number of items.
        time: number of steps.

    Returns:
        ``(batch, time)`` of bool.

    Raises:
        ValueError: for a wrong shape, or for no step at all.
    """
    if time == 0:
        raise ValueError(f"{where}: x has no time step, expected at least one")
    if mask is None:
        return np.ones((batch, time), dtype=bool)
    mask = np.asarray(mask)
    check_shape(where, "mask", mask, ["batch", "time"], {"batch": batch, "time": time})
    return mask.astype(bool)


def given_or_zeros(where: str, name: str, gradient: Array | None, like: Array) -> Array:
    """A gradient that was handed in, or zeros where none was.

    Args:
        where: name of the function that asks.
        name: name of its argument.
        gradient: of the shape and dtype of ``like``, or None.
        like: the array whose gradient it is.

    Raises:
        ValueError: for another shape.
        TypeError: for another dtype.
    """
    if gradient is None:
        return np.zeros_like(like)
    gradient = np.asarray(gradient)
    if gradient.shape != like.shape:
        raise ValueError(f"{where}: {name} has shape {gradient.shape}, expected {like.shape}")
    check_dtypes(where, {name: gradient.dtype, "the trace": like.dtype})
    return gradient
