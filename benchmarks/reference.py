"""How fast are the reference layers beside Keras's own?

    python -m benchmarks.reference [LAYER ...]

Each layer of `reference.layers` and the one of the same name in `keras.layers`, with the same weights, in three sizes
and six ways: a compiled call, ``predict`` over a few batches, a compiled training step (gradients of the weights and
of the input, as within a larger model), ``fit`` over a few batches, and call and step once more as XLA compiles them.
The other four leave XLA out, as Keras does by itself on a CPU. Counted is the time of CPU of all threads, which other
programs disturb least; both take turns, and of each the least of the medians of all rounds stands. Prints what the
reference takes in parts of what Keras takes, and writes results/reference.json beside this file.

Some of Keras's layers take many times as long under XLA as without it. So the last two lines compare the quicker way of
either side.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf

import reference

RESULT = Path(__file__).resolve().parent / "results" / "reference.json"
EACH = "the reference's time in parts of Keras's; milliseconds of CPU of the reference; of Keras"
CORES = 2
BATCHES = 5
"""Of one ``predict`` and one ``fit``."""
ROUNDS = 3
SECONDS = 0.06
"""At least so long every layer is called before it is the other's turn."""

SEQUENCES = {
    # batch, time, features; units
    "small": ((8, 10, 4), 8),
    "medium": ((32, 20, 32), 64),
    "large": ((64, 40, 64), 128),
}
IMAGES = {
    # batch, height, width, channels; filters
    "small": ((8, 12, 12, 2), 4),
    "medium": ((16, 28, 28, 8), 16),
    "large": ((16, 56, 56, 32), 32),
}
FILMS = {
    # batch, time, height, width, channels; filters
    "small": ((2, 4, 8, 8, 2), 4),
    "medium": ((4, 8, 16, 16, 4), 8),
    "large": ((8, 8, 24, 24, 8), 16),
}

Found = dict[str, dict[str, dict[str, tuple[float, float, float]]]]
"""Layer -> size -> way -> what `EACH` says."""
Maker = Callable[[Any, int], Any]
"""From `reference` or ``keras.layers`` and a number of units or filters to a layer."""


def _recurrent(name: str, **options: Any) -> Maker:
    return lambda module, units: getattr(module, name)(units, return_sequences=True, **options)


def _cell(name: str) -> Maker:
    return lambda module, units: keras.layers.RNN(getattr(module, name)(units), return_sequences=True)


def _stacked(module: Any, units: int) -> Any:
    return keras.layers.RNN(module.StackedRNNCells([module.LSTMCell(units), module.GRUCell(units)]))


def _window(name: str, *arguments: Any, **options: Any) -> Maker:
    """A layer that slides, with or without filters."""
    return lambda module, filters: getattr(module, name)(
        *([filters] if "filters" in inspect.signature(getattr(module, name)).parameters else []), *arguments, **options
    )


LAYERS: dict[str, tuple[Maker, dict[str, Any]]] = {
    "SimpleRNN": (_recurrent("SimpleRNN"), SEQUENCES),
    "SimpleRNNCell": (_cell("SimpleRNNCell"), SEQUENCES),
    "LSTM": (_recurrent("LSTM"), SEQUENCES),
    "LSTM dropout": (_recurrent("LSTM", dropout=0.2, recurrent_dropout=0.2), SEQUENCES),
    "LSTMCell": (_cell("LSTMCell"), SEQUENCES),
    "GRU": (_recurrent("GRU"), SEQUENCES),
    "GRU reset before": (_recurrent("GRU", reset_after=False), SEQUENCES),
    "GRUCell": (_cell("GRUCell"), SEQUENCES),
    "StackedRNNCells": (_stacked, SEQUENCES),
    "Bidirectional": (lambda module, units: module.Bidirectional(_recurrent("LSTM")(module, units)), SEQUENCES),
    "TimeDistributed": (lambda module, units: module.TimeDistributed(keras.layers.Dense(units)), SEQUENCES),
    "ConvLSTM2D": (_window("ConvLSTM2D", 3, padding="same"), FILMS),
    "Conv1D": (_window("Conv1D", 5, padding="causal"), SEQUENCES),
    "Conv2D": (_window("Conv2D", 3, padding="same"), IMAGES),
    "Conv2D strides": (_window("Conv2D", 3, strides=2), IMAGES),
    "Conv2DTranspose": (_window("Conv2DTranspose", 3, strides=2, padding="same"), IMAGES),
    "DepthwiseConv2D": (_window("DepthwiseConv2D", 3, padding="same"), IMAGES),
    "MaxPooling1D": (_window("MaxPooling1D", 2), SEQUENCES),
    "MaxPooling2D": (_window("MaxPooling2D", 2), IMAGES),
    "MaxPooling2D overlapping": (_window("MaxPooling2D", 3, strides=2, padding="same"), IMAGES),
    "AveragePooling1D": (_window("AveragePooling1D", 2), SEQUENCES),
    "AveragePooling2D": (_window("AveragePooling2D", 2), IMAGES),
    "AveragePooling2D overlapping": (_window("AveragePooling2D", 3, strides=2, padding="same"), IMAGES),
    "GlobalMaxPooling1D": (_window("GlobalMaxPooling1D"), SEQUENCES),
    "GlobalMaxPooling2D": (_window("GlobalMaxPooling2D"), IMAGES),
    "GlobalAveragePooling1D": (_window("GlobalAveragePooling1D"), SEQUENCES),
    "GlobalAveragePooling2D": (_window("GlobalAveragePooling2D"), IMAGES),
}
"""A title -> how the layer is made, and its sizes."""


class Scale(keras.layers.Layer):
    """One number times the input, so that what comes after it has to say how its input should change."""

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight(shape=(), initializer="ones")

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


def main() -> None:
    """Every layer in turn with its twin; print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layers", nargs="*", metavar="LAYER", help=", ".join(LAYERS))
    parser.add_argument("--size", choices=list(SEQUENCES))
    options = parser.parse_args()
    unknown = ", ".join(sorted(set(options.layers) - set(LAYERS)))
    if unknown:
        parser.error(f"no layer {unknown}: expected some of {', '.join(LAYERS)}")
    tf.config.threading.set_intra_op_parallelism_threads(CORES)
    tf.config.threading.set_inter_op_parallelism_threads(CORES)

    found: Found = json.loads(RESULT.read_text("utf-8"))["layers"] if RESULT.exists() else {}
    for name in options.layers or LAYERS:
        make, sizes = LAYERS[name]
        for size in [options.size] if options.size else sizes:
            shape, units = sizes[size]
            ways = measured(make, shape, units)
            found.setdefault(name, {})[size] = ways
            told = "   ".join(f"{way} {ratio:5.2f} of {theirs:8.2f} ms" for way, (ratio, _, theirs) in ways.items())
            print(f"{name:28} {size:7} {told}", flush=True)
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(as_text(found), "utf-8")
    print(summary(found))


def as_text(found: Found) -> str:
    """JSON with a line for each size of each layer."""
    layers = ",\n".join(
        f"  {json.dumps(name)}: {{\n"
        + ",\n".join(f"   {json.dumps(size)}: {json.dumps(ways)}" for size, ways in sizes.items())
        + "\n  }"
        for name, sizes in found.items()
    )
    return f'{{\n "each": {json.dumps(EACH)},\n "layers": {{\n{layers}\n }}\n}}\n'


def summary(found: Found) -> str:
    """For each way the ratios of all layers and sizes: how many are above 1.5, the middle one, and the highest."""
    every = [ways for sizes in found.values() for ways in sizes.values()]
    ratios = {way: [ways[way][0] for ways in every] for way in every[0]}
    for way in ("call", "step"):
        both = [list(zip(ways[way], ways[f"{way} XLA"], strict=True)) for ways in every]
        ratios[f"{way}, the quicker"] = [min(ours) / min(theirs) for _, ours, theirs in both]
    return "\n".join(
        f"{way:18} {sum(r > 1.5 for r in some):3} of {len(some)} above 1.5, {statistics.median(some):.2f} in the "
        f"middle, at most {max(some):.2f}"
        for way, some in ratios.items()
    )


def measured(make: Maker, shape: tuple[int, ...], units: int) -> dict[str, tuple[float, float, float]]:
    """Way -> ours in parts of Keras's, and milliseconds of CPU of ours and of Keras's, of a call or a batch."""
    keras.backend.clear_session()
    both = {who: ways_of(make(module, units), shape) for who, module in (("ours", reference), ("keras", keras.layers))}
    ways = {}
    for way in both["ours"]:
        medians: dict[str, list[float]] = {"ours": [], "keras": []}
        for _ in range(ROUNDS):
            for who, times in medians.items():
                times.append(_median(both[who][way]))
        ours, theirs = (min(medians[who]) * 1000 / (BATCHES if way in ("predict", "fit") else 1) for who in both)
        ways[way] = (round(ours / theirs, 2), round(ours, 3), round(theirs, 3))
    return ways


def ways_of(layer: Any, shape: tuple[int, ...]) -> dict[str, Callable[[], Any]]:
    """All ways, each traced and warm."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype("float32")
    many = rng.normal(size=(BATCHES * shape[0], *shape[1:])).astype("float32")
    layer.build(shape)
    for weight in layer.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) / np.prod(weight.shape[:-1], dtype=float) ** 0.5)

    takes_training = "training" in inspect.signature(layer.call).parameters

    def call(x: Any) -> Any:
        return layer(x)

    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_mean(tf.square(layer(x, training=True) if takes_training else layer(x)))
        return loss, tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_weights)])

    model = keras.Sequential([keras.Input(shape[1:]), Scale(), layer])
    model.compile("sgd", lambda _, y: keras.ops.mean(keras.ops.square(y)), jit_compile=False)
    targets = np.zeros(len(many))
    constant = tf.constant(x)
    graph_call, graph_step = tf.function(call), tf.function(step)
    xla_call, xla_step = tf.function(call, jit_compile=True), tf.function(step, jit_compile=True)
    ways: dict[str, Callable[[], Any]] = {
        "call": lambda: _ready(graph_call(constant)),
        "predict": lambda: model.predict(many, batch_size=shape[0], verbose=0),
        "step": lambda: _ready(graph_step(constant)[1][0]),
        "fit": lambda: model.fit(many, targets, batch_size=shape[0], shuffle=False, verbose=0),
        "call XLA": lambda: _ready(xla_call(constant)),
        "step XLA": lambda: _ready(xla_step(constant)[1][0]),
    }
    for way in ways.values():
        for _ in range(2):
            way()
    return ways


def _ready(y: Any) -> None:
    y.numpy()  # the function may have returned before its threads


def _median(run: Callable[[], Any]) -> float:
    """Seconds of CPU of a run, the median of as many as there is time for."""
    times: list[float] = []
    until = time.perf_counter() + SECONDS
    while not times or time.perf_counter() < until:
        began = time.process_time()
        run()
        times.append(time.process_time() - began)
    return statistics.median(times)


if __name__ == "__main__":
    main()
