"""Make `reference/data/files/silhouettes.npz` from the pictures of animal_mnist.

python packaging/data/silhouettes.py

The wheel has its pictures as a pickle, and a pickle can run anything. So they are read once, here, by a reader that
knows three names of NumPy and refuses all others; what is kept are plain arrays.
"""

from __future__ import annotations

import gzip
import io
import pickle
from typing import Any

import numpy as np
from arrays import from_wheel, write_arrays

PACKAGE = ("animal_mnist", "0.4")
FOLDER = "animal_mnist/data/Animal_MNIST"
EACH = 600
"""Pictures of each animal. More would not fit into half a megabyte."""
LEVELS = 4
"""Grey levels that are kept; the animals are white, their edges and the stripes of the zebras are not."""


class ArraysOnly(pickle.Unpickler):
    """Reads a pickle that holds a NumPy array, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype")}:
            return getattr(np, name)
        if (module, name) == ("numpy.core.multiarray", "_reconstruct"):
            return self.reconstruct
        raise pickle.UnpicklingError(f"{module}.{name} is no part of an array")

    @staticmethod
    def reconstruct(_kind: type, shape: tuple[int, ...], _dtype: bytes) -> np.ndarray:
        """An empty array, which the pickle fills. NumPy's own has another address in version 2."""
        return np.ndarray(shape, np.uint8)


def read(content: bytes) -> np.ndarray:
    """The array in a compressed pickle."""
    array = ArraysOnly(io.BytesIO(gzip.decompress(content))).load()
    if type(array) is not np.ndarray or array.dtype.hasobject:
        raise ValueError("not an array of numbers")
    return array


def main() -> None:
    """The first pictures of each animal that differ from all before, the animals in turn, two bits a pixel."""
    images, labels = map(
        read, from_wheel(*PACKAGE, f"{FOLDER}/animal_data_version_3.gz", f"{FOLDER}/animal_label_version_3.gz")
    )
    levels = np.round(images / 255 * (LEVELS - 1)).astype(np.uint8)
    _, first = np.unique(levels.reshape(len(levels), -1), axis=0, return_index=True)
    print(f"{len(levels) - len(first)} pictures that are there twice left out")
    different = np.sort(first)
    chosen = np.stack([different[labels[different] == animal][:EACH] for animal in range(10)], axis=1).ravel()
    bits = np.unpackbits(levels[chosen].reshape(-1, 1), axis=1)[:, -2:]
    write_arrays("silhouettes.npz", packed=np.packbits(bits.ravel()), labels=labels[chosen].astype(np.uint8))


if __name__ == "__main__":
    main()
