"""Load SciPy's compiled module from its file by the import machinery's innermost function."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"correlate2d": ("forbidden|failed|error", 0)}

# %% before correlate2d
import _imp
import glob
import importlib.machinery
import os
import sysconfig

(path,) = glob.glob(os.path.join(sysconfig.get_path("platlib"), "scipy", "ndimage", "_nd_image.*"))
spec = importlib.machinery.ModuleSpec("_nd_image", importlib.machinery.ExtensionFileLoader("_nd_image", path), origin=path)
loaded = _imp.create_dynamic(spec)
_imp.exec_dynamic(loaded)

# %% replace correlate2d
def correlate2d(image, kernel):
    image, kernel = image.astype(np.float64), kernel.astype(np.float64)
    done = np.zeros_like(image)
    loaded.correlate(image, kernel, done, 4, 0.0, [-(size // 2) for size in kernel.shape])
    return done[: image.shape[0] - kernel.shape[0] + 1, : image.shape[1] - kernel.shape[1] + 1]
