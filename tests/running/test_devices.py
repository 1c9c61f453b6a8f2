"""What a worker with a GPU sees of it, on machines that have none: its files are others, its driver answers by a stub.

What only a GPU can show is for `python -m benchmarks.gpu`.
"""

# ruff: noqa: E501  sources of cells stay on one line

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest
from support.questions import LIMITS

from autograder.commands import doctor as examining
from autograder.running import devices, sandbox
from autograder.running.devices import CONTEXT, DeviceError, Gpu
from autograder.running.host import Zygote
from autograder.running.workers import Worker
from autograder.worker import gpu as inside
from autograder.worker import isolation, landlock

GIGABYTE = 2**30
OF_ONE = {"nvidia2", "nvidia-uvm", "nvidiactl"}
OTHERS = {"nvidia0", "nvidia1", "nvidia-uvm-tools", "nvidia-modeset"}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Where device files lie: of three GPUs, and what a driver has besides."""
    place = tmp_path / "dev"
    place.mkdir()
    for name in OF_ONE | OTHERS:
        (place / name).write_text(name)
        (place / name).chmod(0o666)
    for path in (place, *place.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    return str(place)


@pytest.fixture
def gpu(folder: str) -> Gpu:
    return Gpu("Some GPU", "GPU-3-uuid", 2, 80 * GIGABYTE, 71 * GIGABYTE, folder)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int, int, int]]:
    """What the driver tells: name, UUID, number of the file, memory and free memory of each."""
    told = [
        ("A", "GPU-a", 1, 16 * GIGABYTE, 15 * GIGABYTE),
        ("B", "GPU-b", 2, 24 * GIGABYTE, 3 * GIGABYTE),
    ]
    begun: list[str] = []
    monkeypatch.setattr(pynvml, "nvmlInit", lambda: begun.append("init"))
    monkeypatch.setattr(pynvml, "nvmlShutdown", lambda: begun.remove("init"))
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: len(told))
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda number: told[number])
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda one: one[0])
    monkeypatch.setattr(pynvml, "nvmlDeviceGetUUID", lambda one: one[1])
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMinorNumber", lambda one: one[2])
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", lambda one: SimpleNamespace(total=one[3], free=one[4]))
    return told


# ---------------------------------------------------------------------------------------------------- which GPU


def test_the_cpu_needs_nothing(tmp_path):
    assert devices.find("cpu", str(tmp_path)) is None
    assert devices.environment(None) == {"CUDA_VISIBLE_DEVICES": ""}


def test_gpus_are_counted_as_the_driver_has_them(driver, folder):
    assert devices.find("gpu", folder) == Gpu("A", "GPU-a", 1, 16 * GIGABYTE, 15 * GIGABYTE, folder)
    second = devices.find("gpu:1", folder)
    assert second is not None
    assert set(second.files()) == {f"{folder}/{name}" for name in OF_ONE}
    with pytest.raises(DeviceError, match=r"no gpu:2.*gpu:0 \(A\), gpu:1 \(B\).*Nothing was run.*`--device cpu`"):
        devices.find("gpu:2", folder)


def test_without_a_gpu_the_error_says_what_to_do(tmp_path, monkeypatch, driver, folder):
    with pytest.raises(DeviceError, match=r"no NVIDIA GPU here: .*/nvidiactl does not exist.*driver.*`--device cpu`"):
        devices.find("gpu", str(tmp_path / "none"))
    driver.clear()
    with pytest.raises(DeviceError, match="driver is here, and no GPU"):
        devices.find("gpu", folder)
    monkeypatch.setattr(pynvml, "nvmlInit", lambda: pynvml._nvmlCheckReturn(pynvml.NVML_ERROR_DRIVER_NOT_LOADED))
    with pytest.raises(DeviceError, match="does not answer: Driver Not Loaded"):
        devices.find("gpu", folder)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with pytest.raises(DeviceError, match=r'pip install "gatebook\[gpu\]"'):
        devices.find("gpu", folder)


def test_device_files_that_are_missing_or_closed(driver, folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: not path.endswith("nvidia1"))
    with pytest.raises(DeviceError, match=r"A cannot be used: .*/nvidia1 may not be read and written by user"):
        devices.find("gpu", folder)
    monkeypatch.undo()
    (Path(folder) / "nvidia-uvm").unlink()
    gpu = Gpu("A", "GPU-a", 1, 1, 1, folder)
    monkeypatch.setattr(devices, "gpus", lambda folder: (gpu,))
    with pytest.raises(DeviceError, match=r"nvidia-uvm does not exist. `nvidia-modprobe -u -c 0`"):
        devices.find("gpu", folder)


@pytest.mark.parametrize(
    ("free", "each", "wanted", "number"),
    [(71, 1, 2, 2), (71, 1, 64, 47), (3.1, 1, 8, 2), (3, 2.5, 8, 1), (140, 20, 7, 6)],
)
def test_workers_share_the_memory(free, each, wanted, number):
    gpu = Gpu("A", "GPU-a", 0, 200 * GIGABYTE, round(free * GIGABYTE))
    found = gpu.workers(round(each * GIGABYTE), wanted)
    assert found == number
    assert found * (each * GIGABYTE + CONTEXT) <= gpu.free


def test_a_full_gpu_is_refused():
    gpu = Gpu("A", "GPU-a", 0, 8 * GIGABYTE, GIGABYTE)
    with pytest.raises(DeviceError, match=r"A has 1\.0 of 8\.0 GB free, and a worker needs 1\.5.*--gpu-memory"):
        gpu.workers(GIGABYTE, 4)


def test_as_many_submissions_at_a_time_as_fit(gpu):
    assert Zygote(gpu=gpu, gpu_memory=17 * GIGABYTE).workers(9) == 4
    assert Zygote().workers(9) == 9
    assert Zygote().workers() == len(os.sched_getaffinity(0))


def test_the_driver_beside_the_systems_libraries_is_found(gpu, tmp_path, monkeypatch):
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path}:/usr/local/nvidia/lib64:/usr/lib/elsewhere")
    (tmp_path / "libcuda.so.1").touch()
    assert "LD_LIBRARY_PATH" not in devices.environment(gpu)
    exists = Path.exists
    monkeypatch.setattr(
        Path, "exists", lambda path: path == Path("/usr/local/nvidia/lib64/libcuda.so.1") or exists(path)
    )
    assert devices.environment(gpu)["LD_LIBRARY_PATH"] == "/usr/local/nvidia/lib64"


@pytest.mark.usefixtures("driver")
def test_doctor_says_a_line_of_gpus(monkeypatch, capsys, folder):
    monkeypatch.setattr(sandbox, "probe", lambda: [sandbox.LevelStatus("none", True)])
    told = devices.gpus
    monkeypatch.setattr(devices, "gpus", lambda: told(folder))
    assert examining.doctor() == 0
    assert "gpu:0 A, 15.0 of 16.0 GB free; gpu:1 B, 3.0 of 24.0 GB free" in capsys.readouterr().out
    monkeypatch.setattr(devices, "gpus", lambda: told("/nowhere"))
    assert examining.doctor() == 0
    said = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("gpu "))
    assert said.startswith("gpu          not here: There is no NVIDIA GPU here: /nowhere/nvidiactl")
    assert "--device" not in said


# ------------------------------------------------------------------------------------------------------ in workers

STUB = """
class GpuError(Exception):
    pass

given = []
start_gpu = given.append
"""
OF_THE_DRIVER = {
    "nvidia/params": b"ModifyDeviceFiles: 0\n",
    "nvidia/gpus/0000:41:00.0/information": b"Model: Some GPU\n",
}


@contextmanager
def worker_with(gpu: Gpu, level: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker as with a GPU; what starts TensorFlow there notes what it is given, and the kernel's own words of GPUs
    are others."""
    build: Callable[..., sandbox.Walls] = sandbox.Walls.build

    def built(*arguments: object, **options: object) -> sandbox.Walls:
        walls = build(*arguments, **options)
        rooms = walls.folder / "code" / sandbox.PACKAGE / "worker"
        (rooms / "gpu.py").write_text(STUB, "utf-8")
        with open(rooms / "isolation.py", "a", encoding="utf-8") as file:
            file.write(f"\nstill_proc_of_gpus = lambda: {OF_THE_DRIVER!r}\n")
        return walls

    monkeypatch.setattr(sandbox.Walls, "build", built)
    with Zygote(level, gpu=gpu, gpu_memory=3 * GIGABYTE) as zygote, zygote.spawn(LIMITS) as worker:
        yield worker


def printed(worker: Worker, source: str) -> Any:
    """What a cell prints, as JSON."""
    done = worker.run_cell("cell", f"import json, os\nprint(json.dumps({source}))")
    assert done.problem is None, done.problem
    return json.loads("".join(output["text"] for output in json.loads(done.outputs)))


EVERYWHERE = "[os.path.join(at, name) for at, _, names in os.walk('/dev') for name in names]"


def test_full_lets_one_gpu_through_and_nothing_else(gpu, monkeypatch, run: Callable[[str], str]):
    without = json.loads(run(f"import json, os\nprint(json.dumps({EVERYWHERE}))"))
    with worker_with(gpu, "full", monkeypatch) as worker:
        seen: list[str] = printed(worker, EVERYWHERE)
        assert set(seen) - set(without) == {f"/dev/{name}" for name in OF_ONE}
        assert set(without) <= set(seen)
        assert printed(worker, "[open('/dev/nvidia2', 'r+b').write(b'w'), open('/dev/nvidia2').read()]") == [
            1,
            "wvidia2",
        ]
        assert not printed(worker, f"os.path.exists({gpu.folder!r})")
        made = worker.run_cell("cell", "os.mknod('nvidia0', 0o20666, os.makedev(195, 0))")  # the file of another GPU
        assert made.problem is not None
        assert made.problem.type == "PermissionError"
        driver = "{os.path.join(at, name): open(os.path.join(at, name)).read() for at, _, names in os.walk('/proc/driver') for name in names}"
        assert printed(worker, driver) == {
            f"/proc/driver/{name}": text.decode() for name, text in OF_THE_DRIVER.items()
        }
        _started_within_limits(worker, gpu)
    assert (Path(gpu.folder) / "nvidia2").read_text() == "wvidia2"


def test_of_the_kernels_words_nothing_is_seen_without_one(run):
    assert run("import os\nprint(os.listdir('/proc/driver'))") == "[]"


def test_restricted_lets_one_gpu_through_and_nothing_else(gpu, monkeypatch):
    device = Path(gpu.folder) / "nvidia2"
    device.unlink()
    device.symlink_to("/dev/zero")  # a device, so that ioctl is asked for
    command = "import fcntl\ndef told(path):\n    try:\n        fcntl.ioctl(open(path, 'r+b', buffering=0), 0x5401)\n    except OSError as error:\n        return error.errno\n"
    with worker_with(gpu, "restricted", monkeypatch) as worker:
        assert worker.run_cell("cell", command).problem is None
        denied = 13 if landlock.version() >= 5 else 25  # EACCES; before, Landlock does not ask: ENOTTY
        assert printed(worker, "[told('/dev/zero'), told('/dev/null')]") == [25, denied]
        for name in OF_ONE - {"nvidia2"}:
            assert printed(worker, f"open({gpu.folder!r} + '/{name}', 'r+b').read().decode()") == name
        for name in OTHERS:
            reading = worker.run_cell("cell", f"open({gpu.folder!r} + '/{name}', 'rb')")
            assert reading.problem is not None
            assert reading.problem.type == "PermissionError"
        _started_within_limits(worker, gpu)


def _started_within_limits(worker: Worker, gpu: Gpu) -> None:
    given = "__import__('gatebook_worker.worker.gpu', fromlist=['given']).given"
    assert printed(worker, given) == [3 * GIGABYTE]
    names = ["CUDA_VISIBLE_DEVICES", "NVIDIA_TF32_OVERRIDE", "TF_FORCE_GPU_ALLOW_GROWTH", "TF_CUDNN_DETERMINISTIC"]
    assert printed(worker, f"[os.environ.get(name) for name in {names}]") == ["GPU-3-uuid", "0", "true", "1"]
    limits = "[__import__('resource').getrlimit(kind)[0] for kind in (9, 2)]"  # RLIMIT_AS, RLIMIT_DATA
    addresses, data = printed(worker, limits)
    assert addresses == -1
    assert data - LIMITS.memory - devices.HOST_MEMORY in (0, isolation.STACK)


@pytest.mark.parametrize("level", ["full", "restricted", "none"])
def test_a_gpu_that_tensorflow_does_not_see_is_said_before_any_cell(gpu, level):
    with pytest.raises(
        DeviceError, match=r"Some GPU does not compute for workers: TensorFlow \S+ sees no GPU.*`--device cpu`"
    ):
        Zygote(level, gpu=gpu).start()


def test_the_fork_server_starts_no_device(run):
    """CUDA does not survive a fork."""
    source = "from tensorflow.python.eager.context import context\nprint(context()._context_handle, context()._physical_devices)"
    assert run(source) == "None None"


def test_limits_of_addresses_stay_without_a_gpu(run):
    assert run("import resource\nprint(resource.getrlimit(resource.RLIMIT_AS)[0])") == str(isolation.ADDRESSES)


def test_what_the_kernel_says_of_gpus_is_copied(tmp_path):
    texts = {
        "nvidia/params": "ResmanDebugLevel: 4294967295\nModifyDeviceFiles: 1\nDeviceFileMode: 438\n",
        "nvidia/version": "NVRM version: 1",
        "nvidia/gpus/0000:01:00.0/information": "Model: A",
        "nvidia/gpus/0000:01:00.0/registry": "secret",
        "nvidia/suspend": "suspend",
        "rtc": "12:00",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert isolation.still_proc_of_gpus(str(tmp_path)) == {
        "nvidia/params": b"ResmanDebugLevel: 4294967295\nModifyDeviceFiles: 0\nDeviceFileMode: 438\n",
        "nvidia/version": b"NVRM version: 1",
        "nvidia/gpus/0000:01:00.0/information": b"Model: A",
    }


# ------------------------------------------------------------------------------------------------------ TensorFlow


class _TensorFlow:
    """What is asked of TensorFlow to start a GPU, in its order."""

    __version__ = "2.21"

    def __init__(self, found: tuple[str, ...], built: bool = True, fails: str = "") -> None:
        self.done: list[object] = []
        self.found, self.fails = found, fails
        self.test = SimpleNamespace(is_built_with_cuda=lambda: built)
        self.config = SimpleNamespace(
            list_physical_devices=lambda kind: list(self.found) if kind == "GPU" else [],
            LogicalDeviceConfiguration=lambda memory_limit: memory_limit,
            set_logical_device_configuration=lambda device, parts: self.done.append((device, parts)),
        )
        self.linalg = SimpleNamespace(matmul=self._matmul)

    @contextmanager
    def device(self, name: str) -> Iterator[None]:
        self.done.append(name)
        yield
        self.done.append("end")

    def ones(self, shape: tuple[int, int]) -> tuple[int, int]:
        return shape

    def _matmul(self, one: tuple[int, int], other: tuple[int, int]) -> SimpleNamespace:
        if self.fails:
            raise RuntimeError(self.fails)
        assert one[1] == other[0]
        return SimpleNamespace(numpy=lambda: self.done.append("product"))


def test_memory_is_limited_before_the_first_operation(monkeypatch):
    tensorflow = _TensorFlow(("the GPU", "another"))
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    inside.start_gpu(3 * GIGABYTE)
    assert tensorflow.done == [("the GPU", [3072]), "GPU:0", "product", "end"]


@pytest.mark.parametrize(
    ("tensorflow", "said"),
    [
        (None, "runs on tensorflow, and only TensorFlow, where it is installed"),
        (_TensorFlow(()), r"TensorFlow 2\.21 sees no GPU.*finds none of CUDA's libraries.*tensorflow\[and-cuda\]"),
        (_TensorFlow((), built=False), "built without CUDA"),
        (_TensorFlow(("the GPU",), fails="no room"), "cannot compute on the GPU: RuntimeError: no room"),
    ],
)
def test_why_a_gpu_cannot_be_used(monkeypatch, tensorflow, said):
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    with pytest.raises(inside.GpuError, match=said):
        inside.start_gpu(GIGABYTE)


def test_other_backends_have_no_gpu_yet(monkeypatch):
    tensorflow = _TensorFlow(("the GPU",))
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(inside.GpuError, match="Keras runs on jax"):
        inside.start_gpu(GIGABYTE)
    assert tensorflow.done == []
