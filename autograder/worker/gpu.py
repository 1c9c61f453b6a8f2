"""The GPU of a worker.

CUDA does not survive a fork, so the fork server must not touch it: each worker starts it for itself, before a cell of
the notebook runs.
"""

from __future__ import annotations

import os
import sys


class GpuError(Exception):
    """The GPU cannot be used. The message says why, and what to do."""


def start_gpu(memory: int) -> None:
    """Let TensorFlow take at most so many bytes of the only GPU that it sees, and compute something there, so that what
    starting takes is nobody's cell.

    Raises:
        GpuError: there is none, or it does not compute.
    """
    tensorflow, backend = sys.modules.get("tensorflow"), os.environ.get("KERAS_BACKEND", "tensorflow")
    if tensorflow is None or backend != "tensorflow":
        raise GpuError(
            f"Keras runs on {backend}, and only TensorFlow, where it is installed, computes on a GPU for Gatebook."
        )
    config = tensorflow.config
    found = config.list_physical_devices("GPU")
    if not found:
        built = tensorflow.test.is_built_with_cuda()
        why = "it finds none of CUDA's libraries" if built else "it was built without CUDA"
        raise GpuError(
            f"TensorFlow {tensorflow.__version__} sees no GPU, though NVIDIA's driver has one; most often because "
            f'{why}. Install them by `pip install "tensorflow[and-cuda]"`.'
        )
    try:
        config.set_logical_device_configuration(
            found[0], [config.LogicalDeviceConfiguration(memory_limit=max(1, memory // 2**20))]
        )
        with tensorflow.device("GPU:0"):
            tensorflow.linalg.matmul(tensorflow.ones((2, 3)), tensorflow.ones((3, 4))).numpy()
    except Exception as error:
        raise GpuError(f"TensorFlow cannot compute on the GPU: {type(error).__name__}: {error}"[:1000]) from error
