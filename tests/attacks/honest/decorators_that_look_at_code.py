"""Check shapes and count calls by decorators that look at the code of the function: names, lines, constants."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}
FLAGGED = False

# %% before forget_gate
import functools
import inspect


def described(function):
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    described.seen.append((code.co_name, code.co_firstlineno, len(code.co_consts), inspect.signature(function)))

    @functools.wraps(function)
    def inner(*arguments):
        for name, argument in zip(names, arguments, strict=True):
            if not hasattr(argument, "shape"):
                raise TypeError(f"{function.__name__}: {name} is no array")
        return function(*arguments)

    return inner


described.seen = []

# %% replace lstm_step
@described
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias
    z_i, z_f, z_c, z_o = ops.split(z, 4, axis=-1)
    c_t = ops.sigmoid(z_f) * c_prev + ops.sigmoid(z_i) * ops.tanh(z_c)
    return ops.sigmoid(z_o) * ops.tanh(c_t), c_t

# %% append forget_gate
forget_gate = described(forget_gate)
print(described.seen, forget_gate.__wrapped__)
