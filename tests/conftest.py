"""Settings that every test needs before TensorFlow is imported, and what tests of several rooms are given."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("MPLBACKEND", "Agg")

# pytest finds fixtures by what a conftest holds
from support.verdicts import make_record, verdict  # noqa: F401
from support.workers import ask, forbidden, full_zygote, level, restricted_zygote, run, worker, zygote  # noqa: F401
