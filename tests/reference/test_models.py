"""The classifiers against their PyTorch twins (`torch_twins.py`), by what real PyTorch gave.

What it gives today is compared by `make as-torch`, which sets GATEBOOK_TORCH to a Python that has it.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
from typing import Any

import keras
import numpy as np
import pytest

from reference import models

HERE = pathlib.Path(__file__).parent
RECORDED = sorted((HERE / "torch_recorded").glob("*.npz"))
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}


@pytest.fixture(autouse=True)
def _fresh_names() -> None:
    keras.utils.clear_session(free_memory=False)


@pytest.fixture(scope="module")
def torch_python() -> str:
    return os.environ.get("GATEBOOK_TORCH", "")


def stored(path: pathlib.Path) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    arrays = dict(np.load(path))
    return arrays, arrays.pop("inputs"), arrays.pop("outputs")


def twin(path: pathlib.Path, state: dict[str, np.ndarray]) -> Any:
    kind, variant = path.stem.split("-")[:2]
    if kind == "SimpleCNN":
        height, width, _ = map(int, variant.split("x"))
        return models.SimpleCNN.from_torch(state, None if height == width else (height, width))
    return getattr(models, kind).from_torch(state)


def ours(path: pathlib.Path, x: np.ndarray) -> np.ndarray:
    """Images with their channels last."""
    return np.moveaxis(x, 1, -1) if path.stem.startswith("SimpleCNN") else x


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_model_with_the_weights_of_its_twin_says_the_same(path: pathlib.Path) -> None:
    state, x, wanted = stored(path)
    model = twin(path, state)
    got = np.asarray(model(ours(path, x)))
    assert got.dtype == wanted.dtype
    np.testing.assert_allclose(got, wanted, rtol=0, atol=TOLERANCE[str(wanted.dtype)])

    back = model.to_torch()
    assert back.keys() == state.keys()
    biases = {name.replace("bias_hh", "bias_ih") for name in state if "bias_hh" in name and "gru" not in name}
    for name, array in state.items():
        if name in biases:  # the sum is all that counts
            both = array + state[name.replace("bias_ih", "bias_hh")]
            np.testing.assert_allclose(back[name] + back[name.replace("bias_ih", "bias_hh")], both, rtol=1e-6)
        elif "bias_hh" not in name or "gru" in name:
            np.testing.assert_array_equal(back[name], array, err_msg=name)
    again = twin(path, back)
    np.testing.assert_array_equal(np.asarray(again(ours(path, x))), got)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("path", [path for path in RECORDED if "32" in path.stem], ids=lambda path: path.stem)
def test_a_model_is_saved_and_loaded(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    state, x, _ = stored(path)
    model = twin(path, state)
    before = np.asarray(model(ours(path, x)))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    np.testing.assert_allclose(np.asarray(loaded(ours(path, x))), before, atol=1e-6)


def test_real_pytorch_agrees_in_both_directions(torch_python: str, tmp_path: pathlib.Path) -> None:
    """Weights of ours, made at random, say the same there; without PyTorch, the recorded ones stand for it."""
    for path in RECORDED:
        state, x, _ = stored(path)
        model = twin(path, state)
        rng = np.random.default_rng(len(path.stem))
        model.set_weights([rng.normal(size=w.shape).astype(w.dtype) / 2 for w in model.get_weights()])
        wanted = np.asarray(model(ours(path, x)))
        there = model.to_torch()
        np.savez(tmp_path / path.name, **there, inputs=x, outputs=wanted)
        if not torch_python:
            np.testing.assert_allclose(np.asarray(twin(path, there)(ours(path, x))), wanted, rtol=1e-6)
    if torch_python:
        subprocess.run([torch_python, str(HERE / "torch_twins.py"), "answer", str(tmp_path)], check=True)
        for path in RECORDED:
            state, x, got = stored(tmp_path / path.name)
            wanted = np.asarray(twin(path, state)(ours(path, x)))
            np.testing.assert_allclose(got, wanted, rtol=0, atol=TOLERANCE[str(got.dtype)], err_msg=path.stem)


def test_the_arithmetic_of_a_wrong_image_size_is_told() -> None:
    model = models.SimpleCNN(image_size=(14, 14))
    with pytest.raises(ValueError, match=r"32 \* 14 \* 14 = 6272 numbers; the last layer takes 32 \* 7 \* 7 = 1568"):
        model(np.zeros((4, 28, 28, 1), "float32"))
    with pytest.raises(ValueError, match="channels stand first"):
        model(np.zeros((4, 1, 14, 14), "float32"))
    with pytest.raises(ValueError, match=r"expected \(batch, 14, 14, channels\)"):
        model(np.zeros((14, 14), "float32"))
    assert model(np.zeros((4, 14, 14, 1), "float32")).shape == (4, 10)
    assert model.count_params() == 16_010


def test_what_is_no_twin_is_refused() -> None:
    lstm, _, _ = stored(HERE / "torch_recorded" / "SimpleLSTM-1-float32.npz")
    cnn, _, _ = stored(HERE / "torch_recorded" / "SimpleCNN-6x10x2-float32.npz")
    with pytest.raises(ValueError, match=r"in an nn.GRU these are \(3 \* units, features\)"):
        models.SimpleGRU.from_torch(lstm)
    with pytest.raises(ValueError, match=r"there is no `weight_ih_l0` among conv1\.weight"):
        models.SimpleLSTM.from_torch(cnn | {"conv1.weight": np.zeros((3, 3, 3))})
    with pytest.raises(ValueError, match="expected one linear layer, got 0"):
        models.SimpleLSTM.from_torch({name: value for name, value in lstm.items() if "fc" not in name})
    with pytest.raises(ValueError, match="Say the image_size"):
        models.SimpleCNN.from_torch(cnn)
    with pytest.raises(ValueError, match="expected one weight with four axes, got 0"):
        models.SimpleCNN.from_torch(lstm)
    both, _, _ = stored(HERE / "torch_recorded" / "SimpleLSTM-2-both-ways-float32.npz")
    for missing in ("weight_hh_l0", "weight_ih_l1", "weight_hh_l1_reverse"):
        with pytest.raises(ValueError, match=f"`{missing}` is missing"):
            models.SimpleLSTM.from_torch({name: array for name, array in both.items() if name != f"lstm.{missing}"})
    with pytest.raises(ValueError, match="num_layers is 0"):
        models.SimpleRNN(4, 3, num_layers=0)


def test_a_model_can_be_trained() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 5, 2)).astype("float32")
    y = (x[:, -1, 0] > 0).astype("int32")
    model = models.SimpleLSTM(8, 2, num_layers=2)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(x, y, epochs=12, batch_size=16, verbose=0).history["loss"]
    assert history[-1] < history[0]
