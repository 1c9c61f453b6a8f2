"""Loaded by a Dask worker before it starts: keep every byte that a judge sends to its seats, and that goes back.

The folder is `GATEBOOK_RELAYED`; `to` has what was sent to the machine, the visit's first words included, `back` what
went the other way.
"""

import os
import pickle
import socket
from pathlib import Path

from autograder.running import seats

FOLDER = Path(os.environ["GATEBOOK_RELAYED"])


def keep(where: str, data: bytes) -> None:
    with open(FOLDER / f"{where}-{os.getpid()}", "ab") as file:
        file.write(data)


def read_and_keep(self: seats._End) -> bytes | None:
    data = read(self)
    # A worker's end is one of a pair of sockets on this machine.
    keep("to" if self.connection.family != socket.AF_UNIX else "back", data or b"")
    return data


def keep_orders(self: seats._Seat):
    for order in orders(self):
        keep("to", repr(order).encode())
        yield order


def keep_wanted(wanted: seats.Wanted, dask_worker: object) -> object:
    keep("to", pickle.dumps(wanted))
    return open_seats(wanted, dask_worker)


if seats._End.read.__name__ == "read":  # Dask may load this twice
    read, orders, open_seats = seats._End.read, seats._Seat._orders, seats.open_seats
    seats._End.read = read_and_keep
    seats._Seat._orders = keep_orders
    seats.open_seats = keep_wanted
