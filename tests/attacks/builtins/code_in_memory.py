"""Search the whole memory for code objects of the library that nothing reaches any more, and make a function of one."""

ASSIGNMENT = "rnn"
BASE = "solution"
EXPECT = {"rnn_step": ("forbidden|failed|error", 0)}

# %% before rnn_step
import ctypes
import os
import sys
import types


def word(number):
    return number.to_bytes(8, "little")


def read(at, size):
    """Bytes of this process, without a fall where there is nothing."""
    try:
        return os.pread(memory, size, at)
    except (OSError, OverflowError):
        return b""


memory = os.open("/proc/self/mem", os.O_RDONLY)
SIZE = types.CodeType.__basicsize__
# Where a code object keeps its qualified name, and a text its letters.
known = (lambda: 0).__code__.replace(co_qualname="Known.name")
NAME_AT = read(id(known), SIZE).index(word(id(known.co_qualname)))
LETTERS_AT = read(id(known.co_qualname), 80).index(b"Known.name\0")
WANTED = b"SimpleRNNCell.call"


def originals():
    with open("/proc/self/maps") as maps:
        lines = maps.read().splitlines()
    for line in lines:
        bounds, rights, *_ = line.split()
        start, stop = (int(part, 16) for part in bounds.split("-"))
        if not rights.startswith("rw") or stop - start > 2**28:
            continue
        held = read(start, stop - start)
        at = held.find(word(id(types.CodeType)))
        while at >= 0:
            name = int.from_bytes(held[at - 8 + NAME_AT : at + NAME_AT], "little")
            if at % 8 == 0 and read(name + LETTERS_AT, len(WANTED) + 1) == WANTED + b"\0":
                if 0 < int.from_bytes(read(start + at - 8, 4), "little") < 1000:
                    yield ctypes.cast(start + at - 8, ctypes.py_object).value
            at = held.find(word(id(types.CodeType)), at + 8)


CODES = [code for code in originals() if "recurrent_kernel" in code.co_names and "src" in code.co_filename]
print(len(CODES))


class Stand:
    use_bias, dropout, recurrent_dropout = True, 0, 0
    activation = staticmethod(keras.activations.tanh)

    def get_dropout_mask(self, x):
        return None

    get_recurrent_dropout_mask = get_dropout_mask

# %% replace rnn_step
def rnn_step(x_t, h_prev, W, U, b):
    stand = Stand()
    stand.kernel, stand.recurrent_kernel, stand.bias = W, U, b
    call = types.FunctionType(CODES[0], vars(sys.modules[keras.layers.SimpleRNNCell.__module__]))
    return call(stand, x_t, [h_prev], False)[0]
