"""Named axes of arrays: `"batch time 4*units"`, where `4*units` is an axis of four blocks of `units` each.

A number stands for an axis of that fixed size, which has no name in other arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np


def parse(axes: str) -> tuple[tuple[int, str], ...]:
    """Split into (blocks, name) for each axis.

    >>> parse("features 4*units")
    ((1, 'features'), (4, 'units'))
    """
    parsed = []
    for token in axes.split():
        blocks, star, name = token.partition("*")
        parsed.append((int(blocks), name) if star else (1, token))
    return tuple(parsed)


def sizes(arrays: Iterable[tuple[str, np.ndarray]]) -> dict[str, int]:
    """The size of each named axis.

    Raises:
        ValueError: an array's shape contradicts its axes, or another array's size of the same axis.

    >>> sizes([("batch features", np.zeros((2, 3))), ("features 4*units", np.zeros((3, 20)))])
    {'batch': 2, 'features': 3, 'units': 5}
    """
    found: dict[str, int] = {}
    for axes, array in arrays:
        parsed = parse(axes)
        if len(parsed) != np.ndim(array):
            raise ValueError(f"axes {axes!r} name {len(parsed)} axes; the array has shape {np.shape(array)}")
        for (blocks, name), length in zip(parsed, np.shape(array), strict=True):
            size, rest = divmod(length, blocks)
            if rest or (name.isdigit() and int(name) != length) or found.setdefault(name, size) != size:
                raise ValueError(f"axis {name!r} of {axes!r}: size {length} does not fit {found}")
    return {name: size for name, size in found.items() if not name.isdigit()}


def permute(array: np.ndarray, axes: str, orders: Mapping[str, np.ndarray], *, back: bool = False) -> np.ndarray:
    """Reorder the array along every axis that `orders` names (each block alike); `back` undoes it.

    >>> permute(np.array([1, 2, 3, 4]), "2*units", {"units": np.array([1, 0])})
    array([2, 1, 4, 3])
    """
    for position, (blocks, name) in enumerate(parse(axes)):
        if name in orders:
            order = np.argsort(orders[name]) if back else orders[name]
            whole = np.concatenate([order + block * len(order) for block in range(blocks)])
            array = np.take(array, whole, axis=position)
    return array
