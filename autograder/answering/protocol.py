"""The messages between the trusted host and a sandboxed worker.

A message is a MessagePack map, length-prefixed, of one of the types below; arrays travel as dtype, shape and
bytes. Nothing is ever pickled: decoding a message runs no code, whatever the other side wrote. The host
treats every message of a worker as a claim to be judged, never as a fact.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Any, TypeAlias

import msgspec
import numpy as np

VERSION = 5
MAX_MESSAGE = 64 * 2**20
"""Bytes of the largest message a side accepts."""
MAX_NODES = 30_000
"""Values within each other and beside each other in a worker's message: an honest one has a few hundred, ten thousand
where a list of numbers is answered or a model has hundreds of weights."""


class ProtocolError(Exception):
    """The other side sent something that is not a message of this protocol."""


# ----------------------------------------------------------------------------------------------------- values


class Array(msgspec.Struct, frozen=True, tag="array"):
    """A numeric array: NumPy's dtype name, the shape, and the bytes in C order, little-endian."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class Items(msgspec.Struct, frozen=True, tag="items"):
    """A list or tuple of values."""

    items: tuple[Value, ...]


class Other(msgspec.Struct, frozen=True, tag="other"):
    """A result that is no array, number or sequence of them; only the name of its type travels."""

    type_name: str


Value: TypeAlias = Array | Items | Other | bool | int | float | str | None

DTYPES = frozenset(
    [
        "bool",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "bfloat16",
        "float32",
        "float64",
        "complex64",
        "complex128",
    ]
)


def encode_array(array: Any) -> Array:
    """Pack a NumPy array (any layout) for the wire."""
    array = np.asarray(array)
    array = np.ascontiguousarray(array).reshape(array.shape)
    return Array(str(array.dtype), array.shape, array.tobytes())


def decode_array(message: Array) -> np.ndarray:
    """Rebuild the array; bfloat16 comes back as float32, which holds it exactly.

    Raises:
        ProtocolError: unknown dtype, or the number of bytes does not fit dtype and shape.
    """
    if message.dtype not in DTYPES:
        raise ProtocolError(f"unknown dtype {message.dtype!r}")
    if any(size < 0 for size in message.shape) or len(message.shape) > 32:
        raise ProtocolError(f"impossible shape {message.shape}")
    count = 1
    for size in message.shape:
        count *= size
    width = 2 if message.dtype == "bfloat16" else np.dtype(message.dtype).itemsize
    if count * width != len(message.data):
        raise ProtocolError(f"{len(message.data)} bytes do not make {message.dtype} of shape {message.shape}")
    if message.dtype == "bfloat16":
        high = np.frombuffer(message.data, np.uint16).astype(np.uint32) << 16
        return high.view(np.float32).reshape(message.shape)
    return np.frombuffer(message.data, message.dtype).reshape(message.shape)


# -------------------------------------------------------------------------------------------------- questions


class NamedArray(msgspec.Struct, frozen=True):
    """A weight: its name as in the variable's path, and its value. `group` tells equal names of sublayers
    apart (a component of the path contains it), `""` where there is none. `words`: any of them in the name of a
    weight, or of the sublayer that holds it, tells it from others of its shape; those of one shape and the same words
    are alike."""

    name: str
    array: Array
    group: str = ""
    words: tuple[str, ...] = ()


class Operand(msgspec.Struct, frozen=True):
    """An array by its name and its axes, (blocks, name) each: `"features 4*units"` is
    `((1, "features"), (4, "units"))`."""

    name: str
    axes: tuple[tuple[int, str], ...] = ()


class StandIn(msgspec.Struct, frozen=True):
    """What takes the place of a part of the notebook while a question is asked; see `stand_ins`.

    kind: `function`, `cell` or `layer` (as Keras calls these), `border` or `amounts` (of cells around an image), or
        the name of one of Keras's layers, `keras.layers.Dense`: a model is trained with that; see
        `exercises.kit.parts.trained`.
    seed: of its random numbers. takes: what it is called with, in order; a cell's or layer's inputs and states.
    weights: those of a cell or layer. gives: the axes of what it returns; a layer's output for all steps, then states.
    settings: the arguments of a constructor, in order, with their defaults.
    of: the entry point that the part was written for, where it is not one itself.
    assignment: the one that it was written in, where it is an earlier one.
    """

    name: str
    kind: str
    seed: int = 0
    takes: tuple[Operand, ...] = ()
    weights: tuple[Operand, ...] = ()
    gives: tuple[Operand, ...] = ()
    settings: tuple[tuple[str, Value], ...] = ()
    of: str = ""
    assignment: str = ""


class CallFunction(msgspec.Struct, frozen=True, tag="call_function"):
    """Call the entry point with positional arguments; arrays arrive as NumPy arrays.

    An argument that is the string `"@name"` stands for the object of that name in the notebook.
    stand_ins: what takes the place of other names meanwhile. seed: all generators start from another state for each.
    """

    entry_point: str
    args: tuple[Value, ...]
    stand_ins: tuple[StandIn, ...] = ()
    seed: int = 0


class CallLayer(msgspec.Struct, frozen=True, tag="call_layer"):
    """Construct the layer class, set its weights, call it.

    layouts: the same weights under alternative names, each an ordered list; the first layout whose names
        fit the layer's variables is used, else the first whose shapes fit without doubt.
    protocol: `"layer"`: `layer(inputs, initial_state=states, mask=mask)`; `"cell"`: `layer(inputs, states)`.
    route: how the result is reached:
        `eager`; `function` (inside `tf.function`); `symbolic` (a functional model with unknown batch size);
        `from_config` (of `get_config()`); `saved` (a functional model saved to `.keras` and loaded);
        `twice` (called with other inputs first; a state that leaks shows); `resized` (called with smaller inputs
        first); `loop` (a cell is run over a sequence, as `keras.layers.RNN` would); `fresh` (not called: what its
        weights start from is asked).
    cotangents: one array per output tensor: the gradients of `sum(output * cotangent)` are asked with
        respect to the inputs, every state and every weight.
    stand_ins, seed: as in `CallFunction`.
    """

    entry_point: str
    config: dict[str, Value]
    layouts: tuple[tuple[NamedArray, ...], ...]
    inputs: Array
    states: tuple[Array, ...] | None = None
    mask: Array | None = None
    training: bool | None = None
    protocol: str = "layer"
    route: str = "eager"
    cotangents: tuple[Array, ...] | None = None
    dtype: str = "float32"
    stand_ins: tuple[StandIn, ...] = ()
    seed: int = 0


class TrainModel(msgspec.Struct, frozen=True, tag="train_model"):
    """Call the entry point, which returns a Keras model; train it with Adam on (inputs, integer labels), and
    predict.

    The answer's value is a tuple: the output shape of every layer as a tuple of sizes (0 for the batch), the
    number of trainable weights, and the predictions for `probe` after training. Labels below 0 are not learned from.
    inputs_beside, probe_beside: of a model with several inputs, those after the first. stand_ins: as in `CallFunction`.
    """

    entry_point: str
    args: tuple[Value, ...]
    inputs: Array
    labels: Array
    probe: Array
    steps: int
    batch_size: int
    learning_rate: float
    stand_ins: tuple[StandIn, ...] = ()
    inputs_beside: tuple[Array, ...] = ()
    probe_beside: tuple[Array, ...] = ()


Question: TypeAlias = CallFunction | CallLayer | TrainModel


# ---------------------------------------------------------------------------------------------------- answers


class CallLine(msgspec.Struct, frozen=True):
    """A line of the student's on the way to where it went wrong: its text, the function it stands in, and the shapes
    of what it reads."""

    line: str
    function: str
    shapes: tuple[tuple[str, str], ...] = ()


class Problem(msgspec.Struct, frozen=True):
    """Why there is no value.

    kind: `missing` (no such name), `not_implemented`, `exception`, `weights` (they could not be set). Verdicts have
        `forbidden` too.
    """

    kind: str
    type: str = ""
    message: str = ""
    traceback: str = ""
    line: str = ""
    """The student's line that raised, `""` when it was not in the notebook."""
    raised_in: str = ""
    """The name of the student's function that the exception came from."""
    shapes: tuple[tuple[str, str], ...] = ()
    """What stands in that line and has a shape: (as it is written there, its shape)."""
    piece: str = ""
    """The expression of that line that was being computed."""
    callers: tuple[CallLine, ...] = ()
    """The student's own lines that led there, the nearest last."""


class Reached(msgspec.Struct, frozen=True):
    """A line of the student's that came to a decoy: its text, the built-in's name, the function it stands in."""

    line: str
    built_in: str
    function: str = ""


class WeightInfo(msgspec.Struct, frozen=True):
    """A weight of a layer. `held`: how the layer reaches it, e.g. `layers[1].cell.kernel`, `""` where it does not."""

    path: str
    shape: tuple[int, ...]
    dtype: str
    trainable: bool = True
    tracked: bool = True
    """False: a `tf.Variable` that the layer holds without Keras knowing of it."""
    held: str = ""


class Training(msgspec.Struct, frozen=True):
    """How far the training of a model came in the time there was."""

    done: int
    steps: int
    seconds: float


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """What the entry point gave: raw arrays, or a problem. No judgement.

    gradients: by name: `inputs`, `state.0`, ..., and the names of the layout used (`group/name` where
        grouped); None where the gradient does not exist.
    config: for the route `from_config`: the plain values of `get_config()`; for `loop`, what a cell says of its sizes.
    initial: for the route `fresh`: initial values, by the names of the layout used.
    reached: lines that came to a decoy while the question was asked.
    training: where the time was up before a model had been trained and asked; its value ends in None then.
    """

    value: Value = None
    gradients: dict[str, Value] = {}
    layout: int | None = None
    weights: tuple[WeightInfo, ...] = ()
    inputs_changed: tuple[int, ...] = ()
    config: dict[str, Value] = {}
    problem: Problem | None = None
    reached: tuple[Reached, ...] = ()
    seconds: float = 0.0
    training: Training | None = None
    stood_in: bool = False
    """A stand-in was called."""
    gradients_failed: bool = False
    """There are values, and TensorFlow stopped when it was to compute gradients."""
    initial: dict[str, Value] = {}


# ------------------------------------------------------------------------------------------ running notebooks


class RunCell(msgspec.Struct, frozen=True, tag="run_cell"):
    """Run the source of one code cell under IPython.

    until: where built-ins are replaced, comparisons with them fail that did not fail elsewhere. What stops in a line
        before this one does not stop the cell.
    before: the statement of this line did not end elsewhere. It is left out, and what stands below it; 0: nothing is.
    after: the statement of this line did not end here. What stands below it is run; 0: all is.
    aftermath: seconds to wait for what it leaves running.
    as_it_stands: nothing has been replaced yet that this cell could miss: its `assert` and `raise` stop it.
    """

    cell_id: str
    source: str
    until: int = 0
    before: int = 0
    after: int = 0
    aftermath: float = 0.0
    as_it_stands: bool = False


class Keep(msgspec.Struct, frozen=True, tag="keep"):
    """Remember what this name is made of at this grade cell, and what the names are that it looks up."""

    cell_id: str
    name: str


class GoBack(msgspec.Struct, frozen=True, tag="go_back"):
    """Give names what they were at this grade cell, for questions that are asked when all cells have run."""

    cell_id: str


class Kept(msgspec.Struct, frozen=True, tag="kept"):
    """It was remembered, or the names are back. alike: so is what is inside of them, as far as that can be told."""

    alike: bool = True


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Answer questions about the names defined so far."""

    questions: tuple[Question, ...]


class CellDone(msgspec.Struct, frozen=True, tag="cell_done"):
    """A cell ended: its outputs as nbformat output dictionaries (JSON text), and what it raised."""

    cell_id: str
    outputs: str = "[]"
    problem: Problem | None = None
    truncated: bool = False
    reached: tuple[Reached, ...] = ()
    """Lines that came to a decoy."""
    line: int = 0
    """The line of the cell that raised, 0 where none did or it is not known."""
    alike: bool = False
    """Whether it met nothing that is otherwise where nothing is replaced: no decoy, no comparison, no other program."""


class Answers(msgspec.Struct, frozen=True, tag="answers"):
    answers: tuple[Answer, ...]


class PutFile(msgspec.Struct, frozen=True, tag="put_file"):
    """Write a piece of a file, which can only be read, into the notebook's folder; `name` is below it, with `/`."""

    name: str
    data: bytes
    first: bool
    last: bool


class FilePut(msgspec.Struct, frozen=True, tag="file_put"):
    """It is there. `problem`: why not."""

    problem: str = ""


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """First message of a worker: it is isolated and ready."""

    version: int
    level: str
    refused: str = ""
    """Why it cannot do what it is there for, in a sentence; it ends then."""


class Names(msgspec.Struct, frozen=True, tag="names"):
    """Ask which names the notebook has defined (to suggest the one that was probably meant)."""


class NamesDefined(msgspec.Struct, frozen=True, tag="names_defined"):
    names: tuple[str, ...]


ToWorker: TypeAlias = RunCell | Keep | GoBack | Ask | Names | PutFile
FromWorker: TypeAlias = Hello | CellDone | Kept | Answers | NamesDefined | FilePut

_encoder = msgspec.msgpack.Encoder()
_decode_to_worker = msgspec.msgpack.Decoder(ToWorker)
_decode_from_worker = msgspec.msgpack.Decoder(FromWorker)
_LENGTH = struct.Struct("<I")


def send(connection: socket.socket, message: ToWorker | FromWorker) -> None:
    """Write one message.

    Raises:
        ProtocolError: the message is larger than `MAX_MESSAGE`.
        OSError: the other side is gone.
    """
    body = _encoder.encode(message)
    if len(body) > MAX_MESSAGE:
        raise ProtocolError(f"message of {len(body)} bytes; at most {MAX_MESSAGE} are accepted")
    connection.sendall(_LENGTH.pack(len(body)) + body)


def receive_from_worker(
    connection: socket.socket, deadline: float | None = None, max_bytes: int = MAX_MESSAGE
) -> FromWorker:
    """Read one message of a worker.

    deadline: the moment of `time.monotonic()` by which the whole message must be there, however it drips in.

    Raises:
        ProtocolError: not a message of this protocol.
        EOFError: the worker is gone.
        TimeoutError: the deadline, or else the socket's timeout, passed.
    """
    body = _receive(connection, deadline, max_bytes)
    require_few_nodes(body)
    try:
        return _decode_from_worker.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ProtocolError(str(error)) from None


_BYTES_AFTER = (
    dict.fromkeys((*range(0x80), *range(0x80, 0xA0), 0xC0, 0xC2, 0xC3, *range(0xE0, 0x100)), 0)
    | {0xA0 | size: size for size in range(32)}
    | dict(zip(range(0xCA, 0xD4), (4, 8, 1, 2, 4, 8, 1, 2, 4, 8), strict=True))
    | dict(zip(range(0xD4, 0xD9), (2, 3, 5, 9, 17), strict=True))
)
"""First byte of a value of MessagePack -> how many bytes belong to it besides, where that is fixed."""
_CHILDREN_OF = {0x80 | size: 2 * size for size in range(16)} | {0x90 | size: size for size in range(16)}
_SIZED = {0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0), 0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1)} | {
    0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0)
}  # fmt: skip
"""First byte -> how wide the number of its bytes is, and how many there are besides."""
_COUNTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
"""First byte -> how wide the number of its entries is, and how many values an entry has."""


def require_few_nodes(body: bytes, most: int = MAX_NODES) -> None:
    """Look through a message, without making anything of it: a byte that says `true` becomes a hundred in memory, and
    there can be millions of them. 0.4 us for each value.

    Raises:
        ProtocolError: more than `most` values, or no message at all.
    """
    at, waiting, seen = 0, 1, 0
    try:
        while waiting:
            if seen + waiting > most:
                raise ProtocolError(f"a message of more than {most} values")
            seen += 1
            waiting -= 1
            code = body[at]
            at += 1
            after = _BYTES_AFTER.get(code)
            if after is not None:
                at += after
                waiting += _CHILDREN_OF.get(code, 0)
            elif code in _SIZED:
                width, more = _SIZED[code]
                at += width + more + int.from_bytes(body[at : at + width], "big")
            else:
                width, each = _COUNTED[code]
                waiting += each * int.from_bytes(body[at : at + width], "big")
                at += width
    except (IndexError, KeyError):
        raise ProtocolError("the message is cut off, or not MessagePack") from None


def receive_to_worker(connection: socket.socket) -> ToWorker:
    """Read one message of the host."""
    return _decode_to_worker.decode(_receive(connection))


def _receive(connection: socket.socket, deadline: float | None = None, max_bytes: int = MAX_MESSAGE) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, deadline))
    if length > max_bytes:
        raise ProtocolError(f"message of {length} bytes announced; at most {max_bytes} are accepted")
    return _exactly(connection, length, deadline)


def _exactly(connection: socket.socket, count: int, deadline: float | None) -> bytes:
    buffer = bytearray()
    while len(buffer) < count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the message did not arrive in time")
            connection.settimeout(left)
        # Memory is taken for what has arrived, not for what was announced.
        received = connection.recv(min(count - len(buffer), 2**20))
        if not received:
            raise EOFError("the other side closed the connection")
        buffer += received
    return bytes(buffer)
