"""Compute the gates in threads, and run a loop of events and a second process beside the answer."""

ASSIGNMENT = "lstm"
BASE = "solution"
EXPECT = {"*": ("passed", None)}

# %% before forget_gate
import asyncio
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(max_workers=2)
lock, done = threading.Lock(), queue.Queue()


async def counted(n):
    await asyncio.sleep(0)
    return n


async def all_of_them():
    return await asyncio.gather(*(counted(n) for n in range(4)))


print(await all_of_them())
ticking = threading.Thread(target=lambda: done.put("ticked"), daemon=True)
ticking.start()
ticking.join()
print(done.get())

# %% replace lstm_step
def lstm_step(x_t, h_prev, c_prev, kernel, recurrent_kernel, bias):
    z = ops.split(ops.matmul(x_t, kernel) + ops.matmul(h_prev, recurrent_kernel) + bias, 4, axis=-1)
    squash = (ops.sigmoid, ops.sigmoid, ops.tanh, ops.sigmoid)
    with lock:
        if isinstance(x_t, np.ndarray):
            i, f, g, o = [waiting.result() for waiting in [pool.submit(s, each) for s, each in zip(squash, z)]]
        else:
            i, f, g, o = (s(each) for s, each in zip(squash, z))
    c_t = f * c_prev + i * g
    return o * ops.tanh(c_t), c_t

# %% before lstm_cell
import multiprocessing


def double(n):
    return 2 * n


try:
    with multiprocessing.get_context("fork").Pool(2) as processes:
        print(processes.map(double, range(3)))
except OSError as error:
    print("no processes here:", error)
