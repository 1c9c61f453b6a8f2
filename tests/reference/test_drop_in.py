"""Code written for a Keras layer runs unchanged on ours: arguments, weights, dropout, states, files."""

from __future__ import annotations

import inspect
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from witnesses import agree

import reference

BATCH, TIME, FEATURES, UNITS = 2, 5, 3, 4

RECURRENT = ["SimpleRNN", "LSTM", "GRU"]
SEQUENCE, IMAGE = (BATCH, TIME, FEATURES), (BATCH, 7, 6, FEATURES)

LAYERS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "SimpleRNNCell": ({"units": UNITS}, (BATCH, FEATURES)),
    "LSTMCell": ({"units": UNITS}, (BATCH, FEATURES)),
    "GRUCell": ({"units": UNITS}, (BATCH, FEATURES)),
    "SimpleRNN": ({"units": UNITS}, SEQUENCE),
    "LSTM": ({"units": UNITS}, SEQUENCE),
    "GRU": ({"units": UNITS}, SEQUENCE),
    "Conv1D": ({"filters": UNITS, "kernel_size": 2}, SEQUENCE),
    "Conv2D": ({"filters": UNITS, "kernel_size": (3, 2)}, IMAGE),
    "Conv2DTranspose": ({"filters": UNITS, "kernel_size": (3, 2), "strides": 2}, IMAGE),
    "ConvLSTM2D": ({"filters": UNITS, "kernel_size": (3, 2)}, (BATCH, TIME, *IMAGE[1:])),
    "DepthwiseConv2D": ({"kernel_size": (3, 2), "depth_multiplier": 2}, IMAGE),
    "MaxPooling1D": ({}, SEQUENCE),
    "MaxPooling2D": ({"pool_size": (3, 2), "padding": "same"}, IMAGE),
    "AveragePooling1D": ({"pool_size": 3, "strides": 1}, SEQUENCE),
    "AveragePooling2D": ({"pool_size": 2}, IMAGE),
    "GlobalMaxPooling1D": ({}, SEQUENCE),
    "GlobalMaxPooling2D": ({"keepdims": True}, IMAGE),
    "GlobalAveragePooling1D": ({}, SEQUENCE),
    "GlobalAveragePooling2D": ({}, IMAGE),
}


@pytest.fixture(autouse=True)
def _fresh_names() -> Iterator[None]:
    keras.utils.clear_session(free_memory=False)
    yield
    keras.config.set_dtype_policy("float32")


def both(kind: str, /, **options: Any) -> tuple[Any, Any]:
    """Our layer and Keras's, each made after the same seed and with the same names."""
    made = []
    for module in (reference, keras.layers):
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(7)
        made.append(getattr(module, kind)(**options))
    return made[0], made[1]


@pytest.mark.parametrize("name", reference.__all__)
def test_the_arguments_are_the_same(name: str) -> None:
    def arguments(layer: type) -> list[tuple[str, Any, Any]]:
        parameters = inspect.signature(layer).parameters.values()
        return [(p.name, p.kind, p.default) for p in parameters]

    assert arguments(getattr(reference, name)) == arguments(getattr(keras.layers, name))

    def call(layer: type) -> list[tuple[str, Any]]:
        parameters = list(inspect.signature(layer.call).parameters.values())[1:]  # type: ignore[attr-defined]
        return [(p.name, p.default) for p in parameters]

    assert call(getattr(reference, name)) == call(getattr(keras.layers, name))


@pytest.mark.parametrize("name", LAYERS)
def test_weights_start_the_same(name: str) -> None:
    options, shape = LAYERS[name]
    options = dict(options)
    if "units" in options:
        options |= {"bias_initializer": "random_normal", "dropout": 0.5}
    ours, stock = both(name, **options)
    ours.build(shape)
    stock.build(shape)
    assert [(v.path, v.shape, v.dtype, v.trainable) for v in ours.weights] == [
        (v.path, v.shape, v.dtype, v.trainable) for v in stock.weights
    ]
    assert len(ours.variables) == len(stock.variables)
    for mine, theirs in zip(ours.variables, stock.variables, strict=True):
        np.testing.assert_array_equal(mine, theirs, err_msg=mine.path)


@pytest.mark.parametrize("unit_forget_bias", [False, True])
def test_unit_forget_bias(unit_forget_bias: bool) -> None:
    ours, stock = both("LSTM", units=UNITS, unit_forget_bias=unit_forget_bias)
    ours.build(SEQUENCE)
    stock.build(SEQUENCE)
    np.testing.assert_array_equal(ours.cell.bias, stock.cell.bias)
    assert np.asarray(ours.cell.bias)[UNITS : 2 * UNITS].tolist() == [float(unit_forget_bias)] * UNITS


@pytest.mark.parametrize("name", LAYERS)
def test_configuration_is_keras_s(name: str) -> None:
    options, shape = LAYERS[name]
    options = dict(options)
    if "units" in options:
        options |= {
            "kernel_regularizer": "l2",
            "recurrent_constraint": "max_norm",
            "dropout": 0.25,
            "seed": 3,
        }
    if "filters" in options:
        options |= {"kernel_regularizer": keras.regularizers.L1(0.1), "activation": "relu", "padding": "same"}
    ours, stock = both(name, name="layer", dtype="float64", **options)
    forgotten = {"seed": 3} if name == "SimpleRNN" else {}  # Keras's own leaves it out
    assert ours.get_config() == stock.get_config() | forgotten

    again = type(ours).from_config(ours.get_config())
    assert again.get_config() == ours.get_config()
    deserialized = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(ours))
    assert type(deserialized) is type(ours)
    assert deserialized.get_config() == ours.get_config()
    from_stock = type(ours).from_config(stock.get_config())
    from_stock.build(shape)
    assert [v.path for v in from_stock.weights] == [v.path for v in ours.weights] or not ours.built


@pytest.mark.parametrize("name", RECURRENT)
def test_wrappers_keep_what_they_wrap(name: str) -> None:
    layer = reference.Bidirectional(getattr(reference, name)(UNITS, return_sequences=True), merge_mode="sum")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again.forward_layer) is getattr(reference, name)
    assert again.get_config() == layer.get_config()

    cells = [getattr(reference, name + "Cell")(units) for units in (4, 6)]
    stacked = keras.layers.RNN(reference.StackedRNNCells(cells))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(stacked))
    assert [type(cell) for cell in again.cell.cells] == [type(cell) for cell in cells]
    assert again.get_config() == stacked.get_config()


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({"dropout": 0.5}, [True, True]),
        ({"recurrent_dropout": 0.5}, [True, False, True]),
        ({"dropout": 0.3, "recurrent_dropout": 0.6, "return_sequences": True}, [False, True]),
    ],
)
@pytest.mark.parametrize("name", RECURRENT)
def test_dropout_draws_the_same_masks(
    name: str, options: dict[str, Any], calls: list[bool], rng: np.random.Generator
) -> None:
    x = rng.normal(size=SEQUENCE).astype("float32")
    ours, stock = both(name, units=UNITS, seed=11, **options)
    results = []
    for training in calls:
        mine, theirs = ours(x, training=training), stock(x, training=training)
        agree(mine, theirs, tolerance=1e-6)
        results.append(np.asarray(mine))
    assert np.abs(results[-1] - results[0]).max() > 1e-3


def test_implementation_1_has_a_mask_for_each_gate(rng: np.random.Generator) -> None:
    x = rng.normal(size=SEQUENCE).astype("float32")
    for name in ("LSTM", "GRU"):
        ours, stock = both(name, units=UNITS, seed=11, dropout=0.5, implementation=1, use_cudnn=False)
        agree(ours(x, training=True), stock(x, training=True), tolerance=1e-6)


def test_dropout_in_stacked_cells(rng: np.random.Generator) -> None:
    """New masks for every batch, one mask for all steps, the same as Keras's."""
    x = np.repeat(rng.normal(size=(BATCH, 1, FEATURES)).astype("float32"), TIME, axis=1)
    results = []
    for module in (reference, keras.layers):
        keras.utils.set_random_seed(3)
        cells = [
            module.LSTMCell(4, dropout=0.5, seed=1),
            module.GRUCell(6, dropout=0.5, recurrent_dropout=0.5, seed=2),
        ]
        layer = keras.layers.RNN(module.StackedRNNCells(cells), return_sequences=True)
        results.append([np.asarray(layer(x, training=training)) for training in (True, True, False)])
    for ours, stock in zip(*results, strict=True):
        agree(ours, stock, tolerance=1e-6)
    assert np.abs(results[0][0] - results[0][1]).max() > 1e-3


@pytest.mark.parametrize("name", RECURRENT)
def test_a_cell_runs_in_keras_s_loop(name: str, rng: np.random.Generator) -> None:
    x = rng.normal(size=SEQUENCE).astype("float32")
    results = []
    for module in (reference, keras.layers):
        keras.utils.set_random_seed(3)
        cell = getattr(module, name + "Cell")(UNITS, dropout=0.5, recurrent_dropout=0.5, seed=1)
        layer = keras.layers.RNN(cell)
        results.append([np.asarray(layer(x, training=True)) for _ in range(2)])
    agree(results[0], results[1], tolerance=1e-6)
    assert np.abs(results[0][0] - results[0][1]).max() > 1e-4


@pytest.mark.parametrize("name", RECURRENT)
def test_stateful(name: str, rng: np.random.Generator) -> None:
    ours, stock = both(name, units=UNITS, stateful=True, return_sequences=True)
    plain = getattr(reference, name)(UNITS, return_sequences=True)
    x = rng.normal(size=(BATCH, 2 * TIME, FEATURES)).astype("float32")
    ours.build(SEQUENCE)
    stock.build(SEQUENCE)
    plain.build(x.shape)
    for layer in (stock, plain):
        layer.set_weights(ours.get_weights()[:3])
    whole = plain(x)
    for part in (slice(0, TIME), slice(TIME, None)):
        mine = ours(x[:, part])
        agree(mine, stock(x[:, part]), tolerance=1e-6)
        agree(mine, whole[:, part], tolerance=1e-6)
    ours.reset_state()
    agree(ours(x[:, :TIME]), whole[:, :TIME], tolerance=1e-6)
    with pytest.raises(ValueError, match="batch size"):
        ours(x[:1])


def test_stateful_bidirectional(rng: np.random.Generator) -> None:
    x = rng.normal(size=SEQUENCE).astype("float32")
    layer = reference.Bidirectional(reference.LSTM(UNITS, stateful=True))
    first = np.asarray(layer(x))
    assert len(layer.states) == 4
    assert np.abs(np.asarray(layer(x)) - first).max() > 1e-4
    layer.reset_state()
    agree(layer(x), first, tolerance=1e-6)
    with pytest.raises(AttributeError, match="stateful"):
        reference.Bidirectional(reference.LSTM(UNITS)).reset_state()


@pytest.mark.parametrize("name", RECURRENT)
def test_unknown_batch_and_time(name: str, rng: np.random.Generator) -> None:
    """In a functional model, with a mask that comes from an Embedding and goes on to the next layer."""
    tokens = keras.Input((None,), dtype="int32")
    embedded = keras.layers.Embedding(11, FEATURES, mask_zero=True)(tokens)
    hidden = reference.Bidirectional(getattr(reference, name)(UNITS, return_sequences=True))(embedded)
    outputs = getattr(reference, name)(6, return_state=True)(hidden)
    model = keras.Model(tokens, outputs)
    assert tuple(outputs[0].shape) == (None, 6)
    short = np.array([[5, 3, 0, 0], [1, 2, 9, 4]])
    longer = np.pad(short, [(0, 0), (0, 3)])
    for a, b in zip(model(short), model.predict_on_batch(longer), strict=True):
        agree(a, b, tolerance=1e-6)


def test_initial_states_can_be_symbolic(rng: np.random.Generator) -> None:
    """An encoder's states start a decoder."""
    source, target = keras.Input((None, FEATURES)), keras.Input((None, FEATURES))
    encoder = reference.LSTM(UNITS, return_state=True)
    _, *states = encoder(source)
    decoder = reference.LSTM(UNITS, return_sequences=True)
    model = keras.Model([source, target], decoder(target, initial_state=states))
    x, y = (rng.normal(size=SEQUENCE).astype("float32") for _ in range(2))
    _, *values = encoder(x)
    agree(model([x, y]), decoder(y, initial_state=values), tolerance=1e-6)


def test_masks_go_on_or_end() -> None:
    mask = np.ones((BATCH, TIME), bool)
    x = np.ones(SEQUENCE, "float32")
    for name in RECURRENT:
        for return_sequences in (False, True):
            for return_state in (False, True):
                ours, stock = both(name, units=UNITS, return_sequences=return_sequences, return_state=return_state)
                masks = [keras.tree.flatten(layer.compute_mask(x, mask)) for layer in (ours, stock)]
                assert [m is mask for m in masks[0]] == [m is mask for m in masks[1]]
    layer = reference.Bidirectional(reference.LSTM(UNITS, return_sequences=True, return_state=True))
    masks = layer.compute_mask(x, mask)
    assert masks[0] is mask
    assert masks[1:] == (None,) * 4


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
@pytest.mark.parametrize("name", LAYERS)
def test_dtype_policies(name: str, policy: str) -> None:
    options, shape = LAYERS[name]
    x = np.ones(shape, "float32")
    ours, stock = both(name, dtype=policy, **options)
    if name.endswith("Cell"):
        states = ours.get_initial_state(BATCH)
        output, stock_output = ours(x, states)[0], stock(x, states)[0]
    else:
        output, stock_output = ours(x), stock(x)
    assert keras.backend.standardize_dtype(output.dtype) == policy.removeprefix("mixed_")
    assert output.dtype == stock_output.dtype
    assert {v.dtype for v in ours.weights} <= {"float64" if policy == "float64" else "float32"}
    difference = np.abs(ops.convert_to_numpy(ops.cast(output - stock_output, "float32"))).max()
    assert difference < {"float64": 1e-12, "mixed_float16": 4e-3, "mixed_bfloat16": 3e-2}[policy]


def test_the_global_policy_is_heard() -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    layer = reference.LSTM(UNITS)
    assert layer(np.ones(SEQUENCE, "float32")).dtype == "bfloat16"
    assert layer.cell.kernel.dtype == "float32"


def test_regularizers_and_constraints_act() -> None:
    options: dict[str, Any] = {
        "units": UNITS,
        "kernel_regularizer": keras.regularizers.L2(0.5),
        "recurrent_regularizer": keras.regularizers.L1(0.25),
        "activity_regularizer": keras.regularizers.L2(0.1),
        "kernel_constraint": keras.constraints.NonNeg(),
    }
    for name in RECURRENT:
        ours, stock = both(name, **options)
        x = np.ones(SEQUENCE, "float32")
        ours(x)
        stock(x)
        if name == "SimpleRNN":  # Keras's own drops its activity regularizer
            assert len(ours.losses) == len(stock.losses) + 1
        else:
            agree(sum(ours.losses), sum(stock.losses), tolerance=1e-6)
        assert isinstance(ours.cell.kernel.constraint, keras.constraints.NonNeg)
        ours.trainable = False
        assert not ours.trainable_weights


def classifier(module: Any) -> Any:
    """A little of everything."""
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(5)
    return keras.Sequential(
        [
            keras.Input((12, FEATURES)),
            module.Conv1D(6, 3, padding="causal", activation="relu"),
            module.MaxPooling1D(2),
            module.Bidirectional(module.GRU(UNITS, return_sequences=True)),
            module.LSTM(5, return_sequences=True),
            module.SimpleRNN(7, return_sequences=True),
            module.GlobalAveragePooling1D(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def test_fit_learns_as_keras_does(rng: np.random.Generator) -> None:
    """Same seed, same data: the same losses, step after step."""
    x = rng.normal(size=(24, 12, FEATURES)).astype("float32")
    y = (x[:, :, 0].mean(axis=1) > 0).astype("float32")
    losses = []
    for module in (reference, keras.layers):
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(5)
        layers = [
            module.Conv1D(6, 3),
            module.LSTM(UNITS, dropout=0.2),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
        model = keras.Sequential([keras.Input((12, FEATURES)), *layers])
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", jit_compile=False)
        losses.append(model.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0).history["loss"])
    agree(losses[0], losses[1], tolerance=1e-4)
    assert losses[0][-1] < losses[0][0]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_files(tmp_path: pathlib.Path, rng: np.random.Generator) -> None:
    """A saved model comes back without `custom_objects`; weight files go to and from stock Keras."""
    x = rng.normal(size=(BATCH, 12, FEATURES)).astype("float32")
    ours, stock = classifier(reference), classifier(keras.layers)
    ours.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again.layers[3]) is reference.LSTM
    agree(again(x), ours(x), tolerance=1e-6)

    for weight in stock.weights:
        weight.assign(weight + 0.1)
    stock.save_weights(tmp_path / "stock.weights.h5")
    ours.load_weights(tmp_path / "stock.weights.h5")
    agree(ours(x), stock(x), tolerance=1e-5)
    ours.save_weights(tmp_path / "ours.weights.h5")
    again.load_weights(tmp_path / "ours.weights.h5")
    agree(again(x), stock(x), tolerance=1e-5)


def test_image_model_trains(rng: np.random.Generator) -> None:
    x = rng.normal(size=(6, 9, 8, 1)).astype("float32")
    image = keras.Input((9, 8, 1))
    y = reference.Conv2D(4, 3, strides=2, padding="same", activation="relu")(image)
    y = reference.AveragePooling2D(2, padding="same")(y)
    y = reference.GlobalMaxPooling2D()(y)
    model = keras.Model(image, y)
    model.compile("sgd", "mse", jit_compile=False)
    before = model.get_weights()
    model.fit(x, np.ones((6, 4)), verbose=0)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, model.get_weights(), strict=True))


class CoupledCell(reference.LSTMCell):
    """Input and forget gate coupled, i_t = 1 - f_t (Greff et al. 2017)."""

    def input_gate(self, x_t: Any, h_prev: Any) -> Any:
        return 1 - self.forget_gate(x_t, h_prev)


class CoupledLSTM(reference.LSTM):
    cell_class = CoupledCell


def test_a_subclass_changes_one_gate(rng: np.random.Generator) -> None:
    from reference import equations as eq
    from reference.equations import lstm as run

    layer = CoupledLSTM(UNITS, return_sequences=True, dtype="float64")
    x = rng.normal(size=SEQUENCE)
    output = layer(x)

    def coupled(x_t: Any, h_prev: Any, c_prev: Any, *weights: Any) -> eq.LSTMStep:
        s = eq.lstm_step(x_t, h_prev, c_prev, *weights)
        i_t = 1 - s.forget
        c_t = eq.cell_state(s.forget, c_prev, i_t, s.candidate)
        return s._replace(input=i_t, cell=c_t, hidden=eq.hidden_state(s.output, c_t))

    agree(output, run(x, *layer.get_weights(), step=coupled).hidden)
    again = CoupledLSTM.from_config(layer.get_config())
    assert isinstance(again.cell, CoupledCell)


class KeepingCell(reference.GRUCell):
    """The update gate, of weights of its own, sees the input only."""

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.own = self.add_weight(shape=(input_shape[-1], self.units), initializer="ones", name="own")

    def update_gate(self, x_t: Any, h_prev: Any) -> Any:
        return ops.sigmoid(ops.matmul(x_t, self.own))


class KeepingGRU(reference.GRU):
    cell_class = KeepingCell


@pytest.mark.parametrize("reset_after", [False, True])
def test_a_gate_may_have_weights_of_its_own(reset_after: bool, rng: np.random.Generator) -> None:
    """The other gates have theirs: those of the layer whose update gate does the same with the fused weights."""
    x = rng.normal(size=SEQUENCE)
    changed = KeepingGRU(UNITS, reset_after=reset_after, return_sequences=True, dtype="float64")
    plain = reference.GRU(UNITS, reset_after=reset_after, return_sequences=True, dtype="float64")
    for layer in (changed, plain):
        layer.build(SEQUENCE)
    kernel, recurrent_kernel, bias = (rng.normal(size=weight.shape) for weight in plain.get_weights())
    own = rng.normal(size=(FEATURES, UNITS))
    changed.set_weights([kernel, recurrent_kernel, bias, own])
    kernel, recurrent_kernel, bias = kernel.copy(), recurrent_kernel.copy(), bias.copy()
    kernel[:, :UNITS], recurrent_kernel[:, :UNITS], bias[..., :UNITS] = own, 0, 0
    plain.set_weights([kernel, recurrent_kernel, bias])
    agree(changed(x), plain(x))


class SpelledOut(reference.LSTMCell):
    """The same forget gate, from its own weights."""

    def forget_gate(self, x_t: Any, h_prev: Any) -> Any:
        W_f, U_f, b_f = self.weights_of("forget")
        return self.recurrent_activation(ops.matmul(x_t, W_f) + ops.matmul(h_prev, U_f) + b_f)


class SpelledOutGRU(reference.GRUCell):
    """The same update gate, from its own weights."""

    def update_gate(self, x_t: Any, h_prev: Any) -> Any:
        W_z, U_z, (b_z, rb_z) = self.weights_of("update")
        return self.recurrent_activation(ops.matmul(x_t, W_z) + b_z + ops.matmul(h_prev, U_z) + rb_z)


@pytest.mark.parametrize("options", [{}, {"dropout": 0.4}, {"recurrent_dropout": 0.4}, {"implementation": 1}], ids=str)
@pytest.mark.parametrize(("changed", "plain"), [(SpelledOut, reference.LSTMCell), (SpelledOutGRU, reference.GRUCell)])
def test_a_gate_may_be_spelled_out(changed: Any, plain: Any, options: dict[str, Any], rng: np.random.Generator) -> None:
    """What it sees behind dropout masks is what the others see, and fit learns the same."""
    x, y = rng.normal(size=(6, TIME, FEATURES)), rng.normal(size=(6, UNITS))
    results = []
    for kind in (changed, plain):
        keras.utils.set_random_seed(3)
        layer = keras.layers.RNN(kind(UNITS, dtype="float64", **options), dtype="float64")
        model = keras.Sequential([keras.Input((TIME, FEATURES), dtype="float64"), layer])
        model.compile(keras.optimizers.SGD(0.5), "mse", jit_compile=False)
        model.fit(x, y, batch_size=3, epochs=2, shuffle=False, verbose=0)
        results.append(model.get_weights())
    for mine, theirs in zip(*results, strict=True):
        agree(mine, theirs, tolerance=1e-6)


@pytest.mark.parametrize("name", ["LSTMCell", "GRUCell"])
def test_a_product_serves_one_step_only(name: str, rng: np.random.Generator) -> None:
    """The very same arrays after the weights have changed, one array for both, and a gate that is asked by itself."""
    both_seen = ops.convert_to_tensor(rng.normal(size=(BATCH, UNITS)))
    ours, stock = (getattr(module, name)(UNITS, dtype="float64") for module in (reference, keras.layers))
    gate = {"LSTMCell": "forget_gate", "GRUCell": "reset_gate"}[name]
    for layer in (ours, stock):
        layer.build((BATCH, UNITS))
    alone = []
    for _ in range(2):
        stock.set_weights([rng.normal(size=weight.shape) for weight in stock.get_weights()])
        ours.set_weights(stock.get_weights())
        states = [both_seen] * len(keras.tree.flatten(ours.state_size))
        agree(ours(both_seen, states)[0], stock(both_seen, states)[0])
        alone.append(np.asarray(getattr(ours, gate)(both_seen, both_seen)))
        W, U, b = (np.asarray(weight)[..., UNITS : 2 * UNITS] for weight in ours.weights)
        a = np.asarray(both_seen) @ (W + U) + (b.sum(axis=0) if name == "GRUCell" else b)
        agree(alone[-1], 1 / (1 + np.exp(-a)))
    assert np.abs(alone[0] - alone[1]).max() > 1e-3


EVERY_STEP: dict[str, tuple[Any, tuple[int, ...]]] = {
    "Dense": (lambda: keras.layers.Dense(4), SEQUENCE),
    "Conv2D": (lambda: keras.layers.Conv2D(4, (3, 2)), (BATCH, TIME, 7, 6, FEATURES)),
    "LSTM": (lambda: keras.layers.LSTM(4), (BATCH, 4, TIME, FEATURES)),
    "BatchNormalization": (lambda: keras.layers.BatchNormalization(), SEQUENCE),
    "Dropout": (lambda: keras.layers.Dropout(0.5, seed=3), SEQUENCE),
}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", EVERY_STEP)
def test_a_layer_at_every_step(name: str, training: bool) -> None:
    make, shape = EVERY_STEP[name]
    x = np.random.default_rng(2).normal(size=shape).astype("float32")
    made = []
    for module in (reference, keras.layers):
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(7)
        layer = module.TimeDistributed(make())
        made.append((layer, np.asarray(layer(x, training=training))))
    (ours, first), (stock, second) = made
    agree(first, second, tolerance=1e-6)
    assert [v.path for v in ours.weights] == [v.path for v in stock.weights]
    for mine, theirs in zip(ours.weights, stock.weights, strict=True):
        agree(mine, theirs, tolerance=1e-6)
    assert ours.compute_output_shape(shape) == stock.compute_output_shape(shape) == first.shape
    assert ours.get_config() == stock.get_config()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(ours))
    assert again.get_config() == ours.get_config()


@pytest.mark.parametrize("name", ["Dense", "Conv2D", "LSTM"])
def test_a_layer_at_every_step_of_a_time_that_is_not_known(name: str) -> None:
    make, shape = EVERY_STEP[name]
    x = np.random.default_rng(2).normal(size=shape).astype("float32")
    layer = reference.TimeDistributed(make())
    inputs = keras.Input((None, *shape[2:]))
    model = keras.Model(inputs, layer(inputs))
    agree(model(x), layer(x), tolerance=1e-6)


def test_masks_reach_the_layer_step_by_step() -> None:
    x = np.random.default_rng(2).normal(size=(BATCH, 4, TIME, FEATURES)).astype("float32")
    mask = np.random.default_rng(3).random((BATCH, 4, TIME)) < 0.5
    ours, stock = both("TimeDistributed", layer=keras.layers.LSTM(UNITS))
    first, second = ours(x, mask=mask), stock(x, mask=mask)
    agree(first, second, tolerance=1e-6)
    assert np.abs(np.asarray(first) - np.asarray(ours(x))).max() > 1e-3
    for wrong in (mask[0, 0], mask[:, :3], mask[:1]):
        with pytest.raises(ValueError, match="mask"):
            ours(x, mask=wrong)


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no layer": ("TimeDistributed", {"layer": 3}),
    "no units": ("LSTM", {"units": 0}),
    "fewer units than none": ("SimpleRNNCell", {"units": -1}),
    "no filter": ("Conv1D", {"filters": 0, "kernel_size": 3}),
    "no group": ("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 0}),
    "groups that do not divide": ("Conv1D", {"filters": 4, "kernel_size": 3, "groups": 3}),
    "no cell": ("Conv1D", {"filters": 4, "kernel_size": 0}),
    "no filter and no cell": ("Conv1D", {"filters": 0, "kernel_size": 0}),
    "too many lengths": ("Conv2D", {"filters": 4, "kernel_size": (3, 3, 3)}),
    "no length": ("Conv2D", {"filters": 4, "kernel_size": None}),
    "no stride": ("Conv1D", {"filters": 4, "kernel_size": 3, "strides": 0}),
    "strides and dilation": ("Conv1D", {"filters": 4, "kernel_size": 3, "strides": 2, "dilation_rate": 2}),
    "as much padding as the stride": ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "output_padding": 1}),
    "no filter of a transposed one": ("Conv2DTranspose", {"filters": 0, "kernel_size": 3}),
    "transposed strides and dilation": (
        "Conv2DTranspose",
        {"filters": 4, "kernel_size": 3, "strides": 2, "dilation_rate": 2},
    ),
    "strides and dilation over images": (
        "ConvLSTM2D",
        {"filters": 4, "kernel_size": 3, "strides": 2, "dilation_rate": 2},
    ),
    "no kernel for a channel": ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 0}),
    "another padding": ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "causal"}),
    "a window of nothing": ("MaxPooling2D", {"pool_size": 0}),
    "a window of three": ("AveragePooling2D", {"pool_size": (2, 2, 2)}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_keras_refuses_is_refused_in_its_words(case: str) -> None:
    name, options = REFUSED[case]
    said = []
    for module in (reference, keras.layers):
        with pytest.raises(ValueError, match=r"argument|compatible|number|strictly|supported|instance") as refused:
            getattr(module, name)(**options)
        said.append(re.sub(r"[^\w `]", "", str(refused.value).replace("a list/tuple or ", "")))
    # The names of paddings stand in a set, which has no order.
    assert sorted(said[0].split()) == sorted(said[1].split())


def test_groups_that_do_not_divide_the_channels_are_refused_in_keras_s_words() -> None:
    said = []
    for module in (reference, keras.layers):
        with pytest.raises(ValueError, match="evenly divisible") as refused:
            module.Conv1D(4, 3, groups=2).build(SEQUENCE)
        said.append(str(refused.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("name", [name for name in LAYERS if "Pooling" in name])
def test_what_has_no_weights_is_built_when_it_is_made(name: str) -> None:
    ours, stock = both(name, **LAYERS[name][0])
    assert ours.built
    assert stock.built


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", ["Conv1D", "Conv2D"])
def test_low_rank_adaptation_is_keras_s(name: str, tmp_path: pathlib.Path) -> None:
    options, shape = LAYERS[name]
    x = np.random.default_rng(5).normal(size=shape).astype("float32")
    ours, stock = both(name, **options, lora_rank=2, lora_alpha=3.0)
    with pytest.raises(AttributeError, match="build the layer before"):
        _ = ours.kernel
    for layer in (ours, stock):
        layer.build(shape)
    assert [(v.path, v.shape, v.dtype, v.trainable) for v in ours.weights] == [
        (v.path, v.shape, v.dtype, v.trainable) for v in stock.weights
    ]
    for mine, theirs in zip(ours.weights, stock.weights, strict=True):
        value = np.random.default_rng(6).normal(size=mine.shape)
        mine.assign(value)
        theirs.assign(value)
    agree(ours(x), stock(x), tolerance=1e-4)
    agree(ours.kernel, stock.kernel, tolerance=1e-5)
    assert ours.get_config() == stock.get_config()

    model = keras.Sequential([keras.Input(shape[1:]), ours])
    model.save(tmp_path / "adapted.keras")
    loaded = keras.models.load_model(tmp_path / "adapted.keras")
    assert loaded.layers[0].lora_enabled
    agree(loaded(x), ours(x), tolerance=1e-4)
    with pytest.raises(ValueError, match="already enabled"):
        ours.enable_lora(2)
    with pytest.raises(ValueError, match="isn't yet built"):
        getattr(reference, name)(**options).enable_lora(2)
    held = getattr(reference, name)(**options, kernel_constraint="max_norm")
    held.build(shape)
    with pytest.raises(ValueError, match="incompatible with kernel constraints"):
        held.enable_lora(2)


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="use_cudnn is 'never'"):
        reference.GRU(4, use_cudnn="never")
    with pytest.raises(ValueError, match="never runs on cuDNN"):
        reference.GRU(4, use_cudnn=True)(np.ones(SEQUENCE, "float32"))
    with pytest.raises(ValueError, match="merge_mode is 'join'"):
        reference.Bidirectional(reference.LSTM(4), merge_mode="join")
    with pytest.raises(ValueError, match="both layers have go_backwards=False"):
        reference.Bidirectional(reference.LSTM(4), backward_layer=reference.LSTM(4))
    with pytest.raises(ValueError, match="return_sequences is True in the forward layer and False"):
        reference.Bidirectional(
            reference.LSTM(4, return_sequences=True), backward_layer=reference.LSTM(4, go_backwards=True)
        )
    with pytest.raises(ValueError, match="is no cell, it has no 'state_size'"):
        reference.StackedRNNCells([keras.layers.Dense(4)])
    with pytest.raises(ValueError, match=r"a window of .9,. with dilation .1,. does not fit"):
        reference.Conv1D(4, 9).build(SEQUENCE)
