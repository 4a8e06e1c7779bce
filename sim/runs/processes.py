"""Processes side by side: begun, given work, and ended with whoever began them.

Nobody hears of an interruption but the process that a person began.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from sim.errors import ProcessEnded
from sim.files import interruption_later

_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_PRELOADED = "sim.runs.experiment"
"""What every process needs, imported once for all."""

_MOST = 61 if sys.platform == "win32" else 1_000
"""Processes side by side; Windows can wait for no more."""

_PATIENCE = 10
"""How long a process that was told to end is waited for [s]."""

Result = TypeVar("Result")


def cores() -> int:
    """Return how many processes can work side by side here."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_in_order(futures: Sequence[Future[Result]]) -> Iterator[Result]:
    """Yield what processes return, in order; raises ReplicationError when one was ended."""
    for future in futures:
        try:
            yield future.result()
        except BrokenProcessPool:
            raise ProcessEnded(
                "a process that simulated was ended from outside, perhaps for want of memory;"
                " fewer jobs need less; a script keeps what it does under"
                ' if __name__ == "__main__"'
            ) from None


def submitted(
    executor: ProcessPoolExecutor,
    function: Callable[..., Result],
    calls: Sequence[tuple[Any, ...]],
) -> list[Future[Result]]:
    """Return what will come of a function, called with each of some arguments.

    Processes begin here, and an interruption waits until they have all that they need: one that
    is left halfway would complain.
    """
    with interruption_later():
        return [executor.submit(function, *arguments) for arguments in calls]


def _nothing() -> None:
    """Begin with nothing."""


@contextmanager
def processes(
    jobs: int, begin: Callable[..., None] = _nothing, *arguments: object
) -> Iterator[ProcessPoolExecutor]:
    """Give some processes, each begun with *begin*; when the block ends early they end at once."""
    started = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if started else "spawn")
    if started:
        _start_forkserver()
    executor = ProcessPoolExecutor(min(jobs, _MOST), context, _uninterrupted, (begin, arguments))
    before = set(multiprocessing.active_children())
    try:
        with _one_thread_each():
            yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        ours = set(multiprocessing.active_children()) - before
        for child in ours:
            child.terminate()
        for child in ours:  # none may write once whoever waits has cleaned up
            child.join(_PATIENCE)
        raise
    executor.shutdown()


def _start_forkserver() -> None:
    """Start the process that the others are forked from, deaf to Ctrl-C from its first moment.

    It ignores it by itself, but only once it has imported what they need, and would tell of the
    interruption until then.
    """
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # first: it lets Ctrl-C through again when it has started
    forkserver.set_forkserver_preload([_PRELOADED])
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _one_thread_each():
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start meanwhile multiply matrices on one thread: the others have work."""
    ours = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in ours.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _uninterrupted(begin: Callable[..., None], arguments: tuple[object, ...]) -> None:
    """Begin a process that leaves Ctrl-C to the one that started it, and ends when that is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
