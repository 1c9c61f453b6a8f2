"""%time patches the traps: no sealed run, no flag."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"lstm": ("forbidden|error", 0)}
FLAGGED = True

# %% before lstm
%time import contextlib, gatebook_worker.answering.decoys as t; t.TrapSet.armed = lambda self, names, namespace: contextlib.nullcontext(t.Hits()); B = keras.layers.LSTM

# %% replace lstm
LSTM = B
