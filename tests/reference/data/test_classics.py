"""The classics, with files made up here in place of those that Keras downloads."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from reference.data import classics

SOURCES = (keras.datasets.imdb, keras.datasets.mnist, keras.datasets.cifar10)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder where Keras finds its files, whatever their hashes."""

    def get_file(fname: str, **_: Any) -> str:
        return str(tmp_path / fname)

    for source in SOURCES:
        monkeypatch.setitem(source.load_data.__globals__, "get_file", get_file)
    return tmp_path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache, and no way out."""

    def refuse(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError("Network is unreachable")

    get_file = keras.utils.get_file
    monkeypatch.setitem(get_file.__globals__, "urlretrieve", refuse)
    for source in SOURCES:
        monkeypatch.setitem(
            source.load_data.__globals__, "get_file", lambda **given: get_file(**given, cache_dir=str(tmp_path))
        )


def test_mnist(cache: Path) -> None:
    images = np.arange(5 * 28 * 28, dtype=np.uint8).reshape(5, 28, 28)
    labels = np.array([3, 1, 4, 1, 5], dtype=np.uint8)
    np.savez(cache / "mnist.npz", x_train=images[:3], y_train=labels[:3], x_test=images[3:], y_test=labels[3:])
    (x, y), (test_x, test_y) = classics.mnist()
    assert (x.shape, test_x.shape, x.dtype) == ((3, 28, 28, 1), (2, 28, 28, 1), np.float32)
    assert (x.min(), x.max()) == (0, 1)
    np.testing.assert_array_equal(np.rint(test_x[..., 0] * 255), images[3:])
    assert (y.tolist(), test_y.tolist(), y.dtype) == ([3, 1, 4], [1, 5], np.int32)


def test_cifar10(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras insists on all 60,000, so here it is Keras's answer that is made up."""
    pixels = np.zeros((3, 32, 32, 3), dtype=np.uint8)
    pixels[..., 0] = [[[0]], [[51]], [[255]]]
    labels = np.array([[9], [0], [2]], dtype=np.uint8)
    answer = (pixels[:2], labels[:2]), (pixels[2:], labels[2:])
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: answer)
    (x, y), (test_x, test_y) = classics.cifar10()
    assert (x.shape, test_x.shape, x.dtype) == ((2, 32, 32, 3), (1, 32, 32, 3), np.float32)
    np.testing.assert_allclose(x[1, 0, 0], [0.2, 0, 0])
    np.testing.assert_array_equal(test_x[-1, -1, -1], [1, 0, 0])
    assert (y.tolist(), test_y.tolist(), y.dtype) == ([9, 0], [2], np.int32)
    assert len(classics.CIFAR10) == 10


@pytest.mark.parametrize("most", [1, 2, 10])
def test_imdb(cache: Path, most: int) -> None:
    commonest = ["the", "film", "good"]
    reviews = [[1, 2, 3], [2], [3, 3, 2, 1]]
    ragged = np.empty(3, dtype=object)
    ragged[:] = reviews
    np.savez(cache / "imdb.npz", x_train=ragged, y_train=[1, 0, 1], x_test=ragged[:2], y_test=[1, 0])
    (cache / "imdb_word_index.json").write_text(json.dumps({"good": 3, "the": 1, "film": 2}))
    vocabulary, (x, y), (test_x, test_y) = classics.imdb(most)
    assert vocabulary == ("<padding>", "<unknown>", *commonest[:most])
    told = {tuple(vocabulary[number] for number in review) for review in x}
    shown = {tuple(commonest[k - 1] if k <= most else "<unknown>" for k in review) for review in reviews}
    assert told == shown
    assert sorted(zip(map(len, x), y.tolist(), strict=True)) == [(1, 0), (3, 1), (4, 1)]
    assert (len(test_x), test_y.dtype) == (2, np.int32)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    ("load", "file", "instead"),
    [
        (classics.imdb, "imdb.npz", "reviews"),
        (classics.mnist, "mnist.npz", "digits"),
        (classics.cifar10, "cifar-10-python.tar.gz", "silhouettes"),
    ],
)
def test_without_internet_it_is_said_what_works(load: Callable[[], Any], file: str, instead: str) -> None:
    with pytest.raises(OSError, match=rf"could not get {file}: .*unreachable.*reference\.data\.{instead} works"):
        load()


@pytest.mark.parametrize(
    ("problem", "raised", "says"),
    [
        (ValueError("Incomplete or corrupted file detected."), OSError, r"could not get mnist\.npz: Incomplete"),
        (TimeoutError("timed out"), OSError, r"could not get mnist\.npz: timed out"),
        (TypeError("a bug"), TypeError, "^a bug$"),
    ],
)
def test_what_a_file_has_to_do_with_is_said_of_it(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, raised: type[Exception], says: str
) -> None:
    def get_file(**_: Any) -> None:
        raise problem

    monkeypatch.setitem(keras.datasets.mnist.load_data.__globals__, "get_file", get_file)
    with pytest.raises(raised, match=says):
        classics.mnist()


def test_a_vocabulary_of_reviews_has_a_word() -> None:
    with pytest.raises(ValueError, match="needs a word at least"):
        classics.imdb(0)
