"""What the students of the sample class did in the assignments that use what they wrote for earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from situations import also, situation

if TYPE_CHECKING:
    from build import Work

# -------------------------------------------------------------------------------------------------------- sentiment


@also("sentiment", "perfect", shown=False)
def _(work: Work) -> None:
    """The solution, on the right `LSTMCell` of the notebook lstm."""


@also("sentiment", "wrong_gate_order", shown=False)
def _(work: Work) -> None:
    """The solution, on an `LSTMCell` that is wrong: that was paid for in the notebook lstm."""


@also("sentiment", "not_a_notebook", shown=False)
def _(work: Work) -> None:
    """The solution; what was handed in for lstm cannot be read."""


@also("sentiment", "untouched", shown=False)
def _(work: Work) -> None:
    """The solution; the notebook lstm was handed in as it was handed out."""


@situation("sentiment", shown=False)
def only_this_one(work: Work) -> None:
    """The solution, by somebody who has handed in nothing before."""


@situation("sentiment", shown=False)
def holds_the_memory_only(work: Work) -> None:
    """At a masked step h runs on; and no notebook lstm."""
    work.change(
        "masked_lstm",
        ("h_t, c_t = ops.where(counts, h_t, h), ops.where(counts, c_t, c)", "c_t = ops.where(counts, c_t, c)"),
    )


@also("sentiment", "half_finished", shown=False)
def _(work: Work) -> None:
    """The padding is read, by the state and by the model."""
    work.body("last_state", "return states[:, -1]")
    work.change("sentiment_model", (", mask_zero=True", ""))


@also("sentiment", "uses_the_builtin", shown=False)
def _(work: Work) -> None:
    """Keras's layer for the one that is to be written."""
    work.write("masked_lstm", "class MaskedLSTM(keras.layers.LSTM):\n    pass")


@situation("sentiment", shown=False)
def own_cell_in_place(work: Work) -> None:
    """Does not use `LSTMCell`: has the equations in the layer."""
    work.change(
        "masked_lstm",
        (
            "self.cell = LSTMCell(self.units)\n        self.cell.build((input_shape[0], input_shape[-1]))",
            "wide = 4 * self.units\n"
            '        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], wide))\n'
            '        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, wide))\n'
            '        self.bias = self.add_weight(name="bias", shape=(wide,))',
        ),
        (
            "h_t, (_, c_t) = self.cell(inputs[:, t], [h, c])",
            "z = inputs[:, t] @ self.kernel + h @ self.recurrent_kernel + self.bias\n"
            "            i, f, g, o = ops.split(z, 4, axis=-1)\n"
            "            c_t = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)\n"
            "            h_t = ops.sigmoid(o) * ops.tanh(c_t)",
        ),
    )


# ---------------------------------------------------------------------------------------------------------- tagging


@also("tagging", "perfect", shown=False)
def _(work: Work) -> None:
    """The solution, on the right `SimpleRNN` of the notebook rnn."""


@also("tagging", "state_never_advanced", shown=False)
def _(work: Work) -> None:
    """The solution, on a `SimpleRNN` that does not remember."""


@also("tagging", "only_this_one", shown=False)
def _(work: Work) -> None:
    """Padding counts in the loss, and the softmax runs over time; no notebook rnn."""
    work.change("sequence_loss", ("np.log(right[mask])", "np.log(right + 1e-9)"))
    work.body(
        "tag_scores",
        "scores = states @ W + b\npowers = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
        "return powers / powers.sum(axis=1, keepdims=True)",
    )


# ------------------------------------------------------------------------------------------------------ translation


@also("translation", "perfect", shown=False)
def _(work: Work) -> None:
    """The solution, on the right `LSTM` of the notebook lstm."""


@also("translation", "states_exchanged", shown=False)
def _(work: Work) -> None:
    """The solution, on an `LSTM` whose cell returns [c, h]."""


@also("translation", "half_finished", shown=False)
def _(work: Work) -> None:
    """Only h is handed over, nothing is shifted, and decoding does not stop."""
    work.change("encoder_decoder", ("initial_state=[h, c]", "initial_state=[h, ops.zeros_like(c)]"))
    work.body("shift_right", "return targets")
    work.change("greedy_decode", ("np.where(over, 0, chosen)", "chosen"))


@also("translation", "uses_the_builtin", shown=False)
def _(work: Work) -> None:
    """Keras's attention for the one that is to be written."""
    work.body(
        "attention",
        "return keras.layers.Attention()([queries, values, keys], mask=[None, mask], return_attention_scores=True)",
    )


# ----------------------------------------------------------------------------------------------------------- vision


@also("vision", "perfect", shown=False)
def _(work: Work) -> None:
    """The solution, on the right layers of the notebook cnn."""


@also("vision", "only_this_one", shown=False)
def _(work: Work) -> None:
    """One mean for all pictures, and PyTorch's order of weights forgotten; no notebook cnn."""
    work.change("normalize", ("images.mean(axis=(1, 2, 3), keepdims=True)", "images.mean()"))
    work.change(
        "flatten_dense",
        (
            "if self.channels_first:\n"
            "            x = ops.transpose(x, (0, 3, 1, 2))  # (batch, channels, height, width)\n        ",
            "",
        ),
    )


@also("vision", "half_finished", shown=False)
def _(work: Work) -> None:
    """The last row and column of places is forgotten."""
    work.change("occluded", ("height - size + 1", "height - size"))


# ------------------------------------------------------------------------------------------------ video and compare


@also("video", "perfect", shown=False)
def _(work: Work) -> None:
    """The solution, on the right layers of the notebooks cnn and lstm."""


@also("video", "only_this_one", shown=False)
def _(work: Work) -> None:
    """The solution, without any earlier notebook: the model reaches `Conv2D` through `FramesThrough`."""


@also("video", "states_exchanged", shown=False)
def _(work: Work) -> None:
    """The frames' features in one row, on an `LSTM` whose cell returns [c, h]."""
    work.body("frame_features", "return ops.reshape(maps, (maps.shape[0], -1))")


@also("compare", "perfect", shown=False)
def _(work: Work) -> None:
    """The solution."""


@also("compare", "half_finished", shown=False)
def _(work: Work) -> None:
    """Two of five functions."""
    for name in ("memory_curve", "memory_length", "steps_in_a_row"):
        work.body(name, "raise NotImplementedError")
