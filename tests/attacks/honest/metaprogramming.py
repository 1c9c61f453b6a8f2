"""Make functions by functions, classes by `type`, and methods in a loop."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before forget_gate
def gate(activation):
    def apply(x_t, h_prev, W, U, b):
        """One gate."""
        return activation(ops.matmul(x_t, W) + ops.matmul(h_prev, U) + b)

    apply.__name__ = f"gate_{activation.__name__}"
    return apply


gates = {name: gate(function) for name, function in {"f": ops.sigmoid, "i": ops.sigmoid, "g": ops.tanh, "o": ops.sigmoid}.items()}
Config = type("Config", (), {"units": 4})
print(Config().units, Config.__name__)

# %% replace forget_gate
forget_gate = gates["f"]

# %% replace input_gate
input_gate = gates["i"]

# %% replace candidate
candidate = gates["g"]

# %% replace output_gate
output_gate = gates["o"]
