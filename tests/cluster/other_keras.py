"""Loaded by a Dask worker before it starts: a machine where an older Keras is installed."""

import importlib.metadata

# Dask may load this twice.
importlib.metadata.version = lambda name: "3.6.0" if name == "keras" else importlib.metadata.distribution(name).version
