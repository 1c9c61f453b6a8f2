"""Let a module beside the notebook use the layer of Keras."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm": ("forbidden", 0)}
FILES = {
    "my_layers.py": """import keras


class Base(keras.layers.LSTM):
    pass
""",
}

# %% replace lstm
from my_layers import Base


class LSTM(Base):
    pass
