"""What the students of the sample class did. One function per situation; see build.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from build import Work

SITUATIONS: dict[tuple[str, str], Situation] = {}
"""By student and assignment."""


@dataclass(frozen=True)
class Situation:
    """What was done to a notebook. filled: it starts from the solution. shown: it goes to
    `submitted/`, which has one of each kind; the others go to `more/`."""

    change: Callable[[Work], None]
    filled: bool
    shown: bool


def situation(
    assignment: str, *, filled: bool = True, shown: bool = True
) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    """Register a situation; the student is named after the function."""

    def register(change: Callable[[Work], None]) -> Callable[[Work], None]:
        SITUATIONS[change.__name__, assignment] = Situation(change, filled, shown)
        return change

    return register


def also(
    assignment: str, student: str, *, filled: bool = True, shown: bool = True
) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    """Register another assignment of a student."""

    def register(change: Callable[[Work], None]) -> Callable[[Work], None]:
        SITUATIONS[student, assignment] = Situation(change, filled, shown)
        return change

    return register


# ------------------------------------------------------------------------------------------------- right, in any style


@situation("lstm")
def perfect(work: Work) -> None:
    """The solution itself."""


@situation("lstm")
def weights_per_gate(work: Work) -> None:
    """One weight per gate, and four products."""
    work.change(
        "lstm_cell",
        (
            work.source("lstm_cell")[
                work.source("lstm_cell").index("        def forget_block_one") : work.source("lstm_cell").index(
                    "    def call"
                )
            ],
            """        features = input_shape[-1]
        self.gates = {}
        for gate in "ifco":
            self.gates[gate] = (
                self.add_weight(name=f"kernel_{gate}", shape=(features, self.units)),
                self.add_weight(name=f"recurrent_kernel_{gate}", shape=(self.units, self.units)),
                self.add_weight(name=f"bias_{gate}", shape=(self.units,), initializer="zeros"),
            )

""",
        ),
        (
            "h_t, c_t = lstm_step(inputs, h_prev, c_prev, self.kernel, self.recurrent_kernel, self.bias)",
            """z = {}
        for gate, (w, u, b) in self.gates.items():
            z[gate] = ops.matmul(inputs, w) + ops.matmul(h_prev, u) + b
        c_t = ops.sigmoid(z["f"]) * c_prev + ops.sigmoid(z["i"]) * ops.tanh(z["c"])
        h_t = ops.sigmoid(z["o"]) * ops.tanh(c_t)""",
        ),
    )


@situation("lstm")
def joined_matrix(work: Work) -> None:
    """[x, h] joined, one matrix."""
    source = work.source("lstm_cell")
    start = source.index("        self.kernel = self.add_weight")
    stop = source.index("        self.bias = self.add_weight")
    work.change(
        "lstm_cell",
        (
            source[start:stop],
            """        self.joined_kernel = self.add_weight(
            name="joined_kernel", shape=(input_shape[-1] + self.units, wide), initializer="glorot_uniform"
        )
""",
        ),
        (
            "h_t, c_t = lstm_step(inputs, h_prev, c_prev, self.kernel, self.recurrent_kernel, self.bias)",
            """z = ops.concatenate([inputs, h_prev], axis=-1) @ self.joined_kernel + self.bias
        i, f, c, o = ops.split(z, 4, axis=-1)
        c_t = ops.sigmoid(f) * c_prev + ops.sigmoid(i) * ops.tanh(c)
        h_t = ops.sigmoid(o) * ops.tanh(c_t)""",
        ),
    )


@situation("lstm")
def ops_scan(work: Work) -> None:
    """The loop over time by keras.ops.scan."""
    source = work.source("lstm")
    start, stop = source.index("        steps = range"), source.index("        return (output, *states)")
    work.change(
        "lstm",
        (
            source[start:stop],
            """        sequence = ops.transpose(inputs, (1, 0, 2))  # (time, batch, features)
        if self.go_backwards:
            sequence = ops.flip(sequence, axis=0)

        def step(carry, x_t):
            h_t, new = self.cell(x_t, list(carry))
            return tuple(new), tuple(new)

        states, (hidden, _) = ops.scan(step, tuple(states), sequence)
        hidden = ops.transpose(hidden, (1, 0, 2))  # (batch, time, units)
        output = hidden if self.return_sequences else hidden[:, -1]
""",
        ),
    )


@situation("lstm")
def einsum(work: Work) -> None:
    """Index notation everywhere."""
    for gate, letter, activation in (
        ("forget_gate", "f", "sigmoid"), ("input_gate", "i", "sigmoid"),
        ("candidate", "c", "tanh"), ("output_gate", "o", "sigmoid"),
    ):  # fmt: skip
        work.body(
            gate,
            f"""
z = ops.einsum("bf,fu->bu", x_t, W_{letter}) + ops.einsum("bv,vu->bu", h_prev, U_{letter})
return ops.{activation}(z + b_{letter})
""",
        )


@situation("lstm")
def python_loops(work: Work) -> None:
    """Every sum by hand, in plain Python and NumPy."""
    work.insert(
        "forget_gate",
        """import math


def one_by_one(x, h, W, U, b, activation):
    rows = []
    for item in range(len(x)):
        row = []
        for unit in range(len(b)):
            total = float(b[unit])
            for k in range(W.shape[0]):
                total += float(x[item, k]) * float(W[k, unit])
            for k in range(U.shape[0]):
                total += float(h[item, k]) * float(U[k, unit])
            row.append(activation(total))
        rows.append(row)
    return rows


def sigmoid(z):
    return 1 / (1 + math.exp(-z))""",
    )
    for gate, letter, activation in (
        ("forget_gate", "f", "sigmoid"), ("input_gate", "i", "sigmoid"),
        ("candidate", "c", "math.tanh"), ("output_gate", "o", "sigmoid"),
    ):  # fmt: skip
        work.body(gate, f"return one_by_one(x_t, h_prev, W_{letter}, U_{letter}, b_{letter}, {activation})")
    work.body("hidden_state", "return np.array(o_t) * np.tanh(np.array(c_t))")


@situation("lstm", shown=False)
def tensorflow_ops(work: Work) -> None:
    """tf.* instead of keras.ops."""
    work.insert("forget_gate", "import tensorflow as tf")
    work.body("forget_gate", "return tf.sigmoid(tf.matmul(x_t, W_f) + tf.matmul(h_prev, U_f) + b_f)")
    work.body("input_gate", "return tf.nn.sigmoid(tf.linalg.matmul(x_t, W_i) + tf.linalg.matmul(h_prev, U_i) + b_i)")
    work.body("candidate", "return tf.tanh(x_t @ W_c + h_prev @ U_c + b_c)")
    work.body(
        "lstm_step",
        """
z = tf.matmul(x_t, kernel) + tf.matmul(h_prev, recurrent_kernel) + bias
i, f, g, o = tf.split(z, 4, axis=1)
c_t = tf.sigmoid(f) * c_prev + tf.sigmoid(i) * tf.tanh(g)
return tf.sigmoid(o) * tf.tanh(c_t), c_t
""",
    )


@situation("lstm")
def helper_cells(work: Work) -> None:
    """Helpers in cells of the student's own, a plot, and notes between."""
    work.insert("forget_gate", "My notes: every gate is the same sum, so I write it once.", kind="markdown")
    work.insert(
        "forget_gate",
        """def affine(x, h, W, U, b):
    "the same sum for every gate"
    return ops.matmul(x, W) + ops.matmul(h, U) + b


plt.plot(np.linspace(-6, 6), 1 / (1 + np.exp(-np.linspace(-6, 6))))
plt.title("what the gates go through")
plt.show()
print("helpers are ready")""",
    )
    work.body("forget_gate", "return ops.sigmoid(affine(x_t, h_prev, W_f, U_f, b_f))")
    work.body("input_gate", "return ops.sigmoid(affine(x_t, h_prev, W_i, U_i, b_i))")
    work.body("candidate", "return ops.tanh(affine(x_t, h_prev, W_c, U_c, b_c))")
    work.body("output_gate", "return ops.sigmoid(affine(x_t, h_prev, W_o, U_o, b_o))")


@situation("lstm")
def chinese_names(work: Work) -> None:
    """Identifiers and comments in Chinese."""
    work.body(
        "forget_gate",
        """
# 遗忘门:每个记忆元保留多少
加权和 = ops.matmul(x_t, W_f) + ops.matmul(h_prev, U_f) + b_f
return ops.sigmoid(加权和)
""",
    )
    work.body(
        "cell_state",
        """
保留 = f_t * c_prev  # 旧的记忆
写入 = i_t * g_t     # 新的内容
return 保留 + 写入
""",
    )
    work.insert("cell_state", "记忆元像一个贯穿始终的仓库。", kind="markdown")


@situation("lstm", shown=False)
def layer_without_cell(work: Work) -> None:
    """The layer holds the weights itself and does not use the cell."""
    source = work.source("lstm")
    start, stop = source.index("        self.cell = LSTMCell"), source.index("    def call")
    work.change(
        "lstm",
        (
            source[start:stop],
            """        wide = 4 * self.units
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], wide))
        self.recurrent_kernel = self.add_weight(name="recurrent_kernel", shape=(self.units, wide))
        self.bias = self.add_weight(name="bias", shape=(wide,), initializer="zeros")

""",
        ),
        (
            "h_t, states = self.cell(inputs[:, t], states)",
            "states = list(lstm_step(inputs[:, t], *states, self.kernel, self.recurrent_kernel, self.bias))\n"
            "            h_t = states[0]",
        ),
    )


# ------------------------------------------------------------------------------------------------ typical mistakes


@situation("lstm")
def candidate_through_sigmoid(work: Work) -> None:
    """Copied the line of a gate."""
    work.change("candidate", ("return ops.tanh", "return ops.sigmoid"))
    work.change("lstm_step", ("g_t = ops.tanh(z_c)", "g_t = ops.sigmoid(z_c)"))


@situation("lstm", shown=False)
def wrong_gate_order(work: Work) -> None:
    """Blocks taken as i, f, o, c."""
    work.change("lstm_step", ("z_i, z_f, z_c, z_o = ops.split", "z_i, z_f, z_o, z_c = ops.split"))


@situation("lstm", shown=False)
def states_exchanged(work: Work) -> None:
    """Returns [c, h]."""
    work.change("lstm_cell", ("return h_t, [h_t, c_t]", "return h_t, [c_t, h_t]"))


@situation("lstm", shown=False)
def no_tanh_at_the_door(work: Work) -> None:
    """o_t * c_t."""
    work.change("hidden_state", ("o_t * ops.tanh(c_t)", "o_t * c_t"))
    work.change("lstm_step", ("h_t = o_t * ops.tanh(c_t)", "h_t = o_t * c_t"))


@situation("lstm", shown=False)
def forgot_the_bias(work: Work) -> None:
    """One gate without its bias."""
    work.change("forget_gate", (" + b_f)", ")"))


@situation("lstm", shown=False)
def initial_state_ignored(work: Work) -> None:
    """The loop always starts from zeros."""
    work.change("lstm", ("if initial_state is None:", "if True:"))


@situation("lstm", shown=False)
def transposed_result(work: Work) -> None:
    """(units, batch) instead of (batch, units)."""
    work.change("forget_gate", ("return ops.sigmoid(", "return ops.transpose(ops.sigmoid("), (" + b_f)", " + b_f))"))


@situation("lstm", shown=False)
def backward_half_not_flipped(work: Work) -> None:
    """Joins the backward outputs in reading order."""
    work.change("bidirectional_lstm", ("            backward = ops.flip(backward, axis=1)", "            pass"))


# ------------------------------------------------------------------------------------------------ unfinished and broken


@situation("rnn", filled=False)
def half_finished(work: Work) -> None:
    """One function, and the next that is begun."""
    work.solve("rnn_step")
    work.change("rnn_unroll", ("raise NotImplementedError()", "pass"))


@situation("lstm", filled=False, shown=False)
def untouched(work: Work) -> None:
    """As released."""


@situation("rnn")
def syntax_error(work: Work) -> None:
    """A bracket is missing in one cell."""
    work.change("rnn_step", ("return np.tanh(", "return (np.tanh("))


@situation("rnn")
def exception_in_one_cell(work: Work) -> None:
    """A misspelt name, met only when the function runs, and a cell that fails by itself."""
    work.change("rnn_unroll", ("rnn_step(x[:, t], h, W, U, b)", "rnn_step(x[:, t], h, W, V, b)"))
    work.insert("simple_rnn", "print(undefined_variable)")


@situation("lstm")
def wrong_class_name(work: Work) -> None:
    """LstmCell instead of LSTMCell; the layer uses the right name of the wrong class."""
    work.change("lstm_cell", ("class LSTMCell(", "class LstmCell("))
    work.change("lstm", ("self.cell = LSTMCell(", "self.cell = LstmCell("))


@situation("rnn")
def infinite_loop(work: Work) -> None:
    """A cell of the student's own never ends."""
    work.insert("rnn_unroll", "step = 0\nwhile step < 10:\n    step = step * 1  # should grow")


@situation("rnn", shown=False)
def infinite_loop_in_a_function(work: Work) -> None:
    """The function never ends when it is called."""
    work.body("rnn_step", "while True:\n    h = np.tanh(x_t @ W + h_prev @ U + b)\nreturn h")


@situation("rnn")
def memory_hog(work: Work) -> None:
    """Fills the memory."""
    work.insert("simple_rnn_cell", "hoard = []\nwhile True:\n    hoard.append(np.ones((1024, 1024)))")


@situation("rnn")
def leaves_early(work: Work) -> None:
    """Ends the process in the middle."""
    work.insert("simple_rnn_cell", "import os\n\nos._exit(0)")


@situation("rnn")
def huge_output(work: Work) -> None:
    """Prints for ever so long."""
    work.insert("rnn_step", 'for step in range(20_000):\n    print("step", step, "state", [0.0] * 50)')


# ------------------------------------------------------------------------------------------------------ odd notebooks


@situation("rnn")
def deleted_tests(work: Work) -> None:
    """Two grade cells are gone."""
    work.delete("rnn_step_check")
    work.delete("simple_rnn_check")


@situation("rnn")
def duplicated_cells(work: Work) -> None:
    """A test and an answer twice."""
    work.duplicate("rnn_step_check")
    work.duplicate("simple_rnn_cell")


@situation("lstm")
def reordered_cells(work: Work) -> None:
    """An answer moved behind everything else."""
    work.move_to_end("hidden_state")


@situation("rnn", filled=False)
def edited_tests(work: Work) -> None:
    """The tests are made to say what the student likes."""
    work.write("rnn_step_check", "2")
    work.write("simple_rnn_check", "print('passed')\n8")


@situation("rnn")
def not_a_notebook(work: Work) -> None:
    """A Word document with the wrong ending."""
    work.raw = b"PK\x03\x04 this is no notebook at all"


@situation("rnn", shown=False)
def cut_off(work: Work) -> None:
    """The upload broke off."""
    work.raw = b'{"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# RN'


@situation("lstm")
def uses_the_builtin(work: Work) -> None:
    """Keras's layer under another name."""
    source = work.source("lstm")
    start, stop = source.index("        if initial_state is None"), source.index("    def get_config")
    made, called = source.index("    def build"), source.index("    def call")
    work.change(
        "lstm",
        (source[made:called], ""),
        (source[start:stop], "        return self.inner(inputs, initial_state=initial_state)\n\n"),
        (
            "        self.go_backwards = go_backwards\n",
            "        self.go_backwards = go_backwards\n"
            "        self.inner = keras.layers.LSTM(units, return_sequences=return_sequences,\n"
            "                                       return_state=return_state, go_backwards=go_backwards)\n",
        ),
    )


# ---------------------------------------------------------------------------------------------------------------- rnn


@also("rnn", "perfect")
def _(work: Work) -> None:
    """The solution itself."""


@also("rnn", "untouched", filled=False)
def _(work: Work) -> None:
    """As released."""


@also("rnn", "tensorflow_ops")
def _(work: Work) -> None:
    """tf.* instead of keras.ops, other names for the weights."""
    work.insert("rnn_step", "import tensorflow as tf")
    work.body("rnn_step", "return tf.tanh(tf.matmul(x_t, W) + tf.matmul(h_prev, U) + b)")
    work.change(
        "simple_rnn_cell",
        ('self.kernel = self.add_weight(name="kernel"', 'self.W = self.add_weight(name="W"'),
        ("self.recurrent_kernel = self.add_weight(", "self.U = self.add_weight("),
        ('name="recurrent_kernel"', 'name="U"'),
        ('self.bias = self.add_weight(name="bias"', 'self.b = self.add_weight(name="b"'),
        (
            "ops.tanh(inputs @ self.kernel + h_prev @ self.recurrent_kernel + self.bias)",
            "tf.tanh(tf.matmul(inputs, self.W) + tf.matmul(h_prev, self.U) + self.b)",
        ),
    )


@situation("rnn")
def star_for_product(work: Work) -> None:
    """* where a matrix product is meant."""
    work.change("rnn_step", ("h_prev @ U", "h_prev * U"))


@situation("rnn")
def state_never_advanced(work: Work) -> None:
    """Every step starts from the initial state."""
    work.change("rnn_unroll", ("h = rnn_step(x[:, t], h, W, U, b)", "h = rnn_step(x[:, t], h_0, W, U, b)"))
    work.change(
        "simple_rnn",
        ("output, states = self.cell(inputs[:, t], states)", "output, new = self.cell(inputs[:, t], states)"),
        ("return [result, *states]", "return [result, *new]"),
    )


@situation("rnn")
def last_output_only(work: Work) -> None:
    """Forgets return_sequences."""
    work.change(
        "simple_rnn",
        ("ops.stack(outputs, axis=1) if self.return_sequences else outputs[-1]", "outputs[-1]"),
    )


@situation("rnn", shown=False)
def joined_on_the_wrong_axis(work: Work) -> None:
    """Stacks the steps in front."""
    work.change("rnn_unroll", ("np.stack(outputs, axis=1)", "np.stack(outputs, axis=0)"))


# ---------------------------------------------------------------------------------------------------------------- cnn


@also("cnn", "perfect")
def _(work: Work) -> None:
    """The solution itself."""


@also("cnn", "untouched", filled=False, shown=False)
def _(work: Work) -> None:
    """As released."""


@situation("cnn", shown=False)
def sum_over_taps(work: Work) -> None:
    """One product per tap of the kernel, over the whole image at once."""
    source = work.source("conv2d")
    start, stop = source.index("        rows = []"), source.index("    def get_config")
    work.change(
        "conv2d",
        (
            source[start:stop],
            """        new_height = (x.shape[1] - height) // down + 1
        new_width = (x.shape[2] - width) // across + 1
        total = 0.0
        for i in range(height):
            for j in range(width):
                tap = x[:, i : i + (new_height - 1) * down + 1 : down, j : j + (new_width - 1) * across + 1 : across]
                total = total + ops.matmul(tap, self.kernel[i, j])
        return total + self.bias

""",
        ),
    )


@situation("cnn", shown=False)
def padded_on_the_wrong_side(work: Work) -> None:
    """The odd row goes on top."""
    work.change("pad", ("return total // 2, total - total // 2", "return total - total // 2, total // 2"))


@situation("cnn", shown=False)
def zeros_around_the_maximum(work: Work) -> None:
    """Max pooling padded with zeros, average pooling that counts the border."""
    work.change("max_pool2d", (", value=-np.inf", ""))
    work.change("average_pool2d", ("ops.sum(real[window], axis=(1, 2))", "(height * width)"))


@situation("cnn")
def true_convolution(work: Work) -> None:
    """Turns the kernel round."""
    work.change("correlate2d", ("* kernel).sum()", "* kernel[::-1, ::-1]).sum()"))


@situation("cnn", shown=False)
def keras_convolution(work: Work) -> None:
    """keras.ops.conv does the work."""
    source = work.source("conv2d")
    start, stop = source.index("        x = pad("), source.index("    def get_config")
    work.change(
        "conv2d",
        (
            source[start:stop],
            "        return ops.conv(x, self.kernel, strides=self.strides, padding=self.padding) + self.bias\n\n",
        ),
    )


@situation("cnn", shown=False)
def seven_by_seven(work: Work) -> None:
    """Pools twice, so that 7x7 is left instead of 14x14."""
    work.change(
        "simple_cnn",
        ("keras.layers.MaxPooling2D(2),", "keras.layers.MaxPooling2D(2),\n            keras.layers.MaxPooling2D(2),"),
    )
