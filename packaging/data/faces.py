"""Make `reference/data/files/faces.npz` from the faces that scikit-image brings along.

python packaging/data/faces.py
"""

from __future__ import annotations

import io

import numpy as np
from arrays import from_wheel, write_arrays

PACKAGE = ("scikit-image", "0.26.0")
MEMBER = "skimage/data/lfw_subset.npy"


def main() -> None:
    """Numbers from 0 to 1 become grey levels from 0 to 255, which is what the photographs had."""
    (content,) = from_wheel(*PACKAGE, MEMBER)
    images = np.load(io.BytesIO(content), allow_pickle=False)
    write_arrays("faces.npz", images=np.round(255 * images).astype(np.uint8))


if __name__ == "__main__":
    main()
