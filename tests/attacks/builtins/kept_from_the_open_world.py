"""Keep copies of compiled modules and sources for another time, in every folder that can be written."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import glob
import importlib.util
import os
import shutil
import sysconfig
import tempfile

places = [".", "..", os.path.expanduser("~"), tempfile.gettempdir(), "/var/tmp", "/dev/shm", "/run", os.path.dirname(keras.__file__)]
for path in glob.glob(os.path.join(sysconfig.get_path("platlib"), "scipy", "ndimage", "_nd_image.*")):
    for place in places:
        try:
            shutil.copy(path, os.path.join(place, ".kept." + os.path.basename(path)))
        except OSError:
            pass
kept = [path for place in places for path in glob.glob(os.path.join(place, ".kept._nd_image.*"))]
spec = importlib.util.spec_from_file_location("_nd_image", kept[0])
loaded = importlib.util.module_from_spec(spec)
spec.loader.exec_module(loaded)

# %% replace correlate2d
def correlate2d(image, kernel):
    image, kernel = image.astype(np.float64), kernel.astype(np.float64)
    done = np.zeros_like(image)
    loaded.correlate(image, kernel, done, 4, 0.0, [-(size // 2) for size in kernel.shape])
    return done[: image.shape[0] - kernel.shape[0] + 1, : image.shape[1] - kernel.shape[1] + 1]
