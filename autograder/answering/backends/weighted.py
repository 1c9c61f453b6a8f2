"""What is differentiated: outputs of any structure as one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def weighted_sum(result: Any, cotangents: Sequence[Any]) -> Any:
    """`sum(output * cotangent)`, or None where the outputs do not fit the cotangents (the host will say how)."""
    from keras import backend, ops

    parts = list(_tensors_in(result))
    if len(parts) < len(cotangents):
        return None
    terms = []
    for part, cotangent in zip(parts, cotangents, strict=False):
        if not ops.is_tensor(part) or not backend.is_float_dtype(backend.standardize_dtype(part.dtype)):
            return None
        if not _fits(part.shape, cotangent.shape):
            return None
        terms.append(ops.sum(part * ops.cast(cotangent, backend.standardize_dtype(part.dtype))))
    first = backend.standardize_dtype(terms[0].dtype)
    return sum((ops.cast(term, first) for term in terms[1:]), terms[0])


def _fits(shape: Any, wanted: Any) -> bool:
    """Whether the shapes are the same, or may be where sizes are open."""
    try:
        sizes = tuple(shape)
    except ValueError:
        return True  # not even the number of axes is known
    return len(sizes) == len(wanted) and all(
        one is None or one == other for one, other in zip(sizes, wanted, strict=True)
    )


def _tensors_in(result: Any) -> Iterator[Any]:
    if isinstance(result, (list, tuple)):
        for item in result:
            yield from _tensors_in(item)
    else:
        yield result
