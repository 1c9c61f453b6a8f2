"""Tracks of a hand: what is kept is what the archive has."""

from __future__ import annotations

import hashlib

import numpy as np

from reference.data import tracks, vendored


def test_what_is_loaded() -> None:
    series, labels, train = tracks.load()
    assert (series.shape, series.dtype) == ((200, 150, 1), np.float32)
    assert (labels.shape, labels.dtype) == ((200,), np.int64)
    assert (train.shape, train.dtype) == ((200,), np.bool_)
    assert np.isfinite(series).all()
    content = hashlib.sha256(series.tobytes() + labels.tobytes() + train.tobytes()).hexdigest()
    assert content == "0b8cff3ccdcb255cb7254c53082a904e3bbeefabd1c4d2cb5db02198920aa88e"


def test_the_split_is_the_archives() -> None:
    _, labels, train = tracks.load()
    assert np.bincount(labels[train]).tolist() == [24, 26]
    assert np.bincount(labels[~train]).tolist() == [76, 74]
    assert len(tracks.NAMES) == 2


def test_every_track_has_mean_0_and_standard_deviation_1() -> None:
    series, _, _ = tracks.load()
    np.testing.assert_allclose(series.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(series.std(axis=1, ddof=1), 1, atol=1e-4)


def test_no_track_is_there_twice() -> None:
    series, _, _ = tracks.load()
    assert len(np.unique(series[..., 0], axis=0)) == 200


def test_the_file_is_small_and_holds_plain_numbers() -> None:
    assert (vendored.FILES / "tracks.npz").stat().st_size <= 500_000
    assert {array.dtype.kind for array in vendored.arrays("tracks.npz").values()} == {"f", "u", "b"}
