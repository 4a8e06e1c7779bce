"""Ctrl-C, and requests to end, held off while what is under way must not be left halfway."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ASKED_TO_END = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The signals with which a command ends as after Ctrl-C; Windows has no SIGHUP."""


@contextmanager
def interruption_later() -> Iterator[None]:
    """Let an interruption, or a request to end, come when the block is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    come: list[int] = []
    before = {number: signal.getsignal(number) for number in ASKED_TO_END}
    heard = {number: handler for number, handler in before.items() if callable(handler)}
    for number in heard:
        signal.signal(number, lambda number, _: come.append(number))
    try:
        yield
    finally:
        for number, handler in heard.items():
            signal.signal(number, handler)
        if come:
            heard[signal.Signals(come[0])](come[0], None)


@contextmanager
def no_interruption() -> Iterator[None]:
    """Let none come at all while the block lasts: it is too late for it, or under way already."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in ASKED_TO_END]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
