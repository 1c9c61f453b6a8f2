"""Loaded by a Dask worker before it starts: a machine where an older Keras is installed."""

import importlib.metadata

version = importlib.metadata.version
importlib.metadata.version = lambda name: "3.6.0" if name == "keras" else version(name)
