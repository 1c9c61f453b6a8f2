"""The files that are kept: found, whole, no pickles, with a licence, and read with NumPy alone."""

from __future__ import annotations

import contextlib
import gzip
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from reference.data import vendored

ROOT = Path(__file__).parents[3]
DATA = ROOT / "reference" / "data"
KEPT = sorted(path.name for path in vendored.FILES.iterdir())


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of files to be damaged."""
    monkeypatch.setattr(vendored, "FILES", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", KEPT)
def test_a_file_is_text_or_arrays_and_has_a_licence(name: str) -> None:
    assert name in (DATA / "LICENCES.md").read_text("utf-8")
    if name.endswith(".npz"):
        assert all(array.dtype != object for array in vendored.arrays(name).values())
    else:
        assert name.endswith(".txt.gz")
        assert vendored.text(name)
    module = name.partition(".")[0]
    assert (DATA / f"{module}.py").exists()
    assert (ROOT / "packaging" / "data" / f"{module}.py").exists()


def test_a_missing_file_is_named(files: Path) -> None:
    for read in (vendored.arrays, vendored.text):
        with pytest.raises(FileNotFoundError, match=r"some\.npz is missing"):
            read("some.npz")


@pytest.mark.parametrize("cut", [0, 1, 30, -30, -1])
def test_a_damaged_file_is_named(files: Path, cut: int) -> None:
    np.savez_compressed(files / "arrays.npz", numbers=np.arange(1000))
    (files / "text.gz").write_bytes(gzip.compress(b"words " * 1000, mtime=0))
    for read, name in ((vendored.arrays, "arrays.npz"), (vendored.text, "text.gz")):
        whole = (files / name).read_bytes()
        (files / name).write_bytes(whole[:cut])
        with pytest.raises(ValueError, match=rf"^{name} cannot be read .* is damaged"):
            read(name)


def test_every_flipped_byte_is_noticed_or_harmless(files: Path, rng: np.random.Generator) -> None:
    numbers = np.arange(1000)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, numbers=numbers)
    for place in rng.integers(0, len(buffer.getvalue()), 200):
        damaged = bytearray(buffer.getvalue())
        damaged[place] ^= 1 << int(rng.integers(8))
        (files / "arrays.npz").write_bytes(damaged)
        with contextlib.suppress(ValueError):
            assert all(np.array_equal(array, numbers) for array in vendored.arrays("arrays.npz").values())


def test_a_pickle_is_never_read(files: Path) -> None:
    np.savez(files / "objects.npz", words=np.array([["a"], ["b", "c"]], dtype=object))
    np.save(files / "objects.npy", np.array([{}], dtype=object))
    np.save(files / "bare.npy", np.arange(3))
    (files / "bare.gz").write_bytes(gzip.compress(b"\xff\xfe"))
    for name in ("objects.npz", "objects.npy", "bare.npy"):
        with pytest.raises(ValueError, match=f"{name} cannot be read"):
            vendored.arrays(name)
    with pytest.raises(ValueError, match=r"bare\.gz cannot be read"):
        vendored.text("bare.gz")


def test_numpy_is_all_that_data_need() -> None:
    names = sorted(path.stem for path in DATA.glob("*.py"))
    code = "; ".join([*(f"import reference.data.{name}" for name in names), "import sys", "print(*sys.modules)"])
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    known = {name.partition(".")[0] for name in done.stdout.split()}
    assert not known & {"keras", "tensorflow", "sklearn", "scipy", "babel", "matplotlib", "autograder"}
