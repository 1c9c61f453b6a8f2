"""How long things may take, for `grade` and for the student's side alike; and a limit on what runs in this process."""

from __future__ import annotations

import _thread
import contextlib
import faulthandler
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograder.answering.protocol import Question, TrainModel

CELL_SECONDS = 60.0
QUESTION_SECONDS = 20.0
MOST_SECONDS = 1e6
TRAINING = 6
"""A question that builds and trains a model may take this many times as long as one that calls a function or layer."""
ALLOWANCE = 400
"""And this many times as long as Keras's own model took for it on this machine, where that was measured: a Python loop
over pixels is some 50 times as slow as Keras's kernels."""
GRACE_SECONDS = 3.0


def seconds_for(question: Question, question_seconds: float, reference: float = 0.0) -> float:
    """How long a question may take. reference: the seconds of Keras's own model here, 0 where nobody measured."""
    if not isinstance(question, TrainModel):
        return question_seconds
    return max(TRAINING * question_seconds, ALLOWANCE * reference)


@dataclass
class Watch:
    """A running limit. `over`: the time was used up, so that a KeyboardInterrupt is no person's."""

    seconds: float
    over: bool = False


@dataclass(frozen=True)
class LastResort:
    """For what does not end when it is interrupted: compiled code, or code that catches everything.

    end: called in another thread; nothing but the end of the process helps. descriptor: where compiled code lets no
    other thread run, the process ends without that call, with exit status 1, and Python says here where it was.
    """

    end: Callable[[], None]
    descriptor: int = 2


@contextlib.contextmanager
def limited(seconds: float, stuck: LastResort) -> Iterator[Watch]:
    """Raise KeyboardInterrupt in the main thread, which must be this one, when a block takes longer."""
    heard = signal.getsignal(signal.SIGINT)
    if not callable(heard):  # a shell that starts something in the background has it ignore interrupts
        signal.signal(signal.SIGINT, signal.default_int_handler)
    watch = Watch(seconds)
    done = threading.Event()

    def wait() -> None:
        if done.wait(seconds):
            return
        watch.over = True
        _interrupt_main()
        if not done.wait(GRACE_SECONDS):
            stuck.end()

    thread = threading.Thread(target=wait, name="time-limit", daemon=True)
    thread.start()
    faulthandler.dump_traceback_later(seconds + 2 * GRACE_SECONDS, exit=True, file=stuck.descriptor)
    try:
        yield watch
    finally:
        faulthandler.cancel_dump_traceback_later()
        done.set()
        thread.join()
        if not callable(heard):
            signal.signal(signal.SIGINT, heard if heard is not None else signal.SIG_DFL)


def _interrupt_main() -> None:
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)  # ends a wait in the system, too
    else:
        _thread.interrupt_main()
