"""Worker processes: started, given work, and ended together with the process that started them.

Only the process that a person started reacts to Ctrl-C.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from sim.errors import ProcessEnded
from sim.files import exit_when_asked, interruption_later

_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_PRELOADED = "sim.runs.experiment"
"""Imported once for all processes."""

_MAX_PROCESSES = 61 if sys.platform == "win32" else 1_000
"""Windows can wait for no more processes at once."""

_TIMEOUT = 10
"""How long to wait for a process to end [s]."""

Result = TypeVar("Result")


def cores() -> int:
    """Return how many processes can work side by side here."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_in_order(futures: Sequence[Future[Result]]) -> Iterator[Result]:
    """Yield the results of processes, in order. Raises ReplicationError when one was ended."""
    waiting = deque(futures)
    del futures  # a result that was read is kept by nobody
    while waiting:
        try:
            yield waiting.popleft().result()
        except BrokenProcessPool:
            raise ProcessEnded(
                "a process that simulated was ended from outside, perhaps because memory ran out;"
                " fewer jobs need less; a script must keep its own code under"
                ' if __name__ == "__main__"'
            ) from None


def submitted(
    executor: ProcessPoolExecutor,
    function: Callable[..., Result],
    calls: Sequence[tuple[Any, ...]],
) -> list[Future[Result]]:
    """Call a function in a process for each of some argument lists; return the futures.

    Processes start here. An interruption waits until they have received everything: a process that
    is left halfway would print an error.
    """
    with interruption_later():
        return [executor.submit(function, *arguments) for arguments in calls]


@contextmanager
def processes(
    jobs: int, begin: Callable[..., None] | None = None, *arguments: object
) -> Iterator[ProcessPoolExecutor]:
    """Give some processes, each initialized by *begin*; they end at once if the block fails."""
    started = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if started else "spawn")
    if started:
        _start_forkserver()
    executor = ProcessPoolExecutor(
        min(jobs, _MAX_PROCESSES), context, _initialize, (begin, arguments)
    )
    before = set(multiprocessing.active_children())
    try:
        with exit_when_asked(), _one_thread_each():
            yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        started_here = set(multiprocessing.active_children()) - before
        for child in started_here:
            child.terminate()
        for child in started_here:  # none may write any more once the caller cleans up
            child.join(_TIMEOUT)
        raise
    executor.shutdown()


def _start_forkserver() -> None:
    """Start the process that the others are forked from, with Ctrl-C blocked from the start.

    It ignores Ctrl-C by itself, but only after its imports, and would print an error until then.
    """
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # first: once started, it unblocks Ctrl-C
    forkserver.set_forkserver_preload([_PRELOADED])
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with _one_thread_each():
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start in the block use one thread for matrices: other cores are busy."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _initialize(begin: Callable[..., None] | None, arguments: tuple[object, ...]) -> None:
    """Initialize a process that ignores Ctrl-C, and ends when the one that started it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
