"""Make `reference/data/files/retina.npz` from two photographs that scikit-image brings along.

python packaging/data/retina.py              needs Pillow, which comes with matplotlib
"""

from __future__ import annotations

import io

import numpy as np
from arrays import from_wheel, write_arrays
from PIL import Image

PACKAGE = ("scikit-image", "0.26.0")
FOLDER = "skimage/data"
GREEN = 1
"""The channel in which blood is darkest; the photograph of the lesions is this channel already."""
TOP, LEFT, SIDE = 275, 325, 860
"""The square of the retina that is kept: inside the round picture, and right of the bright optic disc."""
LESIONS = ((23, 16), (71, 48))
"""The middles of the two lesions, row and column."""
RADIUS = 5


def darkness(photograph: np.ndarray, row: int, column: int) -> np.ndarray:
    """How much darker than around it a lesion is, from 0 to 255 at its darkest; 0 outside of a disc."""
    window = photograph[row - RADIUS : row + RADIUS + 1, column - RADIUS : column + RADIUS + 1].astype(float)
    rows, columns = np.mgrid[-RADIUS : RADIUS + 1, -RADIUS : RADIUS + 1]
    distance = np.hypot(rows, columns)
    around = np.median(window[(distance > RADIUS - 1) & (distance <= RADIUS)])
    # Fades out over the last pixels, so that no edge of the disc is seen.
    below = np.clip(around - window, 0, None) * np.clip(RADIUS - distance, 0, 2) / 2
    return np.round(255 * below / below.max()).astype(np.uint8)


def main() -> None:
    """Of the retina, what each pixel adds to its neighbours is kept: it packs into two thirds of the room."""
    retina, lesions = (
        np.asarray(Image.open(io.BytesIO(content)))
        for content in from_wheel(*PACKAGE, f"{FOLDER}/retina.jpg", f"{FOLDER}/microaneurysms.png")
    )
    square = retina[TOP : TOP + SIDE, LEFT : LEFT + SIDE, GREEN]
    down = np.diff(square, axis=0, prepend=np.uint8(0))
    changes = np.diff(down, axis=1, prepend=np.uint8(0))
    write_arrays("retina.npz", changes=changes, lesions=np.stack([darkness(lesions, *place) for place in LESIONS]))


if __name__ == "__main__":
    main()
