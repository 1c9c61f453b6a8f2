"""Make `reference/data/files/digits.npz` from the digits that scikit-learn brings along.

python packaging/data/digits.py
"""

from __future__ import annotations

import gzip
import io

import numpy as np
from arrays import from_wheel, write_arrays

PACKAGE = ("scikit-learn", "1.7.2")
MEMBER = "sklearn/datasets/data/digits.csv.gz"


def main() -> None:
    """Each line of the table has 64 numbers from 0 to 16, and the digit."""
    (content,) = from_wheel(*PACKAGE, MEMBER)
    table = np.loadtxt(io.BytesIO(gzip.decompress(content)), delimiter=",").astype(np.uint8)
    write_arrays("digits.npz", images=table[:, :-1].reshape(-1, 8, 8), labels=table[:, -1])


if __name__ == "__main__":
    main()
