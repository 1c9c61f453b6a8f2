"""Write the gates by a template that is executed, and the layer's configuration by a loop over names."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before forget_gate
template = """
def {name}(x_t, h_prev, W, U, b):
    return ops.{squash}(ops.matmul(x_t, W) + ops.matmul(h_prev, U) + b)
"""
for name, squash in {"forget_gate": "sigmoid", "input_gate": "sigmoid", "candidate": "tanh", "output_gate": "sigmoid"}.items():
    exec(template.format(name=name, squash=squash))
written = {name: eval(name) for name in ("forget_gate", "input_gate", "candidate", "output_gate")}

# %% replace forget_gate
forget_gate = written["forget_gate"]

# %% replace input_gate
input_gate = written["input_gate"]

# %% replace candidate
candidate = globals()["candidate"]

# %% replace output_gate
output_gate = locals()["output_gate"]
