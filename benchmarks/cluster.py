"""What does a class cost on a Dask cluster, and how many machines can one judge keep busy?

    python -m benchmarks.cluster [--students 40] [--rounds 3] [ASSIGNMENT]

The same class is graded here, and with a Dask scheduler and one Dask worker on the same cores, in turn, by the command,
all of it again each time (`--force`). Compared is how long cores were busy: the CPU seconds of all processes that take
part, as control groups count them (so it needs root), less those of a run of one submission, which is what starts once.
Seconds of the wall clock stand beside.

Then a simulation, because there are no 64 machines here: submissions go to and fro between a seat and their judge, at
the costs that were just measured. What it assumes is in its output. Prints the figures and writes results/cluster.json
beside this file.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.running.cluster import MOST_SEATS
from benchmarks.throughput import CORES, ROOT, hand_in

RESULT = ROOT / "benchmarks" / "results" / "cluster.json"
SUBMISSIONS = 100_000
NODES = 64
CORES_OF_A_NODE = 16
JUDGES = (1, 4, 16, 64, 128)
TURNS = 10
"""How often a submission goes to and fro in the simulation."""
REQUESTS = 70
"""How often it does in truth: 66 requests for a right `lstm`."""
TRIP_SECONDS = 0.0005
"""There and back between machines of one data centre; what it costs on one machine is in what was measured."""
SPREAD = 0.5
"""Standard deviation of the logarithm of what submissions cost their machine."""
ENDLESS, ENDLESS_SECONDS = 0.01, 60.0
"""Share of submissions in which a cell runs until its time is over."""
FAILURES_A_DAY = 1.0
"""Of a node."""
RESTART_SECONDS = 60.0
START_SECONDS = 15.0


def main() -> None:
    """Measure, simulate, print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignment", nargs="?", default="lstm")
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        measured = compared(Path(folder), options.assignment, options.students, options.rounds)
    print(json.dumps(measured, indent=1), flush=True)
    costs = measured["seconds of a core for each submission"]
    simulated = simulations(judge=costs["judge"], machine=costs["workers"])
    print(json.dumps(simulated, indent=1), flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"measured": measured, "simulated": simulated}, indent=1) + "\n", "utf-8")


# ------------------------------------------------------------------------------------------------------- measured


def compared(folder: Path, assignment: str, students: int, rounds: int) -> dict[str, Any]:
    """The class here and on the cluster, in turn; medians."""
    course, one = folder / "course", folder / "one"
    for root, number in ((course, students), (one, 1)):
        for name in ("solutions", "assignments"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        hand_in(root, assignment, number)
        subprocess.run(command(root, assignment), cwd=ROOT, check=True, capture_output=True)  # makes secret questions
    found: dict[str, list[dict[str, float]]] = {"here": [], "cluster": []}
    with Meter("judge") as judge, Meter("machines") as machines, cluster(folder, machines) as address:
        for _ in range(rounds):
            for where, options in (("here", []), ("cluster", ["--dask", address])):
                whole, alone = (run(root, assignment, options, judge, machines) for root in (course, one))
                found[where].append({name: (whole[name] - alone[name]) / (students - 1) for name in whole})
    each = {
        where: {name: statistics.median(run[name] for run in runs) for name in runs[0]} for where, runs in found.items()
    }
    ratios = [far["cpu"] / near["cpu"] for near, far in zip(found["here"], found["cluster"], strict=True)]
    clock = [far["clock"] / near["clock"] for near, far in zip(found["here"], found["cluster"], strict=True)]
    return {
        "assignment": assignment,
        "cores": CORES,
        "submissions": students,
        "rounds": rounds,
        "seconds of a core for each submission": {
            "here": round(each["here"]["cpu"], 4),
            "cluster": round(each["cluster"]["cpu"], 4),
            "judge": round(each["cluster"]["judge"], 4),
            "workers": round(each["cluster"]["cpu"] - each["cluster"]["judge"], 4),
        },
        "seconds of the clock for each submission": {name: round(one["clock"], 4) for name, one in each.items()},
        "times the work of a run here": round(statistics.median(ratios), 3),
        "in each round": [round(ratio, 3) for ratio in ratios],
        "times the clock of a run here": round(statistics.median(clock), 3),
    }


def command(course: Path, assignment: str) -> list[str]:
    return [sys.executable, "-m", "autograder", "grade", assignment, "--course", str(course), "--force"]


class Meter:
    """What cores do for the processes that join, and for all that these start."""

    def __init__(self, name: str) -> None:
        mounts = (line.split() for line in Path("/proc/mounts").read_text("utf-8").splitlines())
        self._folder = next(Path(mount[1]) for mount in mounts if mount[2] == "cgroup2") / f"{name}-{os.getpid()}"

    def __enter__(self) -> Meter:
        self._folder.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.rmdir()

    def join(self) -> None:
        """This process, from now on."""
        (self._folder / "cgroup.procs").write_text(str(os.getpid()))

    def processes(self) -> list[str]:
        return (self._folder / "cgroup.procs").read_text().split()

    def seconds(self) -> float:
        """Of cores, until now."""
        lines = dict(line.split() for line in (self._folder / "cpu.stat").read_text().splitlines())
        return int(lines["usage_usec"]) / 1e6


@contextmanager
def cluster(folder: Path, meter: Meter) -> Iterator[str]:
    """A scheduler, and a worker with a thread for each core; gives the address."""
    place = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    where = ["--scheduler-file", str(place), "--no-dashboard"]
    quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = []
    try:
        scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *where]
        started.append(subprocess.Popen(scheduler, env=environment, preexec_fn=meter.join, **quiet))
        while not place.exists():
            time.sleep(0.1)
        worker = [*dask, "worker", "--nworkers", "1", "--nthreads", str(CORES), "--no-nanny", *where]
        started.append(subprocess.Popen(worker, env=environment, preexec_fn=meter.join, **quiet))
        yield str(json.loads(place.read_text("utf-8"))["address"])
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def run(course: Path, assignment: str, options: list[str], judge: Meter, machines: Meter) -> dict[str, float]:
    """Seconds of the clock, of the judge's cores, and of all cores for a run."""
    before = judge.seconds(), machines.seconds()
    began = time.monotonic()
    subprocess.run([*command(course, assignment), *options], cwd=ROOT, check=True, capture_output=True,
                   preexec_fn=judge.join)  # fmt: skip
    clock = time.monotonic() - began
    while judge.processes() or len(machines.processes()) > 2:
        time.sleep(0.05)  # fork servers end
    own, others = judge.seconds() - before[0], machines.seconds() - before[1]
    return {"clock": clock, "judge": own, "cpu": own + others}


# ------------------------------------------------------------------------------------------------------ simulated


def simulations(*, judge: float, machine: float) -> dict[str, Any]:
    """A large class on many nodes, for several numbers of judges; judge, machine: seconds of a core a submission."""
    found = {str(judges): simulated(judges, judge, machine) for judges in JUDGES}
    return {
        "assumed": [
            f"{SUBMISSIONS} submissions on {NODES} nodes of {CORES_OF_A_NODE} cores, each with a Dask worker",
            f"a submission costs its node {machine} s of a core on average (log-normal, standard deviation of the "
            f"logarithm {SPREAD}) and its judge {judge} s, as measured; {ENDLESS:.0%} have a cell that takes its whole "
            f"{ENDLESS_SECONDS:g} s and costs nothing meanwhile",
            "a judge is one process: what it does for one submission, it does for no other at that time; each has a "
            "core of its own on a machine beside the nodes, its share of the submissions and of the seats, and a "
            "gradebook that it does not share (a course or an assignment of its own)",
            f"at most {MOST_SEATS} seats for each judge, as the command has it",
            f"{REQUESTS} requests for each submission, each {TRIP_SECONDS * 1000:g} ms on the way; they are taken as "
            f"{TURNS} turns between node and judge",
            f"a node is lost {FAILURES_A_DAY:g} times a day; its seats are back after {RESTART_SECONDS:g} s, and what "
            "they ran is run again from the start",
            f"{START_SECONDS:g} s until the first submission starts",
        ],
        "judges": found,
        "seats that one judge keeps busy": round((machine + judge) / judge, 1),
    }


def simulated(judges: int, judge: float, machine: float) -> dict[str, float]:
    """One judge of many: all are alike."""
    share = math.ceil(SUBMISSIONS / judges)
    cores = NODES * CORES_OF_A_NODE // judges
    seats = min(MOST_SEATS, cores)
    dice = random.Random(judges)
    middle = machine / math.exp(SPREAD**2 / 2)  # so that the mean is what was measured
    failures = FAILURES_A_DAY / 86400
    events: list[tuple[float, int, int, int]] = []
    work: dict[int, float] = {}
    waiting, number, done, retries = share, 0, 0, 0
    free_at = busy_judge = busy_seats = now = 0.0

    def start(at: float) -> None:
        nonlocal waiting, number
        if waiting:
            waiting -= 1
            number += 1
            work[number] = middle * math.exp(dice.gauss(0.0, SPREAD))
            idle = ENDLESS_SECONDS if dice.random() < ENDLESS else 0.0
            heapq.heappush(events, (at + idle + work[number] / TURNS, number, 1, 0))

    for _ in range(seats):
        start(START_SECONDS)
    while events:
        now, one, turn, judged = heapq.heappop(events)
        if not judged:
            # What its node had to do is done; the judge takes it when it comes to it.
            busy_seats += work[one] / TURNS
            free_at = max(free_at, now + TRIP_SECONDS * REQUESTS / TURNS) + judge / TURNS
            busy_judge += judge / TURNS
            heapq.heappush(events, (free_at, one, turn, 1))
        elif dice.random() < failures * (work[one] + judge) / TURNS:
            retries += 1
            heapq.heappush(events, (now + RESTART_SECONDS + work[one] / TURNS, one, 1, 0))
        elif turn < TURNS:
            heapq.heappush(events, (now + work[one] / TURNS, one, turn + 1, 0))
        else:
            done += 1
            del work[one]
            start(now)
    assert done == share
    return {
        "seats": seats * judges,
        "minutes": round(now / 60, 1),
        "submissions a second": round(judges * done / now, 1),
        "cores of the nodes busy": round(busy_seats / now / cores, 3),
        "judge busy": round(busy_judge / now, 3),
        "played again": retries * judges,
    }


if __name__ == "__main__":
    main()
