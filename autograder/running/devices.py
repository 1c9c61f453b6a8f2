"""Which processor TensorFlow computes with in workers, and which files of the machine that takes.

NVIDIA's own library for managing GPUs (NVML) is asked: it makes no CUDA context, so that nothing is held here.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CPU = "cpu"
PATTERN = re.compile(r"cpu|gpu(:\d{1,3})?")
"""`gpu` is the first GPU, `gpu:1` the second, in the order of nvidia-smi."""
CONTEXT = 2**29
"""Bytes of a GPU that the driver and its libraries take for each process, besides what TensorFlow may take."""
HOST_MEMORY = 3 * 2**29
"""Bytes of the machine's own memory that they may take for each process."""
_CONTROL = ("nvidiactl", "nvidia-uvm")
_INSTALL = (
    "Install NVIDIA's driver; a container needs to be started with the GPU, for computing and to be asked about it "
    "(`docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility`)."
)
_OTHERWISE = "Nothing was run. `--device cpu` grades without a GPU, with the same verdicts."


class DeviceError(Exception):
    """The wanted device cannot be had here. why: the reason, and what to do; the message says too how to do without."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} {_OTHERWISE}")
        self.why = why


@dataclass(frozen=True)
class Gpu:
    """One GPU. minor: the number in the name of its device file. total, free: its memory in bytes."""

    name: str
    uuid: str
    minor: int
    total: int
    free: int
    folder: str = "/dev"

    def files(self) -> tuple[str, ...]:
        """The device files that CUDA opens for it. What is left out of what a container gets: `nvidia-modeset`, which
        is for screens, `nvidia-uvm-tools`, which looks at other processes, and the files of other GPUs."""
        return tuple(f"{self.folder}/{name}" for name in (*_CONTROL, f"nvidia{self.minor}"))

    def workers(self, memory: int, wanted: int) -> int:
        """How many workers share it, of which each may take so many bytes: as many as are wanted, if they fit.

        Raises:
            DeviceError: there is no room for one.
        """
        fitting = self.free // (memory + CONTEXT)
        if not fitting:
            raise DeviceError(
                f"{self.name} has {_gigabytes(self.free)} of {_gigabytes(self.total)} GB free, and a worker needs "
                f"{_gigabytes(memory + CONTEXT)}, half a gigabyte of it for CUDA itself. End what else uses it (see "
                "nvidia-smi), or give less: `--gpu-memory`."
            )
        return int(min(fitting, wanted))

    def __str__(self) -> str:
        return f"{self.name}, {_gigabytes(self.free)} of {_gigabytes(self.total)} GB free"


def _gigabytes(number: int) -> str:
    return f"{number / 2**30:.1f}"


def find(device: str, folder: str = "/dev") -> Gpu | None:
    """The GPU that is meant; None for the CPU. folder: where device files lie.

    Raises:
        DeviceError: there is no such GPU, or it cannot be used.
    """
    if device == CPU:
        return None
    found = gpus(folder)
    number = int(device.partition(":")[2] or 0)
    if number >= len(found):
        raise DeviceError(f"There is no {device}: this machine has {_listed(found)}, and counting begins at 0.")
    for path in found[number].files():
        if not os.access(path, os.R_OK | os.W_OK):
            missing = not os.path.exists(path)
            why = "does not exist" if missing else f"may not be read and written by user {os.getuid()}"
            advice = (
                "`nvidia-modprobe -u -c 0`, as root, makes it."
                if missing
                else "An administrator can allow that (in many systems by the group `video` or `render`)."
            )
            raise DeviceError(f"{found[number].name} cannot be used: {path} {why}. {advice}")
    return found[number]


def _listed(found: tuple[Gpu, ...]) -> str:
    return ", ".join(f"gpu:{number} ({one.name})" for number, one in enumerate(found)) or "none"


def gpus(folder: str = "/dev") -> tuple[Gpu, ...]:
    """All GPUs of this machine, at least one.

    Raises:
        DeviceError: there are none, or the driver does not say so.
    """
    if not os.path.exists(f"{folder}/{_CONTROL[0]}"):
        raise DeviceError(f"There is no NVIDIA GPU here: {folder}/{_CONTROL[0]} does not exist. {_INSTALL}")
    try:
        import pynvml
    except ImportError:
        raise DeviceError(
            'The library that asks GPUs is missing. Install it by `pip install "gatebook[gpu]"`.'
        ) from None
    try:
        with _asking(pynvml):
            found = tuple(_gpu(pynvml, number, folder) for number in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError as error:
        raise DeviceError(f"NVIDIA's driver does not answer: {error}. {_INSTALL}") from None
    if not found:
        raise DeviceError(f"NVIDIA's driver is here, and no GPU. {_INSTALL}")
    return found


@contextlib.contextmanager
def _asking(pynvml: Any) -> Iterator[None]:
    pynvml.nvmlInit()
    try:
        yield
    finally:
        pynvml.nvmlShutdown()


def _gpu(pynvml: Any, number: int, folder: str) -> Gpu:
    handle = pynvml.nvmlDeviceGetHandleByIndex(number)
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return Gpu(
        str(pynvml.nvmlDeviceGetName(handle)),
        str(pynvml.nvmlDeviceGetUUID(handle)),
        int(pynvml.nvmlDeviceGetMinorNumber(handle)),
        int(memory.total),
        int(memory.free),
        folder,
    )


def environment(gpu: Gpu | None) -> dict[str, str]:
    """The variables by which the frameworks of a worker find it, or see none.

    No TF32, whatever a notebook chooses: NVIDIA's libraries read that when they start, before any of its cells. cuDNN
    takes an algorithm that gives the same bits each time, and looks for no faster one. TensorFlow's own switch for that
    raises in operations that have no such algorithm, and would make right answers wrong. XLA lets the driver compile
    where it may not start NVIDIA's compiler: beside decoys no program can be started.
    """
    if gpu is None:
        return {"CUDA_VISIBLE_DEVICES": ""}
    folders = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    # Where a machine keeps the driver beside the system's libraries, as some clusters do.
    kept = [folder for folder in folders if folder.startswith("/usr/") and (Path(folder) / "libcuda.so.1").exists()]
    return {
        "CUDA_VISIBLE_DEVICES": gpu.uuid,
        "NVIDIA_TF32_OVERRIDE": "0",
        "TF_CUDNN_DETERMINISTIC": "1",
        "TF_CUDNN_USE_AUTOTUNE": "0",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "XLA_FLAGS": "--xla_gpu_unsafe_fallback_to_driver_on_ptxas_not_found=true",
        **({"LD_LIBRARY_PATH": os.pathsep.join(kept)} if kept else {}),
    }
