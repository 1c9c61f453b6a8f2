"""Lines of the shell, packages that are not there, progress bars, timing, a cache and a picture: what stands in every notebook."""

ASSIGNMENT = "cnn"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before output_length
try:
    from tqdm.notebook import tqdm
except ImportError:
    tqdm = lambda things, **_: things
try:
    import torch
except ImportError:
    print("no torch")
try:
    import pandas as pd
    import seaborn as sns
except ImportError:
    pd = sns = None
!nvidia-smi
!pip list --format=freeze | head -3
%pip list | head -1
%load_ext autoreload
%autoreload 2
%env MPLBACKEND

# %% append output_length
import functools
import time

output_length = functools.lru_cache(maxsize=None)(output_length)
began = time.perf_counter()
for _ in tqdm(range(3), desc="warming up"):
    output_length(6, 2, 3, "valid", 1)
print(output_length.cache_info().hits, time.perf_counter() - began < 60)
%timeit -n 5 -r 1 output_length(6, 2, 3, "valid", 1)

# %% last
import tempfile

with tempfile.TemporaryDirectory() as folder:
    plt.plot([1, 2])
    plt.savefig(f"{folder}/a.png")
raise SystemExit("that is all")
