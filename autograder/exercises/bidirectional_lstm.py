"""Two LSTM layers over one sequence, one from each end, joined along the units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.families import draw, lstm_steps
from autograder.families import lstm as family
from autograder.families.recurrent import RECURRENT_BUILTINS, in_every_group, slack
from autograder.model import Arrays, Check, Exercise, LayerCase, Mistake
from reference import equations as eq

DIRECTIONS = ("forward", "backward")


def cases(rng: np.random.Generator) -> tuple[LayerCase, ...]:
    return (
        _case("last", rng),
        _case("sequences", rng, return_sequences=True),
        _case("config", rng, return_sequences=True, route="from_config"),
    )


def _case(name: str, rng: np.random.Generator, *, return_sequences: bool = False, route: str = "eager") -> LayerCase:
    size = family.sequence_sizes(rng, ("batch", "features", "units"), short=True)
    units = size["units"]
    config: dict[str, Any] = {"units": units} | ({"return_sequences": True} if return_sequences else {})
    weights = {}
    for direction in DIRECTIONS:
        weights[f"{direction}/kernel"] = draw.weight(rng, size["features"], 4 * units)
        weights[f"{direction}/recurrent_kernel"] = draw.weight(rng, units, 4 * units)
        weights[f"{direction}/bias"] = draw.bias(rng, 4 * units)
    return LayerCase(
        id=name,
        config=config,
        weights=weights,
        inputs=draw.inputs(rng, size["batch"], size["time"], size["features"]),
        axes={"inputs": "batch time features"}
        | {f"{way}/{weight}": named for way in DIRECTIONS for weight, named in family.WEIGHT_AXES.items()},
        returns={"output": "batch time 2*units" if return_sequences else "batch 2*units"},
        route=route,
        config_back={"units": units} if route == "from_config" else {},
    )


# ----------------------------------------------------------------------------------- truth, and wrong readers


def _traces(case: LayerCase, step: Callable[..., eq.LSTMStep] = eq.lstm_step) -> tuple[eq.LSTMTrace, eq.LSTMTrace]:
    """What the two readers computed, each in its own order of reading."""
    ahead, back = _weights(case)
    return eq.lstm(case.inputs, *ahead, step=step), eq.lstm(case.inputs, *back, step=step, go_backwards=True)


def _weights(case: LayerCase) -> tuple[family.Fused, family.Fused]:
    ahead, back = family.fused(case)
    return ahead, back


def _halves(case: LayerCase, ahead: eq.LSTMTrace, back: eq.LSTMTrace) -> tuple[np.ndarray, np.ndarray]:
    if case.config.get("return_sequences"):
        return ahead.hidden, back.hidden[:, ::-1]
    return ahead.hidden[:, -1], back.hidden[:, -1]


def _run(case: LayerCase, step: Callable[..., eq.LSTMStep] = eq.lstm_step) -> Arrays:
    return {"output": np.concatenate(_halves(case, *_traces(case, step)), axis=-1)}


def _joined(change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[[LayerCase], Arrays]:
    return lambda case: {"output": change(*_halves(case, *_traces(case)))}


def _read(change: Callable[[LayerCase, eq.LSTMTrace], eq.LSTMTrace]) -> Callable[[LayerCase], Arrays]:
    """Another backward reader; its results are turned and joined as they should be."""

    def answer(case: LayerCase) -> Arrays:
        ahead, _ = _traces(case)
        return {"output": np.concatenate(_halves(case, ahead, change(case, ahead)), axis=-1)}

    return answer


def _not_turned_back(case: LayerCase) -> Arrays:
    ahead, back = _traces(case)
    if not case.config.get("return_sequences"):
        return _run(case)
    return {"output": np.concatenate([ahead.hidden, back.hidden], axis=-1)}


def _last_position(case: LayerCase) -> Arrays:
    if case.config.get("return_sequences"):
        return _run(case)
    ahead, back = _traces(case)
    return {"output": np.concatenate([ahead.hidden[:, -1], back.hidden[:, 0]], axis=-1)}


def _forward_weights_twice(case: LayerCase, ahead: eq.LSTMTrace) -> eq.LSTMTrace:
    return eq.lstm(case.inputs, *_weights(case)[0], go_backwards=True)


def _same_direction(case: LayerCase) -> Arrays:
    ahead, _ = _traces(case)
    also_ahead = eq.lstm(case.inputs, *_weights(case)[1])
    chosen = slice(None) if case.config.get("return_sequences") else -1
    return {"output": np.concatenate([ahead.hidden[:, chosen], also_ahead.hidden[:, chosen]], axis=-1)}


def _only_output_turned(case: LayerCase) -> Arrays:
    ahead, _ = _traces(case)
    also_ahead = eq.lstm(case.inputs, *_weights(case)[1])
    if case.config.get("return_sequences"):
        return {"output": np.concatenate([ahead.hidden, also_ahead.hidden[:, ::-1]], axis=-1)}
    return {"output": np.concatenate([ahead.hidden[:, -1], also_ahead.hidden[:, -1]], axis=-1)}


def _directions_exchanged(case: LayerCase) -> Arrays:
    ahead, back = _weights(case)
    exchanged = eq.lstm(case.inputs, *ahead, go_backwards=True), eq.lstm(case.inputs, *back)
    if case.config.get("return_sequences"):
        return {"output": np.concatenate([exchanged[0].hidden[:, ::-1], exchanged[1].hidden], axis=-1)}
    return {"output": np.concatenate([trace.hidden[:, -1] for trace in exchanged], axis=-1)}


def _features_turned(case: LayerCase) -> Arrays:
    """The last axis is turned round in place of the time axis, before and after."""
    ahead, _ = _traces(case)
    back = eq.lstm(case.inputs[:, :, ::-1], *_weights(case)[1])
    if case.config.get("return_sequences"):
        return {"output": np.concatenate([ahead.hidden, back.hidden[:, :, ::-1]], axis=-1)}
    return {"output": np.concatenate([ahead.hidden[:, -1], back.hidden[:, -1]], axis=-1)}


def _batch_turned(case: LayerCase) -> Arrays:
    """The batch axis is turned round in place of the time axis, before and after."""
    ahead, _ = _traces(case)
    back = eq.lstm(case.inputs[::-1], *_weights(case)[1])
    if case.config.get("return_sequences"):
        return {"output": np.concatenate([ahead.hidden, back.hidden[::-1]], axis=-1)}
    return {"output": np.concatenate([ahead.hidden[:, -1], back.hidden[:, -1]], axis=-1)}


# -------------------------------------------------------------------------------------------------- witnesses


def _pair_of(layer: Any) -> Any:
    import keras

    class Pair(keras.layers.Layer):
        def __init__(self, units: int, return_sequences: bool = False, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.forward_layer = layer(units, return_sequences=return_sequences)
            self.backward_layer = layer(units, return_sequences=return_sequences, go_backwards=True)
            self.return_sequences = return_sequences

        def call(self, x: Any) -> Any:
            ahead, back = self.forward_layer(x), self.backward_layer(x)
            return keras.ops.concatenate([ahead, back[:, ::-1] if self.return_sequences else back], axis=-1)

    return Pair


def _keras() -> Any:
    import keras

    return _pair_of(keras.layers.LSTM)


def _reference() -> Any:
    from reference import LSTM

    return _pair_of(LSTM)


EXERCISE = Exercise(
    id="bidirectional_lstm",
    assignment="lstm",
    title="Reading from both ends",
    entry_point="BidirectionalLSTM",
    signature="BidirectionalLSTM(units, return_sequences=False)(x), with forward_layer and backward_layer",
    points=6,
    hint=(
        "At every position of the output both halves should speak of the same input. Which of them has to be "
        "turned round?"
    ),
    cases=cases,
    truth=_run,
    slack=slack,
    checks=(
        Check("last", "The last state of each reader, joined", 2, ("last.*",)),
        Check("sequences", "All steps: both halves speak of the same position", 3, ("sequences.*",)),
        Check("config", "get_config makes the same layer again", 1, ("config.*",), ("sequences",)),
    ),
    mistakes=(
        *lstm_steps.step_mistakes(_run),
        Mistake(
            "layer.backward_output_not_flipped",
            "The backward outputs are joined in the order in which they were made",
            "Feed a sequence that is zero except at one step. Where do the two halves react?",
            _not_turned_back,
        ),
        Mistake(
            "layer.bidirectional_last_step",
            "The last position of the joined sequence is taken as the summary",
            "At the last position, how many inputs has the right-to-left reader seen?",
            _last_position,
        ),
        Mistake(
            "bidirectional.halves_exchanged", "The backward half stands first",
            "Which half of the output should depend on the first input alone at the first position?",
            _joined(lambda ahead, back: np.concatenate([back, ahead], axis=-1)),
        ),
        Mistake(
            "bidirectional.added", "The two halves are added",
            "How wide is the output of two readers that keep their own words? How wide is yours?",
            _joined(lambda ahead, back: ahead + back),
        ),
        Mistake(
            "bidirectional.averaged", "The two halves are averaged",
            "Can what one reader says cancel what the other one says? Can it in yours?",
            _joined(lambda ahead, back: (ahead + back) / 2),
        ),
        Mistake(
            "bidirectional.joined_on_wrong_axis",
            "The two halves are joined along the second axis from the end",
            "Both readers report on every position. Which axis of the output grows, time or units?",
            _joined(lambda ahead, back: np.concatenate([ahead, back], axis=-2)),
        ),
        Mistake(
            "bidirectional.same_direction", "The backward layer reads from the front as well",
            "Change the last input only. Which half of the first position should notice?",
            _same_direction,
        ),
        Mistake(
            "bidirectional.only_output_turned", "The backward layer reads from the front; only its output "
            "is turned round",
            "Change the last input only. Which half of the first position should notice?",
            _only_output_turned,
        ),
        Mistake(
            "bidirectional.forward_layer_twice", "The forward layer reads in both directions",
            "How many kernels has a layer with two readers, and how many of them does your output depend on?",
            _read(_forward_weights_twice),
        ),
        Mistake(
            "bidirectional.weights_exchanged",
            "The forward layer reads backwards and the backward layer forwards",
            "Which of your two layers meets the first input first?",
            _directions_exchanged,
        ),
        Mistake(
            "bidirectional.state_handed_over",
            "The backward reader starts from the last states of the forward reader",
            "What should the backward reader know before it has read anything?",
            _read(lambda case, ahead: eq.lstm(
                case.inputs, *_weights(case)[1], h0=ahead.last_hidden, c0=ahead.last_cell, go_backwards=True
            )),
        ),
        Mistake(
            "bidirectional.features_turned_round",
            "The feature axis is turned round instead of the time axis",
            "Name the three axes of the input in their order. Which one does a reader run along, and "
            "which one did you turn?",
            _features_turned,
        ),
        Mistake(
            "bidirectional.batch_turned_round", "The batch axis is turned round instead of the time axis",
            "Name the three axes of the input in their order. Which one does a reader run along, and "
            "which one did you turn?",
            _batch_turned,
        ),
    ),
    witnesses={"keras": _keras, "reference": _reference},
    layouts=in_every_group(family.LAYOUTS),
    forbidden=RECURRENT_BUILTINS,
)  # fmt: skip
