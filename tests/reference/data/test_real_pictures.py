"""Digits, faces, silhouettes and a retina: what is kept is what was kept, and what is made of it is as it says."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from reference.data import digits, faces, retina, silhouettes, vendored

SCRIPTS = Path(__file__).parents[3] / "packaging" / "data"


def content(*arrays: np.ndarray) -> str:
    """The hash of what is in arrays."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


def drawn(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("module", "shape", "classes", "levels", "sha256"),
    [
        (digits, (1797, 8, 8, 1), 10, 16, "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"),
        (faces, (200, 25, 25, 1), 2, 255, "5b640ba47e1dc8565e1cd6d105e01174212d26b214a18531a471913fea09c52f"),
        (silhouettes, (6000, 28, 28, 1), 10, 3, "02004a56556f2b7fb78b7839459365fff698bf768507460a2b7e407d3e2f345f"),
    ],
)
def test_what_is_loaded(module, shape, classes, levels, sha256) -> None:
    images, labels = module.load()
    assert images.shape == shape
    assert images.dtype == np.float32
    assert labels.shape == shape[:1]
    assert labels.dtype == np.int64
    assert (images.min(), images.max()) == (0, 1)
    grey = images * levels
    assert np.abs(grey - np.round(grey)).max() < 1e-4
    assert np.unique(labels).tolist() == list(range(classes))
    assert content(np.round(grey).astype(np.uint8), labels.astype(np.uint8)) == sha256


def test_what_is_loaded_of_the_retina() -> None:
    photograph, lesions = retina.load()
    assert (photograph.shape, photograph.dtype) == ((860, 860), np.uint8)
    assert (lesions.shape, lesions.dtype) == ((2, 11, 11), np.float32)
    assert (lesions.min(), lesions.max()) == (0, 1)
    assert content(photograph, lesions) == "5171b605a17a88f78e87af8c88be9e3bb3f46709faa3add8592b747344434f31"


@pytest.mark.parametrize("name", ["digits", "faces", "retina", "silhouettes"])
def test_files_are_small_and_hold_plain_numbers(name: str) -> None:
    assert (vendored.FILES / f"{name}.npz").stat().st_size <= 500_000
    assert {array.dtype.kind for array in vendored.arrays(f"{name}.npz").values()} == {"u"}


@pytest.mark.parametrize("module", [digits, faces, silhouettes, retina])
def test_what_is_loaded_may_be_changed(module) -> None:
    before = module.load()[0]
    module.load()[0][:] = 1
    assert np.array_equal(module.load()[0], before)


# --- digits


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    images, labels = digits.load()
    theirs = load_digits()
    assert np.array_equal(16 * images[..., 0], theirs.images)
    assert np.array_equal(labels, theirs.target)


def test_videos() -> None:
    videos, directions = digits.moving(drawn(1), 300)
    assert (videos.shape, videos.dtype) == ((300, 6, 12, 12, 1), np.float32)
    assert (directions.shape, directions.dtype) == ((300,), np.int64)
    assert (videos.min(), videos.max()) == (0, 1)
    assert digits.moving(drawn(1), 3, frames=4, size=9)[0].shape == (3, 4, 9, 9, 1)
    assert digits.moving(drawn(1), 0)[0].shape == (0, 6, 12, 12, 1)
    with pytest.raises(ValueError, match="too small"):
        digits.moving(drawn(1), 3, size=7)


def test_the_same_seed_gives_the_same_videos() -> None:
    assert content(*digits.moving(drawn(5), 20)) == content(*digits.moving(drawn(5), 20))
    assert content(*digits.moving(drawn(5), 20)) != content(*digits.moving(drawn(6), 20))


def test_each_frame_is_the_one_before_moved_by_a_pixel() -> None:
    videos, directions = digits.moving(drawn(2), 200)
    for video, direction in zip(videos, directions, strict=True):
        for before, after in itertools.pairwise(video):
            assert np.array_equal(after, np.roll(before, digits.STEPS[direction], axis=(0, 1)))


def test_a_frame_holds_a_whole_digit() -> None:
    images = {image.tobytes() for image in digits.load()[0]}
    for video in digits.moving(drawn(3), 50)[0]:
        unrolled = (np.roll(video[-1], (-row, -column), axis=(0, 1)) for row in range(12) for column in range(12))
        assert any(field[:8, :8].tobytes() in images and not field[8:].any() for field in unrolled)


def test_backwards_is_the_opposite_direction() -> None:
    """Which is why frames without their order cannot tell more than the axis."""
    assert np.array_equal(np.roll(digits.STEPS, 2, axis=0), -digits.STEPS)
    assert len(digits.DIRECTIONS) == len(np.unique(digits.STEPS, axis=0)) == 4


def test_directions_are_equally_likely() -> None:
    counts = np.bincount(digits.moving(drawn(4), 8000, frames=1)[1], minlength=4)
    assert np.abs(counts - 2000).max() < 4 * np.sqrt(8000 * 0.25 * 0.75)


@pytest.mark.parametrize("seen", ["first", "last", "mean"])
def test_no_place_tells_the_direction(seen: str) -> None:
    """A digit starts anywhere, so whichever way it goes, on average all places are equally bright."""
    videos, directions = digits.moving(drawn(7), 8000)
    frame = {"first": videos[:, 0], "last": videos[:, -1], "mean": videos.mean(axis=1)}[seen]
    for direction in range(4):
        some = frame[directions == direction]
        error = some.std(axis=0) / np.sqrt(len(some))
        assert (np.abs(some.mean(axis=0) - frame.mean()) < 5 * error).all()


# --- retina


def test_patches() -> None:
    images, labels, places = retina.patches(drawn(1), 500)
    assert (images.shape, images.dtype) == ((500, 20, 20, 1), np.float32)
    assert (labels.shape, labels.dtype) == ((500,), np.int64)
    assert (places.shape, places.dtype) == ((500, 2), np.int64)
    assert images.min() >= 0
    assert images.max() <= 1
    assert np.abs(255 * images - np.round(255 * images)).max() < 1e-4
    assert np.abs(labels.mean() - 0.5) < 4 * 0.5 / np.sqrt(500)
    assert content(*retina.patches(drawn(1), 500)) == content(images, labels, places)
    with pytest.raises(ValueError, match="contrast"):
        retina.patches(drawn(1), 3, contrast=(0.2, 0.1))


def test_a_label_of_one_is_a_place() -> None:
    _, labels, places = retina.patches(drawn(2), 500)
    assert set(labels.tolist()) == {0, 1}
    assert (places[labels == 0] == -1).all()
    assert (places[labels == 1] >= 5).all()
    assert (places[labels == 1] <= 14).all()


def test_patches_differ_from_the_retina_by_their_lesion_alone() -> None:
    images, labels, places = retina.patches(drawn(3), 300)
    bare, same_labels, same_places = retina.patches(drawn(3), 300, contrast=(1e-9, 1e-9))
    assert np.array_equal(labels, same_labels)
    assert np.array_equal(places, same_places)
    darker = np.round(255 * (bare - images)[..., 0])
    assert (darker >= 0).all()
    assert (darker.any(axis=(1, 2)) == labels).all()
    for dark, (row, column) in zip(darker[labels == 1], places[labels == 1], strict=True):
        rows, columns = np.nonzero(dark)
        assert np.hypot(rows - row, columns - column).max() < 5
        assert round(255 * 0.06) <= dark.max() <= round(255 * 0.11)
        assert dark[row, column] > 0.7 * dark.max()


def test_patches_without_a_lesion_are_somewhere_in_the_photograph() -> None:
    photograph, _ = retina.load()
    images, labels, _ = retina.patches(drawn(4), 12)
    windows = np.lib.stride_tricks.sliding_window_view(photograph, 20, axis=1)
    for image in np.round(255 * images[labels == 0, ..., 0]).astype(np.uint8):
        rows, columns = np.nonzero((windows == image[0]).all(axis=-1))
        assert any(
            np.array_equal(photograph[row : row + 20, column : column + 20], image)
            for row, column in zip(rows, columns, strict=True)
        )


def test_eight_ways_to_turn() -> None:
    square = np.arange(9).reshape(3, 3)
    assert len({retina.turned(square, way).tobytes() for way in range(8)}) == 8


# --- silhouettes


def test_silhouettes_are_all_different_and_take_turns() -> None:
    images, labels = silhouettes.load()
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)
    assert np.array_equal(labels, np.arange(6000) % 10)
    assert len(silhouettes.NAMES) == 10


def test_the_script_reads_arrays_and_refuses_other_pickles() -> None:
    """A pickle names what it calls: the wheel's can name what an array is made of, and nothing else."""

    class Harm:
        def __reduce__(self):
            return print, ("harm",)

    array = pickle.dumps(np.arange(3, dtype=np.uint8), protocol=3)
    old_address = array.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert read_by_the_script(old_address).stdout.split() == ["[0", "1", "2]"]
    harmful = read_by_the_script(pickle.dumps(Harm()))
    assert harmful.stdout == ""
    assert "builtins.print is no part of an array" in harmful.stderr


def read_by_the_script(content: bytes) -> subprocess.CompletedProcess[str]:
    program = f"import gzip, silhouettes; print(silhouettes.read({gzip.compress(content)!r}))"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=SCRIPTS)


# --- faces


def test_faces_come_first_and_one_picture_is_flat() -> None:
    images, labels = faces.load()
    assert labels.tolist() == [1] * 100 + [0] * 100
    assert np.flatnonzero(images.std(axis=(1, 2, 3)) == 0).tolist() == [faces.FLAT]


def test_a_smaller_picture_has_the_means_of_areas() -> None:
    images = drawn(1).uniform(size=(3, 24, 24, 2)).astype(np.float32)
    blocks = images.reshape(3, 12, 2, 12, 2, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(faces.small(images), blocks, rtol=1e-5)
    np.testing.assert_allclose(faces.small(images, 24), images)

    pictures, _ = faces.load()
    smaller = faces.small(pictures)
    assert (smaller.shape, smaller.dtype) == ((200, 12, 12, 1), np.float32)
    np.testing.assert_allclose(smaller.mean(axis=(1, 2, 3)), pictures.mean(axis=(1, 2, 3)), rtol=1e-5)
    repeated = pictures.repeat(12, axis=1).repeat(12, axis=2).reshape(200, 12, 25, 12, 25).mean(axis=(2, 4))
    np.testing.assert_allclose(smaller[..., 0], repeated, rtol=1e-4, atol=1e-6)
